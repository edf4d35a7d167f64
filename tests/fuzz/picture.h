/* picture.h - what the targets of the picture decoders share. The first byte of the input says how
 * the picture is resampled. */
#ifndef OC_TESTS_FUZZ_PICTURE_H
#define OC_TESTS_FUZZ_PICTURE_H

#include "data/images/image_decode.h"
#include "data/images/resample.h"
#include "fuzz/fuzz.h"

#include <stdlib.h>

/* Decode, turn upright, resample. Aborts when a number is not within its range. */
static inline int fuzz_picture(const uint8_t *data, size_t size,
                               oc_status (*decode)(const char *path, const void *bytes,
                                                   size_t count, oc_pixels *pixels))
{
    oc_pixels pixels = {.orientation = 1};
    float out[3 * 8 * 8];
    enum { MOST_PIXELS = 1 << 18 }; /* larger ones only take time */
    if (size < 1)
        return 0;
    const int channels = data[0] & 1 ? 1 : 3;
    const int height = 1 + data[0] / 4 % 8, width = 1 + data[0] / 32;
    if (decode("input", data + 1, size - 1, &pixels) == OC_OK &&
        (uint64_t)pixels.width * pixels.height <= MOST_PIXELS &&
        oc_pixels_turn("input", &pixels) == OC_OK &&
        oc_resample(&pixels, channels, height, width, (oc_fit)(data[0] % OC_FIT_COUNT), out) ==
            OC_OK)
        for (int i = 0; i < channels * height * width; i++)
            if (!(out[i] >= 0 && out[i] <= (pixels.bits == 16 ? 65535.1f : 255.001f)))
                abort();
    oc_pixels_free(&pixels);
    return 0;
}

#endif
