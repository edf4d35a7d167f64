/* flat_cos.c - lr for a first part of the run, then half a cosine towards lr / final_div: fastai
 * v2's fit_flat_cos (callback/schedule.py). */
#include "schedules/schedule_private.h"

#include <math.h>

static oc_status check(const oc_schedule_config *c)
{
    if (!(c->pct_start >= 0 && c->pct_start <= 1))
        return oc_fail(OC_ERR_USAGE, "schedule.pct_start: found %g, expected from 0 to 1",
                       c->pct_start);
    if (!(c->final_div >= 1 && isfinite(c->final_div)))
        return oc_fail(OC_ERR_USAGE, "schedule.final_div: found %g, expected 1 or more",
                       c->final_div);
    return oc_check_momentum(c);
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    const double place = step / (double)s->length;
    if (place < c->pct_start)
        return (oc_schedule_point){c->lr.last, c->momentum[0]};
    return (oc_schedule_point){oc_anneal_cosine(c->lr.last, c->lr.last / c->final_div,
                                                (place - c->pct_start) / (1 - c->pct_start)),
                               c->momentum[0]};
}

const oc_schedule_ops oc_schedule_flat_cos = {check, NULL, at};
