/* dataset_private.h - what the files dataset*.c share. */
#ifndef OC_DATA_DATASET_PRIVATE_H
#define OC_DATA_DATASET_PRIVATE_H

#include "data/dataset.h"
#include "data/dataset_write.h"
#include "storage/h5.h"

enum { OC_BYTE_VALUES = 256, OC_ARRAY_NAME = 256 };

typedef struct oc_dataset_part {
    char inputs[OC_ARRAY_NAME], targets[OC_ARRAY_NAME]; /* names of arrays */
    oc_rows *rows;                                      /* NULL: HDF5 alone can read them */
    unsigned char *images; /* (N, sample bytes) as stored; NULL when not in memory */
    int32_t *labels;       /* (N) */
    float *values;         /* (N, targets), instead of labels */
} oc_dataset_part;

struct oc_dataset {
    oc_dataset_info info;
    oc_dataset_part part[OC_SPLIT_COUNT];
    oc_h5_type type; /* of images as stored */
    int is_foreign, as_is, targets_as_is, stays_open;
    oc_h5 *file;              /* until ready, or closed if it stays open */
    void *memory;             /* its own, if it has some */
    float *statistics;        /* mean, then deviation: one a channel each */
    float *target_statistics; /* likewise of targets, or NULL */
    float *table;             /* (C, 256): what each byte becomes; NULL when images are not bytes */
    char *names;              /* the class names' characters */
    const char **name_pointers;
    char source[OC_DATASET_MAX_SOURCE + 1];
    char path[];
};

/* Local. Values of a sample. */
size_t oc_dataset_values(const oc_dataset *dataset);

/* Local. What the file says, into the description: of ours, of a foreign one. */
oc_status oc_dataset_read_own(oc_dataset *dataset);
oc_status oc_dataset_read_foreign(oc_dataset *dataset);

/* Local. Room for mean (0) and deviation (1). */
oc_status oc_dataset_make_statistics(oc_dataset *dataset);

/* Local. Class names "0", "1", ... for info.classes. */
oc_status oc_dataset_number_classes(oc_dataset *dataset);

/* Local. The table of bytes. */
oc_status oc_dataset_make_table(oc_dataset *dataset);

/* Local. Bytes of a sample's label or targets in memory. */
size_t oc_dataset_target_bytes(const oc_dataset *dataset);

/* Local. Targets are in memory: check them, find their statistics. OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_dataset_ready_targets(oc_dataset *dataset);

/* Local. Mean and deviation, and a digest, of a foreign file. */
oc_status oc_dataset_finish_foreign(oc_dataset *dataset, const double *sums);

#endif
