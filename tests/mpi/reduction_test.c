/* reduction_test.c - the sum over shards on the ranks of this job equals, bit for bit, the sum
 * that one process computes alone; several rounds on the same plan, uneven shards. */
#include "tests/harness.h"

#include "base/random.h"
#include "mpi/gradient_reduction.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static oc_comm *all, *alone;

static void fill(float *vector, size_t count, int shard, int round)
{
    const oc_random_key key = oc_random_make_key(11, OC_PURPOSE_TEST, (uint32_t)round);
    for (size_t i = 0; i < count; i += 4) {
        const oc_random4 bits = oc_random_at(key, (uint32_t)i, (uint32_t)shard, 0, 0);
        for (size_t j = 0; j < 4 && i + j < count; j++)
            vector[i + j] = ldexpf(oc_random_uniform(bits.word[j]) - 0.5f,
                                   (int)((bits.word[j] >> 3) % 30) - 15);
    }
}

/* One round on a plan. */
static oc_status sum_of(oc_reduction *reduction, oc_comm *comm, int shards, size_t count, int round,
                        float **sum)
{
    int first, last;
    oc_shards_of_rank(shards, oc_comm_size(comm), oc_comm_rank(comm), &first, &last);
    for (int shard = first; shard < last; shard++) {
        float *slot = oc_reduction_slot(reduction, shard);
        int zeroed = 1;
        for (size_t i = 0; i < count; i++)
            zeroed &= slot[i] == 0;
        CU_ASSERT(zeroed);
        CU_ASSERT((uintptr_t)slot % 64 == 0);
        fill(slot, count, shard, round);
        oc_reduction_commit(reduction, shard);
    }
    return oc_reduction_finish(reduction, sum);
}

static void compare(int shards, size_t count)
{
    oc_reduction *together = NULL, *single = NULL;
    CU_ASSERT_EQUAL(oc_reduction_create(&together, all, shards, count), OC_OK);
    CU_ASSERT_EQUAL(oc_reduction_create(&single, alone, shards, count), OC_OK);
    if (together && single) {
        CU_ASSERT(oc_reduction_bytes(together) >= count * sizeof(float));
        for (int round = 0; round < 3; round++) {
            float *sum = NULL, *expected = NULL;
            CU_ASSERT_EQUAL(sum_of(together, all, shards, count, round, &sum), OC_OK);
            CU_ASSERT_EQUAL(sum_of(single, alone, shards, count, round, &expected), OC_OK);
            CU_ASSERT(memcmp(sum, expected, count * sizeof(float)) == 0);
        }
    }
    oc_reduction_destroy(together);
    oc_reduction_destroy(single);
}

static void test_same_bits(void)
{
    const size_t counts[] = {1, 15, 16, 17, 1000, 40000};
    const int ranks = oc_comm_size(all);
    for (int shards = ranks; shards <= ranks + 20; shards++)
        compare(shards, counts[shards % 6]);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
        compare(24, counts[c]);
}

/* More than the largest slice a rank, so that several blocks are under way. */
static void test_several_blocks(void)
{
    compare(oc_comm_size(all) + 3, 1234567);
}

/* What one shard alone brings in arrives everywhere: not the sum of nothing. */
static void test_sum_is_right(void)
{
    const int shards = 2 * oc_comm_size(all) + 1;
    oc_reduction *reduction = NULL;
    int first, last;
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, shards, 100), OC_OK);
    oc_shards_of_rank(shards, oc_comm_size(all), oc_comm_rank(all), &first, &last);
    for (int shard = first; reduction && shard < last; shard++) {
        float *slot = oc_reduction_slot(reduction, shard);
        for (int i = 0; i < 100; i++)
            slot[i] = (float)(shard + i);
        if (shard == shards - 1)
            slot[99] = NAN;
        oc_reduction_commit(reduction, shard);
    }
    float *sum = NULL;
    CU_ASSERT_EQUAL(oc_reduction_finish(reduction, &sum), OC_OK);
    for (int i = 0; sum && i < 99; i++)
        CU_ASSERT(sum[i] == (float)(shards * (shards - 1) / 2 + shards * i));
    CU_ASSERT(sum && isnan(sum[99]));
    oc_reduction_destroy(reduction);
}

static void test_more_ranks_than_shards(void)
{
    const int ranks = oc_comm_size(all);
    oc_reduction *reduction = NULL;
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, ranks - 1, 100), OC_ERR_USAGE);
    CU_ASSERT_PTR_NULL(reduction);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "shards"));
}

int main(void)
{
    const oc_case cases[] = {
        {"the same bits as one process", test_same_bits},
        {"vectors of several blocks", test_several_blocks},
        {"the sum is the sum", test_sum_is_right},
        {"more ranks than shards", test_more_ranks_than_shards},
    };
    if (oc_comm_open(&all, 1) != OC_OK || oc_comm_open(&alone, 0) != OC_OK) {
        fprintf(stderr, "reduction_test: %s\n", oc_message());
        return 1;
    }
    oc_comm_set_time_limit(all, 60);
    const int code = OC_RUN_CASES("reduction", cases);
    oc_comm_close(alone);
    oc_comm_close(all);
    return code;
}
