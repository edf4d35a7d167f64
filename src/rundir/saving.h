/* saving.h - when a run's checkpoints are written and what happens when that fails: the policy
 * around checkpoint_writer.h. Training waits for a checkpoint only at its end; one that cannot be
 * written is told and costs nothing but itself. Rank 0 only; all calls are Local. */
#ifndef OC_RUNDIR_SAVING_H
#define OC_RUNDIR_SAVING_H

#include "control/keeper.h"
#include "run/run.h"
#include "rundir/checkpoint_writer.h"
#include "rundir/metrics.h"
#include "rundir/run_dir.h"

typedef struct oc_saving {
    const oc_run_dir *dir; /* not owned, as what follows */
    oc_metrics *metrics;   /* durable before each checkpoint */
    oc_checkpoint_writer *writer;
    char folder[OC_PATH_BYTES]; /* checkpoints/ */
    uint64_t newest;            /* step of the newest checkpoint that was written, or resumed from;
                                   UINT64_MAX: none */
    uint64_t under_way;         /* step of the one that is being written */
    double copy_seconds;        /* that training waited for the last one */
    oc_save_cost cost;          /* of the last one that was written */
    int look;                   /* see oc_checkpoint_dir_build */
    int fails;                  /* the last one could not be written */
    int is_stuck;               /* the one under way was given up waiting for */
} oc_saving;

/* Starts the writer; `folder` is set and there. `step`: where the run resumed, 0: it is new.
 * OC_ERR_MEMORY. */
oc_status oc_saving_begin(oc_saving *saving, const oc_run_dir *dir, oc_metrics *metrics,
                          uint64_t step);

/* After a step: tells how the checkpoint ended that was being written. Cheap, allocates nothing. */
void oc_saving_look(oc_saving *saving);

/* The run as it is now. Unless `is_last` it is only copied, and OC_OK returned even where it cannot
 * be saved, which is told; OC_ERR_IO then means that the run directory is gone. With `is_last` it
 * is on the disk when OC_OK returns; the message of a failure says what is lost. */
oc_status oc_saving_save(oc_saving *saving, oc_run *run, int best, int is_last);

/* Waits for what is being written, within the limit for what rank 0 does alone. 0: that has not
 * ended, and what the writer uses (metrics) must stay. Also where begin failed. */
int oc_saving_end(oc_saving *saving, const oc_run *run);

#endif
