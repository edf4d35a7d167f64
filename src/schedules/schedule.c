/* schedule.c - the list of schedules, and passing calls on to the chosen one. No formulas. */
#include "schedules/schedule.h"
#include "schedules/schedule_private.h"

#include <string.h>

static const struct {
    const char *name;
    const oc_schedule_ops *ops;
} schedules[OC_SCHEDULE_COUNT] = {
#define OC_SCHEDULE(kind, name, operations) {name, &(operations)},
#include "schedules/schedules.def"
#undef OC_SCHEDULE
};

oc_status oc_schedule_create(oc_schedule *schedule, const oc_schedule_config *config,
                             uint64_t steps)
{
    if (config->kind < 0 || config->kind >= OC_SCHEDULE_COUNT)
        return oc_fail(OC_ERR_USAGE, "schedule: kind %d is unknown, expected one below %d",
                       config->kind, OC_SCHEDULE_COUNT);
    if (steps == 0)
        return oc_fail(OC_ERR_USAGE, "schedule: the run has 0 steps, expected at least 1");
    const oc_status status = schedules[config->kind].ops->check(config);
    if (status != OC_OK)
        return status;
    *schedule = (oc_schedule){.config = *config, .steps = steps};
    return OC_OK;
}

oc_schedule_point oc_schedule_at(const oc_schedule *schedule, uint64_t step)
{
    return schedules[schedule->config.kind].ops->at(schedule, step);
}

const char *oc_schedule_name(int kind)
{
    return kind >= 0 && kind < OC_SCHEDULE_COUNT ? schedules[kind].name : "unknown";
}

int oc_schedule_find(const char *name)
{
    for (int kind = 0; kind < OC_SCHEDULE_COUNT; kind++)
        if (strcmp(name, schedules[kind].name) == 0)
            return kind;
    return -1;
}
