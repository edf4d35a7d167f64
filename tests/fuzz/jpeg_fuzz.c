/* jpeg_fuzz.c - JPEG files: decoded and resampled. The first byte of the input says how. */
#include "data/image_decode.h"
#include "data/resample.h"
#include "fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oc_pixels pixels;
    float out[3 * 8 * 8];
    if (size < 1)
        return 0;
    if (oc_image_decode_jpeg("input", data + 1, size - 1, &pixels) == OC_OK &&
        oc_resample(&pixels, data[0] & 1 ? 1 : 3, 1 + data[0] / 4 % 8, 1 + data[0] / 32,
                    (oc_fit)(data[0] % OC_FIT_COUNT), out) == OC_OK)
        for (size_t i = 0;
             i < (size_t)((data[0] & 1 ? 1 : 3) * (1 + data[0] / 4 % 8) * (1 + data[0] / 32)); i++)
            if (!(out[i] >= 0 && out[i] <= 255.001f))
                abort();
    free(pixels.bytes);
    return 0;
}
