/* image_write.c - see image_write.h. */
#include "data/images/image_write.h"

#include "base/file.h"

#include <spng.h>
#include <stdlib.h>

oc_status oc_image_encode_png(const char *name, uint32_t width, uint32_t height, int channels,
                              const uint8_t *pixels, void **file, size_t *size)
{
    struct spng_ihdr header = {.width = width,
                               .height = height,
                               .bit_depth = 8,
                               .color_type = channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE
                                                           : SPNG_COLOR_TYPE_TRUECOLOR};
    const size_t count = (size_t)width * height * (size_t)channels;
    size_t bytes = 0;
    *file = NULL;
    spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
    int error = context ? spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1) : SPNG_EMEM;
    if (!error)
        error = spng_set_ihdr(context, &header);
    if (!error)
        error = spng_encode_image(context, pixels, count, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
    if (!error)
        *file = spng_get_png_buffer(context, &bytes, &error);
    spng_ctx_free(context);
    *size = bytes;
    return error || !*file
               ? oc_fail(OC_ERR_INTERNAL, "%s: cannot make a PNG: %s", name, spng_strerror(error))
               : OC_OK;
}

oc_status oc_image_write_png(const char *path, uint32_t width, uint32_t height, int channels,
                             const uint8_t *pixels)
{
    void *file = NULL;
    size_t bytes = 0;
    oc_status status = oc_image_encode_png(path, width, height, channels, pixels, &file, &bytes);
    if (status == OC_OK)
        status = oc_file_write(path, file, bytes);
    free(file);
    return status;
}
