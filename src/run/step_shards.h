/* step_shards.h - what a thread does in a training step: its shards forward and backward, into the
 * reduction. */
#ifndef OC_RUN_STEP_SHARDS_H
#define OC_RUN_STEP_SHARDS_H

#include "run/run.h"

/* Local. How many shards a thread takes at once: compute.side_by_side, or what pays. A power of
 * two. OC_ERR_USAGE. */
oc_status oc_run_choose_side_by_side(oc_run *run);

/* Local, no allocation, by each thread of the team. What cannot be read is zeros, and says so in
 * the tail. */
void oc_run_train_shards(const oc_run *run, int thread);

/* Local. What each layer does in this step (oc_layer_mode). */
const unsigned char *oc_run_modes(const oc_run *run);

/* Collective, no allocation. Forward and backward of all shards of step `step` with the run's
 * parameters, and their sum: the reduced vector, valid until the next one. OC_ERR_PEER; the same on
 * every rank, OC_ERR_IO or OC_ERR_DATA when some rank's samples could not be read. */
oc_status oc_run_sum_shards(oc_run *run, uint64_t step, int overlaps, float **sum);

#endif
