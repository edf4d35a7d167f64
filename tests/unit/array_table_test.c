/* array_table_test.c - inputs without targets are the numbers that an import of them keeps; and
 * what does not fit the network is refused. */
#include "base/file.h"
#include "data/arrays/array_table.h"
#include "import/import_arrays.h"
#include "storage/h5.h"
#include "tests/datasets.h"
#include "tests/harness.h"

#include <math.h>
#include <string.h>

enum { N = 700, C = 3, H = 4, W = 5, VALUES = C * H * W };

static double value_of(int sample, int c, int h, int w)
{
    return 1.7e9 + sample * 0.125 + c * 100 + h * 10 + w;
}

/* float64 samples, channels first or last, and labels; `odd` replaces a value of sample 650. */
static const char *make_file(int is_last, double odd)
{
    static double x[N * VALUES];
    int64_t y[N];
    const char *const path = oc_scratch_path("table.h5");
    const oc_h5_array inputs = {
        OC_H5_FLOAT64, 4, {N, is_last ? H : C, is_last ? W : H, is_last ? C : W}};
    const oc_h5_array labels = {OC_H5_INT64, 1, {N}};
    for (int i = 0; i < N; i++)
        for (int v = 0; v < VALUES; v++) {
            const int c = is_last ? v % C : v / (H * W), p = is_last ? v / C : v % (H * W);
            x[i * VALUES + v] = value_of(i, c, p / W, p % W);
            y[i] = i % 2;
        }
    if (odd != 0)
        x[650 * VALUES + 7] = odd;
    oc_h5 *file;
    CU_ASSERT_EQUAL_FATAL(oc_h5_create(&file, path), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_create(file, "/x", &inputs, 0), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_write(file, "/x", 0, N, x), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_create(file, "/y", &labels, 0), OC_OK);
    CU_ASSERT_EQUAL(oc_h5_array_write(file, "/y", 0, N, y), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_h5_commit(file, OC_FILE_DATASET), OC_OK);
    return path;
}

static const oc_schema trained = {
    .channels = C, .height = H, .width = W, .values = OC_VALUES_NUMBERS};

static void numbers_are_those_of_an_import(void)
{
    for (int is_last = 0; is_last <= 1; is_last++) {
        const char *const path = make_file(is_last, 0), *const out = oc_scratch_path("set.h5");
        const oc_import_arrays import = {.format = OC_ARRAY_HDF5,
                                         .common.source = path,
                                         .inputs = {"/x", "/x"},
                                         .targets = {"/y", "/y"},
                                         .channels =
                                             is_last ? OC_CHANNELS_LAST : OC_CHANNELS_FIRST};
        oc_array_table *table;
        oc_dataset *dataset;
        double number[VALUES], kept[VALUES];
        int wrong = 0;
        remove(out);
        CU_ASSERT_EQUAL_FATAL(oc_import_arrays_run(&import, out), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out), OC_OK);
        CU_ASSERT_EQUAL_FATAL(
            oc_array_table_open(&table, OC_ARRAY_HDF5, path, "/x", OC_CHANNELS_UNSAID, &trained),
            OC_OK);
        CU_ASSERT_EQUAL(oc_array_table_samples(table), N);
        const unsigned char *stored = oc_dataset_images(dataset, OC_SPLIT_TEST);
        for (int i = 0; i < N; i++) {
            CU_ASSERT_EQUAL_FATAL(oc_array_table_next(table, number), OC_OK);
            oc_dataset_numbers(dataset, stored + (size_t)i * oc_dataset_sample_bytes(dataset),
                               kept);
            wrong += memcmp(number, kept, sizeof number) != 0;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(number[VALUES - 1], value_of(N - 1, C - 1, H - 1, W - 1));
        CU_ASSERT_EQUAL(oc_array_table_next(table, number), OC_ERR_INTERNAL); /* no more */
        oc_array_table_close(table);
        oc_dataset_close(dataset);
    }
}

static void what_does_not_fit_is_refused(void)
{
    const char *const path = make_file(0, NAN);
    oc_schema other = trained;
    oc_array_table *table;
    double number[VALUES];
    oc_status status =
        oc_array_table_open(&table, OC_ARRAY_HDF5, path, "/x", OC_CHANNELS_UNSAID, &trained);
    CU_ASSERT_EQUAL_FATAL(status, OC_OK);
    int sample = 0;
    for (; sample < N && (status = oc_array_table_next(table, number)) == OC_OK; sample++)
        CU_ASSERT(isfinite(number[7]));
    CU_ASSERT_EQUAL(status, OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "/x: sample 650 at (0, 1, 2): found nan"));
    oc_array_table_close(table);
    other.width = W + 1;
    CU_ASSERT_EQUAL(
        oc_array_table_open(&table, OC_ARRAY_HDF5, path, "/x", OC_CHANNELS_UNSAID, &other),
        OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "3 channels, 4x5, expected 3 channels, 4x6"));
    CU_ASSERT_PTR_NULL(table);
    other = trained;
    other.values = OC_VALUES_BYTES;
    CU_ASSERT_EQUAL(
        oc_array_table_open(&table, OC_ARRAY_HDF5, path, "/x", OC_CHANNELS_UNSAID, &other),
        OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "float64"));
    CU_ASSERT_EQUAL(
        oc_array_table_open(&table, OC_ARRAY_HDF5, path, "/z", OC_CHANNELS_UNSAID, &trained),
        OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_array_table_open(&table, OC_ARRAY_NPY, oc_scratch_path("none.npy"), NULL,
                                        OC_CHANNELS_UNSAID, &trained),
                    OC_ERR_IO);
}

int main(void)
{
    const oc_case cases[] = {
        {"numbers are those of an import", numbers_are_those_of_an_import},
        {"what does not fit is refused", what_does_not_fit_is_refused},
    };
    return OC_RUN_CASES("array_table", cases);
}
