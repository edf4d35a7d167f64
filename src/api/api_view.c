/* api_view.c - see api_view.h. */
#include "api/api_view.h"

#include "api/api.h"

static void look(oc_api_watcher *watcher, const oc_run *run)
{
    onecycle_view *const view = &watcher->view;
    const oc_checkpoint_info *const info = &run->info;
    view->step = info->step;
    view->steps = info->decision.end;
    view->steps_per_epoch = info->steps_per_epoch;
    view->test_loss = info->test_loss;
    view->test_accuracy = info->test_accuracy;
    view->best_accuracy = info->best_accuracy;
    view->seconds = info->seconds;
}

static oc_status tell(oc_api_watcher *watcher, onecycle_event event)
{
    const onecycle_status answer = watcher->callback(watcher->context, event, &watcher->view);
    if (answer == ONECYCLE_OK)
        return OC_OK;
    if (answer == ONECYCLE_STOPPED)
        return OC_STOPPED;
    return oc_fail(oc_api_status_from(answer), "step %llu: the callback returned %d",
                   (unsigned long long)watcher->view.step, (int)answer);
}

static oc_status on_step(void *context, const oc_run *run, const oc_step *step,
                         const oc_step_result *result)
{
    oc_api_watcher *const watcher = context;
    look(watcher, run);
    watcher->view.loss = result->loss;
    watcher->view.accuracy = result->accuracy;
    watcher->view.learning_rate = step->learning_rate[step->groups - 1];
    watcher->view.momentum = step->momentum;
    return tell(watcher, ONECYCLE_STEP);
}

static oc_status on_epoch(void *context, const oc_run *run)
{
    look(context, run);
    return tell(context, ONECYCLE_EPOCH);
}

static oc_status on_evaluate(void *context, const oc_run *run)
{
    look(context, run);
    return tell(context, ONECYCLE_EVALUATION);
}

static void on_end(void *context, const oc_run *run, oc_status outcome)
{
    oc_api_watcher *const watcher = context;
    (void)outcome;
    look(watcher, run);
    watcher->callback(watcher->context, ONECYCLE_END, &watcher->view);
}

oc_callback oc_api_watch(oc_api_watcher *watcher)
{
    return watcher->callback ? (oc_callback){.context = watcher,
                                             .on_step = on_step,
                                             .on_epoch = on_epoch,
                                             .on_evaluate = on_evaluate,
                                             .on_end = on_end}
                             : (oc_callback){0};
}
