/* h5.c - see h5.h. The only file that includes hdf5.h; knows nothing of what is stored. */
#include "storage/h5.h"

#include "base/file.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oc_h5 {
    hid_t id;
    int writing;
    uint64_t bytes; /* of the file, when reading */
    char path[OC_PATH_BYTES];
};

enum {
    MEMORY_STEP_BYTES = 4 << 20, /* by which a file being built grows */
    MAX_TEXT_BYTES = 1 << 24     /* of all strings of one array */
};

/* ---- the library: quiet, closed to plug-ins and to other files ---- */

static oc_status start_library(void)
{
    static int started;
    if (started)
        return OC_OK;
    H5dont_atexit(); /* every file is closed here; its own clean-up may loop after a failure */
    if (H5open() < 0 || H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0 || H5PLset_loading_state(0) < 0 ||
        H5Lunregister(H5L_TYPE_EXTERNAL) < 0)
        return oc_fail(OC_ERR_INTERNAL, "HDF5 does not start");
    started = 1;
    return OC_OK;
}

const char *oc_h5_version(void)
{
    static char text[32];
    unsigned parts[3];
    if (start_library() || H5get_libversion(&parts[0], &parts[1], &parts[2]) < 0)
        return "HDF5";
    snprintf(text, sizeof text, "HDF5 %u.%u.%u", parts[0], parts[1], parts[2]);
    return text;
}

/* The entry where the error began is the first one of the walk. */
static herr_t innermost(unsigned n, const H5E_error2_t *entry, void *user)
{
    if (n == 0)
        snprintf(user, 256, "%s", entry->desc ? entry->desc : "");
    return 0;
}

/* HDF5 refused: a file that verified is wrong inside, or memory is short while writing. */
static oc_status refused(const oc_h5 *file, const char *doing, const char *name)
{
    char cause[256] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, cause);
    return oc_fail(file->writing ? OC_ERR_INTERNAL : OC_ERR_DATA, "%s: cannot %s %s (HDF5: %s)",
                   file->path, doing, name, cause);
}

static hid_t stored_type(oc_h5_type type)
{
    const hid_t types[] = {H5T_STD_U8LE, H5T_STD_I32LE, H5T_STD_U64LE, H5T_IEEE_F32LE,
                           H5T_IEEE_F64LE};
    _Static_assert(sizeof types / sizeof types[0] == OC_H5_TYPE_COUNT, "one a type");
    return types[type];
}

static hid_t memory_type(oc_h5_type type)
{
    const hid_t types[] = {H5T_NATIVE_UINT8, H5T_NATIVE_INT32, H5T_NATIVE_UINT64, H5T_NATIVE_FLOAT,
                           H5T_NATIVE_DOUBLE};
    _Static_assert(sizeof types / sizeof types[0] == OC_H5_TYPE_COUNT, "one a type");
    return types[type];
}

/* ---- writing ---- */

static oc_h5 *new_file(const char *path, int writing)
{
    oc_h5 *file = calloc(1, sizeof *file);
    if (file) {
        file->id = H5I_INVALID_HID;
        file->writing = writing;
        snprintf(file->path, sizeof file->path, "%s", path);
    }
    return file;
}

oc_status oc_h5_create(oc_h5 **out, const char *path)
{
    char temporary[OC_PATH_BYTES]; /* only to see now that `path` can be written later */
    oc_h5 *file = NULL;
    hid_t creation = H5I_INVALID_HID, access = H5I_INVALID_HID;
    *out = NULL;
    oc_status status = start_library();
    if (!status)
        status = oc_file_temporary(temporary, path);
    if (status)
        return status;
    file = new_file(path, 1);
    if (!file)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory", path);
    creation = H5Pcreate(H5P_FILE_CREATE);
    access = H5Pcreate(H5P_FILE_ACCESS);
    if (creation < 0 || access < 0 || H5Pset_userblock(creation, OC_USER_BLOCK_BYTES) < 0 ||
        H5Pset_obj_track_times(creation, 0) < 0 ||
        H5Pset_fapl_core(access, MEMORY_STEP_BYTES, 0) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0)
        status = refused(file, "prepare", "the file");
    else if ((file->id = H5Fcreate(path, H5F_ACC_TRUNC, creation, access)) < 0)
        status = refused(file, "create", "the file in memory");
    H5Pclose(creation);
    H5Pclose(access);
    if (status)
        oc_h5_close(file);
    else
        *out = file;
    return status;
}

/* Properties of a data set: no times, chunks of whole rows. */
static hid_t array_properties(const oc_h5_array *array, uint64_t rows_per_chunk)
{
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[OC_MAX_DIMS];
    if (properties < 0 || H5Pset_obj_track_times(properties, 0) < 0)
        return H5I_INVALID_HID;
    if (array->rank == 0 || rows_per_chunk == 0)
        return properties;
    for (int i = 0; i < array->rank; i++)
        chunk[i] = array->extent[i];
    chunk[0] = rows_per_chunk < chunk[0] ? rows_per_chunk : chunk[0];
    return H5Pset_chunk(properties, array->rank, chunk) < 0 ? H5I_INVALID_HID : properties;
}

/* Create a data set of an HDF5 type, with the groups in its name. */
static oc_status create_set(oc_h5 *file, const char *name, hid_t type, const oc_h5_array *array,
                            uint64_t rows_per_chunk, hid_t *set)
{
    oc_status status = OC_OK;
    hsize_t extent[OC_MAX_DIMS] = {0};
    for (int i = 0; i < array->rank; i++)
        extent[i] = array->extent[i];
    const hid_t space = H5Screate_simple(array->rank, extent, NULL);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    const hid_t properties = array_properties(array, rows_per_chunk);
    *set = H5I_INVALID_HID;
    if (space < 0 || properties < 0 || links < 0 ||
        H5Pset_create_intermediate_group(links, 1) < 0 ||
        (*set = H5Dcreate2(file->id, name, type, space, links, properties, H5P_DEFAULT)) < 0)
        status = refused(file, "create", name);
    H5Pclose(properties);
    H5Pclose(links);
    H5Sclose(space);
    return status;
}

oc_status oc_h5_array_create(oc_h5 *file, const char *name, const oc_h5_array *array,
                             uint64_t rows_per_chunk)
{
    hid_t set;
    const oc_status status =
        create_set(file, name, stored_type(array->type), array, rows_per_chunk, &set);
    H5Dclose(set);
    return status;
}

/* The memory type for a data set's own stored type. */
static int find_type(hid_t type, oc_h5_type *found)
{
    for (int i = 0; i < OC_H5_TYPE_COUNT; i++)
        if (H5Tequal(type, stored_type((oc_h5_type)i)) > 0) {
            *found = (oc_h5_type)i;
            return 1;
        }
    return 0;
}

oc_status oc_h5_array_write(oc_h5 *file, const char *name, uint64_t first_row, uint64_t rows,
                            const void *data)
{
    hsize_t start[OC_MAX_DIMS] = {first_row}, extent[OC_MAX_DIMS] = {0};
    oc_h5_type type;
    int good = 0;
    const hid_t set = H5Dopen2(file->id, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(set), stored = H5Dget_type(set);
    const int rank = H5Sget_simple_extent_dims(space, extent, NULL);
    if (rank > 0)
        extent[0] = rows;
    const hid_t memory = H5Screate_simple(rank, extent, NULL);
    if (set >= 0 && rank >= 0 && memory >= 0 && find_type(stored, &type) &&
        (rank == 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0))
        good = H5Dwrite(set, memory_type(type), memory, space, H5P_DEFAULT, data) >= 0;
    const oc_status status = good ? OC_OK : refused(file, "write", name);
    H5Sclose(memory);
    H5Tclose(stored);
    H5Sclose(space);
    H5Dclose(set);
    return status;
}

/* A UTF-8 string type of a fixed number of bytes. */
static hid_t text_type(size_t bytes)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, bytes > 0 ? bytes : 1) < 0 ||
        H5Tset_cset(type, H5T_CSET_UTF8) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0)
        return H5I_INVALID_HID;
    return type;
}

static oc_status write_texts(oc_h5 *file, const char *name, const char *const *texts, size_t count,
                             int rank)
{
    const oc_h5_array array = {OC_H5_UINT8, rank, {count}};
    size_t width = 1;
    for (size_t i = 0; i < count; i++)
        width = strlen(texts[i]) > width ? strlen(texts[i]) : width;
    char *block = calloc(count, width);
    if (!block)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for %s", file->path, name);
    for (size_t i = 0; i < count; i++)
        memcpy(block + i * width, texts[i], strlen(texts[i]));
    const hid_t type = text_type(width);
    hid_t set;
    oc_status status = create_set(file, name, type, &array, 0, &set);
    if (!status && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block) < 0)
        status = refused(file, "write", name);
    H5Dclose(set);
    H5Tclose(type);
    free(block);
    return status;
}

oc_status oc_h5_texts_write(oc_h5 *file, const char *name, const char *const *texts, size_t count)
{
    return write_texts(file, name, texts, count, 1);
}

oc_status oc_h5_text_write(oc_h5 *file, const char *name, const char *text)
{
    return write_texts(file, name, &text, 1, 0);
}

static oc_status write_attribute(oc_h5 *file, const char *group, const char *name, hid_t stored,
                                 hid_t memory, const void *value)
{
    oc_status status = OC_OK;
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate_by_name(file->id, group, name, stored, space, H5P_DEFAULT,
                                              H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, memory, value) < 0)
        status = refused(file, "write attribute", name);
    H5Aclose(attribute);
    H5Sclose(space);
    return status;
}

oc_status oc_h5_attribute_write(oc_h5 *file, const char *group, const char *name, oc_h5_type type,
                                const void *value)
{
    return write_attribute(file, group, name, stored_type(type), memory_type(type), value);
}

oc_status oc_h5_attribute_text_write(oc_h5 *file, const char *group, const char *name,
                                     const char *text)
{
    const hid_t type = text_type(strlen(text));
    const oc_status status = write_attribute(file, group, name, type, type, text);
    H5Tclose(type);
    return status;
}

oc_status oc_h5_commit(oc_h5 *file, oc_file_kind kind)
{
    oc_status status;
    unsigned char *bytes = NULL;
    ssize_t count = -1;
    if (H5Fflush(file->id, H5F_SCOPE_GLOBAL) >= 0)
        count = H5Fget_file_image(file->id, NULL, 0);
    if (count > 0)
        bytes = malloc(OC_USER_BLOCK_BYTES + (size_t)count);
    if (!bytes) {
        status =
            oc_fail(OC_ERR_INTERNAL, "%s: no memory for the file's %zd bytes", file->path, count);
    } else if (H5Fget_file_image(file->id, bytes + OC_USER_BLOCK_BYTES, (size_t)count) != count) {
        status = refused(file, "finish", "the file in memory");
    } else {
        oc_user_block_fill(bytes, kind, bytes + OC_USER_BLOCK_BYTES, (size_t)count);
        status = oc_file_write(file->path, bytes, OC_USER_BLOCK_BYTES + (size_t)count);
    }
    free(bytes);
    oc_h5_close(file);
    return status;
}

/* ---- reading ---- */

oc_status oc_h5_open(oc_h5 **out, const char *path, oc_file_kind kind, oc_digest *digest)
{
    hsize_t bytes = 0;
    *out = NULL;
    oc_status status = oc_user_block_verify(path, kind, digest);
    if (!status)
        status = start_library();
    if (status)
        return status;
    oc_h5 *file = new_file(path, 0);
    if (!file)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory", path);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    /* Committed files never change, and locks fail on some network file systems. */
    if (access < 0 || H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 ||
        H5Pset_file_locking(access, 0, 1) < 0 ||
        (file->id = H5Fopen(path, H5F_ACC_RDONLY, access)) < 0 ||
        H5Fget_filesize(file->id, &bytes) < 0)
        status = refused(file, "open", "it as HDF5");
    H5Pclose(access);
    file->bytes = bytes;
    if (status)
        oc_h5_close(file);
    else
        *out = file;
    return status;
}

/* HDF5 wants each group on the way checked before the next. */
static int present(const oc_h5 *file, const char *name)
{
    char part[512];
    const size_t length = strlen(name);
    if (length >= sizeof part)
        return 0;
    memcpy(part, name, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        if (H5Lexists(file->id, part, H5P_DEFAULT) <= 0)
            return 0;
        part[i] = name[i];
    }
    return 1;
}

/* Plain storage inside this file: no filters, no outside files, not virtual. */
static int stored_plainly(hid_t set)
{
    const hid_t properties = H5Dget_create_plist(set);
    const H5D_layout_t layout = H5Pget_layout(properties);
    const int plain = properties >= 0 && H5Pget_nfilters(properties) == 0 &&
                      H5Pget_external_count(properties) == 0 &&
                      (layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED);
    H5Pclose(properties);
    return plain;
}

/* Open a data set with what it says checked: `element` is the bytes of one element. The extents
 * are multiplied with care and the product held against the size of the file. */
static oc_status open_set(const oc_h5 *file, const char *name, hid_t *set, hid_t *type,
                          oc_h5_array *array, size_t *element)
{
    hsize_t extent[H5S_MAX_RANK];
    if (!present(file, name))
        return oc_fail(OC_ERR_DATA, "%s: has no %s", file->path, name);
    if ((*set = H5Dopen2(file->id, name, H5P_DEFAULT)) < 0 || (*type = H5Dget_type(*set)) < 0)
        return refused(file, "open", name);
    const hid_t space = H5Dget_space(*set);
    const int rank = H5Sget_simple_extent_dims(space, extent, NULL);
    const H5S_class_t class = H5Sget_simple_extent_type(space);
    H5Sclose(space);
    if (rank < 0 || rank > OC_MAX_DIMS || (class != H5S_SIMPLE && class != H5S_SCALAR))
        return oc_fail(OC_ERR_DATA, "%s: %s has rank %d, expected 0 to %d", file->path, name, rank,
                       OC_MAX_DIMS);
    if (!stored_plainly(*set))
        return oc_fail(OC_ERR_DATA,
                       "%s: %s is compressed, virtual or in another file; expected "
                       "plain storage",
                       file->path, name);
    *element = H5Tget_size(*type);
    uint64_t room = *element > 0 ? file->bytes / *element : 0;
    array->rank = rank;
    for (int i = 0; i < rank; i++) {
        array->extent[i] = extent[i];
        if (extent[i] == 0 || extent[i] > room)
            return oc_fail(OC_ERR_DATA,
                           "%s: extent %d of %s is %llu: empty, or more than the file "
                           "holds",
                           file->path, i, name, (unsigned long long)extent[i]);
        room /= extent[i];
    }
    return OC_OK;
}

oc_status oc_h5_array_describe(const oc_h5 *file, const char *name, oc_h5_array *array)
{
    hid_t set = H5I_INVALID_HID, type = H5I_INVALID_HID;
    size_t element;
    *array = (oc_h5_array){0};
    oc_status status = open_set(file, name, &set, &type, array, &element);
    if (!status && !find_type(type, &array->type))
        status = oc_fail(OC_ERR_DATA, "%s: %s is of a type that onecycle does not store",
                         file->path, name);
    H5Tclose(type);
    H5Dclose(set);
    return status;
}

oc_status oc_h5_array_read(const oc_h5 *file, const char *name, oc_h5_type type, void *data)
{
    oc_status status = OC_OK;
    const hid_t set = H5Dopen2(file->id, name, H5P_DEFAULT);
    if (set < 0 || H5Dread(set, memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        status = refused(file, "read", name);
    H5Dclose(set);
    return status;
}

oc_status oc_h5_texts_read(const oc_h5 *file, const char *name, char **block, size_t *count,
                           size_t *width)
{
    hid_t set = H5I_INVALID_HID, type = H5I_INVALID_HID, memory = H5I_INVALID_HID;
    oc_h5_array array;
    size_t element = 0;
    *block = NULL;
    oc_status status = open_set(file, name, &set, &type, &array, &element);
    if (status)
        goto done;
    *count = array.rank == 1 ? array.extent[0] : 1;
    *width = element + 1;
    if (array.rank > 1 || H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 ||
        *width > MAX_TEXT_BYTES / *count) {
        status = oc_fail(OC_ERR_DATA,
                         "%s: %s: expected strings of fixed length, at most %d bytes in all",
                         file->path, name, MAX_TEXT_BYTES);
        goto done;
    }
    *block = calloc(*count, *width);
    if (!*block) {
        status = oc_fail(OC_ERR_INTERNAL, "%s: no memory for %s", file->path, name);
        goto done;
    }
    memory = H5Tcopy(type);
    /* One byte more than stored: HDF5 then ends each string with NUL. */
    if (memory < 0 || H5Tset_size(memory, *width) < 0 ||
        H5Tset_strpad(memory, H5T_STR_NULLTERM) < 0 ||
        H5Dread(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, *block) < 0)
        status = refused(file, "read", name);
done:
    if (status) {
        free(*block);
        *block = NULL;
    }
    H5Tclose(memory);
    H5Tclose(type);
    H5Dclose(set);
    return status;
}

/* Open a scalar attribute of a group. */
static oc_status open_attribute(const oc_h5 *file, const char *group, const char *name,
                                hid_t *attribute, hid_t *type)
{
    if ((group[1] != '\0' && !present(file, group)) ||
        H5Aexists_by_name(file->id, group, name, H5P_DEFAULT) <= 0)
        return oc_fail(OC_ERR_DATA, "%s: %s has no attribute %s", file->path, group, name);
    if ((*attribute = H5Aopen_by_name(file->id, group, name, H5P_DEFAULT, H5P_DEFAULT)) < 0 ||
        (*type = H5Aget_type(*attribute)) < 0)
        return refused(file, "open attribute", name);
    const hid_t space = H5Aget_space(*attribute);
    const H5S_class_t class = H5Sget_simple_extent_type(space);
    H5Sclose(space);
    if (class != H5S_SCALAR)
        return oc_fail(OC_ERR_DATA, "%s: attribute %s: expected one value", file->path, name);
    return OC_OK;
}

oc_status oc_h5_attribute_read(const oc_h5 *file, const char *group, const char *name,
                               oc_h5_type type, void *value)
{
    hid_t attribute = H5I_INVALID_HID, stored = H5I_INVALID_HID;
    oc_status status = open_attribute(file, group, name, &attribute, &stored);
    if (!status && H5Tequal(stored, stored_type(type)) <= 0)
        status = oc_fail(OC_ERR_DATA, "%s: attribute %s is of another type", file->path, name);
    if (!status && H5Aread(attribute, memory_type(type), value) < 0)
        status = refused(file, "read attribute", name);
    H5Tclose(stored);
    H5Aclose(attribute);
    return status;
}

oc_status oc_h5_attribute_text_read(const oc_h5 *file, const char *group, const char *name,
                                    char *text, size_t bytes)
{
    hid_t attribute = H5I_INVALID_HID, type = H5I_INVALID_HID;
    oc_status status = open_attribute(file, group, name, &attribute, &type);
    memset(text, 0, bytes);
    if (!status && (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 ||
                    H5Tget_size(type) >= bytes))
        status = oc_fail(OC_ERR_DATA, "%s: attribute %s: expected a string of at most %zu bytes",
                         file->path, name, bytes - 1);
    if (!status && H5Aread(attribute, type, text) < 0)
        status = refused(file, "read attribute", name);
    H5Tclose(type);
    H5Aclose(attribute);
    return status;
}

typedef struct visitor {
    const oc_h5 *file;
    void (*visit)(const char *name, const oc_h5_array *array, void *user);
    void *user;
    oc_status status;
} visitor;

static herr_t visit_object(hid_t root, const char *name, const H5O_info_t *about, void *user)
{
    visitor *each = user;
    oc_h5_array array;
    (void)root;
    if (about->type != H5O_TYPE_DATASET)
        return 0;
    const hid_t set = H5Dopen2(each->file->id, name, H5P_DEFAULT);
    const hid_t type = H5Dget_type(set);
    const int text = H5Tget_class(type) == H5T_STRING;
    H5Tclose(type);
    H5Dclose(set);
    if (text)
        return 0;
    each->status = oc_h5_array_describe(each->file, name, &array);
    if (each->status)
        return -1;
    each->visit(name, &array, each->user);
    return 0;
}

oc_status oc_h5_visit(const oc_h5 *file,
                      void (*visit)(const char *name, const oc_h5_array *array, void *user),
                      void *user)
{
    visitor each = {file, visit, user, OC_OK};
    if (H5Ovisit2(file->id, H5_INDEX_NAME, H5_ITER_INC, visit_object, &each, H5O_INFO_BASIC) < 0)
        return each.status ? each.status : refused(file, "list", "its content");
    return OC_OK;
}

void oc_h5_close(oc_h5 *file)
{
    if (!file)
        return;
    if (file->id >= 0)
        H5Fclose(file->id); /* in memory or read only: nothing can be lost */
    free(file);
}
