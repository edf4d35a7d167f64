/* npy_read.h - an array as numpy saves it (.npy, plain or packed with gzip, or a member of an
 * .npz), read from its beginning to its end. Versions 1.0 to 3.0 of the format, rows first (C
 * order), booleans, whole numbers of 1 to 8 bytes, floats of 2 to 8 and strings, in either order of
 * bytes. Format: numpy/lib/format.py. What the header says is held against the file's size before
 * anything is allocated; nothing is ever unpickled. */
#ifndef OC_DATA_ARRAYS_NPY_READ_H
#define OC_DATA_ARRAYS_NPY_READ_H

#include "base/status.h"
#include "storage/numbers.h"

#include <stddef.h>
#include <stdint.h>

enum { OC_NPY_MAX_DIMS = 8, OC_NPY_MAX_TEXT = 4096 /* bytes of a string */ };

typedef struct oc_npy oc_npy;

typedef struct oc_npy_info {
    const char *name;      /* for messages: "x.npy", "set.npz: x" */
    char type;             /* 'b' boolean, 'i', 'u', 'f'; strings: 'S' of bytes, 'U' of UCS-4 */
    int bytes;             /* of an element */
    oc_number_type number; /* the same; OC_NUMBER_NONE: strings */
    int rank;              /* 0 to OC_NPY_MAX_DIMS */
    uint64_t extent[OC_NPY_MAX_DIMS];
    uint64_t elements;
} oc_npy_info;

/* Local. `member`: its name in an .npz; NULL: `path` is the array. OC_ERR_IO, OC_ERR_DATA,
 * OC_ERR_INTERNAL. */
oc_status oc_npy_open(oc_npy **npy, const char *path, const char *member);
void oc_npy_close(oc_npy *npy); /* NULL-safe */

const oc_npy_info *oc_npy_describe(const oc_npy *npy);

/* Local, no allocation. The next `count` elements as doubles: exact but for whole numbers beyond
 * 2^53, which are rounded. After the last element nothing may follow in the file. OC_ERR_DATA,
 * OC_ERR_IO. */
oc_status oc_npy_read(oc_npy *npy, size_t count, double *to);

/* Local, no allocation. The same as they lie in the file. Also of strings. */
oc_status oc_npy_read_stored(oc_npy *npy, size_t count, void *to);

/* Local, no allocation. The next `count` strings, in UTF-8: `visit` is called with each; what it
 * returns ends the reading unless it is OC_OK. OC_ERR_DATA, OC_ERR_IO. */
oc_status oc_npy_read_texts(oc_npy *npy, size_t count,
                            oc_status (*visit)(void *user, const char *text, size_t bytes),
                            void *user);

#endif
