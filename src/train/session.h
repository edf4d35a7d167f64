/* session.h - what rank 0 keeps of a run while it trains: the run directory with its log,
 * tables, summary, plots and checkpoints, and the lines on the terminal. Other ranks have
 * no session. */
#ifndef OC_TRAIN_SESSION_H
#define OC_TRAIN_SESSION_H

#include "train/metrics.h"
#include "train/progress.h"
#include "train/run.h"

#include <stdio.h>

typedef struct oc_session {
    char folder[OC_PATH_BYTES], checkpoints[OC_PATH_BYTES];
    int lock; /* file descriptor, -1 none */
    FILE *log;
    oc_metrics *metrics;
    oc_progress progress;
    uint64_t start_step;
    int resumed;
    double epoch_started; /* info.seconds when the epoch began (in this session) */
    uint64_t epoch_start_step;
    int save_best;
} oc_session;

/* Local. Is there a run in the folder already? */
int oc_session_exists(const char *folder);

/* Local. Make the folder, lock it, write recipe.yaml, open log and tables at the run's step.
 * OC_ERR_IO (read-only, in use by another process). */
oc_status oc_session_open(oc_session *session, const oc_run *run, const char *folder,
                          FILE *progress);

/* Local. After a step, an evaluation, before and at a checkpoint. Writing a step's row
 * allocates nothing. */
void oc_session_step(oc_session *session, oc_run *run, const oc_step *step,
                     const oc_step_result *result, double seconds);
void oc_session_evaluated(oc_session *session, oc_run *run, double learning_rate);
oc_status oc_session_save(oc_session *session, oc_run *run);

/* Local. summary.json, plots, last lines; `outcome` is how the loop ended. The first failure
 * is returned. Safe on a zeroed session. */
oc_status oc_session_close(oc_session *session, oc_run *run, oc_status outcome);

#endif
