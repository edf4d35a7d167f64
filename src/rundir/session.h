/* session.h - what rank 0 keeps of a run while it trains: the run directory with its log,
 * tables, summary, plots and checkpoints, and the lines on the terminal. Other ranks
 * have a session only to take its place. */
#ifndef OC_RUNDIR_SESSION_H
#define OC_RUNDIR_SESSION_H

#include "control/keeper.h"
#include "control/loop.h"
#include "rundir/metrics.h"
#include "rundir/progress.h"
#include "rundir/run_dir.h"
#include "rundir/saving.h"
#include "rundir/shadow.h"

#include <stdio.h>

typedef struct oc_session {
    oc_run_dir *dir; /* not owned */
    FILE *watched;   /* not owned; where a person may watch, NULL for nowhere */
    oc_metrics *metrics;
    oc_saving saving;
    oc_progress progress;
    uint64_t start_step;
    int resumed;
    double epoch_started; /* info.seconds when the epoch began (in this session) */
    uint64_t epoch_start_step;
    /* Where ranks may be lost: see oc_session_share. */
    int is_shared;
    char folder[OC_PATH_BYTES];  /* of the run */
    double epoch_started_before; /* as they were before the last evaluation */
    uint64_t epoch_start_step_before;
    oc_shadow shadow;
} oc_session;

/* Local. What keeps a run in `dir`, a run directory that is open and stays so until training is
 * over, and shows it on `watched` (may be NULL). It begins a run there or goes on at the run's
 * step: recipe.yaml, log.txt and tables; a row after each step and evaluation; checkpoints; at the
 * end summary.json, plots and the last lines, of a run that was at its end already only what is
 * missing. All of it OC_ERR_IO. `session` must live as long as the keeper. */
oc_keeper oc_session_keeper(oc_session *session, oc_run_dir *dir, FILE *watched);

/* Collective. Each rank's session, whose `dir` is open on rank 0 alone, learns what it takes to go
 * on in the run directory should rank 0 be lost. The folder must be there under the same absolute
 * name. OC_ERR_IO, OC_ERR_PEER. */
oc_status oc_session_share(oc_session *session, oc_comm *comm);

/* Collective. oc_loop_run, with flight records (flight_records.h) in rank 0's `dir`; none if that
 * is not open. */
oc_status oc_session_loop(oc_run *run, const oc_run_dir *dir, const oc_loop_options *loop);

/* Collective. The same in the run directory `folder` (used on rank 0 only), which is opened and
 * closed here; `loop->keeper` is not looked at. Failures as those of oc_loop_run, and OC_ERR_IO. */
oc_status oc_session_train(oc_run *run, const char *folder, FILE *watched,
                           const oc_loop_options *loop);

#endif
