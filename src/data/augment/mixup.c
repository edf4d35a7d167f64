/* mixup.c - who is mixed with whom in a batch, and how much. The partner is so many places on, the
 * same number for the whole batch: the order of samples is random already. */
#include "data/augment/augment_private.h"

#include <math.h>

enum { TRIES = 64 }; /* fewer than one in 2^64 draws needs more, as alpha is at most 1 */

/* Beta(alpha, alpha), alpha up to 1: M. D. Joehnk's method (1964). */
static double beta(const oc_augment *augment, uint32_t epoch, uint32_t step, uint32_t index)
{
    const double power = 1 / augment->config.mixup;
    for (uint32_t k = 1; k <= TRIES; k++) {
        const oc_random4 numbers =
            oc_random_at(augment->key[OC_AUGMENT_mixup], step, epoch, k, index);
        const double a = pow((double)oc_random_uniform(numbers.word[0]), power);
        const double b = pow((double)oc_random_uniform(numbers.word[1]), power);
        if (a + b > 0 && a + b <= 1)
            return a / (a + b);
    }
    return 1;
}

oc_mixup oc_augment_mixup(const oc_augment *augment, uint32_t epoch, uint32_t step, uint32_t batch,
                          uint32_t index)
{
    if (batch < 2)
        return (oc_mixup){index, 1};
    const oc_random4 numbers = oc_random_at(augment->key[OC_AUGMENT_mixup], step, epoch, 0, 0);
    const uint32_t on = 1 + (uint32_t)oc_augment_below(numbers.word[0], (int)batch - 1);
    const double share = beta(augment, epoch, step, index);
    return (oc_mixup){(index + on) % batch, (float)(share < 0.5 ? 1 - share : share)};
}
