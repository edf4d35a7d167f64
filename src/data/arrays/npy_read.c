/* npy_read.c - see npy_read.h: where the bytes come from, and what they are as numbers. The header
 * is npy_header.c's. */
#include "data/arrays/npy_read.h"

#include "data/arrays/npy_header.h"
#include "data/arrays/npz_member.h"
#include "data/files/packed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PREFIX_BYTES = 8, /* magic and version */
    LONGEST_HEADER = 1 << 16,
    BLOCK_BYTES = 1 << 15
};

struct oc_npy {
    oc_npy_info info;
    int big_endian;
    oc_packed *file; /* one of both */
    oc_npz_member *member;
    uint64_t done; /* elements read */
    unsigned char block[BLOCK_BYTES];
    char name[];
};

const oc_npy_info *oc_npy_describe(const oc_npy *npy)
{
    return &npy->info;
}

static oc_status read_some(oc_npy *npy, void *to, size_t count, size_t *got)
{
    return npy->file ? oc_packed_read(npy->file, to, count, got)
                     : oc_npz_member_read(npy->member, to, count, got);
}

static oc_status read_exactly(oc_npy *npy, void *to, size_t count)
{
    size_t got;
    const oc_status status = read_some(npy, to, count, &got);
    return !status && got < count
               ? oc_fail(OC_ERR_DATA, "%s: truncated: it ends within its header or data", npy->name)
               : status;
}

/* The dictionary of the header. Its length is 2 bytes in version 1, else 4; little-endian. */
static oc_status read_header(oc_npy *npy, uint64_t *header_bytes)
{
    static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    unsigned char prefix[PREFIX_BYTES + 4] = {0};
    char *text = NULL;
    oc_status status = read_exactly(npy, prefix, PREFIX_BYTES);
    if (status)
        return status;
    if (memcmp(prefix, magic, sizeof magic) != 0)
        return oc_fail(OC_ERR_DATA, "%s: not an .npy array: it does not begin with \\x93NUMPY",
                       npy->name);
    const int version = prefix[6];
    if (version < 1 || version > 3 || prefix[7] != 0)
        return oc_fail(OC_ERR_DATA, "%s: version %d.%d of the .npy format, expected 1.0 to 3.0",
                       npy->name, version, prefix[7]);
    const size_t length_bytes = version == 1 ? 2 : 4;
    status = read_exactly(npy, prefix + PREFIX_BYTES, length_bytes);
    if (status)
        return status;
    const unsigned char *p = prefix + PREFIX_BYTES;
    const uint32_t length =
        (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    if (length > LONGEST_HEADER)
        return oc_fail(OC_ERR_DATA, "%s: a header of %" PRIu32 " bytes, expected at most %d",
                       npy->name, length, LONGEST_HEADER);
    text = malloc((size_t)length + 1);
    if (!text)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for its header", npy->name);
    status = read_exactly(npy, text, length);
    text[length] = '\0';
    if (!status)
        status = oc_npy_header_parse(text, length, &npy->info, &npy->big_endian);
    free(text);
    *header_bytes = PREFIX_BYTES + length_bytes + length;
    return status;
}

/* Can the file hold what its header says? */
static oc_status check_size(const oc_npy *npy, uint64_t header_bytes)
{
    const uint64_t data = npy->info.elements * (uint64_t)npy->info.bytes;
    const int is_exact = npy->file && !oc_packed_is_packed(npy->file);
    const uint64_t most = npy->file ? oc_packed_most(npy->file) : oc_npz_member_most(npy->member);
    if (most < header_bytes || data > most - header_bytes ||
        (is_exact && data != most - header_bytes))
        return oc_fail(
            OC_ERR_DATA,
            "%s: %s: its header says %" PRIu64 " elements of %d bytes, %s %" PRIu64 " bytes",
            npy->name,
            data > most - header_bytes || most < header_bytes ? "truncated" : "trailing bytes",
            npy->info.elements, npy->info.bytes,
            is_exact ? "the file has" : "there can be no more than", most);
    return OC_OK;
}

static oc_status read_end(oc_npy *npy)
{
    size_t got;
    char more;
    if (npy->done < npy->info.elements)
        return OC_OK;
    const oc_status status = read_some(npy, &more, 1, &got);
    return !status && got > 0
               ? oc_fail(OC_ERR_DATA, "%s: trailing bytes: longer than its header says", npy->name)
               : status;
}

oc_status oc_npy_open(oc_npy **out, const char *path, const char *member)
{
    const size_t bytes = strlen(path) + (member ? strlen(member) + 2 : 0) + 1;
    uint64_t header_bytes = 0;
    oc_npy *npy = calloc(1, sizeof *npy + bytes);
    *out = NULL;
    if (!npy)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to read it", path);
    snprintf(npy->name, bytes, "%s%s%s", path, member ? ": " : "", member ? member : "");
    npy->info.name = npy->name;
    oc_status status =
        member ? oc_npz_member_open(&npy->member, path, member) : oc_packed_open(&npy->file, path);
    if (!status)
        status = read_header(npy, &header_bytes);
    if (!status)
        status = check_size(npy, header_bytes);
    if (status)
        oc_npy_close(npy);
    else
        *out = npy;
    return status;
}

void oc_npy_close(oc_npy *npy)
{
    if (!npy)
        return;
    oc_packed_close(npy->file);
    oc_npz_member_close(npy->member);
    free(npy);
}

/* ---- elements ---- */

oc_status oc_npy_read(oc_npy *npy, size_t count, double *to)
{
    const size_t bytes = (size_t)npy->info.bytes, most = BLOCK_BYTES / bytes;
    oc_status status = OC_OK;
    for (size_t n; !status && count > 0; count -= n, to += n) {
        n = count < most ? count : most;
        status = read_exactly(npy, npy->block, n * bytes);
        if (!status)
            oc_numbers_to_double(npy->info.number, npy->block, n, to);
        npy->done += n;
    }
    return status ? status : read_end(npy);
}

oc_status oc_npy_read_stored(oc_npy *npy, size_t count, void *to)
{
    const oc_status status = read_exactly(npy, to, count * (size_t)npy->info.bytes);
    npy->done += count;
    return status ? status : read_end(npy);
}

/* A code point as UTF-8; what is none becomes a byte that no UTF-8 has. */
static size_t to_utf8(uint32_t point, char *to)
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
        to[0] = (char)0xff;
        return 1;
    }
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    to[0] = (char)(first[more] | point >> 6 * more);
    for (int i = 1; i <= more; i++)
        to[i] = (char)(0x80 | (point >> 6 * (more - i) & 0x3f));
    return (size_t)more + 1;
}

/* Of UCS-4, up to the zeros that fill up; `to` has as many bytes as the element. A NUL within it
 * stays, for callers to refuse. */
static size_t narrow(const oc_npy *npy, const unsigned char *element, char *to)
{
    size_t used = 0, text = 0;
    const int big = npy->big_endian;
    for (int i = 0; i < npy->info.bytes; i += 4) {
        const unsigned char *p = element + i;
        const uint32_t point = (uint32_t)p[big ? 0 : 3] << 24 | (uint32_t)p[big ? 1 : 2] << 16 |
                               (uint32_t)p[big ? 2 : 1] << 8 | p[big ? 3 : 0];
        used += to_utf8(point, to + used);
        text = point != 0 ? used : text;
    }
    return text;
}

oc_status oc_npy_read_texts(oc_npy *npy, size_t count,
                            oc_status (*visit)(void *user, const char *text, size_t bytes),
                            void *user)
{
    const size_t bytes = (size_t)npy->info.bytes;
    char text[OC_NPY_MAX_TEXT];
    oc_status status = OC_OK;
    for (size_t i = 0; !status && i < count; i++) {
        size_t length = 0;
        status = read_exactly(npy, npy->block, bytes);
        npy->done++;
        if (status)
            break;
        if (npy->info.type == 'U') {
            length = narrow(npy, npy->block, text);
        } else {
            for (length = bytes; length > 0 && npy->block[length - 1] == 0;)
                length--;
            memcpy(text, npy->block, length);
        }
        status = visit(user, text, length);
    }
    return status ? status : read_end(npy);
}
