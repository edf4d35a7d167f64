/* cosine.c - from lr towards min_lr along half a cosine over the whole run: PyTorch's
 * CosineAnnealingLR with T_max = n. min_lr itself would be the step after the last. */
#include "schedules/schedule_private.h"

static oc_status check(const oc_schedule_config *c)
{
    const oc_status status = oc_check_min_lr(c);
    return status == OC_OK ? oc_check_momentum(c) : status;
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    return (oc_schedule_point){oc_anneal_cosine(c->lr.last, c->min_lr, step / (double)s->length),
                               c->momentum[0]};
}

const oc_schedule_ops oc_schedule_cosine = {check, NULL, at};
