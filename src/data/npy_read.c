/* npy_read.c - see npy_read.h: where the bytes come from, and what they are as numbers. The header
 * is npy_header.c's. */
#include "data/npy_read.h"

#include "data/npy_header.h"
#include "data/npz_member.h"
#include "data/packed.h"

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
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for its header", npy->name);
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
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory to read it", path);
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

/* ---- numbers ---- */

/* IEEE half precision: 1 bit of sign, 5 of exponent (bias 15), 10 of fraction. */
static double from_half(uint64_t bits)
{
    const uint32_t sign = (uint32_t)(bits >> 15 & 1) << 31, fraction = (uint32_t)bits & 0x3ff;
    const uint32_t exponent = (uint32_t)(bits >> 10 & 0x1f);
    uint32_t single = sign;
    float value;
    if (exponent == 0) {
        const double size = (double)fraction / 16777216.0; /* 2^-24 */
        return sign ? -size : size;
    }
    single |= (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13;
    memcpy(&value, &single, sizeof value);
    return (double)value;
}

static double from_float(uint64_t bits, int bytes)
{
    const uint32_t half = (uint32_t)bits;
    float single;
    double number;
    if (bytes == 2)
        return from_half(bits);
    memcpy(&single, &half, sizeof single);
    memcpy(&number, &bits, sizeof number);
    return bytes == 4 ? (double)single : number;
}

static double from_signed(uint64_t bits, int bytes)
{
    const uint64_t sign = (uint64_t)1 << (8 * bytes - 1);
    return bits & sign ? -(double)(2 * (sign - 1) + 1 - bits + 1) : (double)bits;
}

static double value_at(const oc_npy *npy, const unsigned char *element)
{
    const int bytes = npy->info.bytes;
    uint64_t bits = 0;
    for (int i = 0; i < bytes; i++)
        bits = bits << 8 | element[npy->big_endian ? i : bytes - 1 - i];
    switch (npy->info.type) {
    case 'b':
        return bits != 0;
    case 'u':
        return (double)bits;
    case 'i':
        return from_signed(bits, bytes);
    default:
        return from_float(bits, bytes);
    }
}

oc_status oc_npy_read(oc_npy *npy, size_t count, double *to)
{
    const size_t bytes = (size_t)npy->info.bytes, most = BLOCK_BYTES / bytes;
    oc_status status = OC_OK;
    for (size_t n; !status && count > 0; count -= n) {
        n = count < most ? count : most;
        status = read_exactly(npy, npy->block, n * bytes);
        for (size_t i = 0; !status && i < n; i++)
            *to++ = value_at(npy, npy->block + i * bytes);
        npy->done += n;
    }
    return status ? status : read_end(npy);
}

oc_status oc_npy_read_bytes(oc_npy *npy, size_t count, uint8_t *to)
{
    const oc_status status = read_exactly(npy, to, count);
    npy->done += count;
    return status ? status : read_end(npy);
}
