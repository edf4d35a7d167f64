/* flip.c - left and right change places: at random in each epoch, or in every other epoch, where a
 * random bit of the sample says in which. */
#include "data/augment/augment_private.h"

void oc_augment_mirror(int channels, int height, int width, float *image)
{
    const size_t rows = (size_t)channels * (size_t)height;
    for (size_t row = 0; row < rows; row++, image += width)
        for (int left = 0, right = width - 1; left < right; left++, right--) {
            const float value = image[left];
            image[left] = image[right];
            image[right] = value;
        }
}

float *oc_augment_do_flip(const oc_augment *augment, const oc_augment_draw *draw, float *image,
                          float *spare)
{
    oc_augment_draw first = *draw;
    uint32_t bit = 0;
    (void)spare;
    switch ((oc_flip)augment->config.flip) {
    case OC_FLIP_RANDOM:
        bit = oc_augment_numbers(draw, 0).word[0] >> 31;
        break;
    case OC_FLIP_ALTERNATING:
        first.epoch = 0;
        bit = (oc_augment_numbers(&first, 1).word[0] >> 31) ^ (draw->epoch & 1);
        break;
    case OC_FLIP_NONE:
    case OC_FLIP_COUNT:
        break;
    }
    if (bit)
        oc_augment_mirror(augment->channels, augment->height, augment->width, image);
    return image;
}
