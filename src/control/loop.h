/* loop.h - the training loop: rank 0 decides what comes next, every rank does it. */
#ifndef OC_CONTROL_LOOP_H
#define OC_CONTROL_LOOP_H

#include "control/callback.h"
#include "control/keeper.h"
#include "run/run.h"

/* What rank 0 looks at to decide. Plain numbers, so that the decision is a pure function. */
typedef struct oc_loop_view {
    uint64_t step, total_steps, steps_per_epoch;
    uint64_t evaluated_step, saved_step;          /* UINT64_MAX: never */
    uint64_t save_every_steps, save_every_epochs; /* 0: no */
    int save_due;                                 /* by time */
    int save_best; /* the last evaluation was the best so far and is not saved yet */
    int stop;      /* asked to stop by a signal, or stop_at is reached */
    int failed;    /* training can't go on */
} oc_loop_view;

/* Local. The next action. A stop is preceded by a checkpoint of that step, unless training
 * failed; the end of an epoch by an evaluation; the end of the run by both. */
oc_action oc_loop_next(const oc_loop_view *view);

typedef struct oc_loop_options {
    const oc_keeper *keeper; /* rank 0; NULL: nothing is kept, no checkpoint is due */
    int may_lose_ranks;      /* if the communicator may: go on without ranks that are lost. All of
                              * this is then the same on every rank, callbacks aside */
    uint64_t stop_at;        /* save and stop after this many steps; 0 never */
    const oc_callback *callbacks; /* rank 0: (callback_count), in the order they are called */
    size_t callback_count;
    /* For train.fit_time; rank 0. Its clock, NULL for oc_seconds(), which a test may replace. */
    double (*clock)(void *context);
    void *clock_context;
    double started;        /* on that clock, when the time began to run; 0: when the loop begins */
    double allocation_end; /* on that clock, for fit_time allocation */
} oc_loop_options;

/* Collective. Train from where the run is to its end, which may be decided on the way: by the clock
 * (time_budget.h) and by evaluations (watch.h). OC_OK; OC_STOPPED after a stop and, where
 * the keeper can save, its checkpoint; OC_ERR_DIVERGED, OC_ERR_REPLICAS, OC_ERR_PEER, OC_ERR_IO. */
oc_status oc_loop_run(oc_run *run, const oc_loop_options *options);

#endif
