/* dataset_parts_test.c - data set files that verify, but say nonsense: built here part by part. */
#include "datasets.h"
#include "harness.h"

#include "data/dataset/dataset.h"
#include "storage/h5.h"

#include <math.h>
#include <stdio.h>

typedef struct parts {
    uint64_t version;
    oc_h5_array images[2], labels[2], mean, deviation;
    int32_t label; /* of one sample */
    float mean_value, deviation_value, pixel;
    size_t classes;
    const char *missing; /* the name of a part to leave out */
    oc_file_kind kind;
} parts;

static parts sound_parts(oc_h5_type type)
{
    return (parts){
        .version = 1,
        .images = {{type, 4, {3, 1, 2, 2}}, {type, 4, {2, 1, 2, 2}}},
        .labels = {{OC_H5_INT32, 1, {3}}, {OC_H5_INT32, 1, {2}}},
        .mean = {OC_H5_FLOAT32, 1, {1}},
        .deviation = {OC_H5_FLOAT32, 1, {1}},
        .label = 1,
        .deviation_value = 1,
        .classes = 2,
        .kind = OC_FILE_DATASET,
    };
}

static void put(oc_h5 *file, const parts *made, const char *name, const oc_h5_array *array,
                const void *data)
{
    if (made->missing && strcmp(made->missing, name) == 0)
        return;
    CU_ASSERT_EQUAL_FATAL(oc_h5_array_create(file, name, array, 0), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_h5_array_write(file, name, 0, array->extent[0], data), OC_OK);
}

static oc_status build_and_open(const parts *made)
{
    static const char *const classes[] = {"a", "b", "c"};
    const char *path = oc_scratch_path("parts.h5");
    double room[256] = {0}; /* zeros of any type */
    int32_t labels[256] = {0};
    float mean[256] = {made->mean_value}, deviation[256] = {made->deviation_value};
    oc_h5 *file;
    labels[1] = made->label;
    if (made->images[0].type == OC_H5_FLOAT32)
        memcpy((char *)room + 8, &made->pixel, sizeof made->pixel);
    CU_ASSERT_EQUAL_FATAL(oc_h5_create(&file, path), OC_OK);
    CU_ASSERT_EQUAL(
        oc_h5_attribute_write(file, "/", "format_version", OC_H5_UINT64, &made->version), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_attribute_text_write(file, "/", "source", "parts"), OC_OK);
    put(file, made, "/train/images", &made->images[0], room);
    put(file, made, "/test/images", &made->images[1], room);
    put(file, made, "/train/labels", &made->labels[0], labels);
    put(file, made, "/test/labels", &made->labels[1], labels);
    put(file, made, "/mean", &made->mean, mean);
    put(file, made, "/deviation", &made->deviation, deviation);
    if (!made->missing || strcmp(made->missing, "/class_names") != 0)
        CU_ASSERT_EQUAL(oc_h5_texts_write(file, "/class_names", classes, made->classes), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_h5_commit(file, made->kind), OC_OK);
    return oc_open_and_close(path);
}

static void sound_parts_open(void)
{
    parts made = sound_parts(OC_H5_UINT8);
    CU_ASSERT_EQUAL(build_and_open(&made), OC_OK);
    made = sound_parts(OC_H5_FLOAT32);
    CU_ASSERT_EQUAL(build_and_open(&made), OC_OK);
}

static void missing_parts_are_named(void)
{
    static const char *const all[] = {"/train/images", "/train/labels", "/test/labels",
                                      "/mean",         "/deviation",    "/class_names"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        parts made = sound_parts(OC_H5_UINT8);
        made.missing = all[i];
        CU_ASSERT_EQUAL(build_and_open(&made), OC_ERR_DATA);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), all[i]));
    }
}

static void a_test_split_may_be_missing(void)
{
    parts made = sound_parts(OC_H5_UINT8);
    made.missing = "/test/images";
    CU_ASSERT_EQUAL(build_and_open(&made), OC_OK);
}

static void labels_out_of_range(void)
{
    static const int32_t labels[] = {-1, 2, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < 4; i++) {
        parts made = sound_parts(OC_H5_UINT8);
        made.label = labels[i];
        CU_ASSERT_EQUAL(build_and_open(&made), OC_ERR_DATA);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "index 1"));
    }
}

static void nonsense_is_refused(void)
{
    enum { CASES = 16 };
    parts made[CASES];
    for (int i = 0; i < CASES; i++)
        made[i] = sound_parts(i < 3 ? OC_H5_FLOAT32 : OC_H5_UINT8);
    made[0].pixel = NAN;
    made[1].pixel = INFINITY;
    made[2].images[1].type = OC_H5_UINT8;
    made[3].version = 2;
    made[4].images[0].rank = 3;
    made[5].images[0].type = made[5].images[1].type = OC_H5_INT32;
    made[6].images[1].extent[3] = 3;
    made[7].labels[0].extent[0] = 4;
    made[8].labels[0].type = OC_H5_UINT8;
    made[9].mean.extent[0] = 2;
    made[10].deviation_value = 0;
    made[11].deviation_value = NAN;
    made[12].mean_value = INFINITY;
    made[13].deviation.type = OC_H5_FLOAT64;
    made[14].kind = OC_FILE_CHECKPOINT;
    made[15].classes = 1; /* now label 1 is beyond */
    for (int i = 0; i < CASES; i++) {
        const oc_status status = build_and_open(&made[i]);
        if (status != OC_ERR_DATA)
            printf("nonsense %d was taken\n", i);
        CU_ASSERT_EQUAL(status, OC_ERR_DATA);
    }
}

int main(void)
{
    const oc_case cases[] = {
        {"sound parts open", sound_parts_open},
        {"missing parts are named", missing_parts_are_named},
        {"a test split may be missing", a_test_split_may_be_missing},
        {"labels out of range", labels_out_of_range},
        {"nonsense is refused", nonsense_is_refused},
    };
    return OC_RUN_CASES("dataset_parts", cases);
}
