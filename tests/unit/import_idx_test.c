/* import_idx_test.c - idx files into data sets: right, repeatable, and damaged ones refused. */
#include "harness.h"

#include "base/file.h"
#include "data/dataset/dataset.h"
#include "faults.h"
#include "import/import_idx.h"
#include "import/import_synthetic.h"

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
    return (oc_import_idx){.file = {paths[0], paths[1], paths[2], paths[3]}};
}

static const char *path_of(const oc_import_idx *options, int which)
{
    return options->file[which];
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
    const oc_import_synthetic synthetic = {.common.seed = 3,
                                           .channels = 1,
                                           .height = 8,
                                           .width = 8,
                                           .classes = 2,
                                           .train = 20,
                                           .test = 10};
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
        CU_ASSERT_EQUAL(oc_file_write(options.file[OC_IDX_TRAIN_IMAGES], bytes, sizeof bytes),
                        OC_OK);
        CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
    }
}

static void test_labels_beyond_the_training_labels(void)
{
    const oc_import_idx options = write_idx("beyond");
    oc_flip_bit(options.file[OC_IDX_TEST_LABELS], LABELS_HEADER + 6, 6);
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "index 6"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), options.file[OC_IDX_TEST_LABELS]));
}

static void files_that_do_not_belong_together(void)
{
    oc_import_idx options = write_idx("mixed");
    const oc_import_idx sound = options;
    options.file[OC_IDX_TRAIN_LABELS] = sound.file[OC_IDX_TEST_LABELS]; /* another count */
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
    options = sound;
    options.file[OC_IDX_TRAIN_IMAGES] = sound.file[OC_IDX_TRAIN_LABELS]; /* another kind */
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
    options = sound;
    options.file[OC_IDX_TEST_IMAGES] = oc_scratch_path("absent");
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_IO);
    options.file[OC_IDX_TEST_IMAGES] = oc_scratch();
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_file_write(sound.file[OC_IDX_TRAIN_IMAGES], "\x1f\x8b\x08\x00 zipped", 12),
                    OC_OK);
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
    pack(plain.file[OC_IDX_TRAIN_IMAGES], packed);
    options.file[OC_IDX_TRAIN_IMAGES] = packed;
    CU_ASSERT_EQUAL_FATAL(oc_import_idx_run(&options, out), OC_OK);
    check_samples(out);
    options.file[OC_IDX_TRAIN_IMAGES] = damaged;
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
    options.file[OC_IDX_TRAIN_IMAGES] = packed;
    CU_ASSERT_EQUAL(import_damaged(&options), OC_ERR_DATA);
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
    };
    return OC_RUN_CASES("import_idx", cases);
}
