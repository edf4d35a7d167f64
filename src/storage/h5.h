/* h5.h - the part of HDF5 that onecycle needs, behind statuses: arrays, texts and
 * attributes of groups by name. Only h5*.c and their private header include hdf5.h.
 *
 * A file is built in memory and written by oc_h5_commit in one atomic step, so HDF5 never
 * meets a full disk (1.10 crashes when closing after a failed write); h5_large.h writes files
 * that are too large for that. Reading verifies the user block first. Nothing a file says can
 * load a plug-in, follow a link into another file or make a read larger than the file. The same
 * calls give the same bytes: no times are stored.
 *
 * HDF5 is not thread-safe: one thread at a time may be in here. What threads read while others
 * work goes by oc_rows (rows.h), which knows where the rows lie and needs no HDF5. */
#ifndef OC_STORAGE_H5_H
#define OC_STORAGE_H5_H

#include "base/hash.h"
#include "base/status.h"
#include "storage/numbers.h"
#include "storage/rows.h"
#include "storage/user_block.h"
#include "tensor/tensor.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_h5 oc_h5; /* one file */

/* In the file always little-endian; in memory the C type of that name. */
typedef enum oc_h5_type {
    OC_H5_UINT8,
    OC_H5_INT32,
    OC_H5_UINT64,
    OC_H5_FLOAT32,
    OC_H5_FLOAT64,
    OC_H5_INT8,
    OC_H5_INT16,
    OC_H5_UINT16,
    OC_H5_UINT32,
    OC_H5_INT64,
    OC_H5_TYPE_COUNT
} oc_h5_type;

typedef struct oc_h5_array {
    oc_h5_type type;
    int rank; /* 0 to OC_MAX_DIMS */
    uint64_t extent[OC_MAX_DIMS];
} oc_h5_array;

/* Local. "HDF5 1.10.8" of the library in use. Not owned. */
const char *oc_h5_version(void);

/* ---- writing: create, add, commit ---- */

/* Local. A new file in memory that oc_h5_commit will write to `path`. OC_ERR_IO when `path`
 * cannot be a file, OC_ERR_INTERNAL. */
oc_status oc_h5_create(oc_h5 **file, const char *path);

/* Local. Add an array; groups in its name are made. Stored in chunks of `rows_per_chunk` of its
 * first dimension, or in one piece when that is 0. OC_ERR_INTERNAL. */
oc_status oc_h5_array_create(oc_h5 *file, const char *name, const oc_h5_array *array,
                             uint64_t rows_per_chunk);

/* Local. Write rows first_row .. first_row + rows - 1 (the whole array when rank is 0). */
oc_status oc_h5_array_write(oc_h5 *file, const char *name, uint64_t first_row, uint64_t rows,
                            const void *data);

/* Local. An array of UTF-8 strings (rank 1), and a single one (rank 0). */
oc_status oc_h5_texts_write(oc_h5 *file, const char *name, const char *const *texts, size_t count);
oc_status oc_h5_text_write(oc_h5 *file, const char *name, const char *text);

/* Local. An attribute of a group that is there ("/"): a number, a text. */
oc_status oc_h5_attribute_write(oc_h5 *file, const char *group, const char *name, oc_h5_type type,
                                const void *value);
oc_status oc_h5_attribute_text_write(oc_h5 *file, const char *group, const char *name,
                                     const char *text);

/* Local. Write the file with its user block, atomically and durably; `file` is closed whatever
 * happens. OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_h5_commit(oc_h5 *file, oc_file_kind kind);

/* Local. The first half of it: the file as oc_file_image_write wants it; `file` is closed whatever
 * happens. OC_ERR_MEMORY, OC_ERR_IO. */
oc_status oc_h5_image(oc_h5 *file, oc_file_kind kind, oc_file_image *image);

/* ---- reading: open, look, close; failures are OC_ERR_DATA unless said otherwise ---- */

/* Local. Verify (user_block.h), then open. *digest (may be NULL) is that of the content.
 * OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_h5_open(oc_h5 **file, const char *path, oc_file_kind kind, oc_digest *digest);

/* Local. The same without reading the content: only for a file whose whole content this or
 * another process has just verified. */
oc_status oc_h5_open_verified(oc_h5 **file, const char *path, oc_file_kind kind, oc_digest *digest);

/* Local. A file that somebody else's program wrote: no header, no digest, so nothing but HDF5's
 * own care stands between it and the library. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_h5_open_foreign(oc_h5 **file, const char *path);

/* Local. Type and extents of an array, which together are no larger than the file. */
oc_status oc_h5_array_describe(const oc_h5 *file, const char *name, oc_h5_array *array);

/* Local. Is there an array, or anything, of that name? */
int oc_h5_array_exists(const oc_h5 *file, const char *name);

/* Local. Read all of an array whose description the caller checked. */
oc_status oc_h5_array_read(const oc_h5 *file, const char *name, oc_h5_type type, void *data);

/* Local. Read rows first_row .. first_row + rows - 1, converted to `type` (numbers beyond its range
 * become its limits). */
oc_status oc_h5_array_read_rows(const oc_h5 *file, const char *name, oc_h5_type type,
                                uint64_t first_row, uint64_t rows, void *data);

/* Local. Where the rows of an array (rank >= 1) lie in the file, for reading without HDF5.
 * *rows stays NULL, without failure, when they do not lie as a whole anywhere: stored in
 * chunks that cut rows, never written, or inside the header. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_h5_rows_open(const oc_h5 *file, const char *name, oc_rows **rows);

/* Local. Bytes of one element; the same as a type of numbers.h. */
size_t oc_h5_type_bytes(oc_h5_type type);
oc_number_type oc_h5_number_type(oc_h5_type type);

/* Local. Strings: *block holds *count of them, each of *width bytes with NUL; freed by the caller
 * with free(). A rank-0 array counts as one string. */
oc_status oc_h5_texts_read(const oc_h5 *file, const char *name, char **block, size_t *count,
                           size_t *width);

/* Local. Attributes of a group. A text longer than `bytes` - 1 is an error. */
oc_status oc_h5_attribute_read(const oc_h5 *file, const char *group, const char *name,
                               oc_h5_type type, void *value);
oc_status oc_h5_attribute_text_read(const oc_h5 *file, const char *group, const char *name,
                                    char *text, size_t bytes);

/* Local. Has the group such an attribute? */
int oc_h5_attribute_exists(const oc_h5 *file, const char *group, const char *name);

/* Local. Call `visit` for each numeric array of the file, in order of name. */
oc_status oc_h5_visit(const oc_h5 *file,
                      void (*visit)(const char *name, const oc_h5_array *array, void *user),
                      void *user);

/* Local. Close; what was not committed is gone and the disk untouched. NULL-safe. */
void oc_h5_close(oc_h5 *file);

#endif
