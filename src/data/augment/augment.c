/* augment.c - see augment.h: the list of operations in their order. */
#include "data/augment/augment_private.h"

#include <string.h>

static const struct {
    oc_augment_stream stream;
    oc_augment_operation *apply;
} operations[] = {
#define OC_AUGMENT(number, name) {OC_AUGMENT_##name, oc_augment_do_##name},
#include "data/augment/operations.def"
#undef OC_AUGMENT
};

/* The first key that is about images and on; NULL: none. */
static const char *key_for_images(const oc_augment_config *c)
{
    return c->resized_crop[0] < 1    ? "resized_crop"
           : c->crop > 0             ? "crop"
           : c->translate > 0        ? "translate"
           : c->flip != OC_FLIP_NONE ? "flip"
           : c->brightness > 0       ? "brightness"
           : c->contrast > 0         ? "contrast"
           : c->saturation > 0       ? "saturation"
           : c->cutout > 0           ? "cutout"
                                     : NULL;
}

oc_status oc_augment_create(oc_augment *augment, const oc_augment_config *config, uint64_t seed,
                            const oc_dataset_info *data)
{
    const oc_augment_config *c = config;
    const oc_schema *schema = &data->schema;
    const int side = schema->height < schema->width ? schema->height : schema->width;
    const char *const key = key_for_images(c);
    if (key && schema->height == 1 && schema->width == 1)
        return oc_fail(OC_ERR_USAGE,
                       "augment.%s: %s has rows of %d numbers, not images; expected none of "
                       "augment but mixup",
                       key, data->path, schema->channels);
    if (c->crop >= side)
        return oc_fail(OC_ERR_USAGE, "augment.crop: padding of %lld for images of %dx%d",
                       (long long)c->crop, schema->height, schema->width);
    if (c->cutout > side)
        return oc_fail(OC_ERR_USAGE, "augment.cutout: a square of %lld for images of %dx%d",
                       (long long)c->cutout, schema->height, schema->width);
    if (c->saturation > 0 && schema->channels != 3)
        return oc_fail(OC_ERR_USAGE,
                       "augment.saturation: images have %d channels, expected red, green, blue",
                       schema->channels);
    if (c->resized_crop[0] > c->resized_crop[1])
        return oc_fail(OC_ERR_USAGE,
                       "augment.resized_crop: from %g to %g, expected the smaller one first",
                       c->resized_crop[0], c->resized_crop[1]);
    *augment = (oc_augment){.config = *c,
                            .channels = schema->channels,
                            .height = schema->height,
                            .width = schema->width,
                            .schema = schema};
    for (uint32_t stream = 0; stream < OC_AUGMENT_STREAMS; stream++)
        augment->key[stream] = oc_random_make_key(seed, OC_PURPOSE_AUGMENT, stream);
    augment->any = key != NULL;
    return OC_OK;
}

void oc_augment_apply(const oc_augment *augment, uint32_t epoch, uint32_t sample, float *image,
                      float *spare)
{
    const size_t bytes = (size_t)augment->channels * (size_t)augment->height *
                         (size_t)augment->width * sizeof *image;
    float *at = image;
    if (!augment->any)
        return;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        const oc_augment_draw draw = {augment->key[operations[i].stream], epoch, sample};
        at = operations[i].apply(augment, &draw, at, at == image ? spare : image);
    }
    if (at != image)
        memcpy(image, at, bytes);
}

oc_random4 oc_augment_numbers(const oc_augment_draw *draw, uint32_t index)
{
    return oc_random_at(draw->key, draw->sample, draw->epoch, index, 0);
}

int oc_augment_below(uint32_t bits, int count)
{
    return (int)((uint64_t)bits * (uint64_t)count >> 32);
}

double oc_augment_between(uint32_t bits, double low, double high)
{
    return low + (high - low) * (double)oc_random_uniform(bits);
}

/* Where place `at` beyond the edge is inside: mirrored, without doubling the edge. */
static int reflected(int at, int count)
{
    return at < 0 ? -at : at >= count ? 2 * (count - 1) - at : at;
}

static void shift_row(oc_padding padding, int right, int width, const float *from, float *to)
{
    const int first = right < 0 ? -right : 0; /* [first, last) is inside */
    const int last = right > 0 ? width - right : width;
    memcpy(to + first, from + first + right, (size_t)(last - first) * sizeof *to);
    for (int x = 0; x < first; x++)
        to[x] = padding == OC_PADDING_ZERO ? 0.0f : from[reflected(x + right, width)];
    for (int x = last; x < width; x++)
        to[x] = padding == OC_PADDING_ZERO ? 0.0f : from[reflected(x + right, width)];
}

void oc_augment_shift(const oc_augment *augment, oc_padding padding, int down, int right,
                      const float *from, float *to)
{
    const int height = augment->height, width = augment->width;
    const size_t row = (size_t)width;
    for (int c = 0; c < augment->channels; c++, from += row * (size_t)height)
        for (int y = 0; y < height; y++, to += row) {
            const int inside = y + down >= 0 && y + down < height;
            if (!inside && padding == OC_PADDING_ZERO)
                memset(to, 0, row * sizeof *to);
            else
                shift_row(padding, right, width, from + row * (size_t)reflected(y + down, height),
                          to);
        }
}
