/* fine_tune.c - fastai v2's Learner.fine_tune in one run: a 1cycle in which only the last parameter
 * group is trained, then one of all with half of the peak. Source: fastai/callback/schedule.py:
 *   freeze(); fit_one_cycle(freeze_epochs, slice(base_lr), pct_start=0.99)
 *   base_lr /= 2; unfreeze()
 *   fit_one_cycle(epochs, slice(base_lr / lr_mult, base_lr), pct_start=0.3, div=5.0)
 * Here base_lr is max_lr, freeze_epochs is `frozen`, and the run's length is that of both. What the
 * rates of the groups are in the second cycle is train/groups.c's. */
#include "schedules/schedule_private.h"

#include <inttypes.h>
#include <math.h>

/* fit_one_cycle's, and what fine_tune says of its first call. */
static const double first_div = 25, first_pct_start = 0.99;

static oc_status check(const oc_schedule_config *c)
{
    if (!(c->div_factor >= 1 && isfinite(c->div_factor)))
        return oc_fail(OC_ERR_USAGE, "schedule.div_factor: found %g, expected 1 or more",
                       c->div_factor);
    if (!(c->final_div >= 1 && isfinite(c->final_div)))
        return oc_fail(OC_ERR_USAGE, "schedule.final_div: found %g, expected 1 or more",
                       c->final_div);
    if (!(c->pct_start > 0 && c->pct_start < 1))
        return oc_fail(OC_ERR_USAGE, "schedule.pct_start: found %g, expected above 0 and below 1",
                       c->pct_start);
    if (!(c->lr_mult >= 1 && isfinite(c->lr_mult)))
        return oc_fail(OC_ERR_USAGE, "schedule.lr_mult: found %g, expected 1 or more", c->lr_mult);
    if (!(c->step_size.count > 0 && isfinite(c->step_size.count)))
        return oc_fail(OC_ERR_USAGE, "schedule.frozen: found %g, expected more than 0",
                       c->step_size.count);
    return oc_check_momentum_pair(c);
}

static oc_status plan(oc_schedule *s)
{
    const oc_status status = oc_span_steps(s, "frozen", &s->config.step_size, &s->span);
    if (status != OC_OK)
        return status;
    s->span = fmax(1, round(s->span));
    if (!(s->span < (double)s->length))
        return oc_fail(OC_ERR_USAGE,
                       "schedule.frozen: found %.0f steps, which leaves none of the run's %" PRIu64
                       " for the second cycle; expected fewer",
                       s->span, s->length);
    return OC_OK;
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    oc_schedule_config c = s->config;
    if (step < s->span) {
        c.div_factor = first_div;
        c.pct_start = first_pct_start;
        return oc_fastai2_cycle(&c, s->span, step);
    }
    c.lr.last /= 2;
    return oc_fastai2_cycle(&c, (double)s->length - s->span, step - s->span);
}

int oc_schedule_is_frozen(const oc_schedule *schedule, const oc_decision *decision, uint64_t step)
{
    const double end = (double)schedule->warmup + schedule->span;
    return schedule->config.kind == OC_SCHEDULE_FINE_TUNE &&
           oc_decision_place(decision, schedule->steps, step) < end;
}

const oc_schedule_ops oc_schedule_fine_tune = {check, plan, at};
