/* dataset_private.h - what a data set is, for the files that make one. */
#ifndef OC_DATA_DATASET_PRIVATE_H
#define OC_DATA_DATASET_PRIVATE_H

#include "data/dataset.h"
#include "data/dataset_write.h"

enum { OC_BYTE_VALUES = 256 };

struct oc_dataset {
    oc_dataset_info info;
    void *images[OC_SPLIT_COUNT]; /* (N, C, H, W), bytes or floats as stored */
    int32_t *labels[OC_SPLIT_COUNT];
    float *statistics; /* mean, then deviation: one a channel each */
    float *table;      /* (C, 256): what each byte becomes; NULL when images are floats */
    char *names;       /* the class names' characters */
    const char **name_pointers;
    char source[OC_DATASET_MAX_SOURCE + 1];
    char path[];
};

/* Local. C * H * W. */
size_t oc_dataset_image_values(const oc_dataset *dataset);

/* Local. Fill `table` from the statistics. OC_ERR_INTERNAL. */
oc_status oc_dataset_make_table(oc_dataset *dataset);

#endif
