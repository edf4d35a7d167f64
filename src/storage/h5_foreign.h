/* h5_foreign.h - arrays of HDF5 files that others wrote: numbers of any width and order of bytes,
 * booleans and strings, stored in one piece, in chunks, inside the header or behind any filter that
 * this HDF5 has. What cannot be read is refused by name, with what would mend it. */
#ifndef OC_STORAGE_H5_FOREIGN_H
#define OC_STORAGE_H5_FOREIGN_H

#include "storage/h5.h"
#include "storage/numbers.h"

enum { OC_H5_FOREIGN_DIMS = 8, OC_H5_FILTERS_TEXT = 96 };

typedef struct oc_h5_foreign oc_h5_foreign; /* one open array */

typedef struct oc_h5_foreign_info {
    oc_number_type type; /* of the elements as they are read; OC_NUMBER_NONE: strings */
    int rank;            /* 1 to OC_H5_FOREIGN_DIMS */
    uint64_t extent[OC_H5_FOREIGN_DIMS];
    uint64_t row_elements;            /* of all dimensions but the first */
    char filters[OC_H5_FILTERS_TEXT]; /* "shuffle, gzip"; "" when there are none */
    uint64_t chunk_rows;              /* 0: not in chunks */
} oc_h5_foreign_info;

/* Local. Open an array of a file that stays open longer. Its extents fit what its file can hold.
 * OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_h5_foreign_open(oc_h5_foreign **array, const oc_h5 *file, const char *name);
void oc_h5_foreign_close(oc_h5_foreign *array); /* NULL-safe */

const oc_h5_foreign_info *oc_h5_foreign_describe(const oc_h5_foreign *array);

/* Local. Rows first .. first + rows - 1 of an array of numbers, as elements of its type. HDF5
 * reads, so one thread at a time. OC_ERR_DATA. */
oc_status oc_h5_foreign_read(const oc_h5_foreign *array, uint64_t first, uint64_t rows, void *to);

/* Local. Likewise of an array of strings: `visit` is called with each, in order; what it returns
 * ends the reading unless it is OC_OK. The text need not end with NUL. */
oc_status oc_h5_foreign_read_texts(const oc_h5_foreign *array, uint64_t first, uint64_t rows,
                                   oc_status (*visit)(void *user, const char *text, size_t bytes),
                                   void *user);

/* Local. Where its rows lie, for reading without HDF5, as elements of its type. *rows stays NULL
 * when HDF5 alone can read it; *why then says what it is: "compressed (gzip)", "in chunks that cut
 * samples". OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_h5_foreign_rows(const oc_h5_foreign *array, oc_rows **rows, const char **why);

#endif
