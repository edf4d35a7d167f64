/* foreign_dataset_test.c - arrays of a file that onecycle did not make: the same numbers from every
 * type, and what is refused. Files of h5py are in golden/foreign_test.sh. */
#include "base/file.h"
#include "storage/h5.h"
#include "tests/datasets.h"
#include "tests/harness.h"

#include <math.h>
#include <string.h>

static const char *foreign_file(const char *name, oc_h5_type type, uint64_t chunk, double odd)
{
    enum { COUNT = 64, FEATURES = 6 };
    static const size_t bytes[] = {
        [OC_H5_UINT8] = 1, [OC_H5_FLOAT32] = 4, [OC_H5_FLOAT64] = 8, [OC_H5_INT16] = 2};
    const char *path = oc_scratch_path(name);
    const oc_h5_array x = {type, 2, {COUNT, FEATURES}}, y = {OC_H5_INT64, 2, {COUNT, 1}};
    unsigned char values[COUNT * FEATURES * 8];
    int64_t labels[COUNT];
    for (int i = 0; i < COUNT * FEATURES; i++) {
        const double value = i == 77 && odd != 0 ? odd : (double)(i % 101);
        const uint8_t b = (uint8_t)(i % 101);
        const int16_t s = (int16_t)(i % 101);
        const float f = (float)value;
        const void *const from = type == OC_H5_UINT8     ? (const void *)&b
                                 : type == OC_H5_INT16   ? (const void *)&s
                                 : type == OC_H5_FLOAT32 ? (const void *)&f
                                                         : (const void *)&value;
        memcpy(values + (size_t)i * bytes[type], from, bytes[type]);
    }
    for (int i = 0; i < COUNT; i++)
        labels[i] = i % 4;
    oc_h5 *file;
    CU_ASSERT_EQUAL_FATAL(oc_h5_create(&file, path), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_create(file, "/a/x", &x, chunk), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_write(file, "/a/x", 0, COUNT, values), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_create(file, "/y", &y, 0), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_write(file, "/y", 0, COUNT, labels), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_h5_commit(file, OC_FILE_DATASET), OC_OK);
    return path;
}

static oc_dataset_source foreign_source(const char *path)
{
    return (oc_dataset_source){.path = path, .inputs = {"/a/x"}, .targets = {"/y"}};
}

static void foreign_types_give_the_same_numbers(void)
{
    static const oc_h5_type types[] = {OC_H5_FLOAT32, OC_H5_FLOAT64, OC_H5_INT16, OC_H5_UINT8};
    float first[6] = {0}, image[6];
    for (size_t t = 0; t < 4; t++)
        for (uint64_t chunk = 0; chunk <= 10; chunk += 10) {
            const oc_dataset_source source =
                foreign_source(foreign_file("foreign.h5", types[t], chunk, 0));
            const uint32_t index = 13;
            int32_t label;
            oc_opened o;
            CU_ASSERT_EQUAL_FATAL(oc_open_in_steps(&o, &source, 1), OC_OK);
            const oc_dataset_info *info = oc_dataset_describe(o.dataset);
            CU_ASSERT(info->schema.channels == 6 && info->schema.height == 1 &&
                      info->schema.width == 1);
            CU_ASSERT_EQUAL(info->schema.classes, 4);
            CU_ASSERT_STRING_EQUAL(info->schema.class_names[3], "3");
            CU_ASSERT_EQUAL(info->samples[OC_SPLIT_TEST], 0);
            oc_dataset_gather(o.dataset, OC_SPLIT_TRAIN, &index, 1, image, &label);
            CU_ASSERT_EQUAL(label, 1);
            for (int i = 0; i < 6; i++) {
                if (t == 0)
                    first[i] = image[i];
                CU_ASSERT_DOUBLE_EQUAL(image[i], first[i], 0);
                CU_ASSERT(fabs(image[i]) < 3);
            }
            oc_opened_close(&o);
        }
}

static void foreign_nonsense_is_refused(void)
{
    oc_opened o;
    oc_dataset_source source = foreign_source(foreign_file("bad.h5", OC_H5_FLOAT64, 0, NAN));
    CU_ASSERT_EQUAL(oc_open_in_steps(&o, &source, 1), OC_ERR_DATA);
    oc_opened_close(&o);
    CU_ASSERT_EQUAL(oc_open_in_steps(&o, &source, 0), OC_ERR_DATA); /* seen by the survey */
    oc_opened_close(&o);
    source = foreign_source(foreign_file("bad.h5", OC_H5_FLOAT64, 0, 1e300)); /* no float */
    CU_ASSERT_EQUAL(oc_open_in_steps(&o, &source, 1), OC_ERR_DATA);
    oc_opened_close(&o);
    static const char *const wrong[][2] = {
        {"/x", "/y"}, {"/a/x", "/a"}, {"/a/x", "/a/x"}, {"/a/../x", "/y"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        source.inputs[0] = wrong[i][0];
        source.targets[0] = wrong[i][1];
        CU_ASSERT_EQUAL(oc_open_in_steps(&o, &source, 1), OC_ERR_DATA);
        oc_opened_close(&o);
    }
    source = foreign_source(oc_scratch_path("text.h5"));
    CU_ASSERT_EQUAL(oc_file_write(source.path, "no HDF5 at all", 14), OC_OK);
    CU_ASSERT_EQUAL(oc_open_in_steps(&o, &source, 1), OC_ERR_DATA);
    source = foreign_source(oc_scratch());
    CU_ASSERT_EQUAL(oc_open_in_steps(&o, &source, 1), OC_ERR_IO);
}

int main(void)
{
    const oc_case cases[] = {
        {"foreign types give the same numbers", foreign_types_give_the_same_numbers},
        {"foreign nonsense is refused", foreign_nonsense_is_refused},
    };
    return OC_RUN_CASES("foreign_dataset", cases);
}
