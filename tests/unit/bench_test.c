/* bench_test.c - random data sets, profiles, and measuring without changing what is trained. */
#include "harness.h"

#include "base/profile.h"
#include "studies/bench.h"

#include <math.h>
#include <string.h>

enum { BATCH = 6, IMAGE = 28 * 28 };

static oc_dataset *random_data(uint64_t seed)
{
    const uint64_t samples[OC_SPLIT_COUNT] = {BATCH, 2};
    oc_dataset *data = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_random(&data, 1, 28, 28, 10, samples, seed), OC_OK);
    return data;
}

static void random_data_is_a_function_of_its_seed(void)
{
    static float image[3][BATCH][IMAGE];
    int32_t label[3][BATCH];
    const uint32_t all[BATCH] = {0, 1, 2, 3, 4, 5};
    const uint64_t seeds[3] = {7, 7, 8};
    for (int i = 0; i < 3; i++) {
        oc_dataset *data = random_data(seeds[i]);
        const oc_dataset_info *info = oc_dataset_describe(data);
        CU_ASSERT_EQUAL(info->samples[OC_SPLIT_TRAIN], BATCH);
        CU_ASSERT_EQUAL(info->samples[OC_SPLIT_TEST], 2);
        CU_ASSERT_STRING_EQUAL(info->schema.class_names[9], "9");
        oc_dataset_gather(data, OC_SPLIT_TRAIN, all, BATCH, image[i][0], label[i]);
        oc_dataset_close(data);
    }
    CU_ASSERT_EQUAL(memcmp(image[0], image[1], sizeof image[0]), 0);
    CU_ASSERT_EQUAL(memcmp(label[0], label[1], sizeof label[0]), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(image[0], image[2], sizeof image[0]), 0);
    double sum = 0, squares = 0;
    for (int i = 0; i < BATCH; i++) {
        CU_ASSERT(label[0][i] >= 0 && label[0][i] < 10);
        for (int k = 0; k < IMAGE; k++) {
            sum += image[0][i][k];
            squares += image[0][i][k] * image[0][i][k];
        }
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / (BATCH * IMAGE), 0, 0.1); /* normalised */
    CU_ASSERT_DOUBLE_EQUAL(squares / (BATCH * IMAGE), 1, 0.1);
}

static void random_data_has_the_limits_of_files(void)
{
    const uint64_t samples[OC_SPLIT_COUNT] = {BATCH, 2}, none[OC_SPLIT_COUNT] = {BATCH, 0};
    oc_dataset *data = NULL;
    CU_ASSERT_EQUAL(oc_dataset_random(&data, 0, 28, 28, 10, samples, 1), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_dataset_random(&data, 65536, 65536, 1, 10, samples, 1), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_dataset_random(&data, 1, 28, 28, 0, samples, 1), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_dataset_random(&data, 1, 28, 28, 10, none, 1), OC_ERR_DATA);
    CU_ASSERT_PTR_NULL(data);
}

static void profiles_add_up(void)
{
    oc_profile *profile = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_profile_create(&profile, 2), OC_OK);
    const double start = oc_profile_start(profile);
    CU_ASSERT(start > 0);
    const double end = oc_profile_lap(profile, 1, oc_profile_lap(profile, 1, start));
    CU_ASSERT_DOUBLE_EQUAL(profile->seconds[1], end - start, 1e-9);
    CU_ASSERT_EQUAL(profile->seconds[0], 0);
    oc_profile_reset(profile);
    CU_ASSERT_EQUAL(profile->seconds[1], 0);
    oc_profile_destroy(profile);
    CU_ASSERT_EQUAL(oc_profile_start(NULL), 0);
    CU_ASSERT_EQUAL(oc_profile_lap(NULL, 5, 0), 0);
}

static void create(oc_run *run, oc_comm *comm)
{
    static const char text[] = "model: lenet\ndata: {file: none}\n"
                               "batch: {size: 6, shards: 3}\ntrain: {max_steps: 100}\n"
                               "schedule: {max_lr: 0.01}\n";
    static oc_recipe recipe;
    CU_ASSERT_EQUAL_FATAL(
        oc_recipe_parse(&recipe, text, sizeof text - 1, "bench_test", "/", NULL, 0), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_run_create_on(run, comm, &recipe, random_data(1)), OC_OK);
}

/* The schedule's steps, by hand. */
static void train(oc_run *run, uint64_t steps)
{
    while (run->info.step < steps) {
        oc_schedule_point point;
        CU_ASSERT_EQUAL_FATAL(oc_schedule_at(&run->plan.schedule, run->info.step, &point), OC_OK);
        const oc_step step = {.learning_rate = {point.learning_rate}, .momentum = point.momentum};
        oc_step_result result;
        CU_ASSERT_EQUAL_FATAL(oc_run_train_step(run, &step, &result), OC_OK);
    }
}

static void measured_steps_are_training_steps(void)
{
    oc_comm *comm = NULL;
    oc_run measured, trained;
    oc_bench bench;
    oc_digest a, b;
    CU_ASSERT_EQUAL_FATAL(oc_comm_open(&comm, 0), OC_OK);
    create(&measured, comm);
    create(&trained, comm);
    const oc_bench_options options = {.seconds = 0, .warm_up = 2};
    CU_ASSERT_EQUAL_FATAL(oc_bench_run(&bench, &measured, &options), OC_OK);
    CU_ASSERT_EQUAL(bench.steps, OC_BENCH_LEAST_STEPS);
    CU_ASSERT_EQUAL(measured.info.step, 2 + OC_BENCH_LEAST_STEPS);
    CU_ASSERT(bench.peak[0] > 0 && bench.peak_sum == bench.peak[0]);
    CU_ASSERT(bench.mean > 0 && bench.rest > -1e-9);
    CU_ASSERT_PTR_NULL(measured.workers[0].workspace.profile);
    train(&trained, measured.info.step);
    CU_ASSERT_EQUAL(oc_run_weights_hash(&measured, &a), OC_OK);
    CU_ASSERT_EQUAL(oc_run_weights_hash(&trained, &b), OC_OK);
    CU_ASSERT(oc_digest_equal(a, b));
    oc_bench_free(&bench);
    oc_run_destroy(&measured);
    oc_run_destroy(&trained);
    oc_comm_close(comm);
}

static void weights_that_are_not_finite_end_it(void)
{
    oc_comm *comm = NULL;
    oc_run run;
    oc_bench bench;
    CU_ASSERT_EQUAL_FATAL(oc_comm_open(&comm, 0), OC_OK);
    create(&run, comm);
    run.parameters[0] = INFINITY;
    const oc_bench_options options = {.seconds = 0};
    CU_ASSERT_EQUAL(oc_bench_run(&bench, &run, &options), OC_ERR_DIVERGED);
    CU_ASSERT_PTR_NULL(bench.row);
    oc_run_destroy(&run);
    oc_comm_close(comm);
}

int main(void)
{
    static const oc_case cases[] = {
        {"random data is a function of its seed", random_data_is_a_function_of_its_seed},
        {"random data has the limits of files", random_data_has_the_limits_of_files},
        {"profiles add up", profiles_add_up},
        {"measured steps are training steps", measured_steps_are_training_steps},
        {"weights that are not finite end it", weights_that_are_not_finite_end_it},
    };
    return OC_RUN_CASES("bench", cases);
}
