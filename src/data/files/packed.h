/* packed.h - reading a file from its beginning to its end, plain or packed with gzip (zlib); which
 * of both it is shows in its first bytes. gzip's checksums are verified. */
#ifndef OC_DATA_FILES_PACKED_H
#define OC_DATA_FILES_PACKED_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_packed oc_packed;

/* Local. A regular file, read in blocks. OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_packed_open(oc_packed **file, const char *path);
void oc_packed_close(oc_packed *file); /* NULL-safe */

/* Local. The next `count` unpacked bytes; *got is less only at the end. OC_ERR_DATA when the
 * packed data is damaged or cut short, OC_ERR_IO. */
oc_status oc_packed_read(oc_packed *file, void *to, size_t count, size_t *got);

/* Local. No more unpacked bytes than this can be in the file: its size, or if it is packed that
 * size times the most that deflate can pack. */
uint64_t oc_packed_most(const oc_packed *file);

/* Local. Is it packed? Bytes of the file on disk, and how many of them were read so far. */
int oc_packed_is_packed(const oc_packed *file);
uint64_t oc_packed_bytes(const oc_packed *file);
uint64_t oc_packed_position(const oc_packed *file);

#endif
