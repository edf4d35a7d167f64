/* dataset_private.h - what the files dataset*.c share. */
#ifndef OC_DATA_DATASET_PRIVATE_H
#define OC_DATA_DATASET_PRIVATE_H

#include "data/dataset.h"
#include "data/dataset_write.h"
#include "data/match.h"
#include "storage/h5.h"

enum { OC_BYTE_VALUES = 256, OC_ARRAY_NAME = 256 };

typedef struct oc_dataset_part {
    char inputs[OC_ARRAY_NAME], targets[OC_ARRAY_NAME]; /* names of arrays */
    oc_rows *rows;                                      /* NULL: HDF5 alone can read them */
    unsigned char *images; /* (N, sample bytes) as stored; NULL when not in memory */
    int32_t *labels;       /* (N) */
    double *values;        /* (N, targets), instead of labels */
} oc_dataset_part;

struct oc_dataset {
    oc_dataset_info info;
    oc_dataset_part part[OC_SPLIT_COUNT];
    oc_h5_type type;      /* of images as stored */
    size_t stored_values; /* of a sample in the file */
    int stored_classes;   /* of the file, where a network has others */
    int is_foreign, as_is, targets_as_is, stays_open;
    int is_trained; /* the schema is that of a network */
    oc_h5 *file;    /* until ready, or closed if it stays open */
    void *memory;   /* its own, if it has some */
    float *table;   /* (C, 256): what each byte becomes; NULL when images are not bytes */
    oc_match match; /* where a network's values, classes and targets lie in this file */
    char source[OC_DATASET_MAX_SOURCE + 1];
    char path[];
};

/* Local. What the file says, into the description: of ours, of a foreign one. */
oc_status oc_dataset_read_own(oc_dataset *dataset);
oc_status oc_dataset_read_foreign(oc_dataset *dataset);

/* Local. The table of bytes. */
oc_status oc_dataset_make_table(oc_dataset *dataset);

/* Local, no allocation. Numbers first .. first + n - 1 of stored ones, exactly. */
void oc_dataset_convert(oc_h5_type type, const void *stored, size_t first, size_t n, double *to);

/* Local. Bytes of a sample's label or targets in memory. */
size_t oc_dataset_target_bytes(const oc_dataset *dataset);

/* Local. Targets first .. last - 1 of a split into memory, in the order of the schema. */
oc_status oc_dataset_fill_values(oc_dataset *dataset, int split, uint64_t first, uint64_t last);

/* Local. Targets are in memory: check them, find their statistics. OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_dataset_ready_targets(oc_dataset *dataset);

/* Local. Mean and deviation, and a digest, of a foreign file. */
oc_status oc_dataset_finish_foreign(oc_dataset *dataset, double *sums);

#endif
