/* onecycle.c - the 1cycle policy (Smith 2018, arXiv 1803.09820) with the two cosine phases
 * of fastai v1 (callbacks/one_cycle.py, class OneCycleScheduler; callback.py, annealing_cos).
 *
 * Of n steps the first a = trunc(n * pct_start) rise from max_lr / div_factor to max_lr while
 * momentum falls from high to low; the other n - a fall to max_lr / final_div while momentum
 * rises again. A phase of s steps is at fraction 0, 1/s, ... (s-1)/s: its end value belongs
 * to the first step of the next phase, and the last end value to no step at all.
 * As in fastai v1 a phase has at least one step, so pct_start 0, pct_start 1 and a run of a
 * single step need no rule of their own: step 0 always runs with max_lr / div_factor. */
#include "schedules/schedule_private.h"

#include <math.h>

static oc_status check(const oc_schedule_config *config)
{
    if (!(config->max_lr > 0 && isfinite(config->max_lr)))
        return oc_fail(OC_ERR_USAGE, "schedule.max_lr: found %g, expected more than 0",
                       config->max_lr);
    if (!(config->div_factor >= 1 && isfinite(config->div_factor)))
        return oc_fail(OC_ERR_USAGE, "schedule.div_factor: found %g, expected 1 or more",
                       config->div_factor);
    if (!(config->final_div == 0 || config->final_div >= 1) || !isfinite(config->final_div))
        return oc_fail(OC_ERR_USAGE, "schedule.final_div: found %g, expected auto or 1 or more",
                       config->final_div);
    if (!(config->pct_start >= 0 && config->pct_start <= 1))
        return oc_fail(OC_ERR_USAGE, "schedule.pct_start: found %g, expected from 0 to 1",
                       config->pct_start);
    for (int i = 0; i < 2; i++)
        if (!(config->momentum[i] >= 0 && config->momentum[i] < 1))
            return oc_fail(OC_ERR_USAGE, "schedule.momentum: found %g, expected from 0 to below 1",
                           config->momentum[i]);
    if (config->momentum[0] < config->momentum[1])
        return oc_fail(OC_ERR_USAGE,
                       "schedule.momentum: found [%g, %g], expected the higher one first: "
                       "momentum falls while the rate rises",
                       config->momentum[0], config->momentum[1]);
    return OC_OK;
}

/* From `start` at fraction 0 to `end` at fraction 1 along half a cosine (annealing_cos). */
static double cosine(double start, double end, double fraction)
{
    return end + (start - end) / 2 * (1 + cos(M_PI * fraction));
}

static oc_schedule_point at(const oc_schedule *schedule, uint64_t step)
{
    const oc_schedule_config *c = &schedule->config;
    const uint64_t n = schedule->steps;
    const double final_div = c->final_div > 0 ? c->final_div : c->div_factor * 1e4;
    const double first = c->max_lr / c->div_factor, last = c->max_lr / final_div;
    const double high = c->momentum[0], low = c->momentum[1];
    if (step >= n)
        return (oc_schedule_point){last, high};

    uint64_t rising = (uint64_t)((double)n * c->pct_start);
    rising = rising > n ? n : rising; /* n above 2^53 may round up */
    const uint64_t falling = rising < n ? n - rising : 1;
    rising = rising > 0 ? rising : 1;
    if (step < rising) {
        const double fraction = (double)step / (double)rising;
        return (oc_schedule_point){cosine(first, c->max_lr, fraction), cosine(high, low, fraction)};
    }
    const double fraction = (double)(step - rising) / (double)falling;
    return (oc_schedule_point){cosine(c->max_lr, last, fraction), cosine(low, high, fraction)};
}

const oc_schedule_ops oc_schedule_onecycle = {check, at};
