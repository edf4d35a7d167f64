/* import_test.c - idx files and synthetic images into data sets: right, repeatable, and whole
 * or not at all. */
#include "harness.h"

#include "base/file.h"
#include "data/dataset/dataset.h"
#include "faults.h"
#include "import/importers.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <zlib.h>

enum { ROWS = 4, COLUMNS = 3, PIXELS = ROWS * COLUMNS, TRAIN = 30, TEST = 10, CLASSES = 5 };
enum { IMAGES_HEADER = 16, LABELS_HEADER = 8 };

static const char *const file_names[4] = {"train-images", "train-labels", "test-images",
                                          "test-labels"};

static uint8_t pixel(int split, int sample, int k)
{
    return (uint8_t)(split * 50 + sample * 7 + k * 13);
}

static int label(int split, int sample)
{
    return (sample * 3 + split) % CLASSES;
}

static size_t put32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
    return 4;
}

/* The four idx files, named PREFIX-train-images and so on. */
static oc_import_idx write_idx(const char *prefix)
{
    static char paths[4][OC_PATH_BYTES];
    for (int which = 0; which < 4; which++) {
        const int split = which / 2, labels = which % 2, count = split ? TEST : TRAIN;
        unsigned char bytes[IMAGES_HEADER + TRAIN * PIXELS];
        char name[64];
        size_t used = put32(bytes, labels ? 0x801 : 0x803);
        used += put32(bytes + used, (uint32_t)count);
        if (!labels) {
            used += put32(bytes + used, ROWS);
            used += put32(bytes + used, COLUMNS);
        }
        for (int i = 0; i < count; i++)
            for (int k = 0; k < (labels ? 1 : PIXELS); k++)
                bytes[used++] = labels ? (unsigned char)label(split, i) : pixel(split, i, k);
        snprintf(name, sizeof name, "%s-%s", prefix, file_names[which]);
        snprintf(paths[which], sizeof paths[which], "%s", oc_scratch_path(name));
        CU_ASSERT_EQUAL_FATAL(oc_file_write(paths[which], bytes, used), OC_OK);
    }
    return (oc_import_idx){paths[0], paths[1], paths[2], paths[3], {0}};
}

static const char *path_of(const oc_import_idx *options, int which)
{
    const char *const paths[] = {options->train_images, options->train_labels, options->test_images,
                                 options->test_labels};
    return paths[which];
}

static int same_bytes(const char *a, const char *b)
{
    char *x, *y;
    size_t m, n;
    CU_ASSERT_EQUAL_FATAL(oc_file_read(a, 1 << 30, &x, &m), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_read(b, 1 << 30, &y, &n), OC_OK);
    const int same = m == n && memcmp(x, y, m) == 0;
    free(x);
    free(y);
    return same;
}

/* Is `out` what write_idx wrote? */
static void check_samples(const char *out)
{
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT(info->schema.channels == 1 && info->schema.height == ROWS &&
              info->schema.width == COLUMNS);
    CU_ASSERT(info->samples[0] == TRAIN && info->samples[1] == TEST &&
              info->schema.values == OC_VALUES_BYTES);
    CU_ASSERT_EQUAL(info->schema.classes, CLASSES);
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[4], "4");
    for (int split = 0; split < 2; split++)
        for (uint32_t i = 0; i < (split ? TEST : TRAIN); i++) {
            float image[PIXELS];
            int32_t found;
            oc_dataset_gather(dataset, (oc_split)split, &i, 1, image, &found);
            CU_ASSERT_EQUAL(found, label(split, (int)i));
            int wrong = 0;
            for (int k = 0; k < PIXELS; k++)
                wrong += image[k] != (float)((pixel(split, (int)i, k) - info->schema.mean[0]) /
                                             info->schema.deviation[0]);
            CU_ASSERT_EQUAL(wrong, 0);
        }
    oc_dataset_close(dataset);
}

static void idx_comes_out_as_it_went_in(void)
{
    const oc_import_idx options = write_idx("sound");
    const char *out = oc_scratch_path("sound.h5");
    CU_ASSERT_EQUAL_FATAL(oc_import_idx_run(&options, out), OC_OK);
    check_samples(out);
}

/* A second later and under other names: no time and no path may be in the file. */
static void the_same_input_gives_the_same_bytes(void)
{
    const time_t begun = time(NULL);
    const struct timespec nap = {0, 50000000};
    const oc_import_synthetic synthetic = {3, 1, 8, 8, 2, 20, 10, {0}};
    const oc_import_idx options = write_idx("twice");
    CU_ASSERT_EQUAL_FATAL(oc_import_idx_run(&options, oc_scratch_path("a.h5")), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_import_synthetic_run(&synthetic, oc_scratch_path("s.h5")), OC_OK);
    while (time(NULL) == begun)
        nanosleep(&nap, NULL);
    const oc_import_idx renamed = write_idx("renamed");
    CU_ASSERT_EQUAL_FATAL(oc_import_idx_run(&renamed, oc_scratch_path("b.h5")), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_import_synthetic_run(&synthetic, oc_scratch_path("t.h5")), OC_OK);
    CU_ASSERT(same_bytes(oc_scratch_path("a.h5"), oc_scratch_path("b.h5")));
    CU_ASSERT(same_bytes(oc_scratch_path("s.h5"), oc_scratch_path("t.h5")));
    CU_ASSERT(!same_bytes(oc_scratch_path("a.h5"), oc_scratch_path("s.h5")));
}

/* ---- damaged idx files ---- */

static oc_status import_damaged(const oc_import_idx *options)
{
    const char *out = oc_scratch_path("damaged.h5");
    const oc_status status = oc_import_idx_run(options, out);
    CU_ASSERT_EQUAL(oc_file_exists(out), status == OC_OK);
    unlink(out);
    return status;
}

static void truncated_and_longer_idx_files(void)
{
    const oc_import_idx options = write_idx("cut");
    for (int which = 0; which < 4; which++) {
        const char *path = path_of(&options, which);
        char whole[OC_PATH_BYTES]; /* the scratch path's own buffer is soon another's */
        snprintf(whole, sizeof whole, "%s", oc_scratch_path("whole"));
        oc_copy(path, whole);
        const long bytes = oc_file_bytes(path);
        for (long length = 0; length <= bytes + 1; length += length < 20 ? 1 : 11) {
            if (length == bytes)
                continue;
            oc_copy(whole, path);
            oc_truncate(path, length);
            CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
            CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), path));
        }
        oc_copy(whole, path);
        oc_truncate(path, bytes + 1);
        CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
        oc_copy(whole, path);
    }
    CU_ASSERT_EQUAL(import_damaged(&options), OC_OK);
}

/* The header has no redundancy to spare: every bit matters. */
static void flipped_idx_headers(void)
{
    const oc_import_idx options = write_idx("flip");
    for (int which = 0; which < 4; which++)
        for (int bit = 0; bit < 8 * (which % 2 ? LABELS_HEADER : IMAGES_HEADER); bit++) {
            oc_flip_bit(path_of(&options, which), bit / 8, bit % 8);
            CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
            oc_flip_bit(path_of(&options, which), bit / 8, bit % 8);
        }
    CU_ASSERT_EQUAL(import_damaged(&options), OC_OK);
}

/* Sizes whose product overflows or asks for the impossible. */
static void absurd_sizes(void)
{
    const oc_import_idx options = write_idx("absurd");
    static const uint32_t sizes[][3] = {{UINT32_MAX, UINT32_MAX, UINT32_MAX},
                                        {UINT32_MAX, 16384, 16384},
                                        {0x80000000u, 0x80000000u, 4},
                                        {1u << 31, 1u << 16, 1u << 17},
                                        {0, 4, 3},
                                        {30, 0, 3},
                                        {30, 4, 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char bytes[IMAGES_HEADER];
        put32(bytes, 0x803);
        for (int k = 0; k < 3; k++)
            put32(bytes + 4 + 4 * k, sizes[i][k]);
        CU_ASSERT_EQUAL(oc_file_write(options.train_images, bytes, sizeof bytes), OC_OK);
        CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
    }
}

static void test_labels_beyond_the_training_labels(void)
{
    const oc_import_idx options = write_idx("beyond");
    oc_flip_bit(options.test_labels, LABELS_HEADER + 6, 6);
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "index 6"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), options.test_labels));
}

static void files_that_do_not_belong_together(void)
{
    oc_import_idx options = write_idx("mixed");
    const oc_import_idx sound = options;
    options.train_labels = sound.test_labels; /* another count */
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
    options = sound;
    options.train_images = sound.train_labels; /* another kind */
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
    options = sound;
    options.test_images = oc_scratch_path("absent");
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_IO);
    options.test_images = oc_scratch();
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_file_write(sound.train_images, "\x1f\x8b\x08\x00 zipped", 12), OC_OK);
    CU_ASSERT_EQUAL(import_damaged(&sound), OC_ERR_DATA);
}

static void pack(const char *from, const char *to)
{
    char *bytes;
    size_t count;
    CU_ASSERT_EQUAL_FATAL(oc_file_read(from, 1 << 20, &bytes, &count), OC_OK);
    gzFile file = gzopen(to, "wb9");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL_FATAL(gzwrite(file, bytes, (unsigned)count), (int)count);
    CU_ASSERT_EQUAL_FATAL(gzclose(file), Z_OK);
    free(bytes);
}

/* Packed with gzip: the same samples; cut anywhere: an error; with any byte changed: an error, or
 * the same samples where that byte means nothing, as the header's time. */
static void packed_idx_files(void)
{
    const oc_import_idx plain = write_idx("plain");
    oc_import_idx options = plain;
    char packed[OC_PATH_BYTES], damaged[OC_PATH_BYTES];
    char out[OC_PATH_BYTES];
    snprintf(out, sizeof out, "%s", oc_scratch_path("packed.h5"));
    snprintf(packed, sizeof packed, "%s", oc_scratch_path("images.gz"));
    snprintf(damaged, sizeof damaged, "%s", oc_scratch_path("damaged.gz"));
    pack(plain.train_images, packed);
    options.train_images = packed;
    CU_ASSERT_EQUAL_FATAL(oc_import_idx_run(&options, out), OC_OK);
    check_samples(out);
    options.train_images = damaged;
    const long bytes = oc_file_bytes(packed);
    int right = 0;
    for (long n = 0; n < bytes; n += 3) {
        oc_copy(packed, damaged);
        oc_truncate(damaged, n);
        CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
    }
    for (long at = 0; at < bytes; at++) {
        oc_copy(packed, damaged);
        oc_flip_bit(damaged, at, (int)(at % 8));
        const oc_status status = oc_import_idx_run(&options, out);
        CU_ASSERT(status == OC_OK || status == OC_ERR_DATA);
        if (status == OC_OK)
            check_samples(out);
        right += status == OC_OK;
    }
    CU_ASSERT(right < 12);
    /* A header that promises more than gzip could have packed. */
    unsigned char huge[IMAGES_HEADER];
    put32(huge, 0x803);
    put32(huge + 4, UINT32_MAX);
    put32(huge + 8, 1000);
    put32(huge + 12, 1000);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(damaged, huge, sizeof huge), OC_OK);
    pack(damaged, packed);
    options.train_images = packed;
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
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
    job todo = {{1, 1, 28, 28, 10, 200, 20, {0}}, out};
    CU_ASSERT(killed_while_writing(50000, run_job, &todo));
    CU_ASSERT(!oc_file_exists(out));
    limit_files(50000);
    CU_ASSERT_EQUAL(oc_import_synthetic_run(&todo.options, out), OC_ERR_IO);
    limit_files(RLIM_INFINITY);
    CU_ASSERT(!oc_file_exists(out));
    CU_ASSERT_EQUAL(count_entries(folder, ""), 1); /* of the one that was killed */

    oc_dataset *dataset;
    CU_ASSERT_EQUAL(oc_import_synthetic_run(&todo.options, out), OC_OK);
    todo.options.seed = 2;
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
    oc_dataset *dataset = synthetic((oc_import_synthetic){9, 3, 7, 11, 6, 50, 13, {0}});
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT(info->schema.channels == 3 && info->schema.height == 7 && info->schema.width == 11);
    CU_ASSERT(info->schema.classes == 6 && info->schema.values == OC_VALUES_BYTES);
    CU_ASSERT(info->samples[0] == 50 && info->samples[1] == 13);
    oc_dataset_close(dataset);
    dataset = synthetic((oc_import_synthetic){0, 1, 1, 1, 1, 1, 1, {0}});
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
    oc_dataset *dataset = synthetic((oc_import_synthetic){5, 1, 8, 8, 3, 20, 1, {0}});
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &index, 1, few, NULL);
    for (int i = 0; i < 64; i++)
        few[i] = pixel_of(info, few[i]);
    oc_dataset_close(dataset);
    dataset = synthetic((oc_import_synthetic){5, 1, 8, 8, 3, 90, 40, {0}});
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
    oc_dataset *dataset = synthetic((oc_import_synthetic){1, 1, SIDE, SIDE, K, SAMPLES, 500, {0}});
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
        {1, 0, 8, 8, 2, 5, 5, {0}},          {1, -1, 8, 8, 2, 5, 5, {0}},
        {1, 1, 65537, 8, 2, 5, 5, {0}},      {1, 1, 8, 0, 2, 5, 5, {0}},
        {1, 1, 8, 8, 0, 5, 5, {0}},          {1, 1, 8, 8, 65537, 5, 5, {0}},
        {1, 1, 8, 8, 2, 0, 5, {0}},          {1, 1, 8, 8, 2, 5, 0, {0}},
        {1, 1, 8, 8, 2, 1ull << 32, 5, {0}}, {1, 2, 65536, 65536, 2, 5, 5, {0}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CU_ASSERT_EQUAL(oc_import_synthetic_run(&wrong[i], out), OC_ERR_USAGE);
    CU_ASSERT(!oc_file_exists(out));
}

int main(void)
{
    const oc_case cases[] = {
        {"idx comes out as it went in", idx_comes_out_as_it_went_in},
        {"the same input gives the same bytes", the_same_input_gives_the_same_bytes},
        {"truncated and longer idx files", truncated_and_longer_idx_files},
        {"flipped idx headers", flipped_idx_headers},
        {"absurd sizes", absurd_sizes},
        {"test labels beyond the training labels", test_labels_beyond_the_training_labels},
        {"files that do not belong together", files_that_do_not_belong_together},
        {"packed idx files", packed_idx_files},
        {"an interrupted import", an_interrupted_import_leaves_the_old_file},
        {"synthetic options", synthetic_options_are_what_you_get},
        {"synthetic samples stand alone", synthetic_samples_stand_alone},
        {"synthetic classes", synthetic_classes_are_learnable_but_not_trivial},
        {"wrong synthetic options", wrong_synthetic_options},
    };
    return OC_RUN_CASES("import", cases);
}
