/* sweep.h - a sweep: the runs of a grid's points, each in a folder of its own, and the table made
 * of their summaries. Prints nothing. */
#ifndef OC_STUDIES_SWEEP_H
#define OC_STUDIES_SWEEP_H

#include "studies/grid.h"

#include "control/loop.h"

#include <signal.h>

/* Local. FOLDER/point-NNN, counted from 1, into out[OC_PATH_BYTES]. */
oc_status oc_sweep_point_folder(char *out, const char *folder, size_t point);

/* Local. How a run ended by its summary.json: "done", "diverged", "stopped"; "" without one. */
void oc_sweep_point_status(const char *point_folder, char status[32]);

typedef struct oc_sweep_options {
    const char *folder;
    const volatile sig_atomic_t *stop;
    /* The group's first rank: a run came to an end: OC_OK, OC_STOPPED or OC_ERR_DIVERGED. May be
     * NULL. */
    void (*on_end)(const oc_grid *grid, size_t point, const oc_run *run, oc_status status);
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

/* How a row's status reads: "unfinished" where there is none. */
const char *oc_sweep_row_status(const oc_sweep_row *row);

/* Local, rank 0. FOLDER/sweep.csv and sweep.png by the summaries of the points' runs, best first;
 * rows[points] [out] are those of the file. *unfinished [out]: points without an end. OC_ERR_IO; a
 * missing gnuplot is a warning. */
oc_status oc_sweep_table(const char *folder, const oc_grid *grid, oc_sweep_row *rows,
                         size_t *unfinished);

#endif
