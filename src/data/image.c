/* image.c - see image.h: picks the decoder by the file's first bytes, then makes the channels
 * and the size that the network wants. */
#include "data/image.h"

#include "base/file.h"
#include "data/image_decode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE_BYTES = 1 << 28 };

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

/* One channel of a pixel, 0..255. With one channel wanted: luma by ITU-R BT.601. Alpha is laid
 * on black, that is, it scales. */
static float channel_of(const oc_pixels *pixels, size_t row, size_t column, int channel, int grey)
{
    const uint8_t *at = pixels->bytes + (row * pixels->width + column) * (size_t)pixels->channels;
    float value = at[channel];
    if (grey && (at[0] != at[1] || at[0] != at[2])) /* grey stays exactly what it is */
        value = 0.299f * at[0] + 0.587f * at[1] + 0.114f * at[2];
    return pixels->channels == 4 ? value * at[3] / 255.0f : value;
}

/* Where sample `i` of `to` lies among `from`, both centre-aligned: between `low` and `high`, by
 * `part` of the way. */
typedef struct place {
    size_t low, high;
    float part;
} place;

static place place_of(int i, int to, uint32_t from)
{
    const double exact = ((double)i + 0.5) * (double)from / (double)to - 0.5;
    const double last = (double)(from - 1);
    const double inside = exact < 0 ? 0 : exact > last ? last : exact;
    const size_t low = (size_t)inside;
    return (place){low, low + 1 < from ? low + 1 : low, (float)(inside - (double)low)};
}

static void resize(const oc_pixels *pixels, int channels, int height, int width, float *out)
{
    for (int channel = 0; channel < channels; channel++)
        for (int y = 0; y < height; y++) {
            const place row = place_of(y, height, pixels->height);
            for (int x = 0; x < width; x++) {
                const place column = place_of(x, width, pixels->width);
                float line[2];
                for (int k = 0; k < 2; k++) {
                    const size_t at = k ? row.high : row.low;
                    const float a = channel_of(pixels, at, column.low, channel, channels == 1);
                    const float b = channel_of(pixels, at, column.high, channel, channels == 1);
                    line[k] = a + column.part * (b - a);
                }
                *out++ = line[0] + row.part * (line[1] - line[0]);
            }
        }
}

oc_status oc_image_read(const char *path, int channels, int height, int width, float *out)
{
    char *bytes;
    size_t count, format = 0;
    oc_pixels pixels = {0};
    const size_t formats_count = sizeof formats / sizeof formats[0];
    if (channels != 1 && channels != 3)
        return oc_fail(OC_ERR_DATA, "%s: images have 1 or 3 channels, the network wants %d", path,
                       channels);
    oc_status status = oc_file_read(path, MAX_FILE_BYTES, &bytes, &count);
    if (status)
        return status;
    while (format < formats_count &&
           (count < formats[format].bytes ||
            memcmp(bytes, formats[format].magic, formats[format].bytes) != 0))
        format++;
    if (format < formats_count)
        status = formats[format].decode(path, bytes, count, &pixels);
    else
        status = oc_fail(OC_ERR_DATA, "%s: neither PNG nor JPEG", path);
    if (!status)
        resize(&pixels, channels, height, width, out);
    free(pixels.bytes);
    free(bytes);
    return status;
}
