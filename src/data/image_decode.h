/* image_decode.h - the decoders behind image.c: whole files in memory to RGB pixels. */
#ifndef OC_DATA_IMAGE_DECODE_H
#define OC_DATA_IMAGE_DECODE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    OC_IMAGE_MAX_SIDE = 65535,
    OC_IMAGE_MAX_PIXELS = 64000000, /* 64 megapixels */
    OC_IMAGE_MAX_FILE = 1 << 28     /* bytes */
};

/* Pixels of `channels` bytes (3: RGB, 4: RGB and alpha), rows from the top; freed by free(). */
typedef struct oc_pixels {
    uint8_t *bytes;
    uint32_t width, height;
    int channels;
} oc_pixels;

/* Local. Is the size within the limits? `path` names the file. OC_ERR_DATA. */
oc_status oc_image_check_size(const char *path, uint64_t width, uint64_t height);

/* Local. Decode `count` bytes; `path` is for messages. On failure pixels->bytes is NULL.
 * OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_image_decode(const char *path, const void *bytes, size_t count,
                          oc_pixels *pixels); /* whichever it is, by its first bytes */
oc_status oc_image_decode_png(const char *path, const void *bytes, size_t count, oc_pixels *pixels);
oc_status oc_image_decode_jpeg(const char *path, const void *bytes, size_t count,
                               oc_pixels *pixels);

#endif
