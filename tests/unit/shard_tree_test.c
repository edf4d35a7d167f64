/* shard_tree_test.c - the order of additions against a plain recursive definition of the tree,
 * for every number of shards up to 70 and of ranks up to 9; bits, not tolerances. */
#include "tests/harness.h"

#include "base/random.h"
#include "mpi/reduction.h"
#include "mpi/shard_tree.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SHARDS = 70, MOST_RANKS = 9, COUNT = 5000 /* more than a block of the fold */ };

/* A shard's vector; every seventh element is special. */
static float element(int shard, int i)
{
    static const float special[] = {-0.0f, 0.0f, 1e-42f, 3e38f, -3e38f, 1e-30f, -1e-30f};
    const oc_random_key key = oc_random_make_key(5, OC_PURPOSE_TEST, (uint32_t)shard);
    const oc_random4 bits = oc_random_at(key, (uint32_t)i, 0, 0, 0);
    if (i % 7 == 0)
        return special[bits.word[1] % 7];
    return ldexpf(oc_random_uniform(bits.word[0]) - 0.5f, (int)(bits.word[1] % 40));
}

static float leaf[128][COUNT]; /* a power of two, as the tree over them */

static void fill_leaves(void)
{
    for (int s = 0; s < MOST_SHARDS; s++)
        for (int i = 0; i < COUNT; i++)
            leaf[s][i] = element(s, i);
}

/* The definition: node (k, j) over [k*2^j, (k+1)*2^j) of `shards`. */
static float node_value(int shards, int k, int j, int i)
{
    if (j == 0)
        return leaf[k][i];
    const float left = node_value(shards, 2 * k, j - 1, i);
    if ((2 * k + 1) << (j - 1) >= shards)
        return left;
    return left + node_value(shards, 2 * k + 1, j - 1, i);
}

static float root_value(int shards, int i)
{
    int levels = 0;
    while (1 << levels < shards)
        levels++;
    return node_value(shards, 0, levels, i);
}

static float *buffer[MOST_RANKS][OC_TREE_DEPTH];

static float *buffer_at(int rank, int place)
{
    if (!buffer[rank][place])
        buffer[rank][place] = malloc(COUNT * sizeof(float));
    return buffer[rank][place];
}

/* What all ranks together do, without messages. Returns the sum. */
static const float *by_ranks(int shards, int ranks, size_t count)
{
    oc_tree_node node[MOST_SHARDS];
    float *vector[MOST_SHARDS];
    int nodes = 0;
    for (int rank = 0; rank < ranks; rank++) {
        oc_tree_stack stack = {.depth = 0};
        int first, last, deepest;
        oc_shards_of_rank(shards, ranks, rank, &first, &last);
        const oc_tree_stack planned = oc_tree_of_range(first, last, &deepest);
        for (int s = first; s < last; s++) {
            if (stack.depth >= deepest)
                CU_FAIL("the stack grew deeper than planned");
            memcpy(buffer_at(rank, stack.depth), leaf[s], count * sizeof(float));
            const int joined = oc_tree_push(&stack, (oc_tree_node){s, 0});
            oc_tree_fold(&buffer[rank][stack.depth - 1], joined, count);
        }
        if (planned.depth != stack.depth)
            CU_FAIL("the plan is not what happens");
        for (int place = 0; place < stack.depth; place++, nodes++) {
            node[nodes] = stack.node[place];
            vector[nodes] = buffer[rank][place];
        }
    }
    oc_tree_fold_all(node, vector, nodes, count);
    return vector[0];
}

static void test_equals_definition(void)
{
    fill_leaves();
    const size_t count = 24;
    for (int shards = 1; shards <= MOST_SHARDS; shards++) {
        float expected[24];
        for (int i = 0; i < 24; i++)
            expected[i] = root_value(shards, i);
        for (int ranks = 1; ranks <= MOST_RANKS && ranks <= shards; ranks++)
            if (memcmp(by_ranks(shards, ranks, count), expected, sizeof expected) != 0) {
                printf("%d shards on %d ranks differ\n", shards, ranks);
                CU_FAIL("the sum is not that of the tree");
            }
    }
    CU_PASS("compared");
}

/* Vectors longer than the blocks in which a fold works. */
static void test_long_vectors(void)
{
    static float expected[COUNT];
    fill_leaves();
    for (int i = 0; i < COUNT; i++)
        expected[i] = root_value(13, i);
    for (int ranks = 1; ranks <= 4; ranks++)
        CU_ASSERT(memcmp(by_ranks(13, ranks, COUNT), expected, sizeof expected) == 0);
}

/* The order matters for these numbers: else the test above would show nothing. */
static void test_order_matters(void)
{
    fill_leaves();
    int differ = 0;
    for (int i = 0; i < 100; i++) {
        float sum = leaf[0][i];
        for (int s = 1; s < 13; s++)
            sum += leaf[s][i];
        const float tree = root_value(13, i);
        differ += memcmp(&sum, &tree, sizeof sum) != 0;
    }
    CU_ASSERT(differ > 10);
}

static void test_not_finite(void)
{
    const float bad[] = {NAN, INFINITY, -INFINITY};
    fill_leaves();
    for (int s = 0; s < 11; s++)
        leaf[s][3] = 1, leaf[s][4] = 1, leaf[s][5] = 1, leaf[s][6] = -0.0f;
    for (int i = 0; i < 3; i++)
        leaf[6][3 + i] = bad[i];
    for (int ranks = 1; ranks <= 5; ranks++) {
        const float *sum = by_ranks(11, ranks, 24);
        CU_ASSERT(isnan(sum[3]));
        CU_ASSERT(sum[4] == INFINITY);
        CU_ASSERT(sum[5] == -INFINITY);
        CU_ASSERT(sum[6] == 0 && signbit(sum[6]));
    }
}

static void test_ranges_cover_all(void)
{
    for (int shards = 1; shards <= MOST_SHARDS; shards++)
        for (int ranks = 1; ranks <= shards; ranks++) {
            int expected = 0, least = shards, most = 0;
            for (int rank = 0; rank < ranks; rank++) {
                int first, last;
                oc_shards_of_rank(shards, ranks, rank, &first, &last);
                if (first != expected)
                    CU_FAIL("a gap between two ranks");
                least = last - first < least ? last - first : least;
                most = last - first > most ? last - first : most;
                expected = last;
            }
            if (expected != shards || least < 1 || most - least > 1)
                CU_FAIL("uneven or incomplete ranges");
        }
    CU_PASS("covered");
}

int main(void)
{
    const oc_case cases[] = {
        {"the sum equals the recursive definition", test_equals_definition},
        {"vectors longer than a block", test_long_vectors},
        {"another order gives other bits", test_order_matters},
        {"NaN, infinity and negative zero", test_not_finite},
        {"the ranks' ranges cover all shards", test_ranges_cover_all},
    };
    return OC_RUN_CASES("shard_tree", cases);
}
