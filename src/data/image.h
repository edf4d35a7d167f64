/* image.h - PNG and JPEG files to bytes, for `onecycle predict` (libspng, libjpeg-turbo). */
#ifndef OC_DATA_IMAGE_H
#define OC_DATA_IMAGE_H

#include "base/status.h"

#include <stdint.h>

/* Local. Decode `path` to `channels` (1 or 3) and stretch it to height x width as resample.h
 * says, as float 0..255 in out (C, H, W). OC_ERR_IO, OC_ERR_DATA (damaged, not PNG/JPEG, or above
 * 64 megapixels), OC_ERR_INTERNAL. */
oc_status oc_image_read(const char *path, int channels, int height, int width, float *out);

#endif
