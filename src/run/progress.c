/* progress.c - see progress.h. */
#include "run/progress.h"

double oc_run_progress(const oc_run *run)
{
    const uint64_t steps = run->plan.schedule.steps;
    if (run->info.step >= run->info.decision.end)
        return 1;
    return oc_decision_place(&run->info.decision, steps, run->info.step) / (double)steps;
}

int oc_run_has_reached(const oc_run *run, const oc_span *span)
{
    const double steps = (double)run->plan.schedule.steps;
    if (span->unit == OC_SPAN_PERCENT)
        return run->info.step >= run->info.decision.end ||
               oc_decision_place(&run->info.decision, run->plan.schedule.steps, run->info.step) >=
                   steps * span->count / 100;
    const double each = span->unit == OC_SPAN_EPOCHS ? (double)run->info.steps_per_epoch : 1;
    return (double)run->info.step >= span->count * each;
}

int oc_run_is_late(const oc_run *run)
{
    return run->recipe.optimizer.freeze_late.count > 0 &&
           oc_run_has_reached(run, &run->recipe.freeze_late_from);
}
