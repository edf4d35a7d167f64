/* resized_crop.c - a window of random area and shape (3:4 to 4:3), brought to the image's size
 * bilinearly (centre-aligned): C. Szegedy et al., "Going deeper with convolutions" (2015), chosen
 * as torchvision's RandomResizedCrop does: ten tries, then the middle. */
#include "data/augment/augment_private.h"

#include <math.h>

enum { TRIES = 10 };

typedef struct window {
    int top, left, height, width;
} window;

static window choose(const oc_augment *augment, const oc_augment_draw *draw)
{
    const double *fraction = augment->config.resized_crop;
    const double area = (double)augment->height * augment->width, widest = log(4.0 / 3.0);
    for (uint32_t k = 0; k < TRIES; k++) {
        const oc_random4 numbers = oc_augment_numbers(draw, k);
        const double wanted = area * oc_augment_between(numbers.word[0], fraction[0], fraction[1]);
        const double ratio = exp(oc_augment_between(numbers.word[1], -widest, widest));
        const int width = (int)(sqrt(wanted * ratio) + 0.5);
        const int height = (int)(sqrt(wanted / ratio) + 0.5);
        if (width < 1 || height < 1 || width > augment->width || height > augment->height)
            continue;
        return (window){oc_augment_below(numbers.word[2], augment->height - height + 1),
                        oc_augment_below(numbers.word[3], augment->width - width + 1), height,
                        width};
    }
    return (window){0, 0, augment->height, augment->width};
}

/* Pixel `i` of `to` in a window of `from` pixels: between `low` and `high`, by `fraction`. */
typedef struct between {
    size_t low, high;
    float fraction;
} between;

static between between_of(int i, int to, int begin, int from)
{
    const double exact = ((double)i + 0.5) * (double)from / (double)to - 0.5;
    const double inside = exact < 0 ? 0 : exact > from - 1 ? from - 1 : exact;
    const int low = (int)inside;
    return (between){(size_t)(begin + low), (size_t)(begin + (low + 1 < from ? low + 1 : low)),
                     (float)(inside - low)};
}

float *oc_augment_do_resized_crop(const oc_augment *augment, const oc_augment_draw *draw,
                                  float *image, float *spare)
{
    if (augment->config.resized_crop[0] >= 1)
        return image;
    const window w = choose(augment, draw);
    const size_t width = (size_t)augment->width;
    float *to = spare;
    for (int c = 0; c < augment->channels; c++) {
        const float *plane = image + (size_t)c * (size_t)augment->height * width;
        for (int y = 0; y < augment->height; y++) {
            const between row = between_of(y, augment->height, w.top, w.height);
            const float *upper = plane + row.low * width, *lower = plane + row.high * width;
            for (int x = 0; x < augment->width; x++) {
                const between at = between_of(x, augment->width, w.left, w.width);
                const float above = upper[at.low] + at.fraction * (upper[at.high] - upper[at.low]);
                const float below = lower[at.low] + at.fraction * (lower[at.high] - lower[at.low]);
                *to++ = above + row.fraction * (below - above);
            }
        }
    }
    return spare;
}
