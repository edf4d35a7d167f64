/* schedule_private.h - what a schedule's file offers to schedule.c, and what the files share. Not
 * for other folders. */
#ifndef OC_SCHEDULES_SCHEDULE_PRIVATE_H
#define OC_SCHEDULES_SCHEDULE_PRIVATE_H

#include "schedules/schedule.h"

#include <stddef.h>

typedef struct oc_schedule_ops {
    /* Local. OC_ERR_USAGE if these values make no schedule of any length. */
    oc_status (*check)(const oc_schedule_config *config);

    /* Local. Spans into steps; may make schedule->length shorter. OC_ERR_USAGE if the values do
     * not go with the length, which is at least 1. NULL: nothing to do. */
    oc_status (*plan)(oc_schedule *schedule);

    /* Local. The values at `step` of the schedule itself, counted from 0 after the warm-up; below
     * schedule->length. Between two steps where a run has other steps than the schedule. */
    oc_schedule_point (*at)(const oc_schedule *schedule, double step);
} oc_schedule_ops;

#define OC_SCHEDULE(kind, name, operations) extern const oc_schedule_ops operations;
#include "schedules/schedules.def"
#undef OC_SCHEDULE

/* From `start` at fraction 0 to `end` at fraction 1: along half a cosine (annealing_cos of
 * fastai v1's callback.py), or straight. */
double oc_anneal_cosine(double start, double end, double fraction);
double oc_anneal_linear(double start, double end, double fraction);

/* Step `step` of a 1cycle of so many steps in fastai v2's dialect, by lr.last, div_factor,
 * final_div, pct_start, momentum and anneal. */
oc_schedule_point oc_fastai2_cycle(const oc_schedule_config *config, double steps, double step);

/* A span in steps of this schedule: `key` names it. OC_ERR_USAGE if it counts in epochs and
 * their length is not known. */
oc_status oc_span_steps(const oc_schedule *schedule, const char *key, const oc_span *span,
                        double *steps);

/* momentum[0] is in [0, 1); of a pair also momentum[1], which is not the higher one. */
oc_status oc_check_momentum(const oc_schedule_config *config);
oc_status oc_check_momentum_pair(const oc_schedule_config *config);

/* `every` is above 0 and finite; gamma is in (0, 1]. */
oc_status oc_check_every(const oc_schedule_config *config);
oc_status oc_check_gamma(const oc_schedule_config *config);

/* min_lr is not below 0 and not above lr. */
oc_status oc_check_min_lr(const oc_schedule_config *config);

/* The triangle of cycle t / (2 half): 0 at its ends, 1 in its middle; *cycle counts from 0. */
double oc_triangle(double t, double half, double *cycle);

#endif
