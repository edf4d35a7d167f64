/* array_file.h - an array (N, ...) of a file that somebody else's program wrote, whichever kind it
 * is: HDF5, .npz or .npy. Read from its first row on; nothing here knows what the numbers mean. */
#ifndef OC_DATA_ARRAYS_ARRAY_FILE_H
#define OC_DATA_ARRAYS_ARRAY_FILE_H

#include "base/status.h"
#include "storage/numbers.h"
#include "storage/rows.h"

#include <stddef.h>
#include <stdint.h>

typedef enum oc_array_format { OC_ARRAY_HDF5, OC_ARRAY_NPZ, OC_ARRAY_NPY } oc_array_format;

enum { OC_ARRAY_DIMS = 8 };

typedef struct oc_array oc_array;

typedef struct oc_array_info {
    const char *name;    /* for messages: "x.npy", "set.npz: x", "user.h5: /x" */
    oc_number_type type; /* of the elements as they are read; OC_NUMBER_NONE: strings */
    int rank;            /* 1 to OC_ARRAY_DIMS */
    uint64_t extent[OC_ARRAY_DIMS];
    uint64_t row_elements; /* of all dimensions but the first; extent[0] * row_elements fits */
} oc_array_info;

/* Local. `name` of an array in an HDF5 file or an archive; of a .npy file it is not looked at.
 * OC_ERR_IO, OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_array_open(oc_array **array, oc_array_format format, const char *path,
                        const char *name);
void oc_array_close(oc_array *array); /* NULL-safe */

const oc_array_info *oc_array_describe(const oc_array *array);

/* Local. Bytes of a row of numbers. */
size_t oc_array_row_bytes(const oc_array *array);

/* Local. The next `rows` rows of numbers, as elements of their type. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_array_read(oc_array *array, uint64_t rows, void *to);

/* Local. The next `rows` rows of strings: `visit` is called with each in turn; what it returns ends
 * the reading unless it is OC_OK. The text need not end with NUL. OC_ERR_IO, OC_ERR_DATA. */
typedef oc_status oc_array_visit(void *user, const char *text, size_t bytes);
oc_status oc_array_read_texts(oc_array *array, uint64_t rows, oc_array_visit *visit, void *user);

/* Local. Go to a row. Only of HDF5 may it be an earlier one: OC_ERR_INTERNAL. What is passed over
 * is read and thrown away where it must be. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_array_seek(oc_array *array, uint64_t row);

/* Local. Where the rows lie in an HDF5 file, for reading without HDF5; *rows stays NULL when that
 * is not possible, and *why says what the array is instead (h5_foreign.h). */
oc_status oc_array_rows(const oc_array *array, oc_rows **rows, const char **why);

/* Local. Values of a sample (rows of `type`) that cannot be taken: not finite, or whole and beyond
 * what a double holds. `rows` of them lie at `stored`; `first` is the number of the first.
 * OC_ERR_DATA names array, sample and place. */
oc_status oc_array_check(const oc_array_info *info, uint64_t first, uint64_t rows,
                         const void *stored);

#endif
