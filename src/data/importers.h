/* importers.h - what users have -> a data set file. One file an importer. Each writes
 * atomically: an interrupted import leaves no half file. */
#ifndef OC_DATA_IMPORTERS_H
#define OC_DATA_IMPORTERS_H

#include "base/status.h"

#include <stdint.h>

typedef struct oc_import_idx {
    const char *train_images, *train_labels, *test_images, *test_labels; /* idx files */
} oc_import_idx;

typedef struct oc_import_synthetic {
    uint64_t seed;
    int channels, height, width, classes;
    uint64_t train, test; /* samples */
} oc_import_synthetic;

/* Local. idx files as of the MNIST page: magic 0x00000803 / 0x00000801, big-endian sizes.
 * OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_import_idx_run(const oc_import_idx *options, const char *out);

/* Local. Images that a small network can learn to >= 0.99: a smooth random pattern a class,
 * shifted and with noise a sample; a pure function of the options. */
oc_status oc_import_synthetic_run(const oc_import_synthetic *options, const char *out);

#endif
