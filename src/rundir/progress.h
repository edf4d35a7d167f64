/* progress.h - what a person sees while training: on a terminal a bar per epoch (done, ETA,
 * loss, accuracy, LR, images/s) and a table row per epoch; elsewhere plain lines. Rank 0
 * only, on the given stream; never wider than the terminal; no allocation per step.
 * The numbers of a step are shown smoothed (source: fastai, SmoothenValue: exponential
 * average, beta 0.98, divided by 1 - beta^n); files keep the raw ones. */
#ifndef OC_RUNDIR_PROGRESS_H
#define OC_RUNDIR_PROGRESS_H

#include "base/decision.h"
#include "rundir/metrics.h"

#include <stdio.h>

/* An exponential average that is right from the first value on. */
typedef struct oc_average {
    double sum, weight;
} oc_average;

typedef struct oc_progress {
    FILE *out;    /* NULL: silent */
    int terminal; /* `out` takes cursor control; clear it after begin where TERM is "dumb" */
    int width;    /* columns; follows the window where `out` has one */
    uint64_t total_steps; /* OC_OPEN: nobody knows yet; may change from step to step */
    uint64_t steps_per_epoch, start_step;
    double started, drawn; /* oc_seconds() */
    int bar_shown;
    double last_step; /* oc_seconds() of the step before, or of the end of an evaluation */
    oc_average loss, accuracy, images_per_second, seconds_per_step;
    uint64_t tenth;       /* plain lines: the tenth of the run's epochs last written */
    oc_targets_kind kind; /* set after begin; of regression accuracy is R2 and no percentage */
    unsigned columns;     /* of the table's last header, one bit each; 0: none yet */
} oc_progress;

/* Local. `out` NULL for ranks that stay silent. Draws nothing yet. Under mpirun stderr is
 * never a terminal and stdout is one when mpirun's is: give stdout. */
void oc_progress_begin(oc_progress *progress, FILE *out, uint64_t total_steps,
                       uint64_t steps_per_epoch, uint64_t start_step);

/* Local. On a terminal the bar, at most 10 times a second and at the epoch's end; elsewhere
 * a line for each tenth of an epoch, at most one in 5 s. */
void oc_progress_step(oc_progress *progress, const oc_step_row *row);
void oc_progress_epoch(oc_progress *progress, const oc_epoch_row *row);
void oc_progress_end(oc_progress *progress);

/* Local. Take the bar off the screen so that another line can be written. */
void oc_progress_clear(oc_progress *progress);

#endif
