/* import_arrays.h - the importers of arrays (N, ...) that another program wrote, for C callers. */
#ifndef OC_IMPORT_IMPORT_ARRAYS_H
#define OC_IMPORT_IMPORT_ARRAYS_H

#include "data/arrays/array_shape.h"
#include "import/importer.h"

typedef struct oc_import_arrays {
    oc_import_common common; /* the source is the HDF5 file or the .npz; of .npy there is none */
    oc_array_format format;
    const char *inputs[OC_SPLIT_COUNT], *targets[OC_SPLIT_COUNT]; /* arrays; of .npy files */
    /* Other files: of all targets; of the test split; of its targets. NULL: where the samples of
     * the split are, or, of the test split, where those of the training split are. */
    const char *targets_source, *test_source, *test_targets_source;
    oc_targets_kind kind;
    oc_channel_order channels;
    int is_first_label_said;
    int64_t first_label; /* the label of class 0, if it is said; else labels must begin with 0 */
} oc_import_arrays;

/* Local. Two arrays, or four with a test split: inputs of 1 to 3 dimensions per sample, targets as
 * in array_targets.h. Bytes stay bytes, what is exact in float32 becomes that, all else float64.
 * OC_ERR_IO, OC_ERR_DATA, OC_ERR_USAGE, OC_ERR_INTERNAL, OC_ERR_MEMORY. */
oc_status oc_import_arrays_run(const oc_import_arrays *options, const char *out);

#endif
