/* time_budget.c - see time_budget.h. */
#include "control/time_budget.h"

#include <math.h>

static const double margin = 0.06;      /* of the time ahead that a new decision leaves free */
static const double much_left = 0.2;    /* of the time ahead: the run may be longer */
static const double tolerated = 0.2;    /* of the time for closing: no reason to decide again */
static const double really_short = 1.3; /* times the time there is */
static const double most_unsteady = 1.25;
enum {
    ENOUGH_STEPS = 20,      /* measured before the first decision, */
    FEWEST_STEPS = 3,       /* or as few as this when they took `enough_time` of it */
    LEAST_WINDOW = 8,       /* steps */
    WINDOW_OF = 2,          /* the pace is that of as many steps as half of those ahead */
    STANDS_FOR = 8,         /* a decision stands for an eighth of what is ahead */
    FEWEST_TO_LENGTHEN = 16 /* steps ahead: the tail of a cycle stays as it is */
};
static const double enough_time = 0.02, too_much_time = 0.1;

/* Is the pace known well enough to decide from it? */
static int is_known(const oc_time_view *v)
{
    const double part = (v->now - v->started) / (v->deadline - v->started);
    return v->measured >= ENOUGH_STEPS || (v->measured >= FEWEST_STEPS && !(part < enough_time)) ||
           (v->measured > 0 && !(part < too_much_time));
}

int oc_time_budget_decide(oc_decision *decision, const oc_time_view *v)
{
    const int open = v->last.end == OC_OPEN;
    const uint64_t ahead = open ? OC_OPEN : v->last.end - v->step;
    if (!isfinite(v->deadline) || ahead < 2 || !is_known(v))
        return 0;
    const double cost = v->step_seconds + v->evaluations * v->evaluation + v->saves * v->checkpoint;
    const double left = fmax(0, v->deadline - v->now - v->evaluation - v->checkpoint - v->closing);
    const double needed = open ? INFINITY : (double)ahead * cost;
    const double slack = tolerated * v->closing;
    const int is_short = needed > left + slack;
    const int is_long = needed < (1 - much_left) * left - slack && v->last.end < v->most &&
                        ahead >= FEWEST_TO_LENGTHEN;
    const int urgent = needed > really_short * left + slack;
    if (!is_short && !is_long)
        return 0;
    if (!urgent && (v->step - v->last.step) * STANDS_FOR < ahead)
        return 0;
    const double fitting = fmin(fmax(1, floor((1 - margin) * left / cost)), 1e15);
    uint64_t end = v->step + (uint64_t)fitting;
    end = end < v->most ? end : v->most;
    if (!open && (is_short ? end >= v->last.end : end <= v->last.end))
        return 0;
    *decision = (oc_decision){.step = v->step,
                              .end = end,
                              .place = oc_decision_place(&v->last, v->length, v->step),
                              .scale = v->last.scale};
    return 1;
}

double oc_time_budget_step_seconds(const oc_time_budget *budget, uint64_t ahead)
{
    double sorted[OC_TIME_WINDOW], sum = 0;
    uint64_t count = ahead / WINDOW_OF;
    count = count < LEAST_WINDOW ? LEAST_WINDOW : count;
    count = count > OC_TIME_WINDOW ? OC_TIME_WINDOW : count;
    count = count > budget->steps ? budget->steps : count;
    if (count == 0)
        return 0;
    for (uint64_t i = 0; i < count; i++) {
        const double value = budget->window[(budget->steps - 1 - i) % OC_TIME_WINDOW];
        uint64_t at = i;
        for (; at > 0 && sorted[at - 1] > value; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = value;
        sum += value;
    }
    const double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    return fmin(fmax(median, sum / (double)count), most_unsteady * median);
}

/* Longer ones count at once, shorter ones by and by. */
static void follow(double *seconds, double now)
{
    *seconds = *seconds < now ? now : (*seconds + now) / 2;
}

void oc_time_budget_note(oc_time_budget *budget, oc_timed what, double now)
{
    const double seconds = now - budget->last;
    budget->last = now;
    if (what == OC_TIMED_EVALUATION)
        follow(&budget->evaluation, seconds);
    else if (what == OC_TIMED_CHECKPOINT)
        follow(&budget->checkpoint, seconds);
    else {
        if (budget->steps == 1 && !budget->warm) { /* the first is slower: it counts while alone */
            budget->warm = 1;
            budget->steps = 0;
        }
        budget->window[budget->steps++ % OC_TIME_WINDOW] = seconds;
    }
}
