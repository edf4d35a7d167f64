/* augment_check.h - what the tests of augmentation share: one image, and operations applied to it.
 */
#ifndef OC_TESTS_AUGMENT_CHECK_H
#define OC_TESTS_AUGMENT_CHECK_H

#include "harness.h"

#include "data/augment/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { C = 3, H = 5, W = 6, PLANE = H * W, VALUES = C * PLANE };

static double mean[C] = {0.5f, 0.25f, 0.4f}, deviation[C] = {0.25f, 0.5f, 0.2f};
static const oc_augment_config nothing = {.resized_crop = {1, 1}};

/* Bytes and their statistics, in the unit of bytes. */
static inline oc_dataset_info data_of(int height, int width)
{
    static double byte_mean[C], byte_deviation[C];
    for (int c = 0; c < C; c++) {
        byte_mean[c] = 255 * mean[c];
        byte_deviation[c] = 255 * deviation[c];
    }
    return (oc_dataset_info){.schema = {.channels = C,
                                        .height = height,
                                        .width = width,
                                        .values = OC_VALUES_BYTES,
                                        .mean = byte_mean,
                                        .deviation = byte_deviation}};
}

static inline oc_augment make(oc_augment_config config)
{
    static oc_dataset_info data; /* the augmentation keeps a pointer */
    data = data_of(H, W);
    oc_augment augment;
    CU_ASSERT_EQUAL_FATAL(oc_augment_create(&augment, &config, 7, &data), OC_OK);
    return augment;
}

/* Every value another one, none of them 0. */
static inline void fill(float *image)
{
    for (int i = 0; i < VALUES; i++)
        image[i] = (float)(i + 1) / 64.0f;
}

static inline void apply(const oc_augment *augment, uint32_t epoch, uint32_t sample, float *image)
{
    float spare[VALUES];
    fill(image);
    memset(spare, 0x7f, sizeof spare); /* what is there before must not show */
    oc_augment_apply(augment, epoch, sample, image, spare);
}

static inline int same(const float *a, const float *b)
{
    return memcmp(a, b, VALUES * sizeof *a) == 0;
}

#endif
