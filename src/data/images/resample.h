/* resample.h - pixels of any size to an image of the size that is wanted. */
#ifndef OC_DATA_IMAGES_RESAMPLE_H
#define OC_DATA_IMAGES_RESAMPLE_H

#include "base/status.h"
#include "data/images/image_decode.h"

/* How a picture of another shape is made to fit. */
typedef enum oc_fit {
#define OC_FIT(kind, name) OC_FIT_##kind,
#include "data/images/fits.def"
#undef OC_FIT
    OC_FIT_COUNT
} oc_fit;

/* Local. "crop", "pad", "stretch"; the fit of a name or -1. */
const char *oc_fit_name(oc_fit fit);
int oc_fit_find(const char *name);

/* Local. To `channels` (1: grey by ITU-R BT.601 luma, what is grey already stays exactly as it is;
 * 3: RGB, grey becomes three equal channels; alpha is laid on black) and height x width, as 0..255,
 * or 0..65535 for pixels of 16 bits, in out (C, H, W). Samples are centre-aligned; the filter is a
 * triangle as wide as a pixel of the larger grid on either side: bilinear where the picture grows,
 * a mean over all pixels that fall together where it shrinks. The same size gives the same values.
 * OC_ERR_INTERNAL. */
oc_status oc_resample(const oc_pixels *pixels, int channels, int height, int width, oc_fit fit,
                      float *out);

#endif
