/* h5_private.h - what h5.c, h5_write.c and h5_read.c share. */
#ifndef OC_STORAGE_H5_PRIVATE_H
#define OC_STORAGE_H5_PRIVATE_H

#include "base/file.h"
#include "storage/h5.h"

/* What HDF5 1.12 and later changed stays as it was: one text for all versions. */
#define H5_USE_110_API
#include <hdf5.h>

struct oc_h5 {
    hid_t id;
    int writing;
    uint64_t bytes; /* of the file, when reading */
    char path[OC_PATH_BYTES];
};

/* Local. The library: quiet, closed to plug-ins and to other files. OC_ERR_INTERNAL. */
oc_status oc_h5_start(void);

/* Local. A file not yet opened; NULL when memory is short. */
oc_h5 *oc_h5_new(const char *path, int writing);

/* Local. HDF5 refused: a file that verified is wrong inside (OC_ERR_DATA), or memory is short
 * while writing (OC_ERR_INTERNAL). */
oc_status oc_h5_refused(const oc_h5 *file, const char *doing, const char *name);

/* Local. Is there such an object? HDF5 wants each group on the way checked before the next. */
int oc_h5_present(const oc_h5 *file, const char *name);

/* Local. Types in the file and in memory; the type of a data set's own stored type (0: none of
 * ours); a UTF-8 string type of a fixed number of bytes. */
hid_t oc_h5_stored_type(oc_h5_type type);
hid_t oc_h5_memory_type(oc_h5_type type);
int oc_h5_find_type(hid_t type, oc_h5_type *found);
hid_t oc_h5_text_type(size_t bytes);

/* Local. An array in one piece whose place in the file is known at once; *set is open. */
oc_status oc_h5_array_create_early(oc_h5 *file, const char *name, const oc_h5_array *array,
                                   hid_t *set);

#endif
