/* webp_fuzz.c - WebP files: decoded, turned and resampled. */
#include "fuzz/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_picture(data, size, oc_image_decode_webp);
}
