/* import_synthetic_test.c - synthetic images into data sets: as asked for, and whole or not at
 * all. */
#include "harness.h"

#include "base/file.h"
#include "data/dataset/dataset.h"
#include "faults.h"
#include "import/import_synthetic.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static oc_import_synthetic options_of(uint64_t seed, int channels, int height, int width,
                                      int classes, uint64_t train, uint64_t test)
{
    return (oc_import_synthetic){{.seed = seed}, channels, height, width, classes, train, test};
}

/* ---- whole or not at all ---- */

typedef struct job {
    oc_import_synthetic options;
    const char *out;
} job;

static void run_job(void *argument)
{
    const job *todo = argument;
    oc_import_synthetic_run(&todo->options, todo->out);
}

static void an_interrupted_import_leaves_the_old_file(void)
{
    const char *folder = oc_scratch_path("interrupted");
    char out[OC_PATH_BYTES];
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(folder), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_path_join(out, folder, "out.h5"), OC_OK);
    job todo = {options_of(1, 1, 28, 28, 10, 200, 20), out};
    CU_ASSERT(killed_while_writing(50000, run_job, &todo));
    CU_ASSERT(!oc_file_exists(out));
    limit_files(50000);
    CU_ASSERT_EQUAL(oc_import_synthetic_run(&todo.options, out), OC_ERR_IO);
    limit_files(RLIM_INFINITY);
    CU_ASSERT(!oc_file_exists(out));
    CU_ASSERT_EQUAL(count_entries(folder, ""), 1); /* of the one that was killed */

    oc_dataset *dataset;
    CU_ASSERT_EQUAL(oc_import_synthetic_run(&todo.options, out), OC_OK);
    todo.options.common.seed = 2;
    CU_ASSERT(killed_while_writing(50000, run_job, &todo));
    lock_folder(folder);
    CU_ASSERT_EQUAL(oc_import_synthetic_run(&todo.options, out), OC_ERR_IO);
    unlock_folder(folder);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out), OC_OK);
    CU_ASSERT_STRING_EQUAL(oc_dataset_describe(dataset)->source, "synthetic, seed 1");
    oc_dataset_close(dataset);
}

/* ---- synthetic ---- */

static oc_dataset *synthetic(oc_import_synthetic options)
{
    const char *path = oc_scratch_path("synthetic.h5");
    oc_dataset *dataset = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_import_synthetic_run(&options, path), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, path), OC_OK);
    return dataset;
}

static void synthetic_options_are_what_you_get(void)
{
    oc_dataset *dataset = synthetic(options_of(9, 3, 7, 11, 6, 50, 13));
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT(info->schema.channels == 3 && info->schema.height == 7 && info->schema.width == 11);
    CU_ASSERT(info->schema.classes == 6 && info->schema.values == OC_VALUES_BYTES);
    CU_ASSERT(info->samples[0] == 50 && info->samples[1] == 13);
    oc_dataset_close(dataset);
    dataset = synthetic(options_of(0, 1, 1, 1, 1, 1, 1));
    oc_dataset_close(dataset);
}

/* A normalised value as a pixel, 0 to 1. */
static float pixel_of(const oc_dataset_info *info, float normalised)
{
    const oc_schema *schema = &info->schema;
    return (float)(((double)normalised * schema->deviation[0] + schema->mean[0]) / 255);
}

/* More samples do not change those before: each is a function of seed and number. */
static void synthetic_samples_stand_alone(void)
{
    float few[64], many[64], other[64];
    const uint32_t index = 17;
    oc_dataset *dataset = synthetic(options_of(5, 1, 8, 8, 3, 20, 1));
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &index, 1, few, NULL);
    for (int i = 0; i < 64; i++)
        few[i] = pixel_of(info, few[i]);
    oc_dataset_close(dataset);
    dataset = synthetic(options_of(5, 1, 8, 8, 3, 90, 40));
    info = oc_dataset_describe(dataset);
    oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &index, 1, many, NULL);
    oc_dataset_gather(dataset, OC_SPLIT_TEST, &index, 1, other, NULL);
    double difference = 0, between = 0;
    for (int i = 0; i < 64; i++) {
        many[i] = pixel_of(info, many[i]);
        other[i] = pixel_of(info, other[i]);
        difference += (double)(many[i] - few[i]) * (double)(many[i] - few[i]);
        between += (double)(many[i] - other[i]) * (double)(many[i] - other[i]);
    }
    CU_ASSERT(difference < 1e-8); /* rounding of the normalisation, below half a grey level */
    CU_ASSERT(between > 0.01);
    oc_dataset_close(dataset);
}

/* The classes can be told apart, but not by a glance: a nearest-mean classifier is right well
 * above chance and well below always. */
static void synthetic_classes_are_learnable_but_not_trivial(void)
{
    enum { SIDE = 28, N = SIDE * SIDE, K = 10, SAMPLES = 2000 };
    static double mean[K][N];
    float image[N];
    int32_t found;
    int right = 0;
    oc_dataset *dataset = synthetic(options_of(1, 1, SIDE, SIDE, K, SAMPLES, 500));
    memset(mean, 0, sizeof mean);
    for (uint32_t i = 0; i < SAMPLES; i++) {
        oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &i, 1, image, &found);
        for (int k = 0; k < N; k++)
            mean[found][k] += (double)image[k] * K / SAMPLES;
    }
    for (uint32_t i = 0; i < 500; i++) {
        double best = 1e300;
        int chosen = -1;
        oc_dataset_gather(dataset, OC_SPLIT_TEST, &i, 1, image, &found);
        for (int c = 0; c < K; c++) {
            double distance = 0;
            for (int k = 0; k < N; k++)
                distance += ((double)image[k] - mean[c][k]) * ((double)image[k] - mean[c][k]);
            if (distance < best) {
                best = distance;
                chosen = c;
            }
        }
        right += chosen == found;
    }
    if (right < 200 || right > 495)
        printf("nearest mean: %d of 500\n", right);
    CU_ASSERT(right >= 200 && right <= 495);
    oc_dataset_close(dataset);
}

static void wrong_synthetic_options(void)
{
    const char *out = oc_scratch_path("wrong.h5");
    const oc_import_synthetic wrong[] = {
        options_of(1, 0, 8, 8, 2, 5, 5),          options_of(1, -1, 8, 8, 2, 5, 5),
        options_of(1, 1, 65537, 8, 2, 5, 5),      options_of(1, 1, 8, 0, 2, 5, 5),
        options_of(1, 1, 8, 8, 0, 5, 5),          options_of(1, 1, 8, 8, 65537, 5, 5),
        options_of(1, 1, 8, 8, 2, 0, 5),          options_of(1, 1, 8, 8, 2, 5, 0),
        options_of(1, 1, 8, 8, 2, 1ull << 32, 5), options_of(1, 2, 65536, 65536, 2, 5, 5),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CU_ASSERT_EQUAL(oc_import_synthetic_run(&wrong[i], out), OC_ERR_USAGE);
    CU_ASSERT(!oc_file_exists(out));
}

int main(void)
{
    const oc_case cases[] = {
        {"an interrupted import", an_interrupted_import_leaves_the_old_file},
        {"synthetic options", synthetic_options_are_what_you_get},
        {"synthetic samples stand alone", synthetic_samples_stand_alone},
        {"synthetic classes", synthetic_classes_are_learnable_but_not_trivial},
        {"wrong synthetic options", wrong_synthetic_options},
    };
    return OC_RUN_CASES("import_synthetic", cases);
}
