/* user_block.h - the 512 bytes before the HDF5 content of every file onecycle writes: what
 * the file is, how long, and its digest (byte table in docs/FORMATS.md). It lets a file be
 * verified before HDF5 looks at it. Knows nothing of HDF5. */
#ifndef OC_STORAGE_USER_BLOCK_H
#define OC_STORAGE_USER_BLOCK_H

#include "base/hash.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { OC_USER_BLOCK_BYTES = 512 }; /* the smallest that HDF5 allows */

typedef enum oc_file_kind { OC_FILE_DATASET = 1, OC_FILE_CHECKPOINT = 2 } oc_file_kind;

/* Local. Fill `block` for the `count` bytes of content that will follow it. */
void oc_user_block_fill(unsigned char block[OC_USER_BLOCK_BYTES], oc_file_kind kind,
                        const void *content, size_t count);

/* Local. The same for `count` bytes of content whose digest is known. */
void oc_user_block_make(unsigned char block[OC_USER_BLOCK_BYTES], oc_file_kind kind, uint64_t count,
                        oc_digest digest);

/* A file that is whole but for its user block, in memory. All zeros: none. */
typedef struct oc_file_image {
    unsigned char *bytes; /* OC_USER_BLOCK_BYTES, then the content; owned: oc_file_image_free */
    size_t count;         /* of the content */
    oc_file_kind kind;
    int is_filled; /* the user block is */
} oc_file_image;

/* Local. Fill the user block, the first time, and write the file, atomically and durably. HDF5 is
 * not entered, so any thread may do it, one at a time. OC_ERR_IO. */
oc_status oc_file_image_write(oc_file_image *image, const char *path);
void oc_file_image_free(oc_file_image *image);

/* Local. Header, kind and length alone; *digest is what the header says. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_user_block_read(const char *path, oc_file_kind kind, oc_digest *digest);

/* Local. Verify the whole file by reading it: header, kind, length, digest of the content
 * (*digest may be NULL). OC_ERR_IO; OC_ERR_DATA when anything differs. */
oc_status oc_user_block_verify(const char *path, oc_file_kind kind, oc_digest *digest);

/* Local. What a file says it is, from its header alone (for inspect). OC_ERR_IO; OC_ERR_DATA
 * when it has no sound onecycle header. */
oc_status oc_user_block_identify(const char *path, oc_file_kind *kind);

#endif
