/* colour.c - brightness, contrast and saturation, in this order, each by a random factor: the
 * image blended with black, with its mean grey, with its own grey. Done to values before
 * normalisation; bytes stay within 0 to 1. */
#include "data/augment/augment_private.h"

static float grey_of(const oc_augment *augment, const float *image, size_t plane, size_t i)
{
    if (augment->channels == 3) /* ITU-R BT.601 */
        return 0.299f * image[i] + 0.587f * image[plane + i] + 0.114f * image[2 * plane + i];
    float sum = 0;
    for (int c = 0; c < augment->channels; c++)
        sum += image[(size_t)c * plane + i];
    return sum / (float)augment->channels;
}

/* value = grey + factor * (value - grey), within bounds */
static float blend(const oc_augment *augment, float value, float grey, float factor)
{
    const float mixed = grey + factor * (value - grey);
    if (augment->schema->values == OC_VALUES_NUMBERS) /* no bounds */
        return mixed;
    return mixed < 0 ? 0 : mixed > 1 ? 1 : mixed;
}

static void blend_all(const oc_augment *augment, float *image, size_t plane, float grey,
                      float factor)
{
    for (size_t i = 0; i < plane * (size_t)augment->channels; i++)
        image[i] = blend(augment, image[i], grey, factor);
}

static void saturate(const oc_augment *augment, float *image, size_t plane, float factor)
{
    for (size_t i = 0; i < plane; i++) {
        const float grey = grey_of(augment, image, plane, i);
        for (size_t c = 0; c < 3; c++)
            image[c * plane + i] = blend(augment, image[c * plane + i], grey, factor);
    }
}

static float factor_of(uint32_t bits, double most)
{
    return (float)oc_augment_between(bits, most < 1 ? 1 - most : 0, 1 + most);
}

float *oc_augment_do_colour(const oc_augment *augment, const oc_augment_draw *draw, float *image,
                            float *spare)
{
    const oc_augment_config *config = &augment->config;
    const size_t plane = (size_t)augment->height * (size_t)augment->width;
    (void)spare;
    if (config->brightness <= 0 && config->contrast <= 0 && config->saturation <= 0)
        return image;
    const double unit = oc_values_unit(augment->schema->values);
    const oc_random4 numbers = oc_augment_numbers(draw, 0);
    for (int c = 0; c < augment->channels; c++) {
        const float mean = (float)(augment->schema->mean[c] / unit);
        const float deviation = (float)(augment->schema->deviation[c] / unit);
        for (size_t i = (size_t)c * plane; i < (size_t)(c + 1) * plane; i++)
            image[i] = image[i] * deviation + mean;
    }
    if (config->brightness > 0)
        blend_all(augment, image, plane, 0, factor_of(numbers.word[0], config->brightness));
    if (config->contrast > 0) {
        double sum = 0;
        for (size_t i = 0; i < plane; i++)
            sum += (double)grey_of(augment, image, plane, i);
        blend_all(augment, image, plane, (float)(sum / (double)plane),
                  factor_of(numbers.word[1], config->contrast));
    }
    if (config->saturation > 0)
        saturate(augment, image, plane, factor_of(numbers.word[2], config->saturation));
    for (int c = 0; c < augment->channels; c++) {
        const float mean = (float)(augment->schema->mean[c] / unit);
        const float deviation = (float)(augment->schema->deviation[c] / unit);
        for (size_t i = (size_t)c * plane; i < (size_t)(c + 1) * plane; i++)
            image[i] = (image[i] - mean) / deviation;
    }
    return image;
}
