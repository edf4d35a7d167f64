/* schedule_private.h - what a schedule's file offers to schedule.c. Not for other folders. */
#ifndef OC_SCHEDULES_SCHEDULE_PRIVATE_H
#define OC_SCHEDULES_SCHEDULE_PRIVATE_H

#include "schedules/schedule.h"

typedef struct oc_schedule_ops {
    /* Local. OC_ERR_USAGE if these values make no schedule; the length is at least 1. */
    oc_status (*check)(const oc_schedule_config *config);

    /* Local. The values at `step`, counted from 0; any step is fine. */
    oc_schedule_point (*at)(const oc_schedule *schedule, uint64_t step);
} oc_schedule_ops;

#define OC_SCHEDULE(kind, name, operations) extern const oc_schedule_ops operations;
#include "schedules/schedules.def"
#undef OC_SCHEDULE

#endif
