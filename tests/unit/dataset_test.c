/* dataset_test.c - data set files: what is written is read, what is wrong is refused. */
#include "datasets.h"
#include "harness.h"

#include "base/file.h"
#include "data/dataset/dataset.h"
#include "data/dataset/dataset_write.h"
#include "faults.h"
#include "storage/h5.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHANNELS = 2, HEIGHT = 3, WIDTH = 5, CLASSES = 4, TRAIN = 11, TEST = 6 };
enum { IMAGE = CHANNELS * HEIGHT * WIDTH };

static const char *const names[CLASSES] = {"cat", "dog", "\xc3\xa4\xc3\xb6", ""};

/* The same schema for every plan of this test. */
static oc_dataset_plan small_plan(int is_float)
{
    static oc_schema schema;
    oc_schema_free(&schema);
    schema = (oc_schema){.channels = CHANNELS,
                         .height = HEIGHT,
                         .width = WIDTH,
                         .values = is_float ? OC_VALUES_NUMBERS : OC_VALUES_BYTES};
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, names, CLASSES), OC_OK);
    return (oc_dataset_plan){.schema = &schema,
                             .samples = {TRAIN, TEST},
                             .stored = is_float ? OC_STORED_FLOAT32 : OC_STORED_UINT8,
                             .source = "a test"};
}

/* The stored value of an element; channel 1 is brighter. */
static int value_of(int split, int sample, int k)
{
    return (split * 101 + sample * 37 + k * 11) % 128 + (k >= HEIGHT * WIDTH ? 100 : 0);
}

static int32_t label_of(int split, int sample)
{
    return (sample + split) % CLASSES;
}

/* Fill a writer, in two uneven pieces a split. */
static oc_status add_all(oc_dataset_writer *writer, int is_float)
{
    oc_status status = OC_OK;
    for (int split = 0; split <= OC_SPLIT_TEST; split++) {
        const int count = split == OC_SPLIT_TRAIN ? TRAIN : TEST;
        uint8_t bytes[TRAIN * IMAGE];
        float floats[TRAIN * IMAGE];
        int32_t labels[TRAIN];
        for (int i = 0; i < count; i++) {
            labels[i] = label_of(split, i);
            for (int k = 0; k < IMAGE; k++) {
                bytes[i * IMAGE + k] = (uint8_t)value_of(split, i, k);
                floats[i * IMAGE + k] = (float)value_of(split, i, k) - 99.5f;
            }
        }
        const void *first = is_float ? (const void *)floats : (const void *)bytes;
        const void *rest = is_float ? (const void *)(floats + (ptrdiff_t)4 * IMAGE)
                                    : (const void *)(bytes + (ptrdiff_t)4 * IMAGE);
        if (!status)
            status = oc_dataset_writer_add(writer, (oc_split)split, first, labels, 4);
        if (!status)
            status =
                oc_dataset_writer_add(writer, (oc_split)split, rest, labels + 4, (size_t)count - 4);
    }
    return status;
}

static oc_status write_small(const char *path, int is_float)
{
    oc_dataset_writer *writer;
    const oc_dataset_plan plan = small_plan(is_float);
    oc_status status = oc_dataset_writer_create(&writer, &plan, path);
    if (status)
        return status;
    status = add_all(writer, is_float);
    if (!status)
        return oc_dataset_writer_finish(writer);
    oc_dataset_writer_discard(writer);
    return status;
}

/* Expected by the plain definition, in double. */
static void expected_statistics(int is_float, double mean[CHANNELS], double deviation[CHANNELS])
{
    for (int c = 0; c < CHANNELS; c++) {
        double sum = 0, squares = 0;
        const int n = TRAIN * HEIGHT * WIDTH;
        for (int pass = 0; pass < 2; pass++)
            for (int i = 0; i < TRAIN; i++)
                for (int k = c * HEIGHT * WIDTH; k < (c + 1) * HEIGHT * WIDTH; k++) {
                    const double raw = value_of(OC_SPLIT_TRAIN, i, k);
                    const double v = is_float ? raw - 99.5 : raw;
                    if (pass == 0)
                        sum += v;
                    else
                        squares += (v - sum / n) * (v - sum / n);
                }
        mean[c] = sum / n;
        deviation[c] = sqrt(squares / n);
    }
}

static void check_content(const char *path, int is_float)
{
    oc_dataset *dataset;
    double mean[CHANNELS], deviation[CHANNELS];
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, path), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT_STRING_EQUAL(info->path, path);
    CU_ASSERT_STRING_EQUAL(info->source, "a test");
    const oc_schema *schema = &info->schema;
    CU_ASSERT(schema->channels == CHANNELS && schema->height == HEIGHT && schema->width == WIDTH);
    CU_ASSERT_EQUAL(schema->values, is_float ? OC_VALUES_NUMBERS : OC_VALUES_BYTES);
    CU_ASSERT(info->samples[0] == TRAIN && info->samples[1] == TEST);
    CU_ASSERT_EQUAL_FATAL(schema->classes, CLASSES);
    for (int i = 0; i < CLASSES; i++)
        CU_ASSERT_STRING_EQUAL(schema->class_names[i], names[i]);
    expected_statistics(is_float, mean, deviation);
    for (int c = 0; c < CHANNELS; c++) {
        CU_ASSERT_DOUBLE_EQUAL(schema->mean[c], mean[c], 1e-12 * fabs(mean[c]));
        CU_ASSERT_DOUBLE_EQUAL(schema->deviation[c], deviation[c], 1e-12 * deviation[c]);
    }
    for (int split = 0; split <= OC_SPLIT_TEST; split++) {
        const uint32_t index[3] = {5, 0, 5};
        float images[3 * IMAGE], again[3 * IMAGE];
        int32_t labels[3] = {-1, -1, -1};
        oc_dataset_gather(dataset, (oc_split)split, index, 3, images, labels);
        oc_dataset_gather(dataset, (oc_split)split, index, 3, again, NULL);
        oc_dataset_gather(dataset, (oc_split)split, index, 3, NULL, labels);
        CU_ASSERT_EQUAL(memcmp(images, again, sizeof images), 0);
        int wrong = 0;
        for (int i = 0; i < 3; i++) {
            CU_ASSERT_EQUAL(labels[i], label_of(split, (int)index[i]));
            for (int k = 0; k < IMAGE; k++) {
                const int c = k / (HEIGHT * WIDTH);
                const double raw = value_of(split, (int)index[i], k);
                const double v = is_float ? raw - 99.5 : raw;
                wrong +=
                    images[i * IMAGE + k] != (float)((v - schema->mean[c]) / schema->deviation[c]);
            }
        }
        CU_ASSERT_EQUAL(wrong, 0);
    }
    oc_dataset_close(dataset);
}

static void bytes_round_trip(void)
{
    const char *path = oc_scratch_path("bytes.h5");
    CU_ASSERT_EQUAL_FATAL(write_small(path, 0), OC_OK);
    check_content(path, 0);
}

static void floats_round_trip(void)
{
    const char *path = oc_scratch_path("floats.h5");
    CU_ASSERT_EQUAL_FATAL(write_small(path, 1), OC_OK);
    check_content(path, 1);
}

/* Some 600 KiB of images, so that there are several chunks and a last one that is not full. */
static void many_chunks(void)
{
    enum { SIDE = 32, N = 600 };
    const char *path = oc_scratch_path("chunks.h5");
    oc_schema schema = {.channels = 1, .height = SIDE, .width = SIDE, .values = OC_VALUES_BYTES};
    const oc_dataset_plan plan = {.schema = &schema, .samples = {N, 1}, .source = ""};
    static uint8_t images[N * SIDE * SIDE];
    static int32_t labels[N];
    oc_dataset_writer *writer;
    oc_dataset *dataset;
    for (size_t i = 0; i < sizeof images; i++)
        images[i] = (uint8_t)(i * i / 7);
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, NULL, 1), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, path), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, OC_SPLIT_TEST, images, labels, 1), OC_OK);
    for (size_t done = 0; done < N; done += 100)
        CU_ASSERT_EQUAL(
            oc_dataset_writer_add(writer, OC_SPLIT_TRAIN, images + done * SIDE * SIDE, labels, 100),
            OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_finish(writer), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, path), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT_STRING_EQUAL(info->schema.class_names[0], "0");
    int wrong = 0;
    for (uint32_t i = 0; i < N; i++) {
        float image[SIDE * SIDE];
        oc_dataset_gather(dataset, OC_SPLIT_TRAIN, &i, 1, image, NULL);
        for (int k = 0; k < SIDE * SIDE; k++)
            wrong +=
                image[k] !=
                (float)(((double)images[i * SIDE * SIDE + (uint32_t)k] - info->schema.mean[0]) /
                        info->schema.deviation[0]);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    oc_dataset_close(dataset);
    oc_schema_free(&schema);
}

static void a_channel_that_never_varies(void)
{
    const char *path = oc_scratch_path("flat.h5");
    oc_schema schema = {.channels = 1, .height = 1, .width = 2, .values = OC_VALUES_BYTES};
    const oc_dataset_plan plan = {.schema = &schema, .samples = {2, 1}, .source = ""};
    const uint8_t images[4] = {7, 7, 7, 7};
    const int32_t labels[2] = {0, 1};
    oc_dataset_writer *writer;
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, NULL, 2), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, path), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, OC_SPLIT_TRAIN, images, labels, 2), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, OC_SPLIT_TEST, images, labels, 1), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_finish(writer), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, path), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_describe(dataset)->schema.deviation[0], 1);
    CU_ASSERT_EQUAL(oc_dataset_describe(dataset)->schema.mean[0], 7);
    oc_dataset_close(dataset);
    oc_schema_free(&schema);
}

static void the_writer_refuses(void)
{
    oc_dataset_writer *writer;
    const char *path = oc_scratch_path("refused.h5");
    static const uint8_t images[IMAGE * 20] = {0};
    static const float bad[IMAGE] = {1, 2, NAN};
    const int32_t labels[20] = {0}, negative[1] = {-1}, beyond[1] = {CLASSES};
    oc_dataset_plan plan = small_plan(0);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, path), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, 0, images, negative, 1), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, 0, images, beyond, 1), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, 0, images, labels, TRAIN + 1), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, 0, images, labels, TRAIN - 1), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_writer_finish(writer), OC_ERR_DATA); /* samples are missing */
    plan.stored = OC_STORED_FLOAT32;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, path), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_writer_add(writer, 0, bad, labels, 1), OC_ERR_DATA);
    oc_dataset_writer_discard(writer);
    oc_dataset_writer_discard(NULL);
    oc_schema large = *plan.schema;
    plan.schema = &large;
    large.height = 65537;
    CU_ASSERT_EQUAL(oc_dataset_writer_create(&writer, &plan, path), OC_ERR_DATA);
    large.height = large.width = 65536;
    CU_ASSERT_EQUAL(oc_dataset_writer_create(&writer, &plan, path), OC_ERR_DATA);
    plan = small_plan(0);
    plan.samples[OC_SPLIT_TEST] = 0;
    CU_ASSERT_EQUAL(oc_dataset_writer_create(&writer, &plan, path), OC_ERR_DATA);
    plan.samples[OC_SPLIT_TEST] = (uint64_t)1 << 32;
    CU_ASSERT_EQUAL(oc_dataset_writer_create(&writer, &plan, path), OC_ERR_DATA);
    CU_ASSERT(!oc_file_exists(path));
    CU_ASSERT_EQUAL(count_entries(oc_scratch(), "refused"), 0);
}

/* ---- damage ---- */

static void every_truncation_is_seen(void)
{
    const char *whole = oc_scratch_path("whole.h5"), *cut = oc_scratch_path("cut.h5");
    CU_ASSERT_EQUAL_FATAL(write_small(whole, 0), OC_OK);
    const long bytes = oc_file_bytes(whole);
    int missed = 0;
    for (long length = 0; length < bytes; length += length < 600 ? 1 : 97) {
        oc_copy(whole, cut);
        oc_truncate(cut, length);
        missed += oc_open_and_close(cut) != OC_ERR_DATA;
    }
    oc_copy(whole, cut);
    oc_truncate(cut, bytes - 1);
    missed += oc_open_and_close(cut) != OC_ERR_DATA;
    oc_truncate(cut, bytes + 1);
    missed += oc_open_and_close(cut) != OC_ERR_DATA;
    CU_ASSERT_EQUAL(missed, 0);
    CU_ASSERT_EQUAL(oc_open_and_close(whole), OC_OK);
}

static void every_flipped_bit_is_seen(void)
{
    const char *path = oc_scratch_path("flipped.h5");
    CU_ASSERT_EQUAL_FATAL(write_small(path, 1), OC_OK);
    const long bytes = oc_file_bytes(path);
    int missed = 0;
    for (long offset = 0; offset < bytes; offset += offset < 512 ? 1 : 7) {
        oc_flip_bit(path, offset, (int)(offset % 8));
        missed += oc_open_and_close(path) != OC_ERR_DATA;
        oc_flip_bit(path, offset, (int)(offset % 8));
    }
    CU_ASSERT_EQUAL(missed, 0);
    CU_ASSERT_EQUAL(oc_open_and_close(path), OC_OK);
}

static void other_files_are_refused(void)
{
    const char *path = oc_scratch_path("other");
    CU_ASSERT_EQUAL(oc_open_and_close(oc_scratch_path("absent.h5")), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_open_and_close(oc_scratch()), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_file_write(path, "", 0), OC_OK);
    CU_ASSERT_EQUAL(oc_open_and_close(path), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_file_write(path, "ONECYCLE", 8), OC_OK);
    CU_ASSERT_EQUAL(oc_open_and_close(path), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_file_write(path, "\x89HDF\r\n\x1a\n and so on", 18), OC_OK);
    CU_ASSERT_EQUAL(oc_open_and_close(path), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "onecycle import"));
}

int main(void)
{
    const oc_case cases[] = {
        {"bytes round trip", bytes_round_trip},
        {"floats round trip", floats_round_trip},
        {"many chunks", many_chunks},
        {"a channel that never varies", a_channel_that_never_varies},
        {"the writer refuses", the_writer_refuses},
        {"every truncation is seen", every_truncation_is_seen},
        {"every flipped bit is seen", every_flipped_bit_is_seen},
        {"other files are refused", other_files_are_refused},
    };
    return OC_RUN_CASES("dataset", cases);
}
