/* parameter_groups.h - which learning rate and weight decay a parameter gets: groups by name
 * patterns, shares of the schedule's rate, factors of the decay, and what is frozen. Decided once,
 * from the recipe alone. */
#ifndef OC_RUN_PARAMETER_GROUPS_H
#define OC_RUN_PARAMETER_GROUPS_H

#include "models/model.h"
#include "optimizers/optimizer.h"
#include "run/step_message.h"
#include "schedules/schedule.h"

enum { OC_FROZEN = -1 };

typedef struct oc_parameter_groups {
    int count;           /* 1 to OC_MAX_GROUPS */
    int has_last;        /* something of the last group is trained */
    int *of;             /* each parameter tensor's group in network order, or OC_FROZEN; owned */
    unsigned char *late; /* of each: it is trained only until optimizer.freeze_late_from; owned */
    double share[OC_MAX_GROUPS]; /* of the schedule's rate; 1 for the last */
    double decay[OC_MAX_GROUPS]; /* times the step's weight decay */
    /* Each layer's oc_layer_mode, (2, 2, layers): of a step that is late; in which only the last
     * group is trained. */
    unsigned char *mode;
    int trusts; /* parameter tensors whose trust ratio is told, and which */
    int trust_of[OC_MOST_TRUSTS];
} oc_parameter_groups;

/* Local. From the recipe's sections optimizer, schedule and batch_norm (`moving`: running averages
 * of frozen layers go on). For fine_tune without groups there are two: the last layer with
 * parameters, and all before it, which is fastai's default_split. OC_ERR_USAGE for a parameter
 * without a group, a pattern to which nothing is left, slice(a, b) for one group, another number of
 * factors than groups, rate factors beside a slice or with a last one that is not 1, all frozen,
 * more than OC_MOST_TRUSTS parameters whose trust ratio is told.
 * OC_ERR_INTERNAL. */
oc_status oc_parameter_groups_create(oc_parameter_groups *groups, const oc_network *network,
                                     const oc_optimizer_config *optimizer,
                                     const oc_schedule_config *schedule, int moving);

/* Local. The modes, (layers), of a step. */
const unsigned char *oc_parameter_groups_modes(const oc_parameter_groups *groups, int layers,
                                               int late, int only_last);

/* Local. Is a tensor trained in such a step? */
int oc_parameter_groups_trains(const oc_parameter_groups *groups, int tensor, int late,
                               int only_last);

void oc_parameter_groups_destroy(oc_parameter_groups *groups); /* safe on a zeroed one */

#endif
