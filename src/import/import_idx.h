/* import_idx.h - the importer of idx files, for C callers. */
#ifndef OC_IMPORT_IMPORT_IDX_H
#define OC_IMPORT_IMPORT_IDX_H

#include "import/importer.h"

enum {
    OC_IDX_TRAIN_IMAGES,
    OC_IDX_TRAIN_LABELS,
    OC_IDX_TEST_IMAGES,
    OC_IDX_TEST_LABELS,
    OC_IDX_FILES
};

typedef struct oc_import_idx {
    oc_import_common common; /* its source is for the command line: a folder of the files */
    const char *file[OC_IDX_FILES];
} oc_import_idx;

/* Local. idx files as of the MNIST page: magic 0x00000803 / 0x00000801, big-endian sizes; plain or
 * compressed with gzip. OC_ERR_IO, OC_ERR_DATA, OC_ERR_INTERNAL, OC_ERR_MEMORY. */
oc_status oc_import_idx_run(const oc_import_idx *options, const char *out);

#endif
