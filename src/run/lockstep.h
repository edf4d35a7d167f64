/* lockstep.h - a training step in which layers compute with numbers of several shards: statistics
 * of batch normalisation over the whole batch, or over more of it than a shard.
 *
 * All shards of a rank go through the network together, up to a layer that has something to measure
 * of them (oc_network_measure). What is measured is joined in the tree of shards, as gradients are
 * added, across threads and ranks; then all go on with the same numbers. So the bits do not depend
 * on the ranks or threads. It takes the activations of all of a rank's shards at a time. */
#ifndef OC_RUN_LOCKSTEP_H
#define OC_RUN_LOCKSTEP_H

#include "run/run.h"

/* Local. How many shards' statistics the recipe joins: a power of two, or all of them; 1: each
 * shard has its own. OC_ERR_USAGE for a batch_norm.ghost that is no such number, and for a recipe
 * whose exchange cannot be done between layers. */
oc_status oc_run_choose_joined(const oc_recipe *recipe, int *joined);

/* Local. How many shards a thread has at a time in such a run, at most. */
int oc_lockstep_most(const oc_run *run);

/* Local. Plan and allocate, for the run's plan, network and ranks. OC_ERR_MEMORY. */
oc_status oc_lockstep_create(oc_lockstep **lockstep, const oc_run *run);
void oc_lockstep_destroy(oc_lockstep *lockstep); /* NULL-safe */

/* Collective, no allocation. Forward and backward of this rank's shards, into the reduction. What
 * cannot be read is zeros, and says so in the tail. OC_ERR_PEER. */
oc_status oc_lockstep_train(oc_run *run);

#endif
