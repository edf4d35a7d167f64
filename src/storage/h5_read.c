/* h5_read.c - the reading half of h5.h: verified files, and nothing in them is trusted. */
#include "base/file.h"
#include "storage/h5_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_TEXT_BYTES = 1 << 26 }; /* of all strings of one array */

static oc_status open_file(oc_h5 **out, const char *path)
{
    hsize_t bytes = 0;
    oc_status status = oc_h5_start();
    if (status)
        return status;
    oc_h5 *file = oc_h5_new(path, 0);
    if (!file)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", path);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    /* Committed files never change, and locks fail on some network file systems. */
    if (access < 0 || H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0 ||
        H5Pset_file_locking(access, 0, 1) < 0 ||
        (file->id = H5Fopen(path, H5F_ACC_RDONLY, access)) < 0 ||
        H5Fget_filesize(file->id, &bytes) < 0)
        status = oc_h5_refused(file, "open", "it as HDF5");
    H5Pclose(access);
    file->bytes = bytes;
    if (status)
        oc_h5_close(file);
    else
        *out = file;
    return status;
}

oc_status oc_h5_open(oc_h5 **out, const char *path, oc_file_kind kind, oc_digest *digest)
{
    *out = NULL;
    const oc_status status = oc_user_block_verify(path, kind, digest);
    return status ? status : open_file(out, path);
}

oc_status oc_h5_open_verified(oc_h5 **out, const char *path, oc_file_kind kind, oc_digest *digest)
{
    *out = NULL;
    const oc_status status = oc_user_block_read(path, kind, digest);
    return status ? status : open_file(out, path);
}

oc_status oc_h5_open_foreign(oc_h5 **out, const char *path)
{
    struct stat about;
    *out = NULL;
    if (stat(path, &about) < 0)
        return oc_fail(OC_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode)) /* a pipe would be waited for */
        return oc_fail(OC_ERR_IO, "%s: not a regular file", path);
    return open_file(out, path);
}

int oc_h5_present(const oc_h5 *file, const char *name)
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

int oc_h5_array_exists(const oc_h5 *file, const char *name)
{
    return oc_h5_present(file, name);
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
    if (!oc_h5_present(file, name))
        return oc_fail(OC_ERR_DATA, "%s: has no %s", file->path, name);
    if ((*set = H5Dopen2(file->id, name, H5P_DEFAULT)) < 0 || (*type = H5Dget_type(*set)) < 0)
        return oc_h5_refused(file, "open", name);
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
                           "%s: extent %d of %s is %llu: empty, or too large for the file",
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
    if (!status && !oc_h5_find_type(type, &array->type))
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
    if (set < 0 || H5Dread(set, oc_h5_memory_type(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        status = oc_h5_refused(file, "read", name);
    H5Dclose(set);
    return status;
}

oc_status oc_h5_array_read_rows(const oc_h5 *file, const char *name, oc_h5_type type,
                                uint64_t first_row, uint64_t rows, void *data)
{
    hsize_t start[OC_MAX_DIMS] = {first_row}, extent[OC_MAX_DIMS] = {0};
    int good = 0;
    const hid_t set = H5Dopen2(file->id, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(set);
    const int rank = H5Sget_simple_extent_dims(space, extent, NULL);
    extent[0] = rows;
    const hid_t memory = rank > 0 ? H5Screate_simple(rank, extent, NULL) : H5I_INVALID_HID;
    if (set >= 0 && memory >= 0 &&
        H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0)
        good = H5Dread(set, oc_h5_memory_type(type), memory, space, H5P_DEFAULT, data) >= 0;
    const oc_status status = good ? OC_OK : oc_h5_refused(file, "read", name);
    H5Sclose(memory);
    H5Sclose(space);
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
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for %s", file->path, name);
        goto done;
    }
    memory = H5Tcopy(type);
    /* One byte more than stored: HDF5 then ends each string with NUL. */
    if (memory < 0 || H5Tset_size(memory, *width) < 0 ||
        H5Tset_strpad(memory, H5T_STR_NULLTERM) < 0 ||
        H5Dread(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, *block) < 0)
        status = oc_h5_refused(file, "read", name);
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

int oc_h5_attribute_exists(const oc_h5 *file, const char *group, const char *name)
{
    return (group[1] == '\0' || oc_h5_present(file, group)) &&
           H5Aexists_by_name(file->id, group, name, H5P_DEFAULT) > 0;
}

/* Open a scalar attribute of a group. */
static oc_status open_attribute(const oc_h5 *file, const char *group, const char *name,
                                hid_t *attribute, hid_t *type)
{
    if ((group[1] != '\0' && !oc_h5_present(file, group)) ||
        H5Aexists_by_name(file->id, group, name, H5P_DEFAULT) <= 0)
        return oc_fail(OC_ERR_DATA, "%s: %s has no attribute %s", file->path, group, name);
    if ((*attribute = H5Aopen_by_name(file->id, group, name, H5P_DEFAULT, H5P_DEFAULT)) < 0 ||
        (*type = H5Aget_type(*attribute)) < 0)
        return oc_h5_refused(file, "open attribute", name);
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
    if (!status && H5Tequal(stored, oc_h5_stored_type(type)) <= 0)
        status = oc_fail(OC_ERR_DATA, "%s: attribute %s is of another type", file->path, name);
    if (!status && H5Aread(attribute, oc_h5_memory_type(type), value) < 0)
        status = oc_h5_refused(file, "read attribute", name);
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
        status = oc_h5_refused(file, "read attribute", name);
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
        return each.status ? each.status : oc_h5_refused(file, "list", "its content");
    return OC_OK;
}
