/* plot.h - pictures through the program gnuplot: of a run, and of a schedule. */
#ifndef OC_RUNDIR_PLOT_H
#define OC_RUNDIR_PLOT_H

#include "base/status.h"

/* What oc_plot_run draws in a run directory, the last one last. */
#define OC_PLOT_NAMES                                                                              \
    {                                                                                              \
        "plots/loss.png", "plots/accuracy.png", "plots/schedule.png", "plots/training.png"         \
    }

/* Local. FOLDER/plots/{loss,accuracy,schedule}.png (LR and momentum against step) and one
 * overview FOLDER/plots/training.png, from steps.csv and epochs.csv, losses and accuracies
 * smoothed as progress.h does. OC_ERR_IO when a file cannot be read or gnuplot is missing or
 * fails (the message says how to install it); OC_ERR_DATA when there is nothing to plot. */
oc_status oc_plot_run(const char *folder);

/* Local. A CSV of `onecycle schedule` (step,lr,momentum) to .png or .svg. OC_ERR_USAGE for
 * another ending; OC_ERR_IO, OC_ERR_DATA as above. `title` may be NULL. */
oc_status oc_plot_schedule(const char *csv, const char *picture, const char *title);

#endif
