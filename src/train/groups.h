/* groups.h - which learning rate and weight decay a parameter gets: groups by name patterns, shares
 * of the schedule's rate, factors of the decay, and what is frozen. Decided once, from the recipe
 * alone. */
#ifndef OC_TRAIN_GROUPS_H
#define OC_TRAIN_GROUPS_H

#include "models/model.h"
#include "mpi/step_broadcast.h"
#include "optimizers/optimizer.h"
#include "schedules/schedule.h"

enum { OC_FROZEN = -1 };

typedef struct oc_groups {
    int count; /* 1 to OC_MAX_GROUPS */
    int *of;   /* each parameter tensor's group in network order, or OC_FROZEN; owned */
    double share[OC_MAX_GROUPS]; /* of the schedule's rate; 1 for the last */
    double decay[OC_MAX_GROUPS]; /* times the step's weight decay */
} oc_groups;

/* Local. OC_ERR_USAGE for a parameter without a group, a pattern to which nothing is left,
 * slice(a, b) for one group, another number of factors than groups, rate factors beside a slice or
 * with a last one that is not 1, all frozen. OC_ERR_INTERNAL. */
oc_status oc_groups_create(oc_groups *groups, const oc_network *network,
                           const oc_optimizer_config *optimizer, const oc_rate *rate);
void oc_groups_destroy(oc_groups *groups); /* safe on a zeroed one */

#endif
