/* decision.h - what has been decided about the part of a run that lies ahead: how long the run is,
 * where its schedule is, and by what its rate is multiplied. Plain numbers that the step message,
 * checkpoints and schedules share; what they follow from is in control/time_budget.h and
 * control/watch.h. */
#ifndef OC_BASE_DECISION_H
#define OC_BASE_DECISION_H

#include <stdint.h>

#define OC_OPEN UINT64_MAX /* an end that is not decided yet */

/* It holds from `step` until there is another one. A schedule is planned for `length` steps; the
 * run may have others: from `step` on it goes evenly over what is left of the schedule, and its
 * last step (end - 1) has the schedule's last place, length - 1. Until the end is decided the place
 * stays. Of a run that goes as planned: {0, length, 0, 1}. */
typedef struct oc_decision {
    uint64_t step; /* counted from 0: the first that it holds for */
    uint64_t end;  /* steps of the whole run, at least `step`; or OC_OPEN */
    double place;  /* of the schedule at `step`, from 0 to length - 1 */
    double scale;  /* times the schedule's rate, above 0 and up to 1 */
} oc_decision;

/* Local. The place in a schedule of `length` steps at a step that the decision holds for: a whole
 * number where run and schedule have the same steps. */
double oc_decision_place(const oc_decision *decision, uint64_t length, uint64_t step);

/* Local. What is wrong with one from outside, or NULL. */
const char *oc_decision_fault(const oc_decision *decision);

#endif
