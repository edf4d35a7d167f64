/* image_bmp.c - BMP files: 1, 4, 8, 16, 24 and 32 bits a pixel, plain, with masks or run-length
 * encoded, from the bottom or from the top. After Microsoft's description of BITMAPINFOHEADER and
 * its kin. The fourth byte of 32-bit pixels is alpha only where a mask says so; without one it is
 * nothing, as that description has it. */
#include "data/images/image_decode.h"

#include <inttypes.h>
#include <string.h>

enum {
    FILE_HEADER = 14,
    CORE_HEADER =
        12, /* bytes of the oldest header, whose sizes are words and colours three bytes */
    INFO_HEADER = 40,
    PLAIN = 0,
    RLE8 = 1,
    RLE4 = 2,
    MASKS = 3,
    ALPHA_MASKS = 6,
    MOST_COLOURS = 256
};

typedef struct bitmap {
    const char *path;
    const unsigned char *bytes; /* of the file */
    size_t count;
    uint32_t width, height, bits, compression;
    int from_top;
    size_t pixels_at;
    uint32_t mask[4];
    uint8_t colour[MOST_COLOURS][3]; /* red, green, blue */
    uint32_t colours;
} bitmap;

static uint32_t word(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t quad(const unsigned char *at)
{
    return word(at) | word(at + 2) << 16;
}

static oc_status damaged(const bitmap *b, const char *what)
{
    return oc_fail(OC_ERR_DATA, "%s: damaged BMP: %s", b->path, what);
}

static oc_status read_sizes(bitmap *b, uint32_t header)
{
    const unsigned char *const at = b->bytes + FILE_HEADER;
    if (header == CORE_HEADER) {
        b->width = word(at + 4);
        b->height = word(at + 6);
        b->bits = word(at + 10);
        return OC_OK;
    }
    b->width = quad(at + 4);
    b->height = quad(at + 8);
    b->from_top = (int)(b->height >> 31);
    if (b->from_top)
        b->height = 0 - b->height;
    b->bits = word(at + 14);
    b->compression = quad(at + 16);
    b->colours = quad(at + 32);
    return OC_OK;
}

/* What each of red, green, blue and alpha is made of: as the file says, or as ever. */
static oc_status read_masks(bitmap *b, uint32_t header)
{
    const unsigned char *const at = b->bytes + FILE_HEADER;
    const uint32_t usual16[3] = {0x7c00, 0x03e0, 0x001f}, usual32[3] = {0xff0000, 0xff00, 0xff};
    const int is_given = b->compression == MASKS || b->compression == ALPHA_MASKS;
    const size_t masks = b->compression == ALPHA_MASKS || header >= INFO_HEADER + 16 ? 4 : 3;
    memcpy(b->mask, b->bits == 16 ? usual16 : usual32, sizeof usual16);
    if (!is_given)
        return OC_OK;
    if (b->bits != 16 && b->bits != 32)
        return damaged(b, "masks for pixels that are neither of 16 nor of 32 bits");
    if (b->count < FILE_HEADER + INFO_HEADER + 4 * masks)
        return damaged(b, "truncated before its masks");
    for (size_t i = 0; i < masks; i++)
        b->mask[i] = quad(at + INFO_HEADER + 4 * i);
    if (b->bits == 16)
        for (size_t i = 0; i < masks; i++)
            b->mask[i] &= 0xffff;
    return OC_OK;
}

static oc_status read_colours(bitmap *b, uint32_t header)
{
    const size_t each = header == CORE_HEADER ? 3 : 4;
    size_t at = FILE_HEADER + header;
    if (header == INFO_HEADER && b->compression == MASKS)
        at += 3 * 4;
    if (header == INFO_HEADER && b->compression == ALPHA_MASKS)
        at += 4 * 4;
    if (b->bits > 8)
        return OC_OK;
    const uint32_t most = 1u << b->bits;
    b->colours = b->colours == 0 || b->colours > most ? most : b->colours;
    /* Some old writers promise more colours than there is room for. */
    if (at < b->pixels_at && b->colours > (b->pixels_at - at) / each)
        b->colours = (uint32_t)((b->pixels_at - at) / each);
    if (at > b->count || b->colours > (b->count - at) / each || b->colours == 0)
        return damaged(b, "truncated before its colours end");
    for (uint32_t i = 0; i < b->colours; i++, at += each)
        for (size_t c = 0; c < 3; c++)
            b->colour[i][c] = b->bytes[at + 2 - c];
    return OC_OK;
}

static oc_status read_header(bitmap *b)
{
    if (b->count < FILE_HEADER + CORE_HEADER)
        return damaged(b, "truncated within its header");
    const uint32_t header = quad(b->bytes + FILE_HEADER);
    b->pixels_at = quad(b->bytes + 10);
    if (header != CORE_HEADER && (header < INFO_HEADER || header > 1024))
        return oc_fail(OC_ERR_DATA,
                       "%s: a BMP with a header of %" PRIu32 " bytes, expected %d, or "
                       "%d and more",
                       b->path, header, CORE_HEADER, INFO_HEADER);
    if (b->count < FILE_HEADER + (size_t)header)
        return damaged(b, "truncated within its header");
    oc_status status = read_sizes(b, header);
    const int is_packed = b->compression == RLE8 || b->compression == RLE4;
    if (!status && b->bits != 1 && b->bits != 4 && b->bits != 8 && b->bits != 16 && b->bits != 24 &&
        b->bits != 32)
        status = oc_fail(OC_ERR_DATA,
                         "%s: a BMP of %" PRIu32 " bits per pixel, expected 1, 4, 8, 16, "
                         "24 or 32",
                         b->path, b->bits);
    if (!status && ((!is_packed && b->compression != PLAIN && b->compression != MASKS &&
                     b->compression != ALPHA_MASKS) ||
                    (is_packed && b->bits != (b->compression == RLE8 ? 8 : 4))))
        status = oc_fail(OC_ERR_DATA,
                         "%s: a BMP of %" PRIu32 " bits per pixel with compression %" PRIu32
                         ", which is not read",
                         b->path, b->bits, b->compression);
    if (!status)
        status = read_masks(b, header);
    if (!status)
        status = read_colours(b, header);
    if (!status && b->pixels_at > b->count)
        status = damaged(b, "truncated before its pixels");
    return status;
}

/* Row `y` as the file counts them. */
static uint8_t *row_of(const bitmap *b, const oc_pixels *pixels, uint32_t y)
{
    const size_t row = b->from_top ? y : b->height - 1 - y;
    return (uint8_t *)pixels->data + row * b->width * 4;
}

/* The bits of a mask as 0..255, rounded; without a mask `otherwise`. */
static uint8_t masked(uint32_t value, uint32_t mask, uint8_t otherwise)
{
    if (mask == 0)
        return otherwise;
    const int shift = __builtin_ctz(mask);
    const uint64_t most = mask >> shift;
    return (uint8_t)(((uint64_t)((value & mask) >> shift) * UINT8_MAX + most / 2) / most);
}

static oc_status put_colour(const bitmap *b, uint32_t index, uint8_t *to)
{
    if (index >= b->colours)
        return damaged(b, "a colour that is not in its palette");
    memcpy(to, b->colour[index], 3);
    to[3] = UINT8_MAX;
    return OC_OK;
}

static oc_status put_pixel(const bitmap *b, const unsigned char *row, uint32_t x, uint8_t *to)
{
    if (b->bits <= 8) {
        const uint32_t per_byte = 8 / b->bits;
        const uint32_t shift = (per_byte - 1 - x % per_byte) * b->bits;
        return put_colour(b, ((uint32_t)row[x / per_byte] >> shift) & ((1u << b->bits) - 1), to);
    }
    if (b->bits == 24) {
        for (size_t c = 0; c < 3; c++)
            to[c] = row[3 * (size_t)x + 2 - c];
        to[3] = UINT8_MAX;
        return OC_OK;
    }
    const uint32_t value = b->bits == 16 ? word(row + 2 * (size_t)x) : quad(row + 4 * (size_t)x);
    for (size_t c = 0; c < 4; c++)
        to[c] = masked(value, b->mask[c], c == 3 ? UINT8_MAX : 0);
    return OC_OK;
}

static oc_status read_plain(const bitmap *b, const oc_pixels *pixels)
{
    const size_t row_bytes = ((size_t)b->width * b->bits + 31) / 32 * 4; /* whole 32 bits */
    oc_status status = OC_OK;
    if (b->count - b->pixels_at < row_bytes * b->height)
        return damaged(b, "truncated within its pixels");
    for (uint32_t y = 0; y < b->height; y++) {
        const unsigned char *const row = b->bytes + b->pixels_at + y * row_bytes;
        uint8_t *const to = row_of(b, pixels, y);
        for (uint32_t x = 0; x < b->width && !status; x++)
            status = put_pixel(b, row, x, to + 4 * (size_t)x);
    }
    return status;
}

/* ---- run-length encoding ---- */

typedef struct runs {
    const unsigned char *at, *end;
    uint32_t x, y;
    int done;
} runs;

/* `n` pixels, of one byte's colours again and again, or of bytes one behind another. */
static oc_status put_run(const bitmap *b, const oc_pixels *pixels, runs *r,
                         const unsigned char *from, uint32_t n, int is_literal)
{
    const int halves = b->bits == 4;
    oc_status status = OC_OK;
    if (r->y >= b->height || n > b->width - r->x)
        return damaged(b, "a run beyond the end of a row");
    uint8_t *const row = row_of(b, pixels, r->y);
    for (uint32_t i = 0; i < n && !status; i++, r->x++) {
        const unsigned byte = from[is_literal ? (halves ? i / 2 : i) : 0];
        const unsigned index = halves ? (i % 2 ? byte & 15 : byte >> 4) : byte;
        status = put_colour(b, index, row + 4 * (size_t)r->x);
    }
    return status;
}

/* What follows a byte of zero: the end of a row or of all, a jump, or pixels one by one. */
static oc_status read_escape(const bitmap *b, const oc_pixels *pixels, runs *r)
{
    const uint32_t code = *r->at++;
    const size_t left = (size_t)(r->end - r->at);
    if (code <= 1) {
        r->done = code == 1;
        r->x = 0;
        r->y += code == 0;
        return OC_OK;
    }
    if (code == 2) {
        if (left < 2)
            return damaged(b, "truncated within its pixels");
        r->x += r->at[0];
        r->y += r->at[1];
        r->at += 2;
        return r->x > b->width || r->y > b->height ? damaged(b, "a jump beyond its end") : OC_OK;
    }
    const size_t bytes = b->bits == 4 ? (code + 1) / 2 : code;
    if (left < bytes)
        return damaged(b, "truncated within its pixels");
    const oc_status status = put_run(b, pixels, r, r->at, code, 1);
    r->at += bytes + (bytes % 2 && left > bytes);
    return status;
}

/* What no run covers is transparent. */
static oc_status read_runs(const bitmap *b, const oc_pixels *pixels)
{
    runs r = {.at = b->bytes + b->pixels_at, .end = b->bytes + b->count};
    oc_status status = OC_OK;
    while (!status && !r.done) {
        if (r.end - r.at < 2)
            return r.y >= b->height ? OC_OK : damaged(b, "truncated within its pixels");
        const uint32_t n = *r.at++;
        if (n == 0) {
            status = read_escape(b, pixels, &r);
        } else {
            status = put_run(b, pixels, &r, r.at, n, 0);
            r.at++;
        }
    }
    return status;
}

oc_status oc_image_decode_bmp(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    bitmap b = {.path = path, .bytes = bytes, .count = count};
    oc_status status = read_header(&b);
    if (!status)
        status = oc_pixels_allocate(path, pixels, b.width, b.height, 4, 8);
    if (status)
        return status;
    return b.compression == RLE8 || b.compression == RLE4 ? read_runs(&b, pixels)
                                                          : read_plain(&b, pixels);
}
