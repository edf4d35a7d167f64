/* rounded_sum_test.c - sums of vectors whose parts travel as whole numbers: on the ranks of this
 * job the bits that follow from rounding each shard by itself, with the reference's kernels and
 * integers; narrow, float and mixed buckets; what is not finite; too many shards. */
#include "tests/harness.h"

#include "base/random.h"
#include "base/team.h"
#include "kernels/unit.h"
#include "mpi/reduction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static oc_comm *all;

enum { PARTS = 3, COUNT = 20011, GIVEN = 20016, LAST = 19200, SEED = 5 };
enum { UNUSED = 7600, UNUSED_END = 9100 /* places that are 0 in every shard, and never written */ };

static const oc_reduction_part parts[PARTS] = {{0, 4096}, {4096, 7104}, {11200, 8000}};

static void fill(float *vector, int shard, uint64_t step)
{
    const oc_random_key key = oc_random_make_key(SEED, OC_PURPOSE_TEST, (uint32_t)step);
    for (size_t i = 0; i < COUNT; i++) {
        if (i == UNUSED)
            i = UNUSED_END;
        const oc_random4 bits = oc_random_at(key, (uint32_t)i, (uint32_t)shard, 0, 0);
        vector[i] = ldexpf(oc_random_uniform(bits.word[0]) - 0.5f, -(int)(i % 5));
    }
}

/* Step 0: nothing is rounded. 1: all of it. 2 on: some of the parts. */
static void units_of(uint64_t step, float unit[PARTS])
{
    for (int p = 0; p < PARTS; p++)
        unit[p] = step == 0 || (step >= 2 && (int)step - 2 == p) ? 0 : ldexpf(1, -12 - p);
}

/* A shard's vector after rounding, by the definition, and how large its parts were. */
static void round_shard(float *vector, int shard, int shards, uint64_t step,
                        const float unit[PARTS], float largest[PARTS])
{
    const oc_random_key key = oc_random_make_key(SEED, OC_PURPOSE_ROUNDING, (uint32_t)shard);
    for (int p = 0; p < PARTS; p++) {
        const oc_rounding how = {.unit = unit[p],
                                 .most = (float)(32767 / shards),
                                 .key = {key.word[0], key.word[1]},
                                 .counter = {(uint32_t)step, 0, 0}};
        float *const part = vector + parts[p].first;
        largest[p] = oc_rounding_reference.largest(parts[p].count, part);
        if (unit[p] > 0)
            oc_rounding_reference.round(&how, parts[p].first, parts[p].count, part);
    }
}

typedef struct expected {
    double whole[PARTS][8000]; /* sums of whole numbers, exact */
    float *floats;             /* what is not rounded, in the tree's order */
    float largest[PARTS];
} expected;

/* All shards here, in the tree's order where floats are added. */
static void sum_alone(expected *e, int shards, uint64_t step, const float unit[PARTS])
{
    static float vectors[40][GIVEN + 16];
    oc_tree_node node[40];
    float *at[40];
    memset(e->whole, 0, sizeof e->whole);
    for (int s = 0; s < shards; s++) {
        fill(vectors[s], s, step);
        round_shard(vectors[s], s, shards, step, unit, vectors[s] + GIVEN);
        for (int p = 0; p < PARTS; p++)
            for (size_t i = 0; i < parts[p].count; i++)
                e->whole[p][i] += (double)vectors[s][parts[p].first + i];
        node[s] = (oc_tree_node){s, 0};
        at[s] = vectors[s];
    }
    oc_tree_fold_all(node, at, shards, GIVEN + 16);
    e->floats = vectors[0];
    memcpy(e->largest, vectors[0] + GIVEN, sizeof e->largest);
}

static void compare_sum(const expected *e, const float *sum, const float *largest,
                        const float unit[PARTS])
{
    int wrong = 0;
    for (int p = 0; p < PARTS; p++)
        for (size_t i = 0; i < parts[p].count; i++) {
            const size_t at = parts[p].first + i;
            const float expect =
                unit[p] > 0 ? (float)(e->whole[p][i] * (double)unit[p]) : e->floats[at];
            wrong += memcmp(&sum[at], &expect, sizeof expect) != 0;
        }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(memcmp(sum + LAST, e->floats + LAST, (COUNT - LAST) * sizeof *sum), 0);
    CU_ASSERT_EQUAL(memcmp(largest, e->largest, sizeof e->largest), 0);
}

static void commit_shards(void *data, int thread)
{
    oc_reduction *reduction = ((oc_reduction **)data)[0];
    const uint64_t step = *((uint64_t **)data)[1];
    int first, last;
    oc_reduction_thread_shards(reduction, thread, &first, &last);
    for (int shard = first; shard < last; shard++) {
        CU_ASSERT_PTR_NULL(oc_reduction_left(reduction, (oc_tree_node){shard, 0}));
        fill(oc_reduction_slot(reduction, shard), shard, step);
        for (int p = PARTS; p-- > 0;) /* as backward hands them over */
            oc_reduction_fold(reduction, (oc_tree_node){shard, 0}, parts[p].first, parts[p].count,
                              0);
        oc_reduction_commit_from(reduction, shard, LAST);
    }
}

static void compare(const oc_reduction_config *config)
{
    static expected e;
    oc_reduction *reduction = NULL;
    oc_team *team = NULL;
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, config), OC_OK);
    CU_ASSERT_EQUAL(oc_team_create(&team, config->threads), OC_OK);
    for (uint64_t step = 0; step < 5 && reduction && team; step++) {
        float unit[PARTS], *sum = NULL;
        void *data[2] = {reduction, &step};
        units_of(step, unit);
        oc_reduction_round(reduction, step, unit);
        if (config->overlaps)
            oc_reduction_begin(reduction);
        oc_team_run(team, commit_shards, data);
        CU_ASSERT_EQUAL(oc_reduction_finish(reduction, team, &sum), OC_OK);
        sum_alone(&e, config->shards, step, unit);
        compare_sum(&e, sum, oc_reduction_largest(reduction), unit);
    }
    oc_team_destroy(team);
    oc_reduction_destroy(reduction);
}

static oc_reduction_config config_of(int shards)
{
    return (oc_reduction_config){.shards = shards,
                                 .threads = 1,
                                 .count = COUNT,
                                 .last_from = LAST,
                                 .rounding = oc_unit_get()->rounding,
                                 .part = parts,
                                 .parts = PARTS,
                                 .seed = SEED};
}

static void test_same_bits(void)
{
    const size_t buckets[] = {4096, 10000, 0};
    for (int i = 0; i < 12; i++) {
        oc_reduction_config config = config_of(oc_comm_size(all) + i);
        config.threads = 1 + i % 3;
        config.bucket = buckets[i % 3];
        config.by_nodes = i % 4 > 1;
        config.overlaps = i % 5 > 2;
        compare(&config);
    }
}

/* The part's whole sum says so, on every rank, and no other's does. */
static void test_not_finite(void)
{
    const float odd[] = {NAN, INFINITY, -INFINITY};
    const oc_reduction_config config = config_of(2 * oc_comm_size(all));
    oc_reduction *reduction = NULL;
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, &config), OC_OK);
    for (uint64_t step = 1; step < 4 && reduction; step++) {
        float unit[PARTS], *sum = NULL;
        int first, last, wrong = 0;
        units_of(1, unit);
        oc_reduction_round(reduction, step, unit);
        oc_reduction_thread_shards(reduction, 0, &first, &last);
        for (int shard = first; shard < last; shard++) {
            float *const slot = oc_reduction_slot(reduction, shard);
            fill(slot, shard, step);
            if (shard == 1)
                slot[5000] = odd[step - 1];
            oc_reduction_commit(reduction, shard);
        }
        CU_ASSERT_EQUAL(oc_reduction_finish(reduction, NULL, &sum), OC_OK);
        for (size_t i = 0; i < COUNT; i++)
            wrong += isnan(sum[i]) != (i >= parts[1].first && i < parts[2].first);
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT(!isfinite(oc_reduction_largest(reduction)[1]));
        CU_ASSERT(isfinite(oc_reduction_largest(reduction)[0]));
    }
    oc_reduction_destroy(reduction);
}

static void test_too_many_shards(void)
{
    oc_reduction *reduction = NULL;
    oc_reduction_config config = config_of(8192);
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, &config), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "reduce.precision: int16 with 8192 shards"));
    config.shards = 8191;
    CU_ASSERT_EQUAL(oc_reduction_create(&reduction, all, &config), OC_OK);
    oc_reduction_destroy(reduction);
}

int main(void)
{
    const oc_case cases[] = {
        {"the same bits as integers on one process", test_same_bits},
        {"what is not finite shows", test_not_finite},
        {"more shards than there is room for", test_too_many_shards},
    };
    if (oc_comm_open(&all, 1) != OC_OK) {
        fprintf(stderr, "rounded_sum_test: %s\n", oc_message());
        return 1;
    }
    oc_comm_set_time_limit(all, 60);
    const int code = OC_RUN_CASES("rounded sums", cases);
    oc_comm_close(all);
    return code;
}
