/* save_clock.c - see save_clock.h. */
#include "control/save_clock.h"

#include "base/log.h"

#include <math.h>

static const double shortest = 1; /* second: tables and messages want their time, too */
static const double worth_telling = 2;

double oc_save_interval(const oc_save_cost *cost, double mtbf)
{
    const double best = fmin(sqrt(2 * cost->delays * mtbf), mtbf);
    return fmax(fmax(best, cost->lasts), shortest);
}

void oc_save_clock_begin(oc_save_clock *clock, const oc_recipe *recipe, double guess, double now)
{
    const oc_save_cost guessed = {.lasts = guess, .delays = guess};
    const double wish = recipe->checkpoint.every_time;
    *clock = (oc_save_clock){.wish = wish, .mtbf = recipe->checkpoint.mtbf, .last = now};
    clock->interval = wish == OC_TIME_AUTO ? oc_save_interval(&guessed, clock->mtbf)
                      : wish > 0           ? wish
                                           : INFINITY;
}

void oc_save_clock_measured(oc_save_clock *clock, const oc_save_cost *cost)
{
    if (clock->wish != OC_TIME_AUTO || !(cost->lasts > 0))
        return;
    clock->interval = oc_save_interval(cost, clock->mtbf);
    if (clock->told > 0 && clock->interval < worth_telling * clock->told &&
        clock->told < worth_telling * clock->interval)
        return;
    clock->told = clock->interval;
    oc_log(
        OC_LOG_INFO,
        "checkpoint.every_time: auto: one every %.0f s: each costs training %.2g s and is stored "
        "after %.2g s; checkpoint.mtbf is %.0f s",
        clock->interval, cost->delays, cost->lasts, clock->mtbf);
}

void oc_save_clock_note(oc_save_clock *clock, double now)
{
    clock->last = now;
}

int oc_save_clock_is_due(const oc_save_clock *clock, double now)
{
    return now - clock->last >= clock->interval;
}
