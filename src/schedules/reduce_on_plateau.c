/* reduce_on_plateau.c - the rate stays until evaluations have not become better for a while, then
 * it is multiplied by `factor`: PyTorch's ReduceLROnPlateau. When, is a decision of rank 0; here is
 * what it follows from. */
#include "schedules/schedule_private.h"

#include <math.h>

/* A change of the rate below this is none, as PyTorch's eps. */
static const double least_change = 1e-8;

static oc_status check(const oc_schedule_config *c)
{
    if (c->monitor < 0 || c->monitor > OC_MONITOR_TEST_ACCURACY || c->threshold_mode < 0 ||
        c->threshold_mode > OC_THRESHOLD_ABS)
        return oc_fail(OC_ERR_USAGE, "schedule: monitor %d, threshold_mode %d are unknown",
                       c->monitor, c->threshold_mode);
    if (!(c->factor > 0 && c->factor < 1))
        return oc_fail(OC_ERR_USAGE, "schedule.factor: found %g, expected above 0 and below 1",
                       c->factor);
    if (!(c->threshold >= 0 && isfinite(c->threshold)))
        return oc_fail(OC_ERR_USAGE, "schedule.threshold: found %g, expected 0 or more",
                       c->threshold);
    if (c->patience < 0 || c->cooldown < 0)
        return oc_fail(OC_ERR_USAGE,
                       "schedule: found patience %lld and cooldown %lld, expected 0 or more",
                       (long long)c->patience, (long long)c->cooldown);
    const oc_status status = oc_check_min_lr(c);
    return status == OC_OK ? oc_check_momentum(c) : status;
}

static oc_schedule_point at(const oc_schedule *schedule, double step)
{
    (void)step;
    return (oc_schedule_point){schedule->config.lr.last, schedule->config.momentum[0]};
}

const oc_schedule_ops oc_schedule_reduce_on_plateau = {check, NULL, at};

static int is_better(const oc_schedule_config *c, double value, double best)
{
    const double sign = c->monitor == OC_MONITOR_TEST_ACCURACY ? 1 : -1;
    if (isnan(best)) /* none yet: PyTorch starts with the worst there is */
        best = -sign * INFINITY;
    if (c->threshold_mode == OC_THRESHOLD_ABS)
        return sign * value > sign * best + c->threshold;
    return sign * value > sign * best * (1 + sign * c->threshold);
}

double oc_plateau_next(const oc_schedule_config *config, oc_plateau *plateau, double value,
                       double scale)
{
    if (is_better(config, value, plateau->best)) {
        plateau->best = value;
        plateau->bad = 0;
    } else {
        plateau->bad++;
    }
    if (plateau->cooldown > 0) {
        plateau->cooldown--;
        plateau->bad = 0; /* what happens while it cools down does not count */
    }
    if (plateau->bad <= (uint64_t)config->patience)
        return scale;
    plateau->cooldown = (uint64_t)config->cooldown;
    plateau->bad = 0;
    const double lr = config->lr.last;
    const double lower = fmax(scale * config->factor, config->min_lr / lr);
    return lr * scale - lr * lower > least_change ? lower : scale;
}
