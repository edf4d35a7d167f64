/* augment.h - training images changed at random: a pure function of (seed, epoch, sample), so of
 * neither batch nor ranks nor threads. It works on one normalised image (C, H, W) in place; where
 * something must be filled in with zeros, that is the mean of the training images. */
#ifndef OC_DATA_AUGMENT_AUGMENT_H
#define OC_DATA_AUGMENT_AUGMENT_H

#include "base/random.h"
#include "base/status.h"
#include "data/dataset/dataset.h"

#include <stddef.h>
#include <stdint.h>

typedef enum oc_padding {
#define OC_PADDING(kind, name) OC_PADDING_##kind,
#include "data/augment/choices.def"
#undef OC_PADDING
    OC_PADDING_COUNT
} oc_padding;

typedef enum oc_flip {
#define OC_FLIP(kind, name) OC_FLIP_##kind,
#include "data/augment/choices.def"
#undef OC_FLIP
    OC_FLIP_COUNT
} oc_flip;

typedef enum oc_augment_stream {
#define OC_AUGMENT(number, name) OC_AUGMENT_##name = number,
#include "data/augment/operations.def"
#undef OC_AUGMENT
    OC_AUGMENT_mixup = 7,
    OC_AUGMENT_STREAMS
} oc_augment_stream;

/* The recipe's section augment; 0 (and resized_crop 1, 1) is off. */
typedef struct oc_augment_config {
    double resized_crop[2]; /* fraction of the area: least and most */
    int64_t crop;           /* pixels of padding on each side */
    int padding;            /* oc_padding, of crop */
    double translate;       /* up to this fraction of height and width; zeros come in */
    int flip;               /* oc_flip: left and right change places */
    double brightness, contrast, saturation; /* factors from 1 - x to 1 + x */
    int64_t cutout;                          /* side of a square of zeros */
    double mixup;                            /* alpha of the beta distribution */
} oc_augment_config;

/* Ready for images of one data set; holds no memory of its own. */
typedef struct oc_augment {
    oc_augment_config config;
    int channels, height, width;
    const oc_schema *schema; /* of the data set, which must live as long */
    oc_random_key key[OC_AUGMENT_STREAMS];
    int any; /* is anything on? */
} oc_augment;

/* Local. OC_ERR_USAGE for what does not go with such images: padding or a square as large as they
 * are, saturation of what has not three channels; and for anything at all if they are rows of a
 * table (C, 1, 1): mixup, which is oc_augment_mixup's, alone goes with those. */
oc_status oc_augment_create(oc_augment *augment, const oc_augment_config *config, uint64_t seed,
                            const oc_dataset_info *data);

/* Local, no allocation. One image (C, H, W), in place; `spare` is as large. */
void oc_augment_apply(const oc_augment *augment, uint32_t epoch, uint32_t sample, float *image,
                      float *spare);

/* Local, no allocation. Left and right of an image (C, H, W) change places. */
void oc_augment_mirror(int channels, int height, int width, float *image);

/* What mixup does to an image of a batch: image = share * image + (1 - share) * partner's, labels
 * likewise (loss.h). H. Zhang et al., "mixup: beyond empirical risk minimization" (2018), with a
 * share for each sample and, as in fastai, never below one half. */
typedef struct oc_mixup {
    uint32_t partner; /* its index in the batch: another one, if there is any */
    float share;      /* 0.5 to 1 */
} oc_mixup;

/* Local, no allocation. A function of (seed, epoch, step of the epoch, index). */
oc_mixup oc_augment_mixup(const oc_augment *augment, uint32_t epoch, uint32_t step, uint32_t batch,
                          uint32_t index);

#endif
