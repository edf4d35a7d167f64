/* inverse.c - decay by time: lr * (1 + gamma * k)^-power at step k. Caffe's inv; with power 1
 * the time-based decay of Keras. */
#include "schedules/schedule_private.h"

#include <math.h>

static oc_status check(const oc_schedule_config *c)
{
    if (!(c->gamma >= 0 && isfinite(c->gamma)))
        return oc_fail(OC_ERR_USAGE, "schedule.gamma: found %g, expected 0 or more", c->gamma);
    if (!(c->power >= 0 && isfinite(c->power)))
        return oc_fail(OC_ERR_USAGE, "schedule.power: found %g, expected 0 or more", c->power);
    return oc_check_momentum(c);
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    return (oc_schedule_point){c->lr.last * pow(1 + c->gamma * step, -c->power), c->momentum[0]};
}

const oc_schedule_ops oc_schedule_inverse = {check, NULL, at};
