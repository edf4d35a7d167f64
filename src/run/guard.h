/* guard.h - what happens when a step diverges (recipe section guard): the run ends, or the step is
 * skipped, or it is and the run goes back to a snapshot of its numbers.
 *
 * What is done comes with the step message (rank 0 decides it from the run's record), and whether
 * the step diverged from what was reduced; so all ranks do the same. The run's step, its order of
 * samples and its schedule go on in any case: a run never has a step twice, and batches that were
 * skipped stay so. All that is remembered is in info.guard, and with the snapshot in checkpoints.
 */
#ifndef OC_RUN_GUARD_H
#define OC_RUN_GUARD_H

#include "run/run.h"

/* Local. Checks the recipe's section; memory for the snapshot, if it asks for one. OC_ERR_USAGE,
 * OC_ERR_MEMORY. */
oc_status oc_guard_create(oc_run *run);
void oc_guard_destroy(oc_run *run); /* also where create was not reached */

/* Local, no allocation. What the message of the next step says: what happens if it diverges, and
 * the loss above which it does; 0: none is too large. */
oc_guard_action oc_guard_next(const oc_run *run);
double oc_guard_most_loss(const oc_run *run);

/* Local, no allocation; every rank alike, in a step: before its shards; when it has updated the
 * run; when it diverged, but for OC_GUARD_STOP. */
void oc_guard_begin_step(oc_run *run);
void oc_guard_end_step(oc_run *run, double loss);
void oc_guard_get_over(oc_run *run, oc_guard_action action);

/* Local. Into the log: what the guard takes; what it had to do. */
void oc_guard_tell_start(const oc_run *run);
void oc_guard_tell_end(const oc_run *run);

/* Local. Is the step after `iteration` one of the last that diverged? */
int oc_guard_has_skipped(const oc_run *run, uint64_t iteration);

/* Local. Is there a snapshot that a checkpoint has to hold besides the run? */
int oc_guard_has_snapshot(const oc_run *run, const oc_checkpoint_info *info);

/* Collective. The snapshot of rank `from` to ranks whose numbers were another step's, or to all;
 * `info` is that rank's. */
oc_status oc_guard_share(oc_run *run, const oc_checkpoint_info *info, int from);

#endif
