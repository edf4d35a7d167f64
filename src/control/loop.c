/* loop.c - see loop.h. Every global decision travels in the step message: no rank leaves
 * the loop, saves or evaluates on its own. */
#include "control/loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/deadline.h"
#include "control/drive.h"
#include "control/watch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* onecycle's own: the guard, the keeper's, then those that look at evaluations. */
enum { GUARD, KEEPER, WATCH, OWN_CALLBACKS = WATCH + OC_WATCH_CALLBACKS };

typedef struct loop {
    oc_run *run;
    const oc_loop_options *options;
    /* What follows is rank 0's. */
    oc_keeper keeper; /* empty where there is none */
    oc_watch watch;
    oc_callback own[OWN_CALLBACKS];
    oc_time_budget budget;
    double wall_before; /* info.wall_seconds when the loop began */
    uint64_t saved_step;
    oc_status failure; /* why training can't go on, and the message */
    char failure_text[1024];
    int stop;            /* a callback asked to stop */
    double save_seconds; /* of a checkpoint until it is stored, which training may not wait for */
} loop;

static void set_failure(loop *l, oc_status status)
{
    if (l->failure != OC_OK)
        return;
    l->failure = status;
    snprintf(l->failure_text, sizeof l->failure_text, "%s", oc_message());
}

static double now_of(const oc_loop_options *options)
{
    return options->clock ? options->clock(options->clock_context) : oc_seconds();
}

/* Rank 0: what evaluations ask for. */
static oc_decision decide_watched(const loop *l)
{
    const oc_run *run = l->run;
    oc_decision next = run->info.decision;
    if (l->watch.scale == next.scale && !l->watch.end)
        return next;
    next.place = oc_decision_place(&next, run->plan.schedule.steps, run->info.step);
    next.step = run->info.step;
    next.scale = l->watch.scale;
    if (l->watch.end)
        next.end = next.step;
    return next;
}

/* Rank 0: what the clock asks for besides: never an end that is reached already. */
static void decide_length(const loop *l, oc_decision *next)
{
    const double now = now_of(l->options);
    oc_time_view view;
    if (isinf(l->budget.deadline))
        return;
    oc_deadline_view(&view, &l->budget, l->run, next, now);
    if (oc_time_budget_decide(next, &view))
        oc_log(OC_LOG_INFO,
               "fit_time: %llu steps, decided at step %llu: %.3g s per step, %.0f s left",
               (unsigned long long)next->end, (unsigned long long)next->step, view.step_seconds,
               l->budget.deadline - now);
}

static oc_loop_view view_of(const loop *l, const oc_decision *next)
{
    const oc_run *run = l->run;
    const oc_checkpoint_info *info = &run->info;
    const uint64_t stop_at = l->options->stop_at;
    return (oc_loop_view){
        .step = info->step,
        .total_steps = next->end,
        .steps_per_epoch = info->steps_per_epoch,
        .evaluated_step = info->evaluated_step,
        .saved_step = l->keeper.save ? l->saved_step : info->step, /* nothing to save */
        .save_every_steps = (uint64_t)run->recipe.checkpoint.every_steps,
        .save_every_epochs = (uint64_t)run->recipe.checkpoint.every_epochs,
        .save_best = l->watch.save_best,
        .stop = run->stop_seen || l->stop || (stop_at > 0 && info->step >= stop_at),
        .failed = l->failure != OC_OK,
    };
}

/* Rank 0. */
static oc_next decide(void *context)
{
    loop *const l = context;
    const oc_run *run = l->run;
    const uint64_t at = run->info.step;
    oc_next next = {.decision = decide_watched(l)};
    const oc_loop_view view = view_of(l, &next.decision);
    next.action = oc_loop_next(&view);
    next.status = view.failed ? l->failure : (at >= next.decision.end ? OC_OK : OC_STOPPED);
    if (next.action != OC_ACTION_TRAIN)
        return next;
    decide_length(l, &next.decision);
    const oc_status status =
        oc_schedule_decided(&run->plan.schedule, &next.decision, at, &next.point);
    if (status != OC_OK) {
        set_failure(l, status);
        next.action = OC_ACTION_STOP;
        next.status = status;
    }
    next.frozen = oc_schedule_is_frozen(&run->plan.schedule, &next.decision, at);
    return next;
}

static int is_root(const loop *l)
{
    return oc_comm_rank(l->run->comm) == 0;
}

/* The first step of an epoch starts its sums anew; they live in the checkpoint. */
static void add_to_epoch(oc_run *run, const oc_step_result *result)
{
    oc_checkpoint_info *info = &run->info;
    if ((info->step - 1) % info->steps_per_epoch == 0) {
        info->epoch_loss_sum = 0;
        info->epoch_correct = info->epoch_count = 0;
    }
    const uint64_t batch = (uint64_t)run->recipe.batch.size;
    info->epoch_loss_sum += result->loss * (double)batch;
    info->epoch_correct += result->correct;
    info->epoch_count += batch;
}

/* onecycle's own, then the user's; NULL behind the last. */
static const oc_callback *callback_at(const loop *l, size_t i)
{
    if (i < OWN_CALLBACKS)
        return &l->own[i];
    return i - OWN_CALLBACKS < l->options->callback_count
               ? &l->options->callbacks[i - OWN_CALLBACKS]
               : NULL;
}

/* Rank 0: what a callback returned. Shall the next one be called? */
static int goes_on(loop *l, oc_status status)
{
    if (status == OC_STOPPED)
        l->stop = 1;
    else if (status != OC_OK)
        set_failure(l, status);
    return status == OC_OK || status == OC_STOPPED;
}

static void call_on_step(loop *l, const oc_step *step, const oc_step_result *result)
{
    const oc_callback *c;
    for (size_t i = 0; (c = callback_at(l, i)) != NULL; i++)
        if (c->on_step && !goes_on(l, c->on_step(c->context, l->run, step, result)))
            return;
    if (l->run->info.step % l->run->info.steps_per_epoch != 0)
        return;
    for (size_t i = 0; (c = callback_at(l, i)) != NULL; i++)
        if (c->on_epoch && !goes_on(l, c->on_epoch(c->context, l->run)))
            return;
}

static void call_on_evaluate(loop *l)
{
    const oc_callback *c;
    for (size_t i = 0; (c = callback_at(l, i)) != NULL; i++)
        if (c->on_evaluate && !goes_on(l, c->on_evaluate(c->context, l->run)))
            return;
}

static void call_on_end(const loop *l, oc_status outcome)
{
    const oc_callback *c;
    for (size_t i = 0; (c = callback_at(l, i)) != NULL; i++)
        if (c->on_end)
            c->on_end(c->context, l->run, outcome);
}

static oc_status do_train(loop *l, const oc_step *step)
{
    oc_run *run = l->run;
    oc_step_result result;
    const double started = oc_seconds();
    oc_status status = oc_run_train_step(run, step, &result);
    if (status != OC_OK)
        return status;
    result.seconds = oc_seconds() - started;
    oc_patience_note(&run->patience, result.seconds);
    if (result.finite) {
        run->info.seconds += result.seconds;
        run->info.learning_rate = step->learning_rate[step->groups - 1];
        add_to_epoch(run, &result);
    }
    if (is_root(l)) {
        oc_run_note(run, OC_PHASE_CALLBACKS, OC_NO_NUMBER);
        call_on_step(l, step, &result);
    }
    if (!result.finite)
        return OC_OK;
    const int64_t every = run->recipe.train.check_replicas;
    return every > 0 && run->info.step % (uint64_t)every == 0 ? oc_run_check_replicas(run) : OC_OK;
}

static oc_status do_evaluate(loop *l, const oc_step *step)
{
    (void)step;
    const oc_status status = oc_run_evaluate(l->run);
    if (status == OC_OK && is_root(l)) {
        oc_run_note(l->run, OC_PHASE_CALLBACKS, OC_NO_NUMBER);
        call_on_evaluate(l);
    }
    return status;
}

/* A save that fails is no collective failure: the next message carries it. */
static oc_status do_checkpoint(loop *l, const oc_step *step)
{
    if (!is_root(l))
        return OC_OK;
    const oc_loop_view view = view_of(l, &l->run->info.decision);
    const int is_last = view.stop || view.step >= view.total_steps;
    oc_run_note(l->run, OC_PHASE_CHECKPOINT, OC_NO_NUMBER);
    l->run->info.wall_seconds = l->wall_before + now_of(l->options) - l->budget.started;
    const oc_status status =
        l->keeper.save(l->keeper.context, l->run, l->watch.save_best, is_last, &l->save_seconds);
    if (status != OC_OK)
        set_failure(l, status);
    else
        l->watch.save_best = 0;
    l->saved_step = step->iteration;
    return OC_OK;
}

/* Is rank 0 at work by itself before its next message: saving, drawing, in callbacks? */
static int rank_0_goes_on(const oc_run *run, uint32_t action)
{
    return action != OC_ACTION_TRAIN || run->info.step % run->info.steps_per_epoch == 0;
}

/* Unless the communicator broke all ranks know of a failure. Rank 0 remembers the first there was,
 * and its next message says stop. */
static oc_status act(void *context, const oc_step *step)
{
    static oc_status (*const does[])(loop *, const oc_step *) = {
        [OC_ACTION_TRAIN] = do_train,
        [OC_ACTION_EVALUATE] = do_evaluate,
        [OC_ACTION_CHECKPOINT] = do_checkpoint,
    };
    static const oc_timed what[] = {[OC_ACTION_TRAIN] = OC_TIMED_STEP,
                                    [OC_ACTION_EVALUATE] = OC_TIMED_EVALUATION,
                                    [OC_ACTION_CHECKPOINT] = OC_TIMED_CHECKPOINT};
    static const oc_step_phase phase[] = {[OC_ACTION_TRAIN] = OC_PHASE_STEP,
                                          [OC_ACTION_EVALUATE] = OC_PHASE_EVALUATION,
                                          [OC_ACTION_CHECKPOINT] = OC_PHASE_CHECKPOINT};
    loop *const l = context;
    oc_profile *const profile = l->run->workers[0].workspace.profile;
    const double since = oc_profile_start(profile);
    const oc_status status = does[step->action](l, step);
    oc_profile_lap(profile, oc_run_profile_row(l->run, phase[step->action]), since);
    if (oc_comm_is_broken(l->run->comm))
        return status;
    if (status != OC_OK && is_root(l))
        set_failure(l, status);
    oc_patience_apply(&l->run->patience, l->run->comm, rank_0_goes_on(l->run, step->action));
    if (is_root(l))
        oc_time_budget_note(&l->budget, what[step->action], now_of(l->options));
    if (is_root(l) && l->budget.checkpoint < l->save_seconds) /* the last one is waited for */
        l->budget.checkpoint = l->save_seconds;
    return OC_OK;
}

/* Rank 0: the keeper's end may fail too, but the first failure is told. */
static oc_status end_keeper(loop *l, oc_status outcome)
{
    char kept[sizeof l->failure_text];
    snprintf(kept, sizeof kept, "%s", l->failure != OC_OK ? l->failure_text : oc_message());
    const oc_status ended =
        l->keeper.end ? l->keeper.end(l->keeper.context, l->run, outcome) : outcome;
    if (ended == outcome && outcome != OC_OK && outcome != OC_STOPPED)
        oc_fail(outcome, "%s", kept);
    return ended;
}

static void leave(void *context, oc_status status)
{
    loop *const l = context;
    if (!is_root(l))
        return;
    end_keeper(l, status);
    if (l->keeper.leave)
        l->keeper.leave(l->keeper.context, status);
}

/* Of what the clock can't know before: a step, an evaluation or a pause that was far too long. */
static void tell_if_late(const loop *l)
{
    const double late = now_of(l->options) - l->budget.deadline;
    if (late > 0)
        oc_log(OC_LOG_WARN, "fit_time: the run ended %.1f s late", late);
}

static oc_status begin(loop *l)
{
    const oc_loop_options *o = l->options;
    const double now = now_of(o);
    const double started = o->started > 0 ? o->started : now;
    l->wall_before = l->run->info.wall_seconds;
    oc_status status = oc_deadline_begin(&l->budget, l->run, started, now, o->allocation_end);
    if (!l->keeper.save)
        l->budget.checkpoint = 0;
    if (status == OC_OK && l->keeper.begin)
        status = l->keeper.begin(l->keeper.context, l->run);
    oc_watch_begin(&l->watch, l->run);
    l->own[GUARD] = oc_watch_guard();
    l->own[KEEPER] = l->keeper.callback;
    oc_watch_callbacks(&l->watch, &l->own[WATCH]);
    return status;
}

/* A rank that was told to stop before there was a step to tell the others in. */
static oc_status look_for_stop(oc_run *run)
{
    uint64_t asked = run->stop_signal && *run->stop_signal;
    const oc_status status = oc_comm_max_u64(run->comm, &asked, 1);
    run->stop_seen |= asked > 0;
    return status;
}

oc_status oc_loop_run(oc_run *run, const oc_loop_options *options)
{
    const uint64_t before = run->info.step;
    loop l = {.run = run,
              .options = options,
              .saved_step = run->info.step > 0 ? run->info.step : UINT64_MAX};
    oc_status status = oc_run_initialise(run);
    if (status != OC_OK)
        return status;
    if (is_root(&l) && options->keeper)
        l.keeper = *options->keeper;
    if (is_root(&l))
        status = begin(&l);
    status = oc_comm_agree(run->comm, status);
    if (status == OC_OK)
        status = look_for_stop(run);
    if (status == OC_OK) {
        const oc_driver driver = {&l, decide, act, leave};
        status = oc_drive(run, &driver);
        if (oc_comm_is_broken(run->comm))
            return status;
        if (is_root(&l))
            call_on_end(&l, status);
    }
    oc_patience_apply(&run->patience, run->comm, 1);
    if (is_root(&l)) {
        status = end_keeper(&l, status);
        if (status == OC_OK && run->info.step > before)
            tell_if_late(&l);
    }
    /* No rank leaves before rank 0 has written all: srun ends a job whose first rank left. */
    return oc_comm_agree(run->comm, status);
}
