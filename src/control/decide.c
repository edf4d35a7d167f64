/* decide.c - what comes next in a run: see oc_loop_next. */
#include "control/loop.h"

static int due(uint64_t step, uint64_t every)
{
    return every > 0 && step > 0 && step % every == 0;
}

oc_action oc_loop_next(const oc_loop_view *view)
{
    const int saved = view->saved_step == view->step;
    const int evaluated = view->evaluated_step == view->step;
    const int ended = view->step >= view->total_steps;
    const int epoch_ended = due(view->step, view->steps_per_epoch);
    if (view->failed)
        return OC_ACTION_STOP;
    if (view->stop && !ended)
        return saved ? OC_ACTION_STOP : OC_ACTION_CHECKPOINT;
    if ((ended || epoch_ended) && !evaluated)
        return OC_ACTION_EVALUATE;
    if (!saved && (ended || view->save_best || (view->save_due && view->step > 0) ||
                   due(view->step, view->save_every_steps) ||
                   due(view->step, view->save_every_epochs * view->steps_per_epoch)))
        return OC_ACTION_CHECKPOINT;
    return ended ? OC_ACTION_STOP : OC_ACTION_TRAIN;
}
