/* array_file.c - see array_file.h. */
#include "data/arrays/array_file.h"

#include "data/arrays/npy_read.h"
#include "storage/h5_foreign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(OC_ARRAY_DIMS >= (int)OC_NPY_MAX_DIMS && OC_ARRAY_DIMS >= (int)OC_H5_FOREIGN_DIMS,
               "any array fits");

struct oc_array {
    oc_array_info info;
    oc_npy *npy; /* one of both */
    oc_h5_foreign *hdf5;
    oc_h5 *file;
    uint64_t at; /* the next row */
    char name[];
};

static oc_status open_npy(oc_array *array, const char *path, const char *member)
{
    oc_array_info *to = &array->info;
    const oc_status status = oc_npy_open(&array->npy, path, member);
    if (status)
        return status;
    const oc_npy_info *from = oc_npy_describe(array->npy);
    to->type = from->number;
    to->rank = from->rank;
    to->row_elements = 1;
    for (int i = 0; i < from->rank; i++) {
        to->extent[i] = from->extent[i];
        to->row_elements *= i > 0 ? from->extent[i] : 1;
    }
    if (to->rank < 1 || from->elements == 0)
        return oc_fail(OC_ERR_DATA, "%s: %s, expected an array with at least one sample",
                       array->name, to->rank < 1 ? "a single value" : "it is empty");
    return OC_OK;
}

static oc_status open_hdf5(oc_array *array, const char *path, const char *name)
{
    oc_array_info *to = &array->info;
    oc_status status = oc_h5_open_foreign(&array->file, path);
    if (!status)
        status = oc_h5_foreign_open(&array->hdf5, array->file, name);
    if (status)
        return status;
    const oc_h5_foreign_info *from = oc_h5_foreign_describe(array->hdf5);
    to->type = from->type;
    to->rank = from->rank;
    memcpy(to->extent, from->extent, sizeof from->extent);
    to->row_elements = from->row_elements;
    return OC_OK;
}

oc_status oc_array_open(oc_array **out, oc_array_format format, const char *path, const char *name)
{
    const int is_npy = format == OC_ARRAY_NPY;
    const size_t bytes = strlen(path) + (is_npy ? 0 : strlen(name)) + 3;
    *out = NULL;
    oc_array *array = calloc(1, sizeof *array + bytes);
    if (!array)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", path);
    snprintf(array->name, bytes, "%s%s%s", path, is_npy ? "" : ": ", is_npy ? "" : name);
    array->info.name = array->name;
    const oc_status status = format == OC_ARRAY_HDF5 ? open_hdf5(array, path, name)
                                                     : open_npy(array, path, is_npy ? NULL : name);
    if (status)
        oc_array_close(array);
    else
        *out = array;
    return status;
}

void oc_array_close(oc_array *array)
{
    if (!array)
        return;
    oc_npy_close(array->npy);
    oc_h5_foreign_close(array->hdf5);
    oc_h5_close(array->file);
    free(array);
}

const oc_array_info *oc_array_describe(const oc_array *array)
{
    return &array->info;
}

size_t oc_array_row_bytes(const oc_array *array)
{
    return (size_t)array->info.row_elements * (size_t)array->info.type.bytes;
}

static oc_status check_range(const oc_array *array, uint64_t rows)
{
    return rows <= array->info.extent[0] - array->at
               ? OC_OK
               : oc_fail(OC_ERR_INTERNAL, "%s: has no row %" PRIu64, array->name,
                         array->at + rows - 1);
}

oc_status oc_array_read(oc_array *array, uint64_t rows, void *to)
{
    oc_status status = check_range(array, rows);
    if (!status)
        status = array->npy
                     ? oc_npy_read_stored(array->npy, (size_t)(rows * array->info.row_elements), to)
                     : oc_h5_foreign_read(array->hdf5, array->at, rows, to);
    array->at += rows;
    return status;
}

oc_status oc_array_read_texts(oc_array *array, uint64_t rows, oc_array_visit *visit, void *user)
{
    oc_status status = check_range(array, rows);
    if (!status)
        status = array->npy
                     ? oc_npy_read_texts(array->npy, (size_t)(rows * array->info.row_elements),
                                         visit, user)
                     : oc_h5_foreign_read_texts(array->hdf5, array->at, rows, visit, user);
    array->at += rows;
    return status;
}

static oc_status ignore(void *user, const char *text, size_t bytes)
{
    (void)user;
    (void)text;
    (void)bytes;
    return OC_OK;
}

oc_status oc_array_seek(oc_array *array, uint64_t row)
{
    enum { BYTES = 1 << 16 };
    oc_status status = OC_OK;
    if (!array->npy) {
        array->at = row;
        return OC_OK;
    }
    if (row < array->at)
        return oc_fail(OC_ERR_INTERNAL, "%s: cannot go back to row %" PRIu64, array->name, row);
    if (array->info.type.kind == OC_NUMBER_NONE)
        return oc_array_read_texts(array, row - array->at, ignore, NULL);
    const size_t bytes = oc_array_row_bytes(array);
    const uint64_t most = bytes < BYTES ? BYTES / bytes : 1;
    void *const block = malloc((size_t)most * bytes);
    if (!block)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for a row", array->name);
    while (!status && array->at < row)
        status = oc_array_read(array, row - array->at < most ? row - array->at : most, block);
    free(block);
    return status;
}

oc_status oc_array_rows(const oc_array *array, oc_rows **rows, const char **why)
{
    *rows = NULL;
    *why = "part of an archive";
    return array->hdf5 ? oc_h5_foreign_rows(array->hdf5, rows, why) : OC_OK;
}

/* "(2, 0, 5)": a place within a row, by its dimensions. */
static void place_text(const oc_array_info *info, uint64_t element, char *text, size_t bytes)
{
    size_t used = 0;
    uint64_t below = info->row_elements;
    for (int i = 1; i < info->rank; i++) {
        below /= info->extent[i];
        used += (size_t)snprintf(text + used, bytes - used, "%s%" PRIu64, i > 1 ? ", " : "",
                                 element / below);
        element %= below;
    }
    if (info->rank < 2)
        snprintf(text, bytes, "0");
}

oc_status oc_array_check(const oc_array_info *info, uint64_t first, uint64_t rows,
                         const void *stored)
{
    const size_t n = (size_t)(rows * info->row_elements);
    const size_t odd = oc_numbers_first_not_finite(info->type, stored, n);
    const size_t inexact = oc_numbers_first_inexact(info->type, stored, n);
    const size_t at = odd < n ? odd : inexact;
    char number[OC_NUMBER_TEXT_BYTES], place[OC_ARRAY_DIMS * 22];
    if (at == n)
        return OC_OK;
    place_text(info, at % info->row_elements, place, sizeof place);
    oc_number_text(info->type, (const unsigned char *)stored + at * (size_t)info->type.bytes,
                   number);
    return oc_fail(OC_ERR_DATA, "%s: sample %" PRIu64 " at (%s): found %s, expected %s", info->name,
                   first + at / info->row_elements, place, number,
                   odd < n ? "a finite number"
                           : "whole numbers that float64 represents exactly (up to 2^53)");
}
