/* progress.h - what a person sees while training: on a terminal a bar per epoch (done, ETA,
 * loss, accuracy, LR, images/s) and a table row per epoch; elsewhere plain lines. Rank 0
 * only, on the given stream; never wider than the terminal; no allocation per step. */
#ifndef OC_TRAIN_PROGRESS_H
#define OC_TRAIN_PROGRESS_H

#include "train/metrics.h"

#include <stdio.h>

typedef struct oc_progress {
    FILE *out; /* NULL: silent */
    int terminal;
    int width;
    uint64_t total_steps, steps_per_epoch, start_step;
    double started, drawn; /* oc_seconds() */
    int bar_shown;
} oc_progress;

/* Local. `out` NULL for ranks that stay silent. */
void oc_progress_begin(oc_progress *progress, FILE *out, uint64_t total_steps,
                       uint64_t steps_per_epoch, uint64_t start_step);
void oc_progress_step(oc_progress *progress, const oc_step_row *row);
void oc_progress_epoch(oc_progress *progress, const oc_epoch_row *row);
void oc_progress_end(oc_progress *progress);

/* Local. Take the bar off the screen so that another line can be written. */
void oc_progress_clear(oc_progress *progress);

#endif
