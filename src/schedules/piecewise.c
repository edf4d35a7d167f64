/* piecewise.c - straight lines between knots, as the DAWNBench entries have their rates: lr times
 * factors[i] at knots[i]. Before the first knot and after the last the rate stays; two knots at
 * one step are a jump. */
#include "schedules/schedule_private.h"

#include <math.h>

static oc_status check(const oc_schedule_config *c)
{
    if (c->knots.count < 1 || c->knots.count > OC_MAX_KNOTS || c->factors.count != c->knots.count)
        return oc_fail(
            OC_ERR_USAGE,
            "schedule.factors: found %lld factors for %lld schedule.knots, expected one per knot",
            (long long)c->factors.count, (long long)c->knots.count);
    for (int64_t i = 0; i < c->factors.count; i++)
        if (!(c->factors.at[i] >= 0 && isfinite(c->factors.at[i])))
            return oc_fail(OC_ERR_USAGE, "schedule.factors: found %g, expected 0 or more",
                           c->factors.at[i]);
    return oc_check_momentum(c);
}

static oc_status plan(oc_schedule *s)
{
    const oc_schedule_config *c = &s->config;
    for (int64_t i = 0; i < c->knots.count; i++) {
        const oc_status status = oc_span_steps(s, "knots", &c->knots.at[i], &s->knot[i]);
        if (status != OC_OK)
            return status;
        if (i > 0 && !(s->knot[i] >= s->knot[i - 1]))
            return oc_fail(OC_ERR_USAGE,
                           "schedule.knots: found step %g after step %g, expected increasing steps",
                           s->knot[i], s->knot[i - 1]);
    }
    return OC_OK;
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    const double k = step;
    int64_t next = 0;
    while (next < c->knots.count && k >= s->knot[next])
        next++;
    double factor = c->factors.at[next > 0 ? next - 1 : 0];
    if (next > 0 && next < c->knots.count)
        factor = oc_anneal_linear(factor, c->factors.at[next],
                                  (k - s->knot[next - 1]) / (s->knot[next] - s->knot[next - 1]));
    return (oc_schedule_point){c->lr.last * factor, c->momentum[0]};
}

const oc_schedule_ops oc_schedule_piecewise = {check, plan, at};
