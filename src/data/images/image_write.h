/* image_write.h - pixels to a PNG file (libspng). */
#ifndef OC_DATA_IMAGES_IMAGE_WRITE_H
#define OC_DATA_IMAGES_IMAGE_WRITE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Local. Rows from the top, `channels` bytes a pixel (1: grey, 3: RGB); atomically. OC_ERR_IO,
 * OC_ERR_INTERNAL. */
oc_status oc_image_write_png(const char *path, uint32_t width, uint32_t height, int channels,
                             const uint8_t *pixels);

/* Local. The same into memory: *file of *size bytes, freed by the caller with free(); `name` is
 * for messages. OC_ERR_INTERNAL. */
oc_status oc_image_encode_png(const char *name, uint32_t width, uint32_t height, int channels,
                              const uint8_t *pixels, void **file, size_t *size);

#endif
