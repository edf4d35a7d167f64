/* translate.c - the image moved by whole pixels, each way by up to a fraction of its height and
 * width; zeros come in. */
#include "data/augment/augment_private.h"

float *oc_augment_do_translate(const oc_augment *augment, const oc_augment_draw *draw, float *image,
                               float *spare)
{
    const double fraction = augment->config.translate;
    if (fraction <= 0)
        return image;
    const int rows = (int)(fraction * augment->height), columns = (int)(fraction * augment->width);
    const oc_random4 numbers = oc_augment_numbers(draw, 0);
    const int down = oc_augment_below(numbers.word[0], 2 * rows + 1) - rows;
    const int right = oc_augment_below(numbers.word[1], 2 * columns + 1) - columns;
    oc_augment_shift(augment, OC_PADDING_ZERO, down, right, image, spare);
    return spare;
}
