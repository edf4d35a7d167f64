/* datasets.h - opening a data set in steps, as a run's ranks do, in one process. */
#ifndef OC_TESTS_DATASETS_H
#define OC_TESTS_DATASETS_H

#include "data/loader/loader.h"

typedef struct oc_opened {
    oc_dataset *dataset;
    void *memory;                 /* labels, and images if they are in memory */
    oc_selection train, evaluate; /* all samples of either split */
} oc_opened;

/* To be closed whatever the status. */
oc_status oc_open_in_steps(oc_opened *opened, const oc_dataset_source *source, int with_images);
void oc_opened_close(oc_opened *opened);

/* Open a file and close it again -> what opening said; a failure must name the file. */
oc_status oc_open_and_close(const char *path);

#endif
