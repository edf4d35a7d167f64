/* array_targets.h - what is to be learnt, as arrays of other programs have it: labels as whole
 * numbers of any type, one-hot or strings, and numbers. Found once here for importers and for
 * training from a foreign file. */
#ifndef OC_DATA_ARRAYS_ARRAY_TARGETS_H
#define OC_DATA_ARRAYS_ARRAY_TARGETS_H

#include "data/arrays/array_file.h"
#include "storage/split.h"
#include "storage/targets.h"

enum { OC_FIRST_LABEL_UNSAID = -1 };

/* Where an array is; texts are borrowed. */
typedef struct oc_array_location {
    oc_array_format format;
    const char *path, *name; /* path NULL: there is none */
} oc_array_location;

typedef struct oc_array_targets oc_array_targets;

/* Local. Look at the targets of all splits: (N), (N, 1), ..., one-hot (N, K), strings, or as
 * numbers (N, T). Strings are read, to know the classes. `first_label` is the label of class 0.
 * OC_ERR_IO, OC_ERR_DATA, OC_ERR_INTERNAL. */
oc_status oc_array_targets_open(oc_array_targets **targets,
                                const oc_array_location location[OC_SPLIT_COUNT],
                                oc_targets_kind kind, int64_t first_label);
void oc_array_targets_close(oc_array_targets *targets); /* NULL-safe */

/* Local. Samples of a split. */
uint64_t oc_array_targets_samples(const oc_array_targets *targets, oc_split split);

/* Local. Targets a sample where they are numbers; 0 for classes. */
int oc_array_targets_each(const oc_array_targets *targets);

/* Local. Labels from 0 (n), or numbers (n, T), of samples first .. first + n - 1. OC_ERR_DATA names
 * the array and the sample of what is no label, not finite, or not 0 or 1 where it must be. */
oc_status oc_array_targets_labels(const oc_array_targets *targets, oc_split split, uint64_t first,
                                  uint64_t n, int32_t *to);
oc_status oc_array_targets_numbers(const oc_array_targets *targets, oc_split split, uint64_t first,
                                   uint64_t n, double *to);

/* Local. All labels of all splits are read: the classes, by name; and for people which of them have
 * no training sample. `labels` may be NULL: *classes is then 0 where only the labels tell. `names`
 * is freed by the caller, with free(), as one block; `note` stays empty when there is nothing to
 * say. OC_ERR_DATA when no label is the first one and nobody said which that is; OC_ERR_INTERNAL.
 */
enum { OC_TARGETS_NOTE = 256 };
oc_status oc_array_targets_classes(const oc_array_targets *targets,
                                   const int32_t *const labels[OC_SPLIT_COUNT], char ***names,
                                   size_t *classes, char note[OC_TARGETS_NOTE]);

#endif
