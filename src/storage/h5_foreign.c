/* h5_foreign.c - see h5_foreign.h. What a file says is checked here before memory is asked for; its
 * types are h5_foreign_type.c's. */
#include "storage/h5_foreign_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PACKED = 4096, /* by which filters may make an array smaller; deflate: 1032 */
    MOST_FREE = 1 << 20,
    CACHE_BYTES = 1 << 28, /* at most, of unpacked chunks */
    CACHE_SLOTS = 10007,
    TEXT_ROWS = 1024,
    MOST_TEXT = 1 << 16 /* bytes of a string of fixed length */
};

struct oc_h5_foreign {
    const oc_h5 *file;
    hid_t set, stored;
    oc_h5_element element;
    oc_h5_foreign_info info;
    H5D_layout_t layout;
    char name[];
};

/* ---- filters ---- */

/* Those with a number in HDF5's registry that files of h5py and others have. */
static const char *filter_name(H5Z_filter_t filter)
{
    static const struct {
        H5Z_filter_t filter;
        const char *name;
    } names[] = {{H5Z_FILTER_DEFLATE, "gzip"},
                 {H5Z_FILTER_SHUFFLE, "shuffle"},
                 {H5Z_FILTER_FLETCHER32, "fletcher32"},
                 {H5Z_FILTER_SZIP, "szip"},
                 {H5Z_FILTER_NBIT, "nbit"},
                 {H5Z_FILTER_SCALEOFFSET, "scale-offset"},
                 {305, "lzo"},
                 {307, "bzip2"},
                 {32000, "lzf"},
                 {32001, "blosc"},
                 {32004, "lz4"},
                 {32008, "bitshuffle"},
                 {32013, "zfp"},
                 {32015, "zstd"},
                 {32017, "sz"},
                 {32026, "blosc2"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].filter == filter)
            return names[i].name;
    return "of unknown name";
}

static int can_unpack(H5Z_filter_t filter)
{
    unsigned flags = 0;
    return H5Zfilter_avail(filter) > 0 && H5Zget_filter_info(filter, &flags) >= 0 &&
           (flags & H5Z_FILTER_CONFIG_DECODE_ENABLED);
}

static oc_status check_filters(oc_h5_foreign *a, hid_t properties)
{
    const int count = H5Pget_nfilters(properties);
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        size_t values = 0;
        unsigned flags, config;
        const H5Z_filter_t filter =
            H5Pget_filter2(properties, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
        if (filter < 0)
            return oc_h5_refused(a->file, "see the filters of", a->name);
        const char *const name = filter_name(filter);
        if (!can_unpack(filter))
            return oc_fail(
                OC_ERR_DATA,
                "%s: %s: compressed with the filter %s (number %d), which this program's HDF5 does "
                "not "
                "have; rewrite it without: python3 -c \"import h5py%s; h5py.File('NEW.h5', "
                "'a')['%s'] = h5py.File('%s')['%s'][()]\"",
                a->file->path, a->name, name, (int)filter, filter == 32000 ? "" : ", hdf5plugin",
                a->name, a->file->path, a->name);
        used += (size_t)snprintf(a->info.filters + used, sizeof a->info.filters - used, "%s%s",
                                 used ? ", " : "", name);
        if (used >= sizeof a->info.filters) {
            return oc_fail(OC_ERR_DATA, "%s: %s: %d filters, expected a few", a->file->path,
                           a->name, count);
        }
    }
    return OC_OK;
}

/* ---- where and how it is stored ---- */

/* Nothing in other files. */
static oc_status check_layout(oc_h5_foreign *a, hid_t properties)
{
    hsize_t chunk[H5S_MAX_RANK] = {0};
    a->layout = H5Pget_layout(properties);
    if (a->layout != H5D_COMPACT && a->layout != H5D_CONTIGUOUS && a->layout != H5D_CHUNKED)
        return oc_fail(OC_ERR_DATA,
                       "%s: %s is virtual: its data are in other files; copy them into one: "
                       "python3 -c \"import h5py; h5py.File('NEW.h5', 'a')['%s'] = "
                       "h5py.File('%s')['%s'][()]\"",
                       a->file->path, a->name, a->name, a->file->path, a->name);
    if (H5Pget_external_count(properties) != 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: %s: its data are in other files (external storage), expected them "
                       "in this one",
                       a->file->path, a->name);
    if (a->layout == H5D_CHUNKED && H5Pget_chunk(properties, H5S_MAX_RANK, chunk) == a->info.rank)
        a->info.chunk_rows = chunk[0];
    return check_filters(a, properties);
}

/* Is all of it there? What was never written would be read as zeros. */
static oc_status check_written(const oc_h5_foreign *a, hid_t properties)
{
    hsize_t chunk[H5S_MAX_RANK] = {0}, there = 0;
    double expected = 1;
    if (a->layout == H5D_COMPACT)
        return OC_OK;
    if (H5Dget_storage_size(a->set) == 0)
        return oc_fail(OC_ERR_DATA, "%s: %s was created but never written", a->file->path, a->name);
    if (a->layout != H5D_CHUNKED)
        return OC_OK;
    const hid_t space = H5Dget_space(a->set);
    const int is_counted = H5Pget_chunk(properties, H5S_MAX_RANK, chunk) == a->info.rank &&
                           H5Dget_num_chunks(a->set, space, &there) >= 0;
    H5Sclose(space);
    if (!is_counted)
        return oc_h5_refused(a->file, "count the chunks of", a->name);
    for (int i = 0; i < a->info.rank; i++)
        expected *= (double)((a->info.extent[i] + chunk[i] - 1) / chunk[i]);
    if ((double)there < expected)
        return oc_fail(OC_ERR_DATA,
                       "%s: %s: only %llu of its %.0f chunks were ever written; shrink it to "
                       "those, or write the rest",
                       a->file->path, a->name, (unsigned long long)there, expected);
    return OC_OK;
}

static oc_status read_extents(oc_h5_foreign *a)
{
    hsize_t extent[H5S_MAX_RANK] = {0};
    const hid_t space = H5Dget_space(a->set);
    const H5S_class_t class = H5Sget_simple_extent_type(space);
    const int rank = H5Sget_simple_extent_dims(space, extent, NULL);
    H5Sclose(space);
    if (class == H5S_NULL || rank < 1 || rank > OC_H5_FOREIGN_DIMS)
        return oc_fail(OC_ERR_DATA, "%s: %s has %d dimensions, expected 1 to %d", a->file->path,
                       a->name, rank, OC_H5_FOREIGN_DIMS);
    a->info.rank = rank;
    for (int i = 0; i < rank; i++)
        a->info.extent[i] = extent[i];
    return OC_OK;
}

/* The extents are multiplied with care, and held against what the file can hold. */
static oc_status check_extents(oc_h5_foreign *a)
{
    const size_t bytes = H5Tget_size(a->stored);
    const uint64_t most = MOST_FREE + a->file->bytes * (a->info.filters[0] ? MOST_PACKED : 1);
    uint64_t room = bytes > 0 ? most / bytes : 0;
    a->info.row_elements = 1;
    for (int i = 0; i < a->info.rank; i++) {
        const uint64_t extent = a->info.extent[i];
        if (extent == 0 || extent > room)
            return oc_fail(OC_ERR_DATA,
                           "%s: extent %d of %s is %" PRIu64
                           ": empty, or too large for a file of %" PRIu64 " bytes holds",
                           a->file->path, i, a->name, extent, a->file->bytes);
        room /= extent;
        a->info.row_elements *= i > 0 ? extent : 1;
    }
    return OC_OK;
}

static oc_status check_type(oc_h5_foreign *a)
{
    if (!oc_h5_foreign_element(a->stored, &a->element))
        return oc_fail(OC_ERR_DATA,
                       "%s: %s: elements are %s, expected integers of 1 to 8 bytes, floats of 2 to "
                       "8, bool or, as labels, strings",
                       a->file->path, a->name, a->element.name);
    a->info.type = a->element.type;
    if (a->info.type.kind == OC_NUMBER_NONE && H5Tis_variable_str(a->stored) == 0 &&
        H5Tget_size(a->stored) > MOST_TEXT)
        return oc_fail(OC_ERR_DATA, "%s: %s: strings of %zu bytes, expected at most %d",
                       a->file->path, a->name, H5Tget_size(a->stored), MOST_TEXT);
    return OC_OK;
}

/* Chunks stay unpacked until all of their rows were read. */
static oc_status open_with_cache(oc_h5_foreign *a)
{
    uint64_t bytes = a->info.chunk_rows * H5Tget_size(a->stored) * a->info.row_elements;
    if (a->info.chunk_rows == 0)
        return OC_OK;
    bytes = a->info.chunk_rows > a->info.extent[0] || bytes > CACHE_BYTES ? CACHE_BYTES : bytes;
    const hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access, CACHE_SLOTS, (size_t)bytes + (1 << 20), 1.0);
    H5Dclose(a->set);
    a->set = H5Dopen2(a->file->id, a->name, access);
    H5Pclose(access);
    return a->set < 0 ? oc_h5_refused(a->file, "open", a->name) : OC_OK;
}

static oc_status open_set(oc_h5_foreign *a)
{
    if (!oc_h5_present(a->file, a->name))
        return oc_fail(OC_ERR_DATA, "%s: has no %s", a->file->path, a->name);
    const hid_t object = H5Oopen(a->file->id, a->name, H5P_DEFAULT);
    if (object < 0)
        return oc_h5_refused(a->file, "open", a->name);
    const int is_set = H5Iget_type(object) == H5I_DATASET;
    H5Oclose(object);
    if (!is_set)
        return oc_fail(OC_ERR_DATA, "%s: %s is a group, expected an array", a->file->path, a->name);
    a->set = H5Dopen2(a->file->id, a->name, H5P_DEFAULT);
    a->stored = H5Dget_type(a->set);
    return a->set < 0 || a->stored < 0 ? oc_h5_refused(a->file, "open", a->name) : OC_OK;
}

oc_status oc_h5_foreign_open(oc_h5_foreign **out, const oc_h5 *file, const char *name)
{
    hid_t properties = H5I_INVALID_HID;
    *out = NULL;
    oc_h5_foreign *a = calloc(1, sizeof *a + strlen(name) + 1);
    if (!a)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", file->path);
    a->file = file;
    a->set = a->stored = a->element.memory = H5I_INVALID_HID;
    memcpy(a->name, name, strlen(name) + 1);
    oc_status status = open_set(a);
    if (!status)
        status = check_type(a);
    if (!status)
        status = read_extents(a);
    if (!status && (properties = H5Dget_create_plist(a->set)) < 0)
        status = oc_h5_refused(file, "open", name);
    if (!status)
        status = check_layout(a, properties);
    if (!status)
        status = check_extents(a);
    if (!status)
        status = check_written(a, properties);
    if (!status)
        status = open_with_cache(a);
    H5Pclose(properties);
    if (status)
        oc_h5_foreign_close(a);
    else
        *out = a;
    return status;
}

void oc_h5_foreign_close(oc_h5_foreign *array)
{
    if (!array)
        return;
    H5Tclose(array->element.memory);
    H5Tclose(array->stored);
    H5Dclose(array->set);
    free(array);
}

const oc_h5_foreign_info *oc_h5_foreign_describe(const oc_h5_foreign *array)
{
    return &array->info;
}

/* ---- reading ---- */

static oc_status read_as(const oc_h5_foreign *a, hid_t type, uint64_t first, uint64_t rows,
                         void *to)
{
    hsize_t start[OC_H5_FOREIGN_DIMS] = {first}, extent[OC_H5_FOREIGN_DIMS];
    for (int i = 0; i < a->info.rank; i++)
        extent[i] = i == 0 ? rows : a->info.extent[i];
    const hid_t space = H5Dget_space(a->set);
    const hid_t memory = H5Screate_simple(a->info.rank, extent, NULL);
    const int is_good =
        space >= 0 && memory >= 0 &&
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0 &&
        H5Dread(a->set, type, memory, space, H5P_DEFAULT, to) >= 0;
    const oc_status status = is_good ? OC_OK : oc_h5_refused(a->file, "read", a->name);
    H5Sclose(memory);
    H5Sclose(space);
    return status;
}

oc_status oc_h5_foreign_read(const oc_h5_foreign *a, uint64_t first, uint64_t rows, void *to)
{
    return read_as(a, a->element.memory, first, rows, to);
}

/* Bytes of a string of fixed length: up to the first NUL, or before blanks that only fill up. */
static size_t text_length(const char *text, size_t most, H5T_str_t padding)
{
    size_t length = strnlen(text, most);
    while (padding == H5T_STR_SPACEPAD && length > 0 && text[length - 1] == ' ')
        length--;
    return length;
}

typedef oc_status text_visit(void *user, const char *text, size_t bytes);

static oc_status read_fixed(const oc_h5_foreign *a, uint64_t first, uint64_t rows,
                            text_visit *visit, void *user)
{
    const size_t width = H5Tget_size(a->stored);
    const uint64_t count = rows * a->info.row_elements;
    char *const block = malloc((size_t)count * width);
    if (!block)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for strings of %s", a->file->path, a->name);
    oc_status status = read_as(a, a->stored, first, rows, block);
    for (uint64_t i = 0; !status && i < count; i++)
        status = visit(user, block + i * width,
                       text_length(block + i * width, width, H5Tget_strpad(a->stored)));
    free(block);
    return status;
}

static oc_status read_varying(const oc_h5_foreign *a, uint64_t first, uint64_t rows,
                              text_visit *visit, void *user)
{
    const hsize_t count = rows * a->info.row_elements;
    char **const texts = calloc((size_t)count, sizeof *texts);
    if (!texts)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for strings of %s", a->file->path, a->name);
    oc_status status = read_as(a, a->stored, first, rows, texts);
    for (hsize_t i = 0; !status && i < count; i++)
        status = visit(user, texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) : 0);
    const hid_t space = H5Screate_simple(1, &count, NULL);
    H5Dvlen_reclaim(a->stored, space, H5P_DEFAULT, texts);
    H5Sclose(space);
    free(texts);
    return status;
}

oc_status oc_h5_foreign_read_texts(const oc_h5_foreign *a, uint64_t first, uint64_t rows,
                                   text_visit *visit, void *user)
{
    const int is_varying = H5Tis_variable_str(a->stored) > 0;
    const uint64_t most = a->info.row_elements < TEXT_ROWS ? TEXT_ROWS / a->info.row_elements : 1;
    oc_status status = OC_OK;
    for (uint64_t i = 0, n; !status && i < rows; i += n) {
        n = rows - i < most ? rows - i : most;
        status = is_varying ? read_varying(a, first + i, n, visit, user)
                            : read_fixed(a, first + i, n, visit, user);
    }
    return status;
}

oc_status oc_h5_foreign_rows(const oc_h5_foreign *array, oc_rows **rows, const char **why)
{
    oc_status status = OC_OK;
    *rows = NULL;
    *why = "stored in chunks that split samples";
    if (array->info.filters[0])
        *why = "compressed";
    else if (!array->element.is_as_stored)
        *why = "of a type that HDF5 converts";
    else if (array->layout == H5D_COMPACT)
        *why = "stored in the file's header";
    else
        status = oc_h5_rows_open(array->file, array->name, rows);
    return status;
}
