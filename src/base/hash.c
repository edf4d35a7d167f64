/* hash.c - see hash.h. A thin layer over libxxhash. */
#include "base/hash.h"

#include "base/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

struct oc_hasher {
    XXH3_state_t *state; /* libxxhash owns its size and alignment */
};

static oc_digest from_xxhash(XXH128_hash_t hash)
{
    return (oc_digest){hash.high64, hash.low64};
}

oc_hasher *oc_hasher_create(void)
{
    oc_hasher *hasher = malloc(sizeof *hasher);
    if (!hasher)
        return NULL;
    hasher->state = XXH3_createState();
    if (!hasher->state) {
        free(hasher);
        return NULL;
    }
    XXH3_128bits_reset(hasher->state);
    return hasher;
}

void oc_hasher_update(oc_hasher *hasher, const void *bytes, size_t count)
{
    if (count > 0) /* with nothing to add, `bytes` may be NULL */
        XXH3_128bits_update(hasher->state, bytes, count);
}

oc_digest oc_hasher_finish(oc_hasher *hasher)
{
    const oc_digest digest = from_xxhash(XXH3_128bits_digest(hasher->state));
    XXH3_freeState(hasher->state);
    free(hasher);
    return digest;
}

oc_digest oc_hash(const void *bytes, size_t count)
{
    return from_xxhash(XXH3_128bits(count > 0 ? bytes : "", count));
}

uint64_t oc_hash64(const void *bytes, size_t count)
{
    return XXH3_64bits(count > 0 ? bytes : "", count);
}

oc_status oc_hash_file(const char *path, uint64_t offset, oc_digest *digest)
{
    enum { BLOCK_BYTES = 1 << 18 };
    oc_status status = OC_OK;
    unsigned char *block = malloc(BLOCK_BYTES);
    oc_hasher *hasher = oc_hasher_create();
    int descriptor;
    status = oc_file_open(&descriptor, path);
    if (status)
        goto done;
    if (!block || !hasher) {
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory to compute its digest", path);
        goto done;
    }
    if (lseek(descriptor, (off_t)offset, SEEK_SET) < 0) {
        status = oc_fail(OC_ERR_IO, "%s: cannot go to byte %" PRIu64 ": %s", path, offset,
                         strerror(errno));
        goto done;
    }
    for (;;) {
        const ssize_t got = read(descriptor, block, BLOCK_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = oc_fail(OC_ERR_IO, "%s: cannot read: %s", path, strerror(errno));
        if (got <= 0)
            break;
        oc_hasher_update(hasher, block, (size_t)got);
    }
done:
    if (hasher) {
        const oc_digest result = oc_hasher_finish(hasher);
        if (!status)
            *digest = result;
    }
    if (descriptor >= 0)
        close(descriptor);
    free(block);
    return status;
}

void oc_digest_text(oc_digest digest, char text[OC_DIGEST_TEXT])
{
    snprintf(text, OC_DIGEST_TEXT, "%016" PRIx64 "%016" PRIx64, digest.high, digest.low);
}

int oc_digest_equal(oc_digest a, oc_digest b)
{
    return a.high == b.high && a.low == b.low;
}
