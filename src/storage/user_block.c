/* user_block.c - see user_block.h. All numbers are little-endian. */
#include "storage/user_block.h"

#include "base/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMAT_VERSION = 1 };

/* Where the fields lie; what is between them is zero. */
enum {
    AT_MAGIC = 0,
    AT_VERSION = 8,
    AT_KIND = 12,
    AT_FILE_BYTES = 16,
    AT_DIGEST_HIGH = 24,
    AT_DIGEST_LOW = 32,
    AT_CHECKSUM = OC_USER_BLOCK_BYTES - 8
};

static const char magic[8] = {'O', 'N', 'E', 'C', 'Y', 'C', 'L', 'E'};

static const struct {
    oc_file_kind kind;
    const char *what, *maker;
} kinds[] = {
    {OC_FILE_DATASET, "data set", "onecycle import"},
    {OC_FILE_CHECKPOINT, "checkpoint", "onecycle train"},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

typedef struct header {
    uint32_t version, kind;
    uint64_t file_bytes;
    oc_digest digest;
    uint64_t actual_bytes; /* of the file as found */
} header;

static void put(unsigned char *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

/* Row of a kind, 0 for one this version does not know. */
static size_t row_of(uint32_t kind)
{
    size_t row = 0;
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].kind == (oc_file_kind)kind)
            row = i;
    return row;
}

void oc_user_block_fill(unsigned char block[OC_USER_BLOCK_BYTES], oc_file_kind kind,
                        const void *content, size_t count)
{
    oc_user_block_make(block, kind, count, oc_hash(content, count));
}

oc_status oc_file_image_write(oc_file_image *image, const char *path)
{
    if (!image->is_filled)
        oc_user_block_fill(image->bytes, image->kind, image->bytes + OC_USER_BLOCK_BYTES,
                           image->count);
    image->is_filled = 1;
    return oc_file_write(path, image->bytes, OC_USER_BLOCK_BYTES + image->count);
}

void oc_file_image_free(oc_file_image *image)
{
    free(image->bytes);
    *image = (oc_file_image){0};
}

void oc_user_block_make(unsigned char block[OC_USER_BLOCK_BYTES], oc_file_kind kind, uint64_t count,
                        oc_digest digest)
{
    memset(block, 0, OC_USER_BLOCK_BYTES);
    memcpy(block + AT_MAGIC, magic, sizeof magic);
    put(block + AT_VERSION, FORMAT_VERSION, 4);
    put(block + AT_KIND, kind, 4);
    put(block + AT_FILE_BYTES, count + OC_USER_BLOCK_BYTES, 8);
    put(block + AT_DIGEST_HIGH, digest.high, 8);
    put(block + AT_DIGEST_LOW, digest.low, 8);
    put(block + AT_CHECKSUM, oc_hash64(block, AT_CHECKSUM), 8);
}

/* The first bytes of the file -> block; *got of them were there. */
static oc_status read_block(const char *path, unsigned char *block, size_t *got, uint64_t *bytes)
{
    oc_status status = OC_OK;
    struct stat about;
    *got = 0;
    int descriptor;
    status = oc_file_open(&descriptor, path);
    if (status)
        return status;
    if (fstat(descriptor, &about) < 0) {
        status = oc_fail(OC_ERR_IO, "%s: cannot read: %s", path, strerror(errno));
    } else {
        *bytes = (uint64_t)about.st_size;
        while (!status && *got < OC_USER_BLOCK_BYTES) {
            const ssize_t done = read(descriptor, block + *got, OC_USER_BLOCK_BYTES - *got);
            if (done < 0 && errno == EINTR)
                continue;
            if (done < 0)
                status = oc_fail(OC_ERR_IO, "%s: cannot read: %s", path, strerror(errno));
            if (done <= 0)
                break;
            *got += (size_t)done;
        }
    }
    close(descriptor);
    return status;
}

/* `wanted` is a row of kinds[], or KINDS for any. */
static oc_status read_header(const char *path, size_t wanted, header *found)
{
    unsigned char block[OC_USER_BLOCK_BYTES];
    size_t got;
    const char *what = wanted < KINDS ? kinds[wanted].what : "file";
    const char *maker = wanted < KINDS ? kinds[wanted].maker : "onecycle";
    const oc_status status = read_block(path, block, &got, &found->actual_bytes);
    if (status)
        return status;
    if (got < sizeof magic || memcmp(block, magic, sizeof magic) != 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: not a onecycle %s (no onecycle header); expected a file made by `%s`",
                       path, what, maker);
    if (got < OC_USER_BLOCK_BYTES)
        return oc_fail(OC_ERR_DATA, "%s: truncated: %zu bytes, its header alone has %d", path, got,
                       OC_USER_BLOCK_BYTES);
    if (get(block + AT_CHECKSUM, 8) != oc_hash64(block, AT_CHECKSUM))
        return oc_fail(OC_ERR_DATA,
                       "%s: damaged: the checksum of its header (bytes 0 to %d) is "
                       "wrong",
                       path, OC_USER_BLOCK_BYTES - 1);
    found->version = (uint32_t)get(block + AT_VERSION, 4);
    found->kind = (uint32_t)get(block + AT_KIND, 4);
    found->file_bytes = get(block + AT_FILE_BYTES, 8);
    found->digest = (oc_digest){get(block + AT_DIGEST_HIGH, 8), get(block + AT_DIGEST_LOW, 8)};
    const size_t row = row_of(found->kind);
    if (found->version != FORMAT_VERSION || kinds[row].kind != (oc_file_kind)found->kind)
        return oc_fail(OC_ERR_DATA,
                       "%s: format version %" PRIu32 ", kind %" PRIu32
                       "; this program reads version %d",
                       path, found->version, found->kind, FORMAT_VERSION);
    if (wanted < KINDS && row != wanted)
        return oc_fail(OC_ERR_DATA, "%s: is a %s; expected a %s (made by `%s`)", path,
                       kinds[row].what, what, maker);
    return OC_OK;
}

oc_status oc_user_block_read(const char *path, oc_file_kind kind, oc_digest *digest)
{
    header found;
    const oc_status status = read_header(path, row_of((uint32_t)kind), &found);
    if (status)
        return status;
    if (found.actual_bytes != found.file_bytes)
        return oc_fail(OC_ERR_DATA, "%s: %s: %" PRIu64 " bytes, its header says %" PRIu64, path,
                       found.actual_bytes < found.file_bytes ? "truncated" : "too long",
                       found.actual_bytes, found.file_bytes);
    if (digest)
        *digest = found.digest;
    return OC_OK;
}

oc_status oc_user_block_verify(const char *path, oc_file_kind kind, oc_digest *digest)
{
    oc_digest said, actual;
    char found_text[OC_DIGEST_TEXT], actual_text[OC_DIGEST_TEXT];
    oc_status status = oc_user_block_read(path, kind, &said);
    if (status)
        return status;
    status = oc_hash_file(path, OC_USER_BLOCK_BYTES, &actual);
    if (status)
        return status;
    if (!oc_digest_equal(actual, said)) {
        oc_digest_text(said, found_text);
        oc_digest_text(actual, actual_text);
        return oc_fail(OC_ERR_DATA,
                       "%s: damaged: the digest of its content is %s, its header says "
                       "%s",
                       path, actual_text, found_text);
    }
    if (digest)
        *digest = actual;
    return OC_OK;
}

oc_status oc_user_block_identify(const char *path, oc_file_kind *kind)
{
    header found;
    const oc_status status = read_header(path, KINDS, &found);
    if (!status)
        *kind = (oc_file_kind)found.kind;
    return status;
}
