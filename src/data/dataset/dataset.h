/* dataset.h - samples with labels or other targets in two splits, from a file that onecycle made or
 * from somebody else's HDF5 file.
 *
 * Layouts in docs/FORMATS.md. The digest of a file of ours is verified before HDF5 looks at it.
 * Labels are always in memory; images are there too, or are read while training (loader.h).
 * Where that memory is, and who fills it, is the caller's business: so that the ranks of a node
 * can have one copy and fill it together. */
#ifndef OC_DATA_DATASET_DATASET_H
#define OC_DATA_DATASET_DATASET_H

#include "base/hash.h"
#include "base/status.h"
#include "data/arrays/array_shape.h"
#include "storage/rows.h"
#include "storage/schema.h"
#include "storage/split.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_dataset oc_dataset;

typedef struct oc_dataset_info {
    const char *path;
    oc_schema schema; /* of the samples as they are given out: see oc_dataset_source.trained */
    uint64_t samples[OC_SPLIT_COUNT]; /* 0: no such split; the training split has some */
    oc_digest digest;                 /* of the file's content; of a foreign file see FORMATS.md */
    const char *source;               /* where the samples come from, as the importer says */
} oc_dataset_info;

/* What to open. With names of arrays the file is a foreign one. */
typedef struct oc_dataset_source {
    const char *path;
    const char *inputs[OC_SPLIT_COUNT], *targets[OC_SPLIT_COUNT]; /* NULL or "": none */
    /* Of a foreign file: of the targets, if they are in another; of the test split; of its targets;
     * NULL or "": with the others. */
    const char *targets_path, *test_path, *test_targets_path;
    oc_targets_kind kind;      /* of a foreign file's targets */
    oc_channel_order channels; /* where they are in its samples */
    int is_first_label_said;
    int64_t first_label; /* that of class 0, if it is said; else labels must begin with 0 */
    /* What a network was trained on: samples are then given out as that network knows them, with
     * its features, classes and targets in its order, its mean and deviation. NULL: as they are.
     * Read only while attaching. */
    const oc_schema *trained;
    int ignore_unknown_levels; /* a level that the network does not know becomes zeros */
    int as_is;                 /* mean 0 and deviation 1, whatever the data are */
    int targets_as_is;         /* likewise of regression targets */
    int verified;              /* another process of this node has just verified the file */
} oc_dataset_source;

/* Local. Both splits into memory of its own. OC_ERR_IO when it can't be read, OC_ERR_DATA when it
 * is damaged or not a data set (labels out of range included). */
oc_status oc_dataset_open(oc_dataset **dataset, const char *path);

/* Local. The same without the images: enough to describe it. */
oc_status oc_dataset_open_labels(oc_dataset **dataset, const char *path);

/* Local. No file but random bytes as images and random labels, a pure function of the arguments:
 * for measuring. `samples` a split, classes and (C, H, W) within the limits of files, else
 * OC_ERR_DATA; OC_ERR_INTERNAL. Its digest is 0, its path "random images". */
oc_status oc_dataset_random(oc_dataset **dataset, int channels, int height, int width, int classes,
                            const uint64_t samples[OC_SPLIT_COUNT], uint64_t seed);

/* Samples in somebody's memory, in C order: inputs (samples, C, H, W); labels (samples) where
 * `kind` is classes, else targets (samples, outputs) in their unit. Of a split without samples all
 * are NULL. */
typedef struct oc_dataset_arrays {
    int channels, height, width, outputs;
    oc_targets_kind kind;
    int as_is, targets_as_is; /* as in oc_dataset_source */
    struct {
        uint64_t samples;
        const float *inputs;
        const int32_t *labels;
        const double *targets;
    } split[OC_SPLIT_COUNT];
} oc_dataset_arrays;

/* Local. No file but those arrays, which are checked, and not copied: they must stay as they are
 * until oc_dataset_close. Mean and deviation are those of the training split; the digest is that of
 * all numbers, the path "arrays in memory". OC_ERR_DATA, OC_ERR_MEMORY, OC_ERR_INTERNAL. */
oc_status oc_dataset_borrow(oc_dataset **dataset, const oc_dataset_arrays *arrays);

void oc_dataset_close(oc_dataset *dataset); /* NULL-safe */

const oc_dataset_info *oc_dataset_describe(const oc_dataset *dataset);

/* ---- opening in steps: attach, place, fill, (survey,) ready ---- */

/* Local. Check what the file says of itself, without reading samples. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_dataset_attach(oc_dataset **dataset, const oc_dataset_source *source);

/* Local. Bytes of memory that labels, or labels and images, take. */
uint64_t oc_dataset_bytes(const oc_dataset *dataset, int with_images);

/* Local. Can images be read while training? Else says why not: OC_ERR_DATA. */
oc_status oc_dataset_check_streaming(const oc_dataset *dataset);

/* Local. Labels, and images if so, will be in `memory` of oc_dataset_bytes; not owned. */
void oc_dataset_place(oc_dataset *dataset, void *memory, int with_images);

/* Local. Read part number `part` of `parts` into the memory; what is read is checked. */
oc_status oc_dataset_fill(oc_dataset *dataset, int part, int parts);

/* Local. A foreign file brings no mean and deviation: doubles that its survey takes (0: no survey
 * is needed), and part number `part` of `parts` of it. Sums of all parts, added element by
 * element (all but one are zero), do not depend on `parts`. OC_ERR_IO, OC_ERR_DATA. */
size_t oc_dataset_survey_count(const oc_dataset *dataset);
oc_status oc_dataset_survey(const oc_dataset *dataset, int part, int parts, double *sums);

/* Local. All is in memory and surveyed: check labels, make ready. HDF5 is closed. OC_ERR_DATA. */
oc_status oc_dataset_ready(oc_dataset *dataset, double *sums);

/* ---- samples ---- */

/* Local. Bytes of one sample as stored. */
size_t oc_dataset_sample_bytes(const oc_dataset *dataset);

/* Local. The targets of a split, (N, targets) in the file's unit; NULL where there are labels. Not
 * owned. */
const double *oc_dataset_targets(const oc_dataset *dataset, oc_split split);

/* Local, no allocation, any thread. The targets of a sample as a network is to give them:
 * (v - mean) / deviation, in double before it becomes a float. */
void oc_dataset_target(const oc_dataset *dataset, oc_split split, uint32_t sample, float *targets);

/* Local. The labels of a split (NULL where there are targets); its images as stored, one behind
 * another, NULL when they are not in memory; and where they are read from then. Not owned. */
const int32_t *oc_dataset_labels(const oc_dataset *dataset, oc_split split);
const void *oc_dataset_images(const oc_dataset *dataset, oc_split split);
const oc_rows *oc_dataset_rows(const oc_dataset *dataset, oc_split split);

/* Local, no allocation, any thread. A sample as stored -> (C, H, W) normalised as
 * (v - mean) / deviation, in double before it becomes a float; v is the stored number. */
void oc_dataset_decode(const oc_dataset *dataset, const void *stored, float *image);

/* Local, no allocation, any thread. A sample as stored -> the stored numbers, (C, H, W). */
void oc_dataset_numbers(const oc_dataset *dataset, const void *stored, double *numbers);

/* Local, no allocation, any thread. Are all numbers of a stored sample finite, and no whole ones
 * beyond what a double holds? OC_ERR_DATA names file, array, sample and place. */
oc_status oc_dataset_check(const oc_dataset *dataset, oc_split split, uint64_t sample,
                           const void *stored);

/* Local, no allocation. Samples by index, decoded: images (n, C, H, W) and labels (n). Either may
 * be NULL; without classes labels are left alone. Indices must be below samples[split]; images must
 * be in memory. */
void oc_dataset_gather(const oc_dataset *dataset, oc_split split, const uint32_t *index, size_t n,
                       float *images, int32_t *labels);

#endif
