/* time_budget.h - how many steps there is time for. Rank 0 measures; what follows from the
 * measurements is a pure function. Who tells the ranks is loop.c. */
#ifndef OC_CONTROL_TIME_BUDGET_H
#define OC_CONTROL_TIME_BUDGET_H

#include "base/decision.h"

#include <stdint.h>

enum { OC_TIME_WINDOW = 256 };

/* What was measured in this process. All times in seconds. */
typedef struct oc_time_budget {
    double started, deadline;      /* of one clock; deadline INFINITY: no limit */
    double last;                   /* when the action before ended */
    double window[OC_TIME_WINDOW]; /* of the last steps, by number modulo OC_TIME_WINDOW */
    uint64_t steps;          /* measured so far; the first, which is slower, only while alone */
    int warm;                /* there was more than the first */
    double evaluation;       /* how long one takes; below 0: none yet */
    double checkpoint;       /* likewise, at the beginning a guess */
    double evaluation_steps; /* as many training steps as an evaluation is guessed to take */
    double closing;          /* plots, tables, leaving */
} oc_time_budget;

/* What the decision is made from. */
typedef struct oc_time_view {
    double now, started, deadline;
    double step_seconds; /* of one, with everything between two */
    uint64_t measured;   /* steps that step_seconds comes from; 0: not known */
    double evaluation, checkpoint, closing;
    uint64_t step;             /* steps done */
    uint64_t most;             /* steps of the whole run at the most; OC_OPEN: as many as budget */
    double evaluations, saves; /* a step, on average */
    uint64_t length;           /* of the schedule */
    oc_decision last;          /* holds now */
} oc_time_view;

/* Local. Another end of the run from view->step on, if the clock asks for it: returns 1 and sets
 * *decision, else 0. The run is made shorter when what is ahead would not end in time at the pace
 * of now, and longer (up to view->most) when much time would be left. A decision stands for an
 * eighth of what was ahead of it, unless time is really short. None before some steps are
 * measured. */
int oc_time_budget_decide(oc_decision *decision, const oc_time_view *view);

/* Local. The time of a step: the median of the last ones, or their mean if that is longer, up to
 * 1.25 medians: a machine that stopped once is not slow. Of as many steps as half of
 * `ahead`, 8 at least. 0 before any. */
double oc_time_budget_step_seconds(const oc_time_budget *budget, uint64_t ahead);

/* Local. An action ended at `now`. */
typedef enum oc_timed { OC_TIMED_STEP, OC_TIMED_EVALUATION, OC_TIMED_CHECKPOINT } oc_timed;
void oc_time_budget_note(oc_time_budget *budget, oc_timed what, double now);

#endif
