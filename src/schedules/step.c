/* step.c - the rate times gamma once in `every`: PyTorch's StepLR, Caffe's step. */
#include "schedules/schedule_private.h"

#include <math.h>

static oc_status check(const oc_schedule_config *c)
{
    oc_status status = oc_check_every(c);
    if (status == OC_OK)
        status = oc_check_gamma(c);
    return status == OC_OK ? oc_check_momentum(c) : status;
}

static oc_status plan(oc_schedule *s)
{
    return oc_span_steps(s, "every", &s->config.every, &s->span);
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    return (oc_schedule_point){c->lr.last * pow(c->gamma, floor(step / s->span)), c->momentum[0]};
}

const oc_schedule_ops oc_schedule_step = {check, plan, at};
