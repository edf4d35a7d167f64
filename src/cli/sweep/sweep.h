/* sweep.h - what the files of `onecycle sweep` share: the folder of a sweep, its points' runs, and
 * the table made of their summaries. */
#ifndef OC_CLI_SWEEP_SWEEP_H
#define OC_CLI_SWEEP_SWEEP_H

#include "cli/common/grid.h"

#include <signal.h>
#include <stdio.h>

/* Local. FOLDER/point-NNN, counted from 1, into out[OC_PATH_BYTES]. */
oc_status oc_sweep_point_folder(char *out, const char *folder, size_t point);

/* Local. How a run ended by its summary.json: "done", "diverged", "stopped"; "" without one. */
void oc_sweep_point_status(const char *point_folder, char status[32]);

typedef struct oc_sweep_options {
    const char *folder;
    int quiet;
    const volatile sig_atomic_t *stop;
} oc_sweep_options;

/* Collective over the group. This group's points: new, gone on with, or passed over when done. A
 * diverged run is no failure. A stop of one group (a signal, or a file FOLDER/stop) stops the
 * others within about a second and a step. OC_STOPPED; failures of training. */
oc_status oc_sweep_run(const oc_rank_groups *groups, const oc_grid *grid,
                       const oc_sweep_options *options);

/* A point as its run's summary.json has it. */
typedef struct oc_sweep_row {
    size_t point;
    const char *label; /* not owned */
    char status[32];   /* "" for none yet */
    char hash[OC_DIGEST_TEXT];
    double score, test_loss, train_loss, seconds; /* NaN: not known */
    uint64_t steps;
    int is_r2;
} oc_sweep_row;

/* Local. Has it ended with a score? */
int oc_sweep_is_done(const oc_sweep_row *row);

/* Local. FOLDER/sweep.png of rows, the best first; no picture if none has a score. OC_ERR_IO. */
oc_status oc_sweep_plot(const char *folder, const oc_sweep_row *rows, size_t count);

/* Local, rank 0. FOLDER/sweep.csv, sweep.png and, unless `out` is NULL, a table of 80 columns, by
 * the summaries of the points' runs; best first. *unfinished [out]: points without an end.
 * OC_ERR_IO; a missing gnuplot is a warning. */
oc_status oc_sweep_report(const char *folder, const oc_grid *grid, FILE *out, size_t *unfinished);

#endif
