/* reduction_test.c - the sum over shards on the ranks of this job equals, bit for bit, the sum
 * that one process computes alone; several rounds on the same plan, uneven shards, whole vectors
 * and parts. */
#include "tests/harness.h"

#include "base/random.h"
#include "base/team.h"
#include "mpi/reduction.h"

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

typedef struct work {
    oc_reduction *reduction;
    size_t count;
    int round, aligned;
    int in_parts; /* handed over from the last part to the first, and some added by the lane itself
                   */
} work;

/* Parts of 48 elements and what is left. Where there is a shard on the left, every second part is
 * added to it here, and NaN left in the slot. */
static void hand_over_parts(oc_reduction *reduction, int shard, size_t count, float *slot)
{
    enum { PART = 48 };
    const size_t parts = count / PART;
    float *left = oc_reduction_left(reduction, (oc_tree_node){shard, 0});
    for (size_t part = parts; part-- > 0;) {
        const int added = left && part % 2;
        for (size_t i = part * PART; added && i < (part + 1) * PART; i++) {
            left[i] += slot[i];
            slot[i] = NAN;
        }
        oc_reduction_fold(reduction, (oc_tree_node){shard, 0}, part * PART, PART, added);
    }
    oc_reduction_commit_from(reduction, shard, parts * PART);
}

/* One lane, in a thread of its own. */
static void fill_lane(void *data, int lane)
{
    work *w = data;
    int first, last;
    oc_reduction_thread_shards(w->reduction, lane, &first, &last);
    for (int shard = first; shard < last; shard++) {
        float *slot = oc_reduction_slot(w->reduction, shard);
        if ((uintptr_t)slot % 64 != 0)
            w->aligned = 0;
        fill(slot, w->count, shard, w->round);
        if (w->in_parts)
            hand_over_parts(w->reduction, shard, w->count, slot);
        else
            oc_reduction_commit(w->reduction, shard);
    }
}

/* One round on a plan. */
static oc_status sum_of(oc_reduction *reduction, oc_team *team, size_t count, int round,
                        int in_parts, float **sum)
{
    work w = {reduction, count, round, 1, in_parts};
    oc_team_run(team, fill_lane, &w);
    CU_ASSERT(w.aligned);
    return oc_reduction_finish(reduction, team, sum);
}

static void compare_config(const oc_reduction_config *config)
{
    const size_t count = config->count;
    const int lanes = config->threads;
    oc_reduction *together = NULL, *single = NULL;
    oc_team *team = NULL, *one = NULL;
    oc_reduction_config plain = {.shards = config->shards, .threads = 1, .count = count};
    CU_ASSERT_EQUAL(oc_reduction_create(&together, all, config), OC_OK);
    CU_ASSERT_EQUAL(oc_reduction_create(&single, alone, &plain), OC_OK);
    CU_ASSERT_EQUAL(oc_team_create(&team, lanes), OC_OK);
    CU_ASSERT_EQUAL(oc_team_create(&one, 1), OC_OK);
    if (together && single && team && one) {
        CU_ASSERT(oc_reduction_bytes(together) >= count * sizeof(float));
        for (int round = 0; round < 4; round++) {
            float *sum = NULL, *expected = NULL;
            if (config->overlaps && round > 0) /* switched on between steps */
                oc_reduction_begin(together);
            CU_ASSERT_EQUAL(sum_of(together, team, count, round, round % 2, &sum), OC_OK);
            CU_ASSERT_EQUAL(sum_of(single, one, count, round, 0, &expected), OC_OK);
            CU_ASSERT(memcmp(sum, expected, count * sizeof(float)) == 0);
        }
    }
    oc_team_destroy(one);
    oc_team_destroy(team);
    oc_reduction_destroy(together);
    oc_reduction_destroy(single);
}

static void compare_lanes(int shards, size_t count, int lanes)
{
    compare_config(&(oc_reduction_config){.shards = shards, .threads = lanes, .count = count});
}

/* 1 to 5 lanes on a rank: sometimes more than it has shards. */
static void compare(int shards, size_t count)
{
    compare_lanes(shards, count, 1 + shards % 5);
}

static void test_same_bits(void)
{
    const size_t counts[] = {1, 15, 16, 17, 1000, 40000};
    const int ranks = oc_comm_size(all);
    for (int shards = ranks; shards <= ranks + 20; shards++)
        compare(shards, counts[shards % 6]);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
        for (int lanes = 1; lanes <= 3; lanes++)
            compare_lanes(24, counts[c], lanes);
}

/* More than are under way at the same time. */
static void test_several_buckets(void)
{
    compare(oc_comm_size(all) + 3, 1234567);
}

/* Any size of the buckets, leaving at the end or while others are still being filled, one rank of
 * a machine after the other or not: the same bits. */
static void test_buckets(void)
{
    const size_t counts[] = {1, 100, 5000, 40000};
    const size_t buckets[] = {1, 64, 4096, 65536, 0};
    for (int i = 0; i < 40; i++) {
        const size_t count = counts[i % 4];
        const oc_reduction_config config = {.shards = oc_comm_size(all) + i % 7,
                                            .threads = 1 + i % 3,
                                            .count = count,
                                            .last_from = i % 2 ? count / 2 / 16 * 16 : 0,
                                            .bucket = count < 40000 ? buckets[i % 5] : 65536,
                                            .by_nodes = i % 3 > 0,
                                            .overlaps = i % 4 > 1};
        compare_config(&config);
    }
}

/* However small they are asked to be, there are no more than MPI has tags for. */
static void test_many_buckets(void)
{
    const oc_reduction_config config = {
        .shards = oc_comm_size(all), .threads = 1, .count = 300000, .bucket = 1};
    oc_reduction *reduction = NULL;
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, &config), OC_OK);
    const size_t buckets = reduction ? oc_reduction_buckets(reduction) : 0;
    CU_ASSERT(oc_comm_size(all) == 1 ? buckets == 0 : buckets > 1000 && buckets <= 16384);
    oc_reduction_destroy(reduction);
    compare_config(&config);
}

/* Without a thread of its own the exchange goes on when it is asked to. */
static void test_polled(void)
{
    const int shards = 2 * oc_comm_size(all) + 1;
    const oc_reduction_config config = {
        .shards = shards, .threads = 1, .count = 3000, .bucket = 1024};
    oc_reduction *reduction = NULL;
    float *sum = NULL;
    int first, last;
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, &config), OC_OK);
    oc_shards_of_rank(shards, oc_comm_size(all), oc_comm_rank(all), &first, &last);
    oc_reduction_begin(reduction);
    for (int shard = first; shard < last; shard++) {
        float *slot = oc_reduction_slot(reduction, shard);
        for (int i = 0; i < 3000; i++)
            slot[i] = (float)(shard + i);
        for (size_t part = 3008 / 16; part-- > 0;) {
            oc_reduction_fold(reduction, (oc_tree_node){shard, 0}, part * 16, 16, 0);
            if (oc_comm_size(all) > 1)
                CU_ASSERT_EQUAL(oc_reduction_poll(reduction), OC_OK);
        }
        oc_reduction_commit_node(reduction, (oc_tree_node){shard, 0});
    }
    CU_ASSERT_EQUAL(oc_reduction_finish(reduction, NULL, &sum), OC_OK);
    int wrong = 0;
    for (int i = 0; sum && i < 3000; i++)
        wrong += sum[i] != (float)(shards * (shards - 1) / 2 + shards * i);
    CU_ASSERT(sum && wrong == 0);
    oc_reduction_destroy(reduction);
}

/* What one shard alone brings in arrives everywhere: not the sum of nothing. */
static void test_sum_is_right(void)
{
    const int shards = 2 * oc_comm_size(all) + 1;
    oc_reduction *reduction = NULL;
    int first, last;
    const oc_reduction_config config = {.shards = shards, .threads = 1, .count = 100};
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, &config), OC_OK);
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
    CU_ASSERT_EQUAL(oc_reduction_finish(reduction, NULL, &sum), OC_OK);
    for (int i = 0; sum && i < 99; i++)
        CU_ASSERT(sum[i] == (float)(shards * (shards - 1) / 2 + shards * i));
    CU_ASSERT(sum && isnan(sum[99]));
    oc_reduction_destroy(reduction);
}

static void test_more_ranks_than_shards(void)
{
    const int ranks = oc_comm_size(all);
    oc_reduction *reduction = NULL;
    const oc_reduction_config config = {.shards = ranks - 1, .threads = 1, .count = 100};
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, &config), OC_ERR_USAGE);
    CU_ASSERT_PTR_NULL(reduction);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "shards"));
}

int main(void)
{
    const oc_case cases[] = {
        {"the same bits as one process, any lanes", test_same_bits},
        {"vectors of several buckets", test_several_buckets},
        {"buckets of any size, at the end or early", test_buckets},
        {"very many buckets", test_many_buckets},
        {"an exchange that is polled", test_polled},
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
