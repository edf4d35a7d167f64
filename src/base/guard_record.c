/* guard_record.c - see guard_record.h. */
#include "base/guard_record.h"

#include <math.h>
#include <stddef.h>

uint64_t oc_guard_record_steps(const oc_guard_record *record)
{
    return record->diverged < OC_GUARD_NAMED ? record->diverged : OC_GUARD_NAMED;
}

uint64_t oc_guard_record_losses(const oc_guard_record *record)
{
    return record->losses < OC_GUARD_LOSSES ? record->losses : OC_GUARD_LOSSES;
}

/* The optimiser has done step - unfrozen_step - idle steps. */
static int is_more_than_all(uint64_t idle, uint64_t step, uint64_t unfrozen_step)
{
    const uint64_t before = unfrozen_step == UINT64_MAX ? 0 : unfrozen_step;
    return before > step || idle > step - before;
}

const char *oc_guard_record_fault(const oc_guard_record *r, uint64_t step, uint64_t unfrozen_step)
{
    const oc_guard_place *const back = &r->back;
    if (r->rollbacks > r->diverged || r->diverged > r->skipped || r->skipped > step)
        return "more steps were skipped than done";
    if (is_more_than_all(r->idle, step, unfrozen_step))
        return "more steps of the optimiser were skipped than done";
    for (uint64_t i = 0; i < oc_guard_record_steps(r); i++)
        if (r->step[i] < 1 || r->step[i] > step)
            return "a step that diverged has not been reached";
    for (uint64_t i = 0; i < oc_guard_record_losses(r); i++)
        if (!isfinite(r->loss[i]))
            return "a loss of the guard is not finite";
    if (back->step == UINT64_MAX)
        return NULL;
    if (back->step > step || back->skipped > back->step ||
        is_more_than_all(back->idle, back->step, back->unfrozen_step))
        return "its snapshot is not of a step before";
    return NULL;
}
