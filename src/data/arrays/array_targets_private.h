/* array_targets_private.h - what array_targets.c and array_classes.c share. */
#ifndef OC_DATA_ARRAYS_ARRAY_TARGETS_PRIVATE_H
#define OC_DATA_ARRAYS_ARRAY_TARGETS_PRIVATE_H

#include "data/arrays/array_targets.h"
#include "data/tables/csv_set.h"

typedef enum target_form { FORM_LABELS, FORM_ONE_HOT, FORM_NAMES, FORM_NUMBERS } target_form;

struct oc_array_targets {
    oc_array_location location[OC_SPLIT_COUNT];
    oc_targets_kind kind;
    int64_t first_label;
    target_form form; /* of all splits */
    uint64_t each;    /* numbers a sample as stored: K of one-hot, T, else 1 */
    uint64_t samples[OC_SPLIT_COUNT];
    oc_csv_set names; /* of all splits, sorted; where labels are strings */
};

/* Local. Read the strings of all splits for the classes' names. */
oc_status oc_array_targets_find_names(oc_array_targets *targets);

/* Local. The next n labels that are strings. */
oc_status oc_array_targets_read_names(const oc_array_targets *targets, oc_array *array, uint64_t n,
                                      int32_t *labels);

#endif
