/* picture.c - see picture.h. */
#include "data/images/picture.h"

#include "base/file.h"
#include "storage/extents.h"

#include <math.h>
#include <stdlib.h>

oc_picture_how oc_picture_how_of(const oc_schema *schema)
{
    const oc_picture *const picture = &schema->picture;
    oc_picture_how how = {.channels = schema->channels,
                          .height = schema->height,
                          .width = schema->width,
                          .bits = schema->values == OC_VALUES_WORDS ? 16 : 8,
                          .fit = picture->is_known ? OC_FIT_CROP : OC_FIT_STRETCH,
                          .upright = !picture->is_known || picture->upright};
    const int fit = picture->is_known ? oc_fit_find(picture->fit) : -1;
    if (fit >= 0)
        how.fit = (oc_fit)fit;
    return how;
}

/* Resampled numbers -> whole ones of the bits that are wanted. */
static void round_values(const float *from, size_t count, int from_bits, int bits, uint16_t *to)
{
    for (size_t i = 0; i < count; i++) {
        const double value = (double)from[i] / (from_bits == 16 && bits == 8 ? 257 : 1);
        const double rounded = floor(value + 0.5);
        to[i] = (uint16_t)(from_bits == 8 && bits == 16 ? rounded * 257 : rounded);
    }
}

static oc_status make(const char *path, const oc_pixels *pixels, const oc_picture_how *how,
                      const oc_picture_made *made, uint16_t **values)
{
    const size_t count = (size_t)how->channels * (size_t)made->height * (size_t)made->width;
    float *const resampled = malloc(count * sizeof *resampled);
    *values = malloc(count * sizeof **values);
    oc_status status = OC_OK;
    if (!resampled || !*values)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for %zu values", path, count);
    if (!status)
        status = oc_resample(pixels, how->channels, made->height, made->width, how->fit, resampled);
    if (!status)
        round_values(resampled, count, pixels->bits, made->bits, *values);
    free(resampled);
    if (status) {
        free(*values);
        *values = NULL;
    }
    return status;
}

oc_status oc_picture_prepare(const char *path, const void *bytes, size_t count,
                             const oc_picture_how *how, oc_picture_made *made, uint16_t **values)
{
    oc_pixels pixels;
    *values = NULL;
    *made = (oc_picture_made){.kind = oc_image_recognise(bytes, count)};
    oc_status status = oc_image_decode(path, bytes, count, &pixels);
    if (!status && how->upright)
        status = oc_pixels_turn(path, &pixels);
    if (!status) {
        const uint64_t height = how->height > 0 ? (uint64_t)how->height : pixels.height;
        const uint64_t width = how->width > 0 ? (uint64_t)how->width : pixels.width;
        status = oc_extents_check(path, (uint64_t)how->channels, height, width, 1);
        made->height = (int)height;
        made->width = (int)width;
    }
    if (!status) {
        made->bits = how->bits > 0 ? how->bits : pixels.bits;
        made->turned = how->upright && pixels.orientation > 1;
        made->several = pixels.several;
        made->is_cmyk = pixels.is_cmyk;
        made->is_alpha_used = pixels.is_alpha_used;
        made->resized =
            pixels.height != (uint32_t)made->height || pixels.width != (uint32_t)made->width;
        made->widened = made->bits > pixels.bits;
        made->narrowed = made->bits < pixels.bits;
        status = make(path, &pixels, how, made, values);
    }
    oc_pixels_free(&pixels);
    return status;
}

oc_status oc_picture_read(const char *path, const oc_picture_how *how, float *out)
{
    char *bytes;
    size_t count;
    uint16_t *values;
    oc_picture_made made;
    oc_status status = oc_file_read(path, OC_IMAGE_MAX_FILE, &bytes, &count);
    if (status)
        return status;
    status = oc_picture_prepare(path, bytes, count, how, &made, &values);
    free(bytes);
    const size_t all = (size_t)how->channels * (size_t)how->height * (size_t)how->width;
    for (size_t i = 0; i < all && !status; i++)
        out[i] = values[i];
    free(values);
    return status;
}
