/* import_arrays_test.c - .npy, .npz and HDF5 arrays that are cut, flipped, absurd or hostile: an
 * error that names the file, and nothing left behind. What sound ones become is in
 * golden/import_arrays_test.sh. */
#include "harness.h"

#include "base/file.h"
#include "data/dataset/dataset.h"
#include "faults.h"
#include "import/import_arrays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

enum { HEADER = 128, N = 12, FEATURES = 5, MOST = 4096 };

/* An array file of version 1.0; returns its bytes. */
static size_t make_npy(char *to, const char *dictionary, const void *data, size_t bytes)
{
    memset(to, ' ', HEADER);
    memcpy(to, "\x93NUMPY\x01\x00\x76\x00", 10);
    memcpy(to + 10, dictionary, strlen(dictionary));
    to[HEADER - 1] = '\n';
    memcpy(to + HEADER, data, bytes);
    return HEADER + bytes;
}

static size_t make_inputs(char *to)
{
    float x[N * FEATURES];
    for (int i = 0; i < N * FEATURES; i++)
        x[i] = (float)i;
    return make_npy(to, "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 5), }", x,
                    sizeof x);
}

static size_t make_targets(char *to)
{
    static const unsigned char y[N] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2};
    return make_npy(to, "{'descr': '|u1', 'fortran_order': False, 'shape': (12,), }", y, sizeof y);
}

static oc_status import_files(const char *x, size_t x_bytes, const char *y, size_t y_bytes)
{
    const oc_import_arrays options = {.format = OC_ARRAY_NPY,
                                      .inputs = {oc_scratch_path("x.npy")},
                                      .targets = {oc_scratch_path("y.npy")},
                                      .common.test_fraction = 0.25,
                                      .common.seed = 1};
    const char *out = oc_scratch_path("arrays.h5");
    remove(out);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(options.inputs[0], x, x_bytes), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(options.targets[0], y, y_bytes), OC_OK);
    const oc_status status = oc_import_arrays_run(&options, out);
    CU_ASSERT_EQUAL(oc_file_exists(out), status == OC_OK);
    CU_ASSERT_EQUAL(count_entries(oc_scratch(), "arrays.h5.tmp"), 0);
    return status;
}

static void cut_or_longer_arrays(void)
{
    char x[MOST], y[MOST];
    const size_t xs = make_inputs(x), ys = make_targets(y);
    CU_ASSERT_EQUAL_FATAL(import_files(x, xs, y, ys), OC_OK);
    for (size_t i = 0; i < xs; i += i < HEADER ? 1 : 7) {
        CU_ASSERT_EQUAL(import_files(x, i, y, ys), OC_ERR_DATA);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "x.npy"));
    }
    for (size_t i = 0; i < ys; i++)
        CU_ASSERT_EQUAL(import_files(x, xs, y, i), OC_ERR_DATA);
    x[xs] = 0;
    CU_ASSERT_EQUAL(import_files(x, xs + 1, y, ys), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "trailing bytes"));
}

/* A header has no checksum, so a flipped bit may make another sound one; but never a crash, and
 * an import that succeeds opens. */
static void flipped_headers(void)
{
    char x[MOST], y[MOST];
    const size_t xs = make_inputs(x), ys = make_targets(y);
    int refused = 0;
    for (size_t i = 0; i < 80 * 8; i++) {
        x[i / 8] ^= (char)(1 << i % 8);
        const oc_status status = import_files(x, xs, y, ys);
        CU_ASSERT(status == OC_OK || status == OC_ERR_DATA);
        refused += status != OC_OK;
        x[i / 8] ^= (char)(1 << i % 8);
    }
    CU_ASSERT(refused > 600); /* all but numbers that stay the same: blanks, an order of bytes */
}

static void absurd_headers(void)
{
    static const struct {
        const char *dictionary, *says;
    } wrong[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 16777216), }",
         "truncated"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1), }",
         "below 2^48"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (281474976710655, 65537), }",
         "too many elements"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }",
         "8 dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-12, 5), }", "a whole number"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (12, 5), 'x': 1}", "no other key"},
        {"{'descr': '<f4', 'descr': '<f4', 'shape': (12, 5), }", "once"},
        {"{'descr': '<f4', 'shape': (12, 5), }", "no key 'fortran_order'"},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (12, 5), }", "True or False"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (12, 5), }", "structured"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (12, 5), }", "type '<c8'"},
        {"{'descr': '|f4', 'fortran_order': False, 'shape': (12, 5), }", "type '|f4'"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (12, 5), }", "ascontiguousarray"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (12, 5), } + __import__('os')",
         "the end"},
        {"{'descr': '<f4", "a type"},
        {"{", "a key"},
        {"", "{"},
    };
    char x[MOST], y[MOST];
    const float data[N * FEATURES] = {0};
    const size_t ys = make_targets(y);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const size_t xs = make_npy(x, wrong[i].dictionary, data, sizeof data);
        CU_ASSERT_EQUAL(import_files(x, xs, y, ys), OC_ERR_DATA);
        if (!strstr(oc_message(), wrong[i].says))
            printf("expected %s, found %s\n", wrong[i].says, oc_message());
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), wrong[i].says));
    }
    size_t xs = make_inputs(x);
    memcpy(x + 6, "\x02\x00\xff\xff\xff\x7f", 6); /* a header of 2 GiB */
    CU_ASSERT_EQUAL(import_files(x, xs, y, ys), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "at most 65536"));
    xs = make_inputs(x);
    x[6] = 4;
    CU_ASSERT_EQUAL(import_files(x, xs, y, ys), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "version 4.0"));
}

/* ---- archives ---- */

static void add_member(struct archive *zip, const char *name, const char *bytes, size_t count)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)count);
    CU_ASSERT_EQUAL_FATAL(archive_write_header(zip, entry), ARCHIVE_OK);
    CU_ASSERT_EQUAL(archive_write_data(zip, bytes, count), (la_ssize_t)count);
    archive_entry_free(entry);
}

static void make_npz(const char *path, const char *inputs_name, const char *option)
{
    char x[MOST], y[MOST];
    const size_t xs = make_inputs(x), ys = make_targets(y);
    struct archive *zip = archive_write_new();
    CU_ASSERT_EQUAL_FATAL(archive_write_set_format_zip(zip), ARCHIVE_OK);
    CU_ASSERT_EQUAL_FATAL(archive_write_set_options(zip, option), ARCHIVE_OK);
    CU_ASSERT_EQUAL_FATAL(archive_write_open_filename(zip, path), ARCHIVE_OK);
    add_member(zip, inputs_name, x, xs);
    add_member(zip, "y.npy", y, ys);
    archive_write_close(zip);
    archive_write_free(zip);
}

static oc_status import_npz(const char *path)
{
    const oc_import_arrays options = {.format = OC_ARRAY_NPZ,
                                      .common.source = path,
                                      .inputs = {"x"},
                                      .targets = {"y"},
                                      .common.test_fraction = 0.25,
                                      .common.seed = 1};
    const char *out = oc_scratch_path("arrays.h5");
    remove(out);
    const oc_status status = oc_import_arrays_run(&options, out);
    CU_ASSERT_EQUAL(oc_file_exists(out), status == OC_OK);
    CU_ASSERT_EQUAL(count_entries(oc_scratch(), "arrays.h5.tmp"), 0);
    return status;
}

static void check_inputs(const char *out)
{
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out), OC_OK);
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    CU_ASSERT(info->samples[0] == 9 && info->samples[1] == 3 && info->schema.channels == FEATURES);
    float sum = 0;
    for (int split = 0; split < 2; split++) {
        const float *x = oc_dataset_images(dataset, (oc_split)split);
        for (uint64_t i = 0; i < info->samples[split] * FEATURES; i++)
            sum += x[i];
    }
    CU_ASSERT_EQUAL(sum, 59 * 60 / 2); /* each sample once */
    oc_dataset_close(dataset);
}

/* A checksum a member and the lists at the end: no flipped bit in the arrays goes unseen. */
static void damaged_archives(void)
{
    static const char *const options[] = {"zip:compression=store", "zip:compression=deflate"};
    for (int way = 0; way < 2; way++) {
        char path[OC_PATH_BYTES], bad[OC_PATH_BYTES]; /* oc_scratch_path reuses its own */
        snprintf(path, sizeof path, "%s", oc_scratch_path("set.npz"));
        snprintf(bad, sizeof bad, "%s", oc_scratch_path("bad.npz"));
        make_npz(path, "x.npy", options[way]);
        CU_ASSERT_EQUAL_FATAL(import_npz(path), OC_OK);
        check_inputs(oc_scratch_path("arrays.h5"));
        const long bytes = oc_file_bytes(path);
        for (long i = 0; i < bytes; i += 11) {
            oc_copy(path, bad);
            oc_truncate(bad, i);
            CU_ASSERT_NOT_EQUAL(import_npz(bad), OC_OK);
        }
        for (long i = 0; i < bytes; i += 7) {
            oc_copy(path, bad);
            oc_flip_bit(bad, i, (int)(i % 8));
            if (import_npz(bad) == OC_OK) /* a time, a mode, a version in a header */
                check_inputs(oc_scratch_path("arrays.h5"));
        }
    }
}

static void hostile_archives(void)
{
    static const char *const names[] = {"../x.npy", "/x.npy", "x.npy/", "dir/x.npy", "x.npy.npy"};
    char path[OC_PATH_BYTES];
    snprintf(path, sizeof path, "%s", oc_scratch_path("hostile.npz"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        make_npz(path, names[i], "zip:compression=store");
        CU_ASSERT_EQUAL(import_npz(path), OC_ERR_DATA);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "no array x"));
    }
    CU_ASSERT_EQUAL(import_npz(oc_scratch()), OC_ERR_IO);
    CU_ASSERT_EQUAL(import_npz(oc_scratch_path("none.npz")), OC_ERR_IO);
}

/* The disk is full after some bytes. */
static void a_full_disk(void)
{
    char x[MOST], y[MOST];
    const size_t xs = make_inputs(x), ys = make_targets(y);
    CU_ASSERT_EQUAL_FATAL(import_files(x, xs, y, ys), OC_OK);
    const oc_import_arrays options = {.format = OC_ARRAY_NPY,
                                      .inputs = {oc_scratch_path("x.npy")},
                                      .targets = {oc_scratch_path("y.npy")},
                                      .common.test_fraction = 0.25,
                                      .common.seed = 1};
    const char *out = oc_scratch_path("full.h5");
    limit_files(3000);
    CU_ASSERT_EQUAL(oc_import_arrays_run(&options, out), OC_ERR_IO);
    limit_files(RLIM_INFINITY);
    CU_ASSERT_EQUAL(count_entries(oc_scratch(), "full.h5"), 0);
}

int main(void)
{
    const oc_case cases[] = {
        {"cut or longer arrays", cut_or_longer_arrays},
        {"flipped headers", flipped_headers},
        {"absurd headers", absurd_headers},
        {"damaged archives", damaged_archives},
        {"hostile archives", hostile_archives},
        {"a full disk", a_full_disk},
    };
    return OC_RUN_CASES("import_arrays", cases);
}
