/* crop.c - random crop of the padded image: as if `crop` pixels were added on each side and a
 * window of the old size cut out anywhere. */
#include "data/augment/augment_private.h"

float *oc_augment_do_crop(const oc_augment *augment, const oc_augment_draw *draw, float *image,
                          float *spare)
{
    const int most = (int)augment->config.crop;
    if (most == 0)
        return image;
    const oc_random4 numbers = oc_augment_numbers(draw, 0);
    const int down = oc_augment_below(numbers.word[0], 2 * most + 1) - most;
    const int right = oc_augment_below(numbers.word[1], 2 * most + 1) - most;
    oc_augment_shift(augment, (oc_padding)augment->config.padding, down, right, image, spare);
    return spare;
}
