/* session.h - what rank 0 keeps of a run while it trains: the run directory with its log,
 * tables, summary, plots and checkpoints, and the lines on the terminal. Other ranks have
 * no session. */
#ifndef OC_RUNDIR_SESSION_H
#define OC_RUNDIR_SESSION_H

#include "control/callback.h"
#include "run/run.h"
#include "rundir/metrics.h"
#include "rundir/progress.h"
#include "rundir/run_dir.h"

#include <stdio.h>

typedef struct oc_session {
    oc_run_dir *dir; /* not owned */
    char checkpoints[OC_PATH_BYTES];
    oc_metrics *metrics;
    oc_progress progress;
    uint64_t start_step;
    int resumed;
    double epoch_started; /* info.seconds when the epoch began (in this session) */
    uint64_t epoch_start_step;
} oc_session;

/* Local. Begin or go on in a run directory that is open: recipe.yaml, log and tables at the run's
 * step. OC_ERR_IO. */
oc_status oc_session_open(oc_session *session, const oc_run *run, oc_run_dir *dir, FILE *progress);

/* Local. What writes a row of the tables and the terminal after each step and evaluation. */
oc_callback oc_session_callback(oc_session *session);

/* Local. Rows written so far, and a checkpoint; `best`: it is the best so far. OC_ERR_IO. */
oc_status oc_session_save(oc_session *session, oc_run *run, int best);

/* Local. summary.json, plots, last lines; `outcome` is how the loop ended. Of a run that was at its
 * end already only what is missing is written. The first failure is returned. Safe on a zeroed
 * session. */
oc_status oc_session_close(oc_session *session, oc_run *run, oc_status outcome);

#endif
