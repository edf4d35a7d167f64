/* deadline.h - the numbers that time_budget.h decides from, as a run has them. Rank 0. */
#ifndef OC_CONTROL_DEADLINE_H
#define OC_CONTROL_DEADLINE_H

#include "control/time_budget.h"
#include "run/run.h"

/* Local. When the run must have ended, by train.fit_time: `started` is when this process began, on
 * the clock that says `now`; what earlier processes took of a fit_time is gone. `allocation_end`
 * is for fit_time allocation, 0: unknown. OC_ERR_USAGE for that, and when there is no time for a
 * step. */
oc_status oc_deadline_begin(oc_time_budget *budget, const oc_run *run, double started, double now,
                            double allocation_end);

/* Local. `last` holds now; `save_interval`: seconds between checkpoints by time, INFINITY: none. */
void oc_deadline_view(oc_time_view *view, const oc_time_budget *budget, const oc_run *run,
                      const oc_decision *last, double save_interval, double now);

#endif
