/* polynomial.c - from lr towards min_lr along (1 - k / n)^power: Caffe's poly, and PyTorch's
 * PolynomialLR with min_lr 0. As there, min_lr itself would be the step after the last. */
#include "schedules/schedule_private.h"

#include <math.h>

static oc_status check(const oc_schedule_config *c)
{
    if (!(c->power >= 0 && isfinite(c->power)))
        return oc_fail(OC_ERR_USAGE, "schedule.power: found %g, expected 0 or more", c->power);
    const oc_status status = oc_check_min_lr(c);
    return status == OC_OK ? oc_check_momentum(c) : status;
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    const double left = 1 - step / (double)s->length;
    return (oc_schedule_point){c->min_lr + (c->lr.last - c->min_lr) * pow(left, c->power),
                               c->momentum[0]};
}

const oc_schedule_ops oc_schedule_polynomial = {check, NULL, at};
