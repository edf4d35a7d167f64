/* array_samples.h - samples and targets that come as arrays, from whatever kind of file, become a
 * data set: draws the test split, brings channels first, keeps every number. */
#ifndef OC_IMPORT_ARRAY_SAMPLES_H
#define OC_IMPORT_ARRAY_SAMPLES_H

#include "data/arrays/array_targets.h"
#include "data/dataset/dataset_write.h"
#include "import/import_arrays.h"

typedef struct oc_array_samples {
    oc_array *inputs[OC_SPLIT_COUNT]; /* at their first rows; test: NULL when it is to be drawn */
    oc_array_shape shape;             /* of all splits, as is the type */
    oc_array_targets *targets;        /* as many as inputs; not owned, like the inputs */
} oc_array_samples;

/* Local. Write the data set; `source` is what it says of where it came from. OC_ERR_DATA,
 * OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_array_samples_write(const oc_array_samples *samples, const oc_import_arrays *options,
                                 const char *source, const char *out);

#endif
