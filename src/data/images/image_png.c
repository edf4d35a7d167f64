/* image_png.c - PNG files by libspng: 16 bits a channel stay 16. */
#include "data/images/image_decode.h"

#include <spng.h>
#include <stdlib.h>
#include <string.h>

/* The last chunk of every PNG, always the same. libspng takes a file cut within its checksum. */
static const char end_chunk[12] = "\0\0\0\0IEND\xae\x42\x60\x82";

/* Animated PNG says so in a chunk before the pixels, which libspng passes over. */
static int is_animated(const unsigned char *bytes, size_t count)
{
    enum { AROUND = 12 /* length, name, checksum */ };
    for (size_t at = 8; at + AROUND <= count;) {
        const unsigned char *const c = bytes + at;
        const size_t length = (size_t)c[0] << 24 | (size_t)c[1] << 16 | (size_t)c[2] << 8 | c[3];
        if (memcmp(c + 4, "acTL", 4) == 0)
            return 1;
        if (memcmp(c + 4, "IDAT", 4) == 0 || length > count - at - AROUND)
            return 0;
        at += AROUND + length;
    }
    return 0;
}

static oc_status decode(const char *path, spng_ctx *context, oc_pixels *pixels)
{
    enum { CHUNK_BYTES = 1 << 24 }; /* the most an ancillary chunk may ask for */
    struct spng_ihdr header;
    struct spng_exif exif;
    size_t size = 0;
    int error = spng_set_image_limits(context, OC_IMAGE_MAX_SIDE, OC_IMAGE_MAX_SIDE);
    if (!error)
        error = spng_set_chunk_limits(context, CHUNK_BYTES, CHUNK_BYTES);
    if (!error)
        error = spng_get_ihdr(context, &header);
    if (error)
        goto failed;
    const int bits = header.bit_depth == 16 ? 16 : 8;
    const int format = bits == 16 ? SPNG_FMT_RGBA16 : SPNG_FMT_RGBA8;
    const oc_status status = oc_pixels_allocate(path, pixels, header.width, header.height, 4, bits);
    if (status)
        return status;
    error = spng_decoded_image_size(context, format, &size);
    if (!error)
        error = spng_decode_image(context, pixels->data, size, format, SPNG_DECODE_TRNS);
    if (!error)
        error = spng_decode_chunks(context); /* up to the end mark: a cut file has none */
    if (error)
        goto failed;
    if (spng_get_exif(context, &exif) == 0)
        pixels->orientation = oc_image_exif_orientation(exif.data, exif.length);
    return OC_OK;
failed:
    return oc_fail(OC_ERR_DATA, "%s: damaged PNG: %s", path, spng_strerror(error));
}

oc_status oc_image_decode_png(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    oc_status status;
    spng_ctx *context = spng_ctx_new(0);
    if (!context)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory to decode it", path);
    if (!memmem(bytes, count, end_chunk, sizeof end_chunk))
        status =
            oc_fail(OC_ERR_DATA, "%s: damaged PNG: truncated, its end marker is missing", path);
    else if (spng_set_png_buffer(context, bytes, count))
        status = oc_fail(OC_ERR_INTERNAL, "%s: libspng rejects it", path);
    else
        status = decode(path, context, pixels);
    spng_ctx_free(context);
    pixels->several = is_animated(bytes, count);
    return status;
}
