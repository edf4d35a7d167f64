/* image_tiff.c - the first page of TIFF files, by libtiff: 16 bits a channel row by row or tile by
 * tile and as they are, all else through the library's own way to 8 bits of red, green, blue. */
#include "data/images/image_decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

enum { MAX_MEMORY = 1 << 29 /* bytes that a part of the file may ask for */ };

typedef struct memory_file {
    const unsigned char *bytes;
    uint64_t count, at;
    char error[200]; /* what the library said first */
} memory_file;

/* What matters of a page. */
typedef struct page {
    uint32_t width, height;
    uint16_t bits, samples, format, photometric, planar, orientation;
    int alpha; /* EXTRASAMPLE_... of the sample behind the colours */
} page;

/* ---- the file, as libtiff wants it ---- */

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t wanted)
{
    memory_file *const file = handle;
    const uint64_t left = file->at < file->count ? file->count - file->at : 0;
    const uint64_t n = (uint64_t)wanted < left ? (uint64_t)wanted : left;
    memcpy(to, file->bytes + (n > 0 ? file->at : 0), (size_t)n);
    file->at += n;
    return (tmsize_t)n;
}

static tmsize_t write_bytes(thandle_t handle, void *from, tmsize_t wanted)
{
    (void)handle;
    (void)from;
    (void)wanted;
    return -1;
}

static toff_t seek(thandle_t handle, toff_t to, int from)
{
    memory_file *const file = handle;
    file->at = to + (from == SEEK_CUR ? file->at : from == SEEK_END ? file->count : 0);
    return file->at;
}

static int close_file(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle)
{
    return ((memory_file *)handle)->count;
}

__attribute__((format(printf, 4, 0))) static int on_error(TIFF *tiff, void *user, const char *where,
                                                          const char *format, va_list values)
{
    memory_file *const file = user;
    (void)tiff;
    (void)where;
    if (!file->error[0])
        vsnprintf(file->error, sizeof file->error, format, values);
    return 1;
}

__attribute__((format(printf, 4, 0))) static int
on_warning(TIFF *tiff, void *user, const char *where, const char *format, va_list values)
{
    (void)tiff;
    (void)user;
    (void)where;
    (void)format;
    (void)values;
    return 1; /* told */
}

static TIFF *open_tiff(memory_file *file)
{
    TIFF *tiff = NULL;
    TIFFOpenOptions *const options = TIFFOpenOptionsAlloc();
    if (options) {
        TIFFOpenOptionsSetMaxSingleMemAlloc(options, MAX_MEMORY);
        TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, file);
        TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, NULL);
        tiff = TIFFClientOpenExt("TIFF", "rm", file, read_bytes, write_bytes, seek, close_file,
                                 size_of, NULL, NULL, options);
        TIFFOpenOptionsFree(options);
    }
    return tiff;
}

static oc_status damaged(const char *path, const memory_file *file, const char *otherwise)
{
    return oc_fail(OC_ERR_DATA, "%s: damaged TIFF: %s", path,
                   file->error[0] ? file->error : otherwise);
}

/* ---- what is in it ---- */

static oc_status read_page(const char *path, TIFF *tiff, const memory_file *file, page *p)
{
    uint16_t extras = 0, *extra = NULL;
    uint32_t reduced = 0;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &p->width) ||
        !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &p->height) ||
        !TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &p->photometric))
        return damaged(path, file, "it does not say its size or kind of colour");
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &p->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &p->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &p->format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &p->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &p->orientation);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extras, &extra);
    p->alpha = extras > 0 ? extra[0] : EXTRASAMPLE_UNSPECIFIED;
    if (TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &reduced) && (reduced & FILETYPE_REDUCEDIMAGE))
        return oc_fail(
            OC_ERR_DATA,
            "%s: a TIFF whose first page is a preview (a camera's raw file?): convert it", path);
    if (p->format != SAMPLEFORMAT_UINT && p->format != SAMPLEFORMAT_VOID)
        return oc_fail(OC_ERR_DATA, "%s: a TIFF of %s, expected unsigned whole numbers", path,
                       p->format == SAMPLEFORMAT_IEEEFP ? "floating-point numbers"
                       : p->format == SAMPLEFORMAT_INT  ? "signed numbers"
                                                        : "complex numbers");
    if (p->bits != 1 && p->bits != 2 && p->bits != 4 && p->bits != 8 && p->bits != 16)
        return oc_fail(OC_ERR_DATA, "%s: a TIFF of %d bits per sample, expected 1, 2, 4, 8 or 16",
                       path, p->bits);
    return OC_OK;
}

/* ---- 8 bits ---- */

/* Alpha has been multiplied in by the library, which is how it is laid on black. */
static oc_status read_bytes_of_page(const char *path, TIFF *tiff, const memory_file *file,
                                    const page *p, oc_pixels *pixels)
{
    char why[1024] = "";
    TIFFRGBAImage image;
    if (!TIFFRGBAImageOK(tiff, why) || !TIFFRGBAImageBegin(&image, tiff, 1, why))
        return oc_fail(OC_ERR_DATA, "%s: an unsupported TIFF: %s", path, why);
    image.orientation = image.req_orientation = ORIENTATION_TOPLEFT; /* turned later */
    const size_t count = (size_t)p->width * p->height;
    uint32_t *const raster = malloc(count * sizeof *raster);
    oc_status status = OC_OK;
    if (!raster)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for its pixels", path);
    else if (!TIFFRGBAImageGet(&image, raster, p->width, p->height))
        status = damaged(path, file, "its pixels cannot be read");
    uint8_t *to = pixels->data;
    for (size_t i = 0; i < count && !status; i++, to += 3) {
        to[0] = (uint8_t)TIFFGetR(raster[i]);
        to[1] = (uint8_t)TIFFGetG(raster[i]);
        to[2] = (uint8_t)TIFFGetB(raster[i]);
        pixels->is_alpha_used |= TIFFGetA(raster[i]) != UINT8_MAX;
    }
    free(raster);
    TIFFRGBAImageEnd(&image);
    return status;
}

/* ---- 16 bits ---- */

/* A run of pixels, `stride` samples each, of which the first is number `sample` of the page. */
static void put_words(const page *p, const uint16_t *from, size_t stride, int sample, size_t n,
                      uint16_t *to, int channels)
{
    const int colours = p->photometric == PHOTOMETRIC_RGB ? 3 : 1;
    for (size_t i = 0; i < n; i++, from += stride, to += channels)
        for (int s = sample; s < sample + (int)stride; s++) {
            uint16_t value = from[s - sample];
            if (p->photometric == PHOTOMETRIC_MINISWHITE && s == 0)
                value = (uint16_t)(UINT16_MAX - value);
            if (s < colours)
                to[s] = value;
            if (s == 0 && colours == 1)
                to[1] = to[2] = value;
            if (s == colours && channels == 4)
                to[3] = value;
        }
}

static int read_rows(TIFF *tiff, const page *p, size_t stride, int sample, uint16_t *room,
                     const oc_pixels *pixels)
{
    const size_t channels = (size_t)pixels->channels;
    for (uint32_t y = 0; y < p->height; y++) {
        if (TIFFReadScanline(tiff, room, y, (uint16_t)sample) < 0)
            return 0;
        put_words(p, room, stride, sample, p->width,
                  (uint16_t *)pixels->data + (size_t)y * p->width * channels, (int)channels);
    }
    return 1;
}

static int read_tiles(TIFF *tiff, const page *p, size_t stride, int sample, uint16_t *room,
                      const oc_pixels *pixels)
{
    const size_t channels = (size_t)pixels->channels;
    uint32_t across = 0, down = 0;
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &across);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &down);
    for (uint64_t y = 0; y < p->height && across > 0 && down > 0; y += down)
        for (uint64_t x = 0; x < p->width; x += across) {
            if (TIFFReadTile(tiff, room, (uint32_t)x, (uint32_t)y, 0, (uint16_t)sample) < 0)
                return 0;
            const uint64_t n = p->width - x < across ? p->width - x : across;
            for (uint64_t row = 0; row < down && y + row < p->height; row++)
                put_words(p, room + row * across * stride, stride, sample, (size_t)n,
                          (uint16_t *)pixels->data + ((y + row) * p->width + x) * channels,
                          (int)channels);
        }
    return across > 0 && down > 0;
}

static oc_status read_words_of_page(const char *path, TIFF *tiff, const memory_file *file,
                                    const page *p, oc_pixels *pixels)
{
    const int tiled = TIFFIsTiled(tiff);
    const int planes = p->planar == PLANARCONFIG_SEPARATE ? p->samples : 1;
    const size_t stride = planes > 1 ? 1 : p->samples;
    const tmsize_t bytes = tiled ? TIFFTileSize(tiff) : TIFFScanlineSize(tiff);
    /* A row or tile must have what is taken out of it. */
    uint32_t across = p->width, down = 1;
    if (tiled && (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &across) ||
                  !TIFFGetField(tiff, TIFFTAG_TILELENGTH, &down)))
        return damaged(path, file, "tiles without a size");
    if (bytes <= 0 || bytes > MAX_MEMORY ||
        (uint64_t)bytes < (uint64_t)across * down * stride * sizeof(uint16_t))
        return damaged(path, file, "rows or tiles of an impossible size");
    uint16_t *const room = calloc(1, (size_t)bytes);
    if (!room)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for a part of it", path);
    int fine = 1;
    for (int plane = 0; plane < planes && fine; plane++)
        fine = (tiled ? read_tiles : read_rows)(tiff, p, stride, plane, room, pixels);
    free(room);
    return fine ? OC_OK : damaged(path, file, "its pixels cannot be read");
}

static oc_status decode(const char *path, TIFF *tiff, const memory_file *file, oc_pixels *pixels)
{
    page p = {0};
    oc_status status = read_page(path, tiff, file, &p);
    if (status)
        return status;
    const int is_rgb = p.photometric == PHOTOMETRIC_RGB;
    const int colours = is_rgb ? 3 : 1;
    if (p.bits == 16 && ((!is_rgb && p.photometric != PHOTOMETRIC_MINISBLACK &&
                          p.photometric != PHOTOMETRIC_MINISWHITE) ||
                         p.samples < colours || p.samples > 4))
        return oc_fail(
            OC_ERR_DATA,
            "%s: a TIFF of 16 bits, %d samples per pixel and photometric type %d, expected "
            "grey or RGB",
            path, p.samples, p.photometric);
    const int alpha = p.bits == 16 && p.samples > colours && p.alpha == EXTRASAMPLE_UNASSALPHA;
    status =
        oc_pixels_allocate(path, pixels, p.width, p.height, alpha ? 4 : 3, p.bits == 16 ? 16 : 8);
    if (!status)
        status =
            (p.bits == 16 ? read_words_of_page : read_bytes_of_page)(path, tiff, file, &p, pixels);
    pixels->orientation = p.orientation >= 1 && p.orientation <= 8 ? p.orientation : 1;
    pixels->is_cmyk = p.photometric == PHOTOMETRIC_SEPARATED;
    pixels->several = !TIFFLastDirectory(tiff);
    return status;
}

oc_status oc_image_decode_tiff(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    memory_file file = {.bytes = bytes, .count = count};
    TIFF *const tiff = open_tiff(&file);
    if (!tiff)
        return damaged(path, &file, "it cannot be read");
    const oc_status status = decode(path, tiff, &file, pixels);
    TIFFClose(tiff);
    return status;
}
