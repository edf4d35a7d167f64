/* import_progress.h - what an import shows while it goes: on a terminal a bar on standard error,
 * and everywhere a line for each thing that was not taken. */
#ifndef OC_CLI_IMPORT_IMPORT_PROGRESS_H
#define OC_CLI_IMPORT_IMPORT_PROGRESS_H

#include "data/dataset/dataset_write.h"

typedef struct oc_import_progress {
    int terminal; /* is somebody looking? */
    double next;  /* time of the next redrawing, seconds */
    uint64_t skipped, samples;
} oc_import_progress;

/* Local. Begin; the listener is for an importer's options. */
oc_import_listener oc_import_progress_begin(oc_import_progress *progress);

/* Local. The bar is gone; say how many more were skipped than were told by name. */
void oc_import_progress_end(const oc_import_progress *progress);

#endif
