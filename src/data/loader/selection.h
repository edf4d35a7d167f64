/* selection.h - which samples of a split an epoch is made of, before they are put in order:
 * all; all but those kept for validation, or just those; each class equally often. A pure
 * function of the labels and the recipe. */
#ifndef OC_DATA_LOADER_SELECTION_H
#define OC_DATA_LOADER_SELECTION_H

#include "base/status.h"

#include <stdint.h>

typedef enum oc_subset { OC_SUBSET_ALL, OC_SUBSET_TRAINING, OC_SUBSET_VALIDATION } oc_subset;

typedef struct oc_selection_config {
    oc_subset subset;
    double validation; /* fraction of the samples that is kept for validation */
    int balance;       /* each class as often as the largest */
    int classes;
} oc_selection_config;

typedef struct oc_selection {
    uint32_t count;   /* samples an epoch has */
    uint32_t *sample; /* NULL: number i is sample i. By class in turn when balanced */
    uint32_t *begin;  /* balanced: (classes + 1), where each class begins in `sample` */
    uint32_t classes; /* that have samples; 0 when not balanced */
} oc_selection;

/* Local. Is the sample kept for validation? By a hash of its number alone: no seed enters, so
 * runs can be compared. */
int oc_selection_is_validation(uint32_t sample, double share);

/* Local. From the labels of `samples` samples. OC_ERR_USAGE when nothing is left, or balancing
 * makes more than 2^32 - 1; OC_ERR_INTERNAL. */
oc_status oc_selection_create(oc_selection *selection, const oc_selection_config *config,
                              const int32_t *labels, uint32_t samples);
void oc_selection_free(oc_selection *selection); /* safe on a zeroed one */

/* Local. The sample that number `index` (< count) of an epoch is. Of a class with fewer samples
 * than the largest each comes as often as the others, or once more; which, changes by epoch. */
uint32_t oc_selection_at(const oc_selection *selection, uint32_t epoch, uint32_t index);

#endif
