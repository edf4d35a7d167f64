/* hash.h - XXH3-128 digests (library xxhash): for integrity and equality, not security. */
#ifndef OC_BASE_HASH_H
#define OC_BASE_HASH_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_digest {
    uint64_t high, low;
} oc_digest;

enum { OC_DIGEST_TEXT = 33 }; /* 32 hexadecimal digits and NUL */

typedef struct oc_hasher oc_hasher; /* streaming state */

/* Local. Streaming use: create, update..., finish (also destroys). Create returns NULL
 * when memory is short. */
oc_hasher *oc_hasher_create(void);
void oc_hasher_update(oc_hasher *hasher, const void *bytes, size_t count);
oc_digest oc_hasher_finish(oc_hasher *hasher);

/* Local. Digest of one block; no allocation. */
oc_digest oc_hash(const void *bytes, size_t count);

/* Local. 64-bit XXH3 of one block; no allocation. */
uint64_t oc_hash64(const void *bytes, size_t count);

/* Local. Digest of a file from byte `offset` to its end. OC_ERR_IO. */
oc_status oc_hash_file(const char *path, uint64_t offset, oc_digest *digest);

/* Local. Lower-case hexadecimal, high half first. */
void oc_digest_text(oc_digest digest, char text[OC_DIGEST_TEXT]);
int oc_digest_equal(oc_digest a, oc_digest b);

#endif
