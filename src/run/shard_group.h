/* shard_group.h - shards that a thread takes through the network together: their samples, where
 * their gradients go, and what follows those. Who takes which, and when, is step_shards.c's and
 * lockstep.c's. */
#ifndef OC_RUN_SHARD_GROUP_H
#define OC_RUN_SHARD_GROUP_H

#include "run/run.h"

/* On their way through a step. */
typedef struct oc_shard_group {
    const oc_run *run;
    int thread;
    int first, count;
    oc_tree_node node; /* all of them, where layers may take them together */
} oc_shard_group;

/* Local, no allocation, by the thread itself, all of them. Where the gradients go. */
void oc_shard_group_find_places(const oc_shard_group *group);

/* The thread's next shards: functions of seed, step and shard alone. What cannot be had is in the
 * worker's status. */
void oc_shard_group_load(const oc_shard_group *group);

/* Loss, and the gradient of each shard's outputs. */
void oc_shard_group_apply_loss(const oc_shard_group *group);

/* For oc_gradient_sum.ready; `group` is an oc_shard_group. */
void oc_shard_group_fold(void *group, int shard, size_t first, size_t count, int added);

/* Nothing was learnt: zeros. */
void oc_shard_group_learn_nothing(const oc_shard_group *group);

/* What follows the gradients of each shard, in their order. The caller commits them. */
void oc_shard_group_end(const oc_shard_group *group);

#endif
