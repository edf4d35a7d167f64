/* step_message.h - what rank 0 decides of a step, as it is sent to all ranks.
 *
 * No rank computes a learning rate of its own and no rank decides anything alone: what to
 * do next (train, evaluate, save, stop) is the message's action. Filled in and sent in one place:
 * control/drive.h. */
#ifndef OC_RUN_STEP_MESSAGE_H
#define OC_RUN_STEP_MESSAGE_H

#include "base/decision.h"
#include "mpi/comm.h"
#include "recipe/recipe.h"

enum { OC_MAX_GROUPS = 16 }; /* parameter groups with a learning rate of their own */

typedef enum oc_action {
    OC_ACTION_TRAIN = 1,      /* forward, backward, reduce, update */
    OC_ACTION_EVALUATE = 2,   /* the test split, all ranks together */
    OC_ACTION_CHECKPOINT = 3, /* rank 0 saves */
    OC_ACTION_STOP = 4        /* leave together with `status` */
} oc_action;

typedef struct oc_step {
    uint64_t iteration;                  /* steps done before this one */
    uint32_t action;                     /* oc_action */
    uint32_t status;                     /* oc_status, with OC_ACTION_STOP */
    uint32_t groups;                     /* learning rates in use, 1 to OC_MAX_GROUPS */
    uint32_t frozen;                     /* 1: only the last group is trained */
    uint64_t overlap;                    /* 1: gradients are exchanged during backward */
    uint64_t guard;                      /* oc_guard_action, should the step diverge */
    double most_loss;                    /* a loss above it is divergence; 0: none is */
    double learning_rate[OC_MAX_GROUPS]; /* per parameter group */
    double momentum;                     /* momentum, or beta1 */
    double weight_decay;
    oc_decision decision; /* the last one, of this step or an earlier; scale 0: nothing is said */
    uint64_t checksum;    /* XXH3-64 of all bytes before it */
} oc_step;

/* Local. What every rank checks of a message that arrived: OC_ERR_INTERNAL if the checksum or
 * a field is wrong, OC_ERR_REPLICAS if it is not for this iteration. */
oc_status oc_step_check(const oc_step *step, uint64_t iteration);

/* Local. Put the checksum in; oc_step_broadcast does it on rank 0. */
void oc_step_seal(oc_step *step);

/* Collective. Rank 0's *step to every rank, checked there: OC_ERR_INTERNAL if it arrives
 * damaged, OC_ERR_REPLICAS if its iteration is not `iteration` on this rank. */
oc_status oc_step_broadcast(oc_comm *comm, oc_step *step, uint64_t iteration);

#endif
