/* watch.c - see watch.h. */
#include "control/watch.h"

#include "base/log.h"

#include <math.h>

void oc_watch_begin(oc_watch *watch, oc_run *run)
{
    *watch = (oc_watch){.run = run, .scale = run->info.decision.scale};
}

static double monitored(const oc_run *run, int monitor)
{
    return monitor == OC_MONITOR_TEST_ACCURACY ? run->info.test_accuracy : run->info.test_loss;
}

static oc_status keep_best(void *context, const oc_run *run)
{
    oc_watch *const watch = context;
    if (run->info.test_accuracy > run->info.best_accuracy) {
        watch->run->info.best_accuracy = run->info.test_accuracy;
        watch->save_best = run->recipe.checkpoint.best;
    }
    return OC_OK;
}

static oc_status reduce_on_plateau(void *context, const oc_run *run)
{
    oc_watch *const watch = context;
    const oc_schedule_config *const config = &run->plan.schedule.config;
    oc_checkpoint_info *const info = &watch->run->info;
    if (config->kind != OC_SCHEDULE_REDUCE_ON_PLATEAU)
        return OC_OK;
    oc_plateau plateau = {info->plateau_best, info->plateau_bad, info->plateau_cooldown};
    const double scale =
        oc_plateau_next(config, &plateau, monitored(run, config->monitor), watch->scale);
    info->plateau_best = plateau.best;
    info->plateau_bad = plateau.bad;
    info->plateau_cooldown = plateau.cooldown;
    if (scale != watch->scale)
        oc_log(OC_LOG_INFO, "step %llu: no improvement in %s: learning rate is now %g",
               (unsigned long long)info->step, oc_monitor_names[config->monitor],
               config->lr.last * scale);
    watch->scale = scale;
    return OC_OK;
}

static oc_status stop_early(void *context, const oc_run *run)
{
    oc_watch *const watch = context;
    oc_checkpoint_info *const info = &watch->run->info;
    const int monitor = run->recipe.early_stopping.monitor;
    const uint64_t patience = (uint64_t)run->recipe.early_stopping.patience;
    const double value = monitored(run, monitor), delta = run->recipe.early_stopping.min_delta;
    const double sign = monitor == OC_MONITOR_TEST_ACCURACY ? 1 : -1;
    const double best = isnan(info->early_best) ? -sign * INFINITY : info->early_best;
    if (patience == 0)
        return OC_OK;
    if (sign * (value - best) > delta) {
        info->early_best = value;
        info->early_bad = 0;
    } else if (++info->early_bad >= patience && info->step < info->decision.end) {
        oc_log(OC_LOG_INFO,
               "early_stopping: stopped at step %llu: no improvement in %s for %llu evaluations, "
               "best %g",
               (unsigned long long)info->step, oc_monitor_names[monitor],
               (unsigned long long)info->early_bad, best);
        watch->end = 1;
    }
    return OC_OK;
}

void oc_watch_callbacks(oc_watch *watch, oc_callback callbacks[OC_WATCH_CALLBACKS])
{
    callbacks[0] = (oc_callback){.context = watch, .on_evaluate = keep_best};
    callbacks[1] = (oc_callback){.context = watch, .on_evaluate = reduce_on_plateau};
    callbacks[2] = (oc_callback){.context = watch, .on_evaluate = stop_early};
}
