/* save_clock.h - when the next checkpoint by time is due (checkpoint.every_time). Rank 0 measures
 * and decides; every rank follows when the last one was. */
#ifndef OC_CONTROL_SAVE_CLOCK_H
#define OC_CONTROL_SAVE_CLOCK_H

#include "control/keeper.h"
#include "recipe/recipe.h"

typedef struct oc_save_clock {
    double wish, mtbf; /* of the recipe: seconds; 0 or OC_TIME_AUTO */
    double interval;   /* seconds in force; INFINITY: none */
    double last;       /* when the last checkpoint was, or the loop began */
    double told;       /* interval that the log has; 0: none */
} oc_save_clock;

/* Local. The interval, in seconds, at which checkpoints and the work that interruptions undo cost
 * least together, to first order: sqrt(2 C M) with C = cost->delays and M = mtbf (Young 1974, A
 * first order approximation to the optimum checkpoint interval; Daly 2006). At least 1 s and what a
 * checkpoint lasts, at most mtbf. */
double oc_save_interval(const oc_save_cost *cost, double mtbf);

/* Local. At `now`; `guess`, in seconds, of what one costs until it is measured. */
void oc_save_clock_begin(oc_save_clock *clock, const oc_recipe *recipe, double guess, double now);

/* Local. With auto, what was measured so far: an interval that is new by a factor of 2 goes into
 * the log. */
void oc_save_clock_measured(oc_save_clock *clock, const oc_save_cost *cost);

/* Local. There was a checkpoint, whatever it was due for. */
void oc_save_clock_note(oc_save_clock *clock, double now);

/* Local. */
int oc_save_clock_is_due(const oc_save_clock *clock, double now);

#endif
