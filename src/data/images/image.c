/* image.c - see image_decode.h: which kind a picture is, and what decoders share. */
#include "data/images/image_decode.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    oc_status (*decode)(const char *path, const void *bytes, size_t count, oc_pixels *pixels);
} kinds[OC_IMAGE_KINDS] = {
#define OC_IMAGE_KIND(kind, name, decode) {name, decode},
#include "data/images/image_kinds.def"
#undef OC_IMAGE_KIND
};

/* Files that begin so, from byte `at` on. */
static const struct {
    oc_image_kind kind;
    uint8_t at, bytes;
    const char *magic;
} magics[] = {
    {OC_IMAGE_PNG, 0, 8, "\x89PNG\r\n\x1a\n"},
    {OC_IMAGE_JPEG, 0, 3, "\xff\xd8\xff"},
    {OC_IMAGE_WEBP, 8, 4, "WEBP"},
    {OC_IMAGE_GIF, 0, 6, "GIF87a"},
    {OC_IMAGE_GIF, 0, 6, "GIF89a"},
    {OC_IMAGE_TIFF, 0, 4, "II*\0"},
    {OC_IMAGE_TIFF, 0, 4, "MM\0*"},
    {OC_IMAGE_TIFF, 0, 4, "II+\0"},
    {OC_IMAGE_TIFF, 0, 4, "MM\0+"},
    {OC_IMAGE_HEIC, 4, 7, "ftyphei"},
    {OC_IMAGE_HEIC, 4, 7, "ftyphev"},
    {OC_IMAGE_HEIC, 4, 8, "ftypmif1"},
    {OC_IMAGE_HEIC, 4, 8, "ftypmsf1"},
    {OC_IMAGE_AVIF, 4, 7, "ftypavi"},
    {OC_IMAGE_JXL, 0, 2, "\xff\x0a"},
    {OC_IMAGE_JXL, 0, 8, "\0\0\0\x0cJXL "},
    {OC_IMAGE_JP2, 0, 8, "\0\0\0\x0cjP  "},
    {OC_IMAGE_JP2, 0, 4, "\xff\x4f\xff\x51"},
    {OC_IMAGE_PSD, 0, 4, "8BPS"},
    {OC_IMAGE_ICON, 0, 4, "\0\0\1\0"},
    {OC_IMAGE_EXR, 0, 4, "\x76\x2f\x31\x01"},
    {OC_IMAGE_HDR, 0, 3, "#?R"},
    {OC_IMAGE_PAM, 0, 3, "P7\n"},
    {OC_IMAGE_PFM, 0, 3, "PF\n"},
    {OC_IMAGE_PFM, 0, 3, "Pf\n"},
};

/* "BM" alone begins many a text. */
static int is_bmp(const unsigned char *bytes, size_t count)
{
    return count >= 18 && bytes[0] == 'B' && bytes[1] == 'M' && bytes[15] == 0 && bytes[16] == 0 &&
           bytes[17] == 0 && bytes[14] >= 12 && bytes[14] <= 124;
}

static int is_pnm(const unsigned char *bytes, size_t count)
{
    return count >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
           (isspace(bytes[2]) || bytes[2] == '#');
}

oc_image_kind oc_image_recognise(const void *bytes, size_t count)
{
    const char *const from = bytes;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (count >= (size_t)magics[i].at + magics[i].bytes &&
            memcmp(from + magics[i].at, magics[i].magic, magics[i].bytes) == 0)
            return magics[i].kind;
    if (is_bmp(bytes, count))
        return OC_IMAGE_BMP;
    return is_pnm(bytes, count) ? OC_IMAGE_PNM : OC_IMAGE_UNKNOWN;
}

const char *oc_image_kind_name(oc_image_kind kind)
{
    return kinds[kind].name;
}

int oc_image_kind_is_read(oc_image_kind kind)
{
    return kinds[kind].decode != NULL;
}

oc_status oc_image_check_size(const char *path, uint64_t width, uint64_t height)
{
    if (width < 1 || height < 1 || width > OC_IMAGE_MAX_SIDE || height > OC_IMAGE_MAX_SIDE ||
        width * height > OC_IMAGE_MAX_PIXELS)
        return oc_fail(OC_ERR_DATA,
                       "%s: an image of %" PRIu64 "x%" PRIu64 ", expected sides up to %d and at "
                       "most %d pixels",
                       path, width, height, OC_IMAGE_MAX_SIDE, OC_IMAGE_MAX_PIXELS);
    return OC_OK;
}

oc_status oc_pixels_allocate(const char *path, oc_pixels *pixels, uint64_t width, uint64_t height,
                             int channels, int bits)
{
    const oc_status status = oc_image_check_size(path, width, height);
    if (status)
        return status;
    pixels->data = calloc((size_t)(width * height), (size_t)(channels * bits / 8));
    if (!pixels->data)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for its pixels", path);
    pixels->width = (uint32_t)width;
    pixels->height = (uint32_t)height;
    pixels->channels = channels;
    pixels->bits = bits;
    return OC_OK;
}

void oc_pixels_free(oc_pixels *pixels)
{
    free(pixels->data);
    pixels->data = NULL;
}

static int is_alpha_used(const oc_pixels *pixels)
{
    const size_t count = (size_t)pixels->width * pixels->height;
    const uint8_t *const bytes = pixels->data;
    const uint16_t *const words = pixels->data;
    if (pixels->channels != 4)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (pixels->bits == 8 ? bytes[4 * i + 3] != UINT8_MAX : words[4 * i + 3] != UINT16_MAX)
            return 1;
    return 0;
}

oc_status oc_image_decode(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    *pixels = (oc_pixels){.orientation = 1};
    const oc_image_kind kind = oc_image_recognise(bytes, count);
    if (kind == OC_IMAGE_UNKNOWN)
        return oc_fail(OC_ERR_DATA, "%s: not an image of a known format", path);
    if (!oc_image_kind_is_read(kind))
        return oc_fail(OC_ERR_DATA,
                       "%s: a %s image, which is not supported: convert it to PNG or JPEG", path,
                       kinds[kind].name);
    const oc_status status = kinds[kind].decode(path, bytes, count, pixels);
    if (status)
        oc_pixels_free(pixels);
    else
        pixels->is_alpha_used = is_alpha_used(pixels);
    return status;
}
