/* dataset.h - a data set in memory, from its file: labelled images in two splits.
 *
 * Layout in docs/FORMATS.md. Opening verifies the file's digest before HDF5 looks at it
 * and reads it whole, so that reading samples cannot fail. */
#ifndef OC_DATA_DATASET_H
#define OC_DATA_DATASET_H

#include "base/hash.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef enum oc_split { OC_SPLIT_TRAIN, OC_SPLIT_TEST, OC_SPLIT_COUNT } oc_split;

typedef struct oc_dataset oc_dataset;

typedef struct oc_dataset_info {
    const char *path;
    int channels, height, width;
    int classes;
    const char *const *class_names; /* classes of them */
    uint64_t samples[OC_SPLIT_COUNT];
    int is_float;                  /* images stored as float32, not uint8 */
    const float *mean, *deviation; /* per channel, in the scale below */
    oc_digest digest;              /* of the file's content */
    const char *source;            /* where the samples come from, as the importer says */
} oc_dataset_info;

/* Local. Both splits into memory. OC_ERR_IO when it can't be read, OC_ERR_DATA when it is
 * damaged or not a data set (labels out of range included). */
oc_status oc_dataset_open(oc_dataset **dataset, const char *path);

/* Local. No file but random bytes as images and random labels, a pure function of the arguments:
 * for measuring. `samples` a split, classes and (C, H, W) within the limits of files, else
 * OC_ERR_DATA; OC_ERR_INTERNAL. Its digest is 0, its path "random images". */
oc_status oc_dataset_random(oc_dataset **dataset, int channels, int height, int width, int classes,
                            const uint64_t samples[OC_SPLIT_COUNT], uint64_t seed);
void oc_dataset_close(oc_dataset *dataset); /* NULL-safe */

const oc_dataset_info *oc_dataset_describe(const oc_dataset *dataset);

/* Local, no allocation. Samples by index: images (n, C, H, W) normalised as
 * (v - mean) / deviation, where v is the stored float or the stored byte / 255; labels (n).
 * Either may be NULL. Indices must be below samples[split]. */
void oc_dataset_gather(const oc_dataset *dataset, oc_split split, const uint32_t *index, size_t n,
                       float *images, int32_t *labels);

#endif
