/* h5_write.c - the writing half of h5.h: a file is built in memory, then committed. */
#include "base/file.h"
#include "storage/h5_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_STEP_BYTES = 4 << 20 }; /* by which a file being built grows */

oc_status oc_h5_create(oc_h5 **out, const char *path)
{
    char temporary[OC_PATH_BYTES]; /* only to see now that `path` can be written later */
    oc_h5 *file = NULL;
    hid_t creation = H5I_INVALID_HID, access = H5I_INVALID_HID;
    *out = NULL;
    oc_status status = oc_h5_start();
    if (!status)
        status = oc_file_temporary(temporary, path);
    if (status)
        return status;
    file = oc_h5_new(path, 1);
    if (!file)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", path);
    creation = H5Pcreate(H5P_FILE_CREATE);
    access = H5Pcreate(H5P_FILE_ACCESS);
    if (creation < 0 || access < 0 || H5Pset_userblock(creation, OC_USER_BLOCK_BYTES) < 0 ||
        H5Pset_obj_track_times(creation, 0) < 0 ||
        H5Pset_fapl_core(access, MEMORY_STEP_BYTES, 0) < 0 ||
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) < 0)
        status = oc_h5_refused(file, "prepare", "the file");
    else if ((file->id = H5Fcreate(path, H5F_ACC_TRUNC, creation, access)) < 0)
        status = oc_h5_refused(file, "create", "the file in memory");
    H5Pclose(creation);
    H5Pclose(access);
    if (status)
        oc_h5_close(file);
    else
        *out = file;
    return status;
}

enum { EARLY = -1 }; /* in place of a number of rows: one piece with its room taken at once */

/* Properties of a data set: no times, chunks of whole rows. */
static hid_t array_properties(const oc_h5_array *array, int64_t rows_per_chunk)
{
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[OC_MAX_DIMS];
    if (properties < 0 || H5Pset_obj_track_times(properties, 0) < 0)
        return H5I_INVALID_HID;
    if (rows_per_chunk == EARLY)
        return H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY) < 0 ||
                       H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER) < 0
                   ? H5I_INVALID_HID
                   : properties;
    if (array->rank == 0 || rows_per_chunk == 0)
        return properties;
    for (int i = 0; i < array->rank; i++)
        chunk[i] = array->extent[i];
    chunk[0] = (hsize_t)rows_per_chunk < chunk[0] ? (hsize_t)rows_per_chunk : chunk[0];
    return H5Pset_chunk(properties, array->rank, chunk) < 0 ? H5I_INVALID_HID : properties;
}

/* Create a data set of an HDF5 type, with the groups in its name. */
static oc_status create_set(oc_h5 *file, const char *name, hid_t type, const oc_h5_array *array,
                            int64_t rows_per_chunk, hid_t *set)
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
        status = oc_h5_refused(file, "create", name);
    H5Pclose(properties);
    H5Pclose(links);
    H5Sclose(space);
    return status;
}

oc_status oc_h5_array_create(oc_h5 *file, const char *name, const oc_h5_array *array,
                             uint64_t rows_per_chunk)
{
    hid_t set;
    const oc_status status = create_set(file, name, oc_h5_stored_type(array->type), array,
                                        (int64_t)rows_per_chunk, &set);
    H5Dclose(set);
    return status;
}

oc_status oc_h5_array_create_early(oc_h5 *file, const char *name, const oc_h5_array *array,
                                   hid_t *set)
{
    return create_set(file, name, oc_h5_stored_type(array->type), array, EARLY, set);
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
    if (set >= 0 && rank >= 0 && memory >= 0 && oc_h5_find_type(stored, &type) &&
        (rank == 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0))
        good = H5Dwrite(set, oc_h5_memory_type(type), memory, space, H5P_DEFAULT, data) >= 0;
    const oc_status status = good ? OC_OK : oc_h5_refused(file, "write", name);
    H5Sclose(memory);
    H5Tclose(stored);
    H5Sclose(space);
    H5Dclose(set);
    return status;
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
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for %s", file->path, name);
    for (size_t i = 0; i < count; i++)
        memcpy(block + i * width, texts[i], strlen(texts[i]));
    const hid_t type = oc_h5_text_type(width);
    hid_t set;
    oc_status status = create_set(file, name, type, &array, 0, &set);
    if (!status && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, block) < 0)
        status = oc_h5_refused(file, "write", name);
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
        status = oc_h5_refused(file, "write attribute", name);
    H5Aclose(attribute);
    H5Sclose(space);
    return status;
}

oc_status oc_h5_attribute_write(oc_h5 *file, const char *group, const char *name, oc_h5_type type,
                                const void *value)
{
    return write_attribute(file, group, name, oc_h5_stored_type(type), oc_h5_memory_type(type),
                           value);
}

oc_status oc_h5_attribute_text_write(oc_h5 *file, const char *group, const char *name,
                                     const char *text)
{
    const hid_t type = oc_h5_text_type(strlen(text));
    const oc_status status = write_attribute(file, group, name, type, type, text);
    H5Tclose(type);
    return status;
}

oc_status oc_h5_image(oc_h5 *file, oc_file_kind kind, oc_file_image *image)
{
    oc_status status = OC_OK;
    unsigned char *bytes = NULL;
    ssize_t count = -1;
    *image = (oc_file_image){0};
    if (H5Fflush(file->id, H5F_SCOPE_GLOBAL) >= 0)
        count = H5Fget_file_image(file->id, NULL, 0);
    if (count > 0)
        bytes = malloc(OC_USER_BLOCK_BYTES + (size_t)count);
    if (!bytes) {
        status =
            oc_fail(OC_ERR_MEMORY, "%s: no memory for the file's %zd bytes", file->path, count);
    } else if (H5Fget_file_image(file->id, bytes + OC_USER_BLOCK_BYTES, (size_t)count) != count) {
        status = oc_h5_refused(file, "finish", "the file in memory");
    } else {
        *image = (oc_file_image){.bytes = bytes, .count = (size_t)count, .kind = kind};
        bytes = NULL;
    }
    free(bytes);
    oc_h5_close(file);
    return status;
}

oc_status oc_h5_commit(oc_h5 *file, oc_file_kind kind)
{
    oc_file_image image;
    char path[OC_PATH_BYTES];
    snprintf(path, sizeof path, "%s", file->path);
    oc_status status = oc_h5_image(file, kind, &image);
    if (!status)
        status = oc_file_image_write(&image, path);
    oc_file_image_free(&image);
    return status;
}
