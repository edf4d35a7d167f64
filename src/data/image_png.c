/* image_png.c - PNG files by libspng. */
#include "data/image_decode.h"

#include <spng.h>
#include <stdlib.h>
#include <string.h>

/* The last chunk of every PNG, always the same. libspng takes a file cut within its checksum. */
static const char end_chunk[12] = "\0\0\0\0IEND\xae\x42\x60\x82";

static oc_status decode(const char *path, spng_ctx *context, oc_pixels *pixels)
{
    enum { CHUNK_BYTES = 1 << 24 }; /* the most an ancillary chunk may ask for */
    struct spng_ihdr header;
    size_t size = 0;
    int error = spng_set_image_limits(context, OC_IMAGE_MAX_SIDE, OC_IMAGE_MAX_SIDE);
    if (!error)
        error = spng_set_chunk_limits(context, CHUNK_BYTES, CHUNK_BYTES);
    if (!error)
        error = spng_get_ihdr(context, &header);
    if (error)
        goto failed;
    const oc_status status = oc_image_check_size(path, header.width, header.height);
    if (status)
        return status;
    error = spng_decoded_image_size(context, SPNG_FMT_RGBA8, &size);
    if (error)
        goto failed;
    pixels->bytes = malloc(size);
    if (!pixels->bytes)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for %zu bytes", path, size);
    pixels->width = header.width;
    pixels->height = header.height;
    pixels->channels = 4;
    error = spng_decode_image(context, pixels->bytes, size, SPNG_FMT_RGBA8, SPNG_DECODE_TRNS);
    if (!error)
        error = spng_decode_chunks(context); /* up to the end mark: a cut file has none */
    if (!error)
        return OC_OK;
failed:
    return oc_fail(OC_ERR_DATA, "%s: damaged PNG: %s", path, spng_strerror(error));
}

oc_status oc_image_decode_png(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    oc_status status;
    spng_ctx *context = spng_ctx_new(0);
    *pixels = (oc_pixels){0};
    if (!context)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory to decode it", path);
    if (!memmem(bytes, count, end_chunk, sizeof end_chunk))
        status = oc_fail(OC_ERR_DATA, "%s: damaged PNG: truncated, it has no end", path);
    else if (spng_set_png_buffer(context, bytes, count))
        status = oc_fail(OC_ERR_INTERNAL, "%s: libspng does not take the file", path);
    else
        status = decode(path, context, pixels);
    spng_ctx_free(context);
    if (status) {
        free(pixels->bytes);
        pixels->bytes = NULL;
    }
    return status;
}
