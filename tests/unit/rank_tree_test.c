/* rank_tree_test.c - who exchanges what with whom: for any number of ranks the slices of a group
 * are the vector, what one rank expects another one sends, and levels grow with the logarithm. */
#include "tests/harness.h"

#include "mpi/rank_tree.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 70, LENGTH = 1001 };

typedef struct plans {
    int ranks;
    oc_rank_tree tree[MOST];
} plans;

static void make(plans *p, int ranks, const int *node)
{
    p->ranks = ranks;
    for (int rank = 0; rank < ranks; rank++)
        CU_ASSERT_EQUAL_FATAL(oc_rank_tree_create(&p->tree[rank], ranks, node, rank), OC_OK);
}

static void forget(plans *p)
{
    for (int rank = 0; rank < p->ranks; rank++)
        oc_rank_tree_free(&p->tree[rank]);
}

static const oc_rank_level *level_in(const oc_rank_tree *tree, int first, int last)
{
    for (int i = 0; i < tree->levels; i++)
        if (tree->level[i].first == first && tree->level[i].last == last)
            return &tree->level[i];
    return NULL;
}

static int same_slice(oc_slice a, oc_slice b)
{
    return a.index == b.index && a.count == b.count;
}

/* Of a giver the rank is a taker, and both name the same slices. */
static int agrees(const plans *p, int rank, const oc_rank_level *level, const oc_rank_peer *giver)
{
    const oc_rank_level *there = level_in(&p->tree[giver->rank], level->first, level->last);
    if (!there || !same_slice(there->half, giver->half) || !same_slice(there->group, giver->group))
        return 0;
    for (int i = 0; i < there->takers; i++)
        if (there->taker[i].rank == rank)
            return same_slice(there->taker[i].half, level->half) &&
                   same_slice(there->taker[i].group, level->group);
    return 0;
}

/* How often each element of this rank's new slice comes from a half: once, from either. */
static int is_covered(const oc_rank_level *level, int rank)
{
    int from[2][LENGTH] = {{0}};
    for (int i = -1; i < level->givers; i++) {
        const int peer = i < 0 ? rank : level->giver[i].rank;
        size_t first, last;
        oc_slice_range(i < 0 ? level->half : level->giver[i].half, LENGTH, &first, &last);
        for (size_t j = first; j < last; j++)
            from[peer >= level->middle][j]++;
    }
    size_t first, last;
    oc_slice_range(level->group, LENGTH, &first, &last);
    for (size_t j = first; j < last; j++)
        if (from[0][j] != 1 || from[1][j] != 1)
            return 0;
    return 1;
}

static int logarithm(int ranks)
{
    int levels = 0;
    while (1 << levels < ranks)
        levels++;
    return levels;
}

static void check(const plans *p, int most_levels, int most_peers)
{
    char had[MOST] = {0};
    for (int rank = 0; rank < p->ranks; rank++) {
        const oc_rank_tree *tree = &p->tree[rank];
        CU_ASSERT(tree->levels <= most_levels);
        int size = 1;
        for (int i = 0; i < tree->levels; i++) {
            const oc_rank_level *level = &tree->level[i];
            const int is_left = rank < level->middle;
            CU_ASSERT_EQUAL(level->half.count, size);
            size = level->last - level->first;
            CU_ASSERT_EQUAL(level->half.count,
                            is_left ? level->middle - level->first : level->last - level->middle);
            CU_ASSERT_EQUAL(level->group.count, size);
            CU_ASSERT(level->givers >= 1 && level->givers <= most_peers);
            CU_ASSERT(level->takers >= 1 && level->takers <= most_peers);
            CU_ASSERT(is_covered(level, rank));
            for (int g = 0; g < level->givers; g++)
                CU_ASSERT(agrees(p, rank, level, &level->giver[g]));
        }
        CU_ASSERT_EQUAL(size, p->ranks);
        if (tree->levels > 0)
            had[tree->level[tree->levels - 1].group.index]++;
    }
    for (int i = 0; i < p->ranks && p->ranks > 1; i++)
        CU_ASSERT_EQUAL(had[i], 1);
}

static void test_any_ranks(void)
{
    plans *p = calloc(1, sizeof *p);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    for (int ranks = 1; ranks <= MOST; ranks++) {
        make(p, ranks, NULL);
        check(p, logarithm(ranks), 6);
        forget(p);
    }
    free(p);
}

/* Machines with 1 to 5 ranks each, in order: groups of one machine's ranks come first. */
static void test_machines(void)
{
    plans *p = calloc(1, sizeof *p);
    int node[MOST];
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    for (int ranks = 2; ranks <= MOST; ranks++) {
        int machines = 0;
        for (int rank = 0, first = 0; rank < ranks; rank++) {
            if (rank == first + 1 + machines % 5 || rank == 0) {
                first = rank;
                machines++;
            }
            node[rank] = first;
        }
        make(p, ranks, node);
        check(p, logarithm(machines) + 3, 20);
        for (int rank = 0; rank < ranks; rank++)
            for (int i = 0; i < p->tree[rank].levels; i++) {
                const oc_rank_level *level = &p->tree[rank].level[i];
                if (node[level->first] != node[level->last - 1])
                    CU_ASSERT(level->middle == node[level->middle]);
            }
        forget(p);
    }
    free(p);
}

/* Ranks dealt out to machines in turn cannot be grouped by them: as if all were on one. */
static void test_scattered_machines(void)
{
    const int node[] = {0, 1, 0, 1, 0, 1, 0, 1};
    oc_rank_tree dealt, plain;
    CU_ASSERT_EQUAL_FATAL(oc_rank_tree_create(&dealt, 8, node, 5), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_rank_tree_create(&plain, 8, NULL, 5), OC_OK);
    CU_ASSERT_EQUAL(dealt.levels, 3);
    for (int i = 0; i < dealt.levels; i++)
        CU_ASSERT_EQUAL(dealt.level[i].middle, plain.level[i].middle);
    oc_rank_tree_free(&dealt);
    oc_rank_tree_free(&plain);
}

int main(void)
{
    const oc_case cases[] = {
        {"any number of ranks", test_any_ranks},
        {"machines of several ranks", test_machines},
        {"ranks dealt out to machines", test_scattered_machines},
    };
    return OC_RUN_CASES("rank_tree", cases);
}
