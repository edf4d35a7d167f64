/* array_samples.h - samples and targets that come as arrays, from whatever kind of file: what the
 * importers of HDF5 and numpy files share once they have found them. Checks labels, counts classes,
 * draws the test split, brings channels first, writes the data set. */
#ifndef OC_DATA_ARRAY_SAMPLES_H
#define OC_DATA_ARRAY_SAMPLES_H

#include "data/dataset_write.h"
#include "data/importers.h"

typedef struct oc_array_samples {
    const char *name[OC_SPLIT_COUNT];         /* of the inputs, for messages */
    const char *targets_name[OC_SPLIT_COUNT]; /* likewise */
    oc_targets_kind kind;
    int targets;                      /* a sample, where there are no classes */
    uint64_t samples[OC_SPLIT_COUNT]; /* test: 0 when it is to be drawn */
    uint64_t shape[3];                /* of a sample: (C, H, W), or (H, W, C) with channels last */
    int is_float;                     /* float32, else bytes */
    const int32_t *labels[OC_SPLIT_COUNT]; /* (N); or, where there are no classes, */
    const double *values[OC_SPLIT_COUNT];  /* (N, targets); not owned */
    /* The next n samples of a split, as a row each. */
    oc_status (*read)(void *user, oc_split split, size_t n, void *to);
    void *user;
} oc_array_samples;

/* Local. Are the arrays' names and the way to a test split complete? OC_ERR_USAGE. */
oc_status oc_array_samples_check(const char *importer, const oc_import_arrays *options);

/* Local. Inputs of `rank` dimensions (samples first) -> the shape of a sample; OC_ERR_DATA unless
 * there are 1 to 3, OC_ERR_USAGE for channels last without channels. */
oc_status oc_array_samples_shape(uint64_t shape[3], const char *name, int rank,
                                 const uint64_t *extent, int channels_last);

/* Local. Write the data set; `source` is what it says of where it came from. OC_ERR_DATA,
 * OC_ERR_IO, OC_ERR_INTERNAL, and what `read` returns. */
oc_status oc_array_samples_write(const oc_array_samples *samples, const oc_import_arrays *options,
                                 const char *source, const char *out);

#endif
