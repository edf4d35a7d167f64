/* deadline.c - see deadline.h. */
#include "control/deadline.h"

#include <math.h>

/* Pictures, tables, leaving, and what a launcher takes around all that: seconds, on a busy
 * machine. */
static const double least_closing = 3, closing_part = 0.06, most_closing = 30;

oc_status oc_deadline_begin(oc_time_budget *budget, const oc_run *run, double started, double now,
                            double allocation_end)
{
    const double wish = run->recipe.train.fit_time;
    const double slots = oc_optimizer_slots(run->recipe.optimizer.kind);
    const double bytes = 4.0 * (double)run->network->parameter_count * (1 + slots);
    *budget = (oc_time_budget){
        .started = started,
        .deadline = INFINITY,
        .last = now,
        .evaluation = -1,
        /* Guesses until there is a first one: 100 MB/s; half as long as training on it. */
        .checkpoint = 0.2 + bytes / 100e6,
        .evaluation_steps =
            (double)run->plan.evaluate_selection.count / (double)run->recipe.batch.size / 2,
    };
    if (wish == OC_TIME_ALLOCATION && !(allocation_end > 0))
        return oc_fail(OC_ERR_USAGE,
                       "train.fit_time: allocation, but when the allocation ends is not known");
    if (wish == OC_TIME_ALLOCATION)
        budget->deadline = allocation_end;
    else if (wish > 0)
        budget->deadline = started + wish - run->info.wall_seconds;
    if (isinf(budget->deadline))
        return OC_OK;
    budget->closing =
        fmin(fmax(least_closing, closing_part * (budget->deadline - started)), most_closing);
    if (budget->deadline - now <= budget->closing && run->info.step < run->info.decision.end)
        return oc_fail(OC_ERR_USAGE,
                       "train.fit_time: %.1f s are left, of which %.1f s are reserved for tables "
                       "and plots: not enough for a single step; allow more time",
                       budget->deadline - now, budget->closing);
    return OC_OK;
}

void oc_deadline_view(oc_time_view *view, const oc_time_budget *budget, const oc_run *run,
                      const oc_decision *last, double save_interval, double now)
{
    const double epoch = (double)run->info.steps_per_epoch;
    const double every_steps = (double)run->recipe.checkpoint.every_steps;
    const double every_epochs = (double)run->recipe.checkpoint.every_epochs;
    const double seconds = oc_time_budget_step_seconds(budget, last->end - run->info.step);
    *view = (oc_time_view){
        .now = now,
        .started = budget->started,
        .deadline = budget->deadline,
        .step_seconds = seconds,
        .measured = budget->steps,
        .evaluation =
            budget->evaluation < 0 ? budget->evaluation_steps * seconds : budget->evaluation,
        .checkpoint = budget->checkpoint,
        .closing = budget->closing,
        .step = run->info.step,
        .most = run->info.planned_steps,
        .evaluations = 1 / epoch,
        .saves = (every_steps > 0 ? 1 / every_steps : 0) + seconds / save_interval +
                 (run->recipe.checkpoint.best ? 1 / epoch
                  : every_epochs > 0          ? 1 / (every_epochs * epoch)
                                              : 0),
        .length = run->plan.schedule.steps,
        .last = *last,
    };
}
