/* image.h - picture files to bytes, for `onecycle predict`. */
#ifndef OC_DATA_IMAGE_H
#define OC_DATA_IMAGE_H

#include "base/status.h"

#include <stdint.h>

/* Local. Decode `path` to `channels` (1 or 3), turn it upright and stretch it to height x width as
 * picture.h says: whole numbers 0..255 in out (C, H, W). OC_ERR_IO, OC_ERR_DATA (damaged, of a kind
 * that is not read, or above 64 megapixels), OC_ERR_INTERNAL. */
oc_status oc_image_read(const char *path, int channels, int height, int width, float *out);

#endif
