/* schedule.h - learning rate and momentum as a pure function of the step.
 *
 * A schedule is chosen by name from schedules.def and checked against its length when it
 * is made; asking it cannot fail. Steps are counted from 0; step k runs with the values
 * at k. Only rank 0 asks; the others get the answer in the step message. */
#ifndef OC_SCHEDULES_SCHEDULE_H
#define OC_SCHEDULES_SCHEDULE_H

#include "base/status.h"

#include <stdint.h>

typedef enum oc_schedule_kind {
#define OC_SCHEDULE(kind, name, operations) OC_SCHEDULE_##kind,
#include "schedules/schedules.def"
#undef OC_SCHEDULE
    OC_SCHEDULE_COUNT
} oc_schedule_kind;

typedef struct oc_schedule_config {
    int kind;           /* oc_schedule_kind */
    double max_lr;      /* onecycle: the peak */
    double lr;          /* constant: the rate */
    double div_factor;  /* onecycle: start = max_lr / div_factor */
    double final_div;   /* onecycle: end = max_lr / final_div; 0 = div_factor * 1e4 */
    double pct_start;   /* onecycle: part of the steps that rise */
    double momentum[2]; /* onecycle: high, low; constant: [0] */
} oc_schedule_config;

typedef struct oc_schedule_point {
    double learning_rate;
    double momentum;
} oc_schedule_point;

typedef struct oc_schedule {
    oc_schedule_config config;
    uint64_t steps; /* planned length of the run */
} oc_schedule;

/* Local. OC_ERR_USAGE if the configuration makes no sense or steps is 0. Every length from
 * one step up is fine for both schedules. */
oc_status oc_schedule_create(oc_schedule *schedule, const oc_schedule_config *config,
                             uint64_t steps);

/* Local. The values step k (0 <= k < steps) runs with; beyond: those the schedule arrives at
 * after its last step. */
oc_schedule_point oc_schedule_at(const oc_schedule *schedule, uint64_t step);

/* Local. The name in recipes; the kind of a name or -1. */
const char *oc_schedule_name(int kind);
int oc_schedule_find(const char *name);

#endif
