/* decision.c - see decision.h. */
#include "base/decision.h"

#include <math.h>
#include <stddef.h>

double oc_decision_place(const oc_decision *decision, uint64_t length, uint64_t step)
{
    const double last_place = (double)length - 1;
    if (decision->end == OC_OPEN)
        return decision->place;
    if (step + 1 >= decision->end)
        return last_place;
    const double pace =
        (last_place - decision->place) / (double)(decision->end - 1 - decision->step);
    return fmin(decision->place + (double)(step - decision->step) * pace, last_place);
}

const char *oc_decision_fault(const oc_decision *decision)
{
    if (decision->end < decision->step)
        return "a decision's end lies before its step";
    if (!(decision->place >= 0 && isfinite(decision->place)))
        return "a decision's place is not in the schedule";
    if (!(decision->scale > 0 && decision->scale <= 1))
        return "a decision's scale is not above 0 and up to 1";
    return NULL;
}
