/* watch_step.c - the guard: what is said of a step that diverged. What is done is in run/guard.h,
 * by the step message. */
#include "base/log.h"
#include "control/watch.h"

#include <stdio.h>

enum { REASON_BYTES = 160, STEPS_BYTES = 25 * OC_GUARD_NAMED };

static void reason(char text[REASON_BYTES], const oc_run *run, const oc_step *step,
                   const oc_step_result *result)
{
    const double rate = step->learning_rate[step->groups - 1];
    if (!result->finite)
        snprintf(text, REASON_BYTES,
                 "the loss or a gradient is not finite (loss %g, learning rate %g)", result->loss,
                 rate);
    else
        snprintf(text, REASON_BYTES,
                 "the loss is above guard.spike: %g times its median (loss %g, median %g, learning "
                 "rate %g)",
                 run->recipe.guard.spike, result->loss, step->most_loss / run->recipe.guard.spike,
                 rate);
}

/* "12, 40, 41": those that are remembered, in their order. */
static void list_steps(char text[STEPS_BYTES], const oc_guard_record *record)
{
    const uint64_t first = record->diverged - oc_guard_record_steps(record);
    size_t length = 0;
    if (first > 0)
        length += (size_t)snprintf(text, STEPS_BYTES, "..., ");
    for (uint64_t d = first; d < record->diverged && length < STEPS_BYTES; d++)
        length +=
            (size_t)snprintf(text + length, STEPS_BYTES - length, "%s%llu", d > first ? ", " : "",
                             (unsigned long long)record->step[d % OC_GUARD_NAMED]);
}

static oc_status end_run(const oc_run *run, uint64_t number, const char *why)
{
    char before[STEPS_BYTES + 64] = "", steps[STEPS_BYTES];
    const oc_guard_record *const record = &run->info.guard;
    const int peaked = oc_schedule_is_peaked(run->plan.schedule.config.kind);
    if (record->diverged > 0) {
        list_steps(steps, record);
        snprintf(before, sizeof before, "; guard.max_retries: %lld, and steps %s diverged before",
                 (long long)run->recipe.guard.max_retries, steps);
    }
    return oc_fail(
        OC_ERR_DIVERGED,
        "training diverged at step %llu: %s%s; lower schedule.%s; the last checkpoint is untouched",
        (unsigned long long)number, why, before, peaked ? "max_lr" : "lr");
}

static oc_status look_at_step(void *context, const oc_run *run, const oc_step *step,
                              const oc_step_result *result)
{
    char why[REASON_BYTES];
    const oc_guard_record *const record = &run->info.guard;
    const unsigned long long number = step->iteration + 1, count = record->diverged;
    const long long most = run->recipe.guard.max_retries;
    (void)context;
    if (!result->diverged)
        return OC_OK;
    reason(why, run, step, result);
    if (step->guard == OC_GUARD_STOP)
        return end_run(run, number, why);
    if (step->guard == OC_GUARD_SKIP)
        oc_log(OC_LOG_WARN, "step %llu is skipped: %s; %llu of guard.max_retries: %lld", number,
               why, count, most);
    else
        oc_log(OC_LOG_WARN,
               "step %llu: %s; back to the weights of step %llu, steps %llu to %llu are skipped; "
               "%llu of guard.max_retries: %lld",
               number, why, (unsigned long long)record->back.step,
               (unsigned long long)record->back.step + 1, number, count, most);
    return OC_OK;
}

oc_callback oc_watch_guard(void)
{
    return (oc_callback){.on_step = look_at_step};
}
