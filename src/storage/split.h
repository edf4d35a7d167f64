/* split.h - the splits of a data set, and their names in files. */
#ifndef OC_STORAGE_SPLIT_H
#define OC_STORAGE_SPLIT_H

typedef enum oc_split {
    OC_SPLIT_TRAIN,
    OC_SPLIT_TEST,
    OC_SPLIT_VALIDATION, /* what training evaluates on, where there is one */
    OC_SPLIT_COUNT
} oc_split;

/* Local. "train", "test", "validation" */
const char *oc_split_name(oc_split split);

#endif
