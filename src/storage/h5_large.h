/* h5_large.h - writing HDF5 files larger than memory: HDF5 lays the file out, the rows are then
 * written past it to the places it gave them.
 *
 * HDF5 so never meets a full disk with data in its hands (1.10 crashes when closing after a
 * failed write): the space is taken before and after its part, which is a few kilobytes. The
 * file takes its name only when it is complete and durable. */
#ifndef OC_STORAGE_H5_LARGE_H
#define OC_STORAGE_H5_LARGE_H

#include "storage/h5.h"

typedef struct oc_h5_large oc_h5_large;

enum { OC_H5_LARGE_ARRAYS = 16 };

/* Local. Begin `path`, under a temporary name; `bytes` is about what its arrays will take.
 * OC_ERR_IO when they have no room, OC_ERR_INTERNAL. */
oc_status oc_h5_large_create(oc_h5_large **large, const char *path, uint64_t bytes);

/* Local. For texts and attributes, until oc_h5_large_lay_out. Owned by `large`. */
oc_h5 *oc_h5_large_file(oc_h5_large *large);

/* Local. Add an array (rank >= 1), all of whose rows will be written; *number names it. */
oc_status oc_h5_large_reserve(oc_h5_large *large, const char *name, const oc_h5_array *array,
                              int *number);

/* Local. All is reserved: HDF5 is done with the file. OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_h5_large_lay_out(oc_h5_large *large);

/* Local. Rows first_row .. first_row + rows - 1, as they lie in memory. OC_ERR_IO. */
oc_status oc_h5_large_write(oc_h5_large *large, int number, uint64_t first_row, uint64_t rows,
                            const void *data);

/* Local. Digest, header, then the name; `large` is gone whatever happens. OC_ERR_IO. */
oc_status oc_h5_large_commit(oc_h5_large *large, oc_file_kind kind);

/* Local. Give up; nothing is left on disk. NULL-safe. */
void oc_h5_large_discard(oc_h5_large *large);

#endif
