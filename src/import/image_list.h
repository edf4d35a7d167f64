/* image_list.h - names of images in folders -> splits, classes and an order. The convention is
 * that of ImageFolder: [TOP/]train/CLASS/.../FILE beside val/CLASS/... and test/CLASS/..., or
 * [TOP/]CLASS/.../FILE, of which a fraction is taken for the test split. Splits may also be called
 * training, valid, validation and testing, in any case of letters; no two folders become one. No
 * file is opened here. */
#ifndef OC_IMPORT_IMAGE_LIST_H
#define OC_IMPORT_IMAGE_LIST_H

#include "base/status.h"
#include "data/dataset/dataset.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_image_item {
    char *name;      /* owned; relative to the source */
    uint64_t number; /* of its kept pixels: for the caller */
    oc_split split;
    int32_t label;
    char *class_name;     /* inside name, not ended by NUL */
    size_t class_bytes;   /* of class_name */
    const char *left_out; /* why it is not used; NULL: it is */
} oc_image_item;

typedef struct oc_image_list {
    oc_image_item *item;
    size_t count, room;
    char **class_names; /* owned, in order of bytes */
    size_t classes;
    uint64_t samples[OC_SPLIT_COUNT];
    size_t top; /* bytes of the folders above all, which are no part of the names */
} oc_image_list;

/* Local. Add an image by its name. OC_ERR_INTERNAL. */
oc_status oc_image_list_add(oc_image_list *list, const char *name, uint64_t number);

/* Local. Find splits, classes and order: those used first, by split, class and name; behind them
 * those left out. The order depends on the names alone. With a fraction above 0, that fraction of
 * each class of the training images (rounded, never all of it) is the test split, chosen by `seed`.
 * `source` is for messages. OC_ERR_DATA for folders that are neither splits nor classes, when there
 * are no classes, neither a test nor a validation split, or a class there without training images;
 * OC_ERR_USAGE for a fraction where there is a test folder; OC_ERR_INTERNAL. */
oc_status oc_image_list_arrange(oc_image_list *list, const char *source, double test_fraction,
                                uint64_t seed);

void oc_image_list_free(oc_image_list *list); /* safe on a zeroed one */

#endif
