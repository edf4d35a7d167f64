/* augment_private.h - what the operations share, for data/augment alone. */
#ifndef OC_DATA_AUGMENT_AUGMENT_PRIVATE_H
#define OC_DATA_AUGMENT_AUGMENT_PRIVATE_H

#include "data/augment/augment.h"

/* Where an operation's random numbers come from. */
typedef struct oc_augment_draw {
    oc_random_key key;
    uint32_t epoch, sample;
} oc_augment_draw;

/* An operation: from `image` to where it says, `image` or `spare`; it may spoil both. */
typedef float *oc_augment_operation(const oc_augment *augment, const oc_augment_draw *draw,
                                    float *image, float *spare);
#define OC_AUGMENT(number, name) oc_augment_operation oc_augment_do_##name;
#include "data/augment/operations.def"
#undef OC_AUGMENT

/* Local. Draw number `index` of an operation on an image. */
oc_random4 oc_augment_numbers(const oc_augment_draw *draw, uint32_t index);

/* Local. 32 random bits -> 0 to count - 1. */
int oc_augment_below(uint32_t bits, int count);

/* Local. 32 random bits -> uniform from low to high. */
double oc_augment_between(uint32_t bits, double low, double high);

/* Local. to(y, x) = from(y + down, x + right), beyond the edge as the padding says. */
void oc_augment_shift(const oc_augment *augment, oc_padding padding, int down, int right,
                      const float *from, float *to);

#endif
