/* image.c - see image.h and image_decode.h: picks the decoder by the file's first bytes. */
#include "data/image.h"

#include "base/file.h"
#include "data/image_decode.h"
#include "data/resample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *magic;
    size_t bytes;
    oc_status (*decode)(const char *path, const void *bytes, size_t count, oc_pixels *pixels);
} formats[] = {
    {"\x89PNG\r\n\x1a\n", 8, oc_image_decode_png},
    {"\xff\xd8\xff", 3, oc_image_decode_jpeg},
};

oc_status oc_image_check_size(const char *path, uint64_t width, uint64_t height)
{
    if (width < 1 || height < 1 || width > OC_IMAGE_MAX_SIDE || height > OC_IMAGE_MAX_SIDE ||
        width * height > OC_IMAGE_MAX_PIXELS)
        return oc_fail(OC_ERR_DATA,
                       "%s: an image of %" PRIu64 "x%" PRIu64 ", expected sides up to %d and at "
                       "most %d pixels",
                       path, width, height, OC_IMAGE_MAX_SIDE, OC_IMAGE_MAX_PIXELS);
    return OC_OK;
}

oc_status oc_image_decode(const char *path, const void *bytes, size_t count, oc_pixels *pixels)
{
    *pixels = (oc_pixels){0};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (count >= formats[i].bytes && memcmp(bytes, formats[i].magic, formats[i].bytes) == 0)
            return formats[i].decode(path, bytes, count, pixels);
    return oc_fail(OC_ERR_DATA, "%s: neither PNG nor JPEG", path);
}

oc_status oc_image_read(const char *path, int channels, int height, int width, float *out)
{
    char *bytes;
    size_t count;
    oc_pixels pixels = {0};
    if (channels != 1 && channels != 3)
        return oc_fail(OC_ERR_DATA, "%s: images have 1 or 3 channels, the network wants %d", path,
                       channels);
    oc_status status = oc_file_read(path, OC_IMAGE_MAX_FILE, &bytes, &count);
    if (status)
        return status;
    status = oc_image_decode(path, bytes, count, &pixels);
    if (!status)
        status = oc_resample(&pixels, channels, height, width, OC_FIT_STRETCH, out);
    free(pixels.bytes);
    free(bytes);
    return status;
}
