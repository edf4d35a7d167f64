/* cutout.c - a square of zeros whose centre is anywhere in the image, cut where it leads out of
 * it: T. DeVries, G. W. Taylor, "Improved regularization of convolutional neural networks with
 * cutout" (2017). */
#include "data/augment/augment_private.h"

#include <string.h>

static int clamp(int at, int most)
{
    return at < 0 ? 0 : at > most ? most : at;
}

float *oc_augment_do_cutout(const oc_augment *augment, const oc_augment_draw *draw, float *image,
                            float *spare)
{
    const int side = (int)augment->config.cutout, height = augment->height, width = augment->width;
    (void)spare;
    if (side == 0)
        return image;
    const oc_random4 numbers = oc_augment_numbers(draw, 0);
    const int top = oc_augment_below(numbers.word[0], height) - side / 2;
    const int left = oc_augment_below(numbers.word[1], width) - side / 2;
    const int begin = clamp(left, width), end = clamp(left + side, width);
    for (int c = 0; c < augment->channels; c++)
        for (int y = clamp(top, height); y < clamp(top + side, height); y++)
            memset(image + ((size_t)c * (size_t)height + (size_t)y) * (size_t)width + begin, 0,
                   (size_t)(end - begin) * sizeof *image);
    return image;
}
