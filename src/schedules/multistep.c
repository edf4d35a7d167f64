/* multistep.c - the rate times gamma at each milestone: PyTorch's MultiStepLR, Caffe's multistep.
 * A milestone beyond the run never comes. */
#include "schedules/schedule_private.h"

#include <math.h>

static oc_status check(const oc_schedule_config *c)
{
    if (c->knots.count < 1 || c->knots.count > OC_MAX_KNOTS)
        return oc_fail(OC_ERR_USAGE, "schedule.milestones: found %lld, expected 1 to %d",
                       (long long)c->knots.count, OC_MAX_KNOTS);
    const oc_status status = oc_check_gamma(c);
    return status == OC_OK ? oc_check_momentum(c) : status;
}

static oc_status plan(oc_schedule *s)
{
    const oc_schedule_config *c = &s->config;
    for (int64_t i = 0; i < c->knots.count; i++) {
        const oc_status status = oc_span_steps(s, "milestones", &c->knots.at[i], &s->knot[i]);
        if (status != OC_OK)
            return status;
        if (i > 0 && !(s->knot[i] > s->knot[i - 1]))
            return oc_fail(
                OC_ERR_USAGE,
                "schedule.milestones: found step %g after step %g, expected increasing steps",
                s->knot[i], s->knot[i - 1]);
    }
    return OC_OK;
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    int64_t passed = 0;
    while (passed < c->knots.count && step >= s->knot[passed])
        passed++;
    return (oc_schedule_point){c->lr.last * pow(c->gamma, (double)passed), c->momentum[0]};
}

const oc_schedule_ops oc_schedule_multistep = {check, plan, at};
