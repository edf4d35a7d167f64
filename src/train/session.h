/* session.h - what rank 0 keeps of a run while it trains: the run directory with its log,
 * tables, summary, plots and checkpoints, and the lines on the terminal. Other ranks have
 * no session. */
#ifndef OC_TRAIN_SESSION_H
#define OC_TRAIN_SESSION_H

#include "train/callback.h"
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
} oc_session;

/* Local. Is there a run in the folder already? */
int oc_session_exists(const char *folder);

/* Local. Make the folder, lock it, write recipe.yaml, open log and tables at the run's step.
 * OC_ERR_IO (read-only, in use by another process). */
oc_status oc_session_open(oc_session *session, const oc_run *run, const char *folder,
                          FILE *progress);

/* Local. What writes a row of the tables and the terminal after each step and evaluation. */
oc_callback oc_session_callback(oc_session *session);

/* Local. Rows written so far, and a checkpoint; `best`: it is the best so far. OC_ERR_IO. */
oc_status oc_session_save(oc_session *session, oc_run *run, int best);

/* Local. summary.json, plots, last lines; `outcome` is how the loop ended. The first failure
 * is returned. Safe on a zeroed session. */
oc_status oc_session_close(oc_session *session, oc_run *run, oc_status outcome);

#endif
