/* dataset_private.h - what the files dataset*.c share. */
#ifndef OC_DATA_DATASET_DATASET_PRIVATE_H
#define OC_DATA_DATASET_DATASET_PRIVATE_H

#include "base/file.h"
#include "data/arrays/array_shape.h"
#include "data/dataset/dataset.h"
#include "data/dataset/dataset_write.h"
#include "data/dataset/match.h"
#include "storage/h5.h"

enum { OC_BYTE_VALUES = 256, OC_ARRAY_NAME = 256 };

typedef struct oc_dataset_split {
    char path[OC_PATH_BYTES]; /* the file of the inputs, where it is a foreign one */
    char inputs[OC_ARRAY_NAME], targets[OC_ARRAY_NAME]; /* names of arrays */
    oc_rows *rows;                                      /* NULL: HDF5 alone can read them */
    unsigned char *images; /* (N, sample bytes) as stored; NULL when not in memory */
    int32_t *labels;       /* (N) */
    double *values;        /* (N, targets), instead of labels */
} oc_dataset_split;

typedef struct oc_foreign oc_foreign; /* dataset_foreign.c */

struct oc_dataset {
    oc_dataset_info info;
    oc_dataset_split split[OC_SPLIT_COUNT];
    oc_number_type type;  /* of images as stored */
    oc_h5_type own_type;  /* the same, of a file of ours */
    size_t stored_values; /* of a sample in the file */
    int stored_classes;   /* of the file, where a network has others */
    oc_foreign *foreign;  /* NULL: a file of ours, or none */
    int is_borrowed;      /* no file: the parts are somebody's arrays */
    int is_last;          /* samples are stored (H, W, C) */
    int as_is, targets_as_is;
    int is_trained; /* the schema is that of a network */
    oc_h5 *file;    /* of ours: until ready */
    void *memory;   /* its own, if it has some */
    float *table;   /* (C, 256): what each byte becomes; NULL when images are not bytes */
    oc_match match; /* where a network's values, classes and targets lie in this file */
    char source[OC_DATASET_MAX_SOURCE + 1];
    char path[];
};

/* Local. What a file of ours says, into the description. */
oc_status oc_dataset_read_own(oc_dataset *dataset);

/* Local. Open the arrays of foreign files; what they are goes into the description, and where the
 * rows lie into its splits. OC_ERR_IO, OC_ERR_DATA, OC_ERR_USAGE, OC_ERR_INTERNAL. */
oc_status oc_dataset_open_foreign(oc_dataset *dataset, const oc_dataset_source *source);
void oc_foreign_close_arrays(oc_foreign *foreign); /* NULL-safe; no more rows are read */
void oc_foreign_destroy(oc_foreign *foreign);      /* NULL-safe */

/* Local. The failure that says why a split cannot be read while training, and what can be done. */
oc_status oc_foreign_check_streaming(const oc_dataset *dataset, int split);

/* Local. Samples first .. first + n - 1 as they are stored, by HDF5; their labels from 0, or their
 * targets. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_foreign_read(const oc_foreign *foreign, oc_split split, uint64_t first, uint64_t n,
                          void *to);
oc_status oc_foreign_labels(const oc_foreign *foreign, oc_split split, uint64_t first, uint64_t n,
                            int32_t *to);
oc_status oc_foreign_numbers(const oc_foreign *foreign, oc_split split, uint64_t first, uint64_t n,
                             double *to);

/* Local. Classes of the schema: as those of a network, before labels are read; from the labels,
 * once all are in memory. OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_foreign_number_classes(oc_dataset *dataset, const oc_schema *trained);
oc_status oc_foreign_find_classes(oc_dataset *dataset);

/* Local. Are samples stored as bytes? */
int oc_dataset_is_bytes(const oc_dataset *dataset);

/* Local. The table of bytes. */
oc_status oc_dataset_make_table(oc_dataset *dataset);

/* Local. Bytes of a sample's label or targets in memory. */
size_t oc_dataset_target_bytes(const oc_dataset *dataset);

/* Local. Targets first .. last - 1 of a split into memory, in the order of the schema. */
oc_status oc_dataset_fill_values(oc_dataset *dataset, int split, uint64_t first, uint64_t last);

/* Local. Targets are in memory: check them, find their statistics. OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_dataset_ready_targets(oc_dataset *dataset);

/* Local. Mean and deviation, and a digest, of a foreign file. */
oc_status oc_dataset_finish_foreign(oc_dataset *dataset, double *sums);

#endif
