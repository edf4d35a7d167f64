/* callback.h - functions around training, onecycle's and a user's own: what a run tells while it
 * goes, and how it is stopped from outside. They are called on rank 0 only, so they are Local: a
 * collective inside one would wait for ever. What they decide travels in the next step message, so
 * every rank stops after the same step. */
#ifndef OC_CONTROL_CALLBACK_H
#define OC_CONTROL_CALLBACK_H

#include "run/run.h"

/* Any function may be NULL. `run` is to be read: recipe, info (where it is, sums of the epoch, last
 * evaluation), parameters as they are after the step. Each returns OC_OK to go on; OC_STOPPED to
 * save and stop (code 75, may be resumed); what oc_fail gave to end with that failure, without a
 * checkpoint. onecycle's own come first (the guard against divergence, tables and terminal, the
 * best checkpoint, reduce_on_plateau, early stopping: watch.h, session.h), then the others in their
 * order; after one that failed the rest is not called, after a stop it is. */
typedef struct oc_callback {
    void *context; /* given back to each; not owned */

    /* After each step, also one that diverged and was skipped (result->diverged; the loss may be
     * NaN); one that ends the run only the guard sees. Must not allocate, for it is in the step. */
    oc_status (*on_step)(void *context, const oc_run *run, const oc_step *step,
                         const oc_step_result *result);

    /* After on_step of an epoch's last step, before its evaluation. */
    oc_status (*on_epoch)(void *context, const oc_run *run);

    /* After an evaluation: run->info.test_loss, test_accuracy, best_accuracy. */
    oc_status (*on_evaluate)(void *context, const oc_run *run);

    /* Once, after the last checkpoint, before summary and plots are written. `outcome` is how
     * training ended; it stays. Not called when a rank was lost. */
    void (*on_end)(void *context, const oc_run *run, oc_status outcome);
} oc_callback;

#endif
