/* pictures_check.h - what the tests of decoders share: pixels by place, and a file that is decoded.
 */
#ifndef OC_TESTS_PICTURES_CHECK_H
#define OC_TESTS_PICTURES_CHECK_H

#include "harness.h"

#include "base/file.h"
#include "data/images/image_decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline oc_status decode_file(const char *path, oc_pixels *pixels)
{
    char *bytes;
    size_t count;
    *pixels = (oc_pixels){0};
    oc_status status = oc_file_read(path, OC_IMAGE_MAX_FILE, &bytes, &count);
    if (status)
        return status;
    status = oc_image_decode(path, bytes, count, pixels);
    if (status)
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), path));
    free(bytes);
    return status;
}

/* Channel c of the pixel at (x, y). */
static inline int pixel_at(const oc_pixels *pixels, uint32_t x, uint32_t y, int c)
{
    const size_t at = ((size_t)y * pixels->width + x) * (size_t)pixels->channels + (size_t)c;
    return pixels->bits == 16 ? ((const uint16_t *)pixels->data)[at]
                              : ((const uint8_t *)pixels->data)[at];
}

static inline int is_opaque(const oc_pixels *pixels)
{
    return !pixels->is_alpha_used;
}

#endif
