/* constant.c - one learning rate and one momentum for the whole run (fastai's fit): the
 * baseline. */
#include "schedules/schedule_private.h"

static oc_schedule_point at(const oc_schedule *schedule, double step)
{
    (void)step;
    return (oc_schedule_point){schedule->config.lr.last, schedule->config.momentum[0]};
}

const oc_schedule_ops oc_schedule_constant = {oc_check_momentum, NULL, at};
