/* image_pnm.c - PBM, PGM and PPM files, plain and raw (P1 to P6), after netpbm's descriptions. A
 * highest value above 255 makes 16 bits; another one than 255 or 65535 is scaled, rounded. */
#include "data/images/image_decode.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

typedef struct text {
    const char *path;
    const unsigned char *at, *end;
} text;

static oc_status damaged(const text *t, const char *what)
{
    return oc_fail(OC_ERR_DATA, "%s: damaged PNM: %s", t->path, what);
}

/* Blanks, and comments up to the ends of their lines. */
static void pass_blanks(text *t)
{
    for (; t->at < t->end && (isspace(*t->at) || *t->at == '#'); t->at++)
        if (*t->at == '#')
            while (t->at + 1 < t->end && *t->at != '\n' && *t->at != '\r')
                t->at++;
}

static oc_status read_number(text *t, uint32_t *number)
{
    pass_blanks(t);
    if (t->at == t->end || !isdigit(*t->at))
        return damaged(t,
                       t->at == t->end ? "truncated" : "something else where a number should be");
    for (*number = 0; t->at < t->end && isdigit(*t->at); t->at++) {
        *number = *number * 10 + (uint32_t)(*t->at - '0');
        if (*number > 1000000)
            return damaged(t, "a number that is too large");
    }
    return OC_OK;
}

/* Value number `i` of the raster, of `highest`. Bits of PBM are packed, and 1 is black. */
static oc_status read_value(text *t, char kind, uint32_t highest, size_t x, uint32_t *value)
{
    oc_status status = OC_OK;
    switch (kind) {
    case '1': /* digits need no blanks between them */
        pass_blanks(t);
        if (t->at == t->end || (*t->at != '0' && *t->at != '1'))
            return damaged(t,
                           t->at == t->end ? "truncated" : "neither 0 nor 1 where a bit should be");
        *value = *t->at++ == '0';
        return OC_OK;
    case '4':
        *value = !(t->at[x / 8] >> (7 - x % 8) & 1);
        return OC_OK;
    case '2':
    case '3':
        status = read_number(t, value);
        break;
    default:
        *value = *t->at++;
        if (highest > UINT8_MAX)
            *value = *value << 8 | *t->at++;
    }
    if (!status && *value > highest)
        status =
            oc_fail(OC_ERR_DATA, "%s: damaged PNM: a value of %" PRIu32 ", its highest is %" PRIu32,
                    t->path, *value, highest);
    return status;
}

static void put(const oc_pixels *pixels, size_t place, uint32_t value, uint32_t highest)
{
    const uint32_t most = pixels->bits == 16 ? UINT16_MAX : UINT8_MAX;
    const uint64_t scaled = ((uint64_t)value * most + highest / 2) / highest;
    if (pixels->bits == 16)
        ((uint16_t *)pixels->data)[place] = (uint16_t)scaled;
    else
        ((uint8_t *)pixels->data)[place] = (uint8_t)scaled;
}

static oc_status read_raster(text *t, char kind, uint32_t highest, const oc_pixels *pixels)
{
    const int is_colour = kind == '3' || kind == '6';
    const size_t row_bytes = kind == '4' ? ((size_t)pixels->width + 7) / 8 : 0;
    oc_status status = OC_OK;
    for (size_t y = 0, place = 0; y < pixels->height; y++) {
        for (size_t x = 0; x < pixels->width && !status; x++) {
            uint32_t value = 0;
            for (int c = 0; c < 3 && !status; c++, place++) {
                if (c == 0 || is_colour)
                    status = read_value(t, kind, highest, x, &value);
                put(pixels, place, value, highest);
            }
        }
        t->at += row_bytes;
    }
    return status;
}

oc_status oc_image_decode_pnm(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    text t = {path, bytes, (const unsigned char *)bytes + count};
    uint32_t width = 0, height = 0, highest = 1;
    const char kind = count < 3 ? '\0' : (char)t.at[1];
    if (kind < '1' || kind > '6')
        return damaged(&t, "it does not begin with P1 to P6");
    t.at += 2;
    oc_status status = read_number(&t, &width);
    if (!status)
        status = read_number(&t, &height);
    if (!status && kind != '1' && kind != '4')
        status = read_number(&t, &highest);
    if (!status && (highest < 1 || highest > UINT16_MAX))
        status = damaged(&t, "a maximum value outside 1 to 65535");
    if (!status)
        status = oc_pixels_allocate(path, pixels, width, height, 3, highest > UINT8_MAX ? 16 : 8);
    if (status)
        return status;
    if (kind >= '4') { /* one blank, then bytes */
        const uint64_t values = (uint64_t)height * (kind == '4' ? (width + 7) / 8 : width) *
                                (kind == '6' ? 3 : 1) * (highest > UINT8_MAX ? 2 : 1);
        if (t.at == t.end || !isspace(*t.at) || (uint64_t)(t.end - t.at - 1) < values)
            return damaged(&t, "truncated");
        t.at++;
    }
    status = read_raster(&t, kind, highest, pixels);
    if (!status && kind >= '4') /* another picture may come right behind */
        pixels->several = t.end - t.at >= 3 && t.at[0] == 'P' && isdigit(t.at[1]);
    return status;
}
