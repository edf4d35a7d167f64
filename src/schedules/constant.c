/* constant.c - one learning rate and one momentum for the whole run: the baseline. */
#include "schedules/schedule_private.h"

#include <math.h>

static oc_status check(const oc_schedule_config *config)
{
    if (!(config->lr > 0 && isfinite(config->lr)))
        return oc_fail(OC_ERR_USAGE, "schedule.lr: found %g, expected more than 0", config->lr);
    if (!(config->momentum[0] >= 0 && config->momentum[0] < 1))
        return oc_fail(OC_ERR_USAGE, "schedule.momentum: found %g, expected from 0 to below 1",
                       config->momentum[0]);
    return OC_OK;
}

static oc_schedule_point at(const oc_schedule *schedule, uint64_t step)
{
    (void)step;
    return (oc_schedule_point){schedule->config.lr, schedule->config.momentum[0]};
}

const oc_schedule_ops oc_schedule_constant = {check, at};
