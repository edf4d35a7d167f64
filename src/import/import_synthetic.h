/* import_synthetic.h - the importer that needs no data, for C callers. */
#ifndef OC_IMPORT_IMPORT_SYNTHETIC_H
#define OC_IMPORT_IMPORT_SYNTHETIC_H

#include "import/importer.h"

typedef struct oc_import_synthetic {
    oc_import_common common;
    int channels, height, width, classes;
    uint64_t train, test; /* samples */
} oc_import_synthetic;

/* Local. Images that a small network can learn to >= 0.99: a smooth random pattern per class,
 * shifted and with noise in each sample; a pure function of the options. OC_ERR_USAGE beyond the
 * limits of data sets, OC_ERR_IO, OC_ERR_INTERNAL, OC_ERR_MEMORY. */
oc_status oc_import_synthetic_run(const oc_import_synthetic *options, const char *out);

#endif
