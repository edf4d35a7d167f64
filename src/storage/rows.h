/* rows.h - the rows of a large array, read straight from the file. Whoever made it (h5_rows.c)
 * knows where they lie; reading needs no HDF5, no memory and no lock, so any thread may. */
#ifndef OC_STORAGE_ROWS_H
#define OC_STORAGE_ROWS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_rows oc_rows;

/* Local. `count` rows of `row_bytes`, which lie one behind another in pieces of
 * `rows_per_piece`; piece i begins at byte offset[i] of `path`. All must lie inside the file.
 * OC_ERR_IO, OC_ERR_DATA, OC_ERR_INTERNAL. `name` is for messages. */
oc_status oc_rows_create(oc_rows **rows, const char *path, const char *name, uint64_t count,
                         size_t row_bytes, uint64_t rows_per_piece, const uint64_t *offset);
void oc_rows_destroy(oc_rows *rows); /* NULL-safe */

/* Local, no allocation, any thread. Rows first .. first + count - 1. OC_ERR_IO when the file
 * cannot be read; OC_ERR_DATA when it ends before them. */
oc_status oc_rows_read(const oc_rows *rows, uint64_t first, uint64_t count, void *to);

/* Local, no allocation, any thread. Is the file what it was when opened? OC_ERR_DATA if it was
 * written to meanwhile. */
oc_status oc_rows_unchanged(const oc_rows *rows);

#endif
