/* loop.c - see loop.h. Every global decision travels in the step message: no rank leaves
 * the loop, saves or evaluates on its own. */
#include "control/loop_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/deadline.h"
#include "control/drive.h"
#include "run/guard.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void oc_loop_fail(oc_loop *l, oc_status status)
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
static oc_decision decide_watched(const oc_loop *l)
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
static void decide_length(const oc_loop *l, oc_decision *next)
{
    const double now = now_of(l->options);
    oc_time_view view;
    if (isinf(l->budget.deadline))
        return;
    oc_deadline_view(&view, &l->budget, l->run, next, l->save_clock.interval, now);
    if (oc_time_budget_decide(next, &view))
        oc_log(OC_LOG_INFO,
               "fit_time: %llu steps, decided at step %llu: %.3g s per step, %.0f s left",
               (unsigned long long)next->end, (unsigned long long)next->step, view.step_seconds,
               l->budget.deadline - now);
}

static int saves_by_time(const oc_loop *l)
{
    return isfinite(l->save_clock.interval);
}

static oc_loop_view view_of(const oc_loop *l, const oc_decision *next)
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
        .save_due = saves_by_time(l) && oc_save_clock_is_due(&l->save_clock, now_of(l->options)),
        .save_best = l->watch.save_best,
        .stop = run->stop_seen || l->stop || (stop_at > 0 && info->step >= stop_at),
        .failed = l->failure != OC_OK,
    };
}

/* Rank 0. */
static oc_next decide(void *context)
{
    oc_loop *const l = context;
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
        oc_loop_fail(l, status);
        next.action = OC_ACTION_STOP;
        next.status = status;
    }
    next.frozen = oc_schedule_is_frozen(&run->plan.schedule, &next.decision, at);
    next.guard = oc_guard_next(run);
    next.most_loss = oc_guard_most_loss(run);
    return next;
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
    if (result->diverged)
        return;
    info->epoch_loss_sum += result->loss * (double)batch;
    info->epoch_correct += result->correct;
    info->epoch_count += batch;
}

/* onecycle's own, then on rank 0 the user's; NULL behind the last. */
static const oc_callback *callback_at(const oc_loop *l, size_t i)
{
    if (i < OWN_CALLBACKS)
        return &l->own[i];
    return oc_loop_is_root(l) && i - OWN_CALLBACKS < l->options->callback_count
               ? &l->options->callbacks[i - OWN_CALLBACKS]
               : NULL;
}

/* What a callback returned. Shall the next one be called? */
static int goes_on(oc_loop *l, oc_status status)
{
    if (status == OC_STOPPED)
        l->stop = 1;
    else if (status != OC_OK)
        oc_loop_fail(l, status);
    return status == OC_OK || status == OC_STOPPED;
}

void oc_loop_tell_step(oc_loop *l, const oc_step *step, const oc_step_result *result)
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

void oc_loop_tell_evaluation(oc_loop *l, int again)
{
    const oc_callback *c;
    for (size_t i = 0; (c = callback_at(l, i)) != NULL; i++)
        if (c->on_evaluate && !(again && i >= WATCH && i < OWN_CALLBACKS) &&
            !goes_on(l, c->on_evaluate(c->context, l->run)))
            return;
}

static void call_on_end(const oc_loop *l, oc_status outcome)
{
    const oc_callback *c;
    for (size_t i = 0; (c = callback_at(l, i)) != NULL; i++)
        if (c->on_end)
            c->on_end(c->context, l->run, outcome);
}

static oc_status do_train(oc_loop *l, const oc_step *step)
{
    oc_run *run = l->run;
    oc_step_result result;
    const double started = oc_seconds();
    oc_status status = oc_run_train_step(run, step, &result);
    if (status != OC_OK)
        return status;
    result.seconds = oc_seconds() - started;
    oc_patience_note(&run->patience, result.seconds);
    const int is_done = run->info.step > step->iteration;
    if (is_done) {
        run->info.seconds += result.seconds;
        run->info.learning_rate = step->learning_rate[step->groups - 1];
        add_to_epoch(run, &result);
        l->last_step = *step;
        l->last_result = result;
    }
    oc_run_note(run, OC_PHASE_CALLBACKS, OC_NO_NUMBER);
    oc_loop_tell_step(l, step, &result);
    if (!is_done)
        return OC_OK;
    const int64_t every = run->recipe.train.check_replicas;
    return every > 0 && run->info.step % (uint64_t)every == 0 ? oc_run_check_replicas(run) : OC_OK;
}

static oc_status do_evaluate(oc_loop *l, const oc_step *step)
{
    (void)step;
    const oc_status status = oc_run_evaluate(l->run);
    if (status != OC_OK)
        return status;
    oc_run_note(l->run, OC_PHASE_CALLBACKS, OC_NO_NUMBER);
    oc_loop_tell_evaluation(l, 0);
    return status;
}

/* A save that fails is no collective failure: the next message carries it. */
static oc_status do_checkpoint(oc_loop *l, const oc_step *step)
{
    oc_status status = OC_OK;
    l->run->info.checkpoints++;
    if (oc_loop_is_root(l)) {
        const oc_loop_view view = view_of(l, &l->run->info.decision);
        const int is_last = view.stop || view.step >= view.total_steps;
        oc_run_note(l->run, OC_PHASE_CHECKPOINT, OC_NO_NUMBER);
        l->run->info.wall_seconds = l->wall_before + now_of(l->options) - l->budget.started;
        status = l->keeper.save(l->keeper.context, l->run, l->watch.save_best, is_last);
    }
    if (status != OC_OK)
        oc_loop_fail(l, status);
    else
        l->watch.save_best = 0;
    l->saved_step = step->iteration;
    if (saves_by_time(l))
        oc_save_clock_note(&l->save_clock, now_of(l->options));
    return OC_OK;
}

/* Rank 0. For the budget the last one counts until it is stored, because it is waited for. */
static void follow_cost(oc_loop *l, uint32_t action)
{
    if (!l->keeper.cost)
        return;
    const oc_save_cost cost = l->keeper.cost(l->keeper.context);
    oc_save_clock_measured(&l->save_clock, &cost);
    if (action == OC_ACTION_CHECKPOINT && l->budget.checkpoint < cost.lasts)
        l->budget.checkpoint = cost.lasts;
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
    static oc_status (*const does[])(oc_loop *, const oc_step *) = {
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
    oc_loop *const l = context;
    oc_profile *const profile = l->run->workers[0].workspace.profile;
    const double since = oc_profile_start(profile);
    const oc_status status = does[step->action](l, step);
    oc_profile_lap(profile, oc_run_profile_row(l->run, phase[step->action]), since);
    if (oc_comm_is_broken(l->run->comm))
        return status;
    if (status != OC_OK && oc_loop_is_root(l))
        oc_loop_fail(l, status);
    oc_patience_apply(&l->run->patience, l->run->comm, rank_0_goes_on(l->run, step->action));
    oc_time_budget_note(&l->budget, what[step->action], now_of(l->options));
    follow_cost(l, step->action);
    return OC_OK;
}

/* Rank 0: the keeper's end may fail too, but the first failure is told. */
static oc_status end_keeper(oc_loop *l, oc_status outcome)
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
    oc_loop *const l = context;
    if (!l->serves)
        return;
    end_keeper(l, status);
    if (l->keeper.leave)
        l->keeper.leave(l->keeper.context, status);
}

/* Of what the clock can't know before: a step, an evaluation or a pause that was far too long. */
static void tell_if_late(const oc_loop *l)
{
    const double late = now_of(l->options) - l->budget.deadline;
    if (late > 0)
        oc_log(OC_LOG_WARN, "fit_time: the run ended %.1f s late", late);
}

/* What rank 0 knows by itself others know as well, where they may have to take its place. */
static oc_status begin(oc_loop *l)
{
    const oc_loop_options *o = l->options;
    const double now = now_of(o);
    const double started = o->started > 0 ? o->started : now;
    const oc_keeper *const keeper = o->keeper;
    oc_status status = OC_OK;
    l->wall_before = l->run->info.wall_seconds;
    l->serves = oc_loop_is_root(l);
    oc_watch_begin(&l->watch, l->run);
    l->own[GUARD] = oc_watch_guard();
    oc_watch_callbacks(&l->watch, &l->own[WATCH]);
    if (l->serves || o->may_lose_ranks)
        status = oc_deadline_begin(&l->budget, l->run, started, now, o->allocation_end);
    oc_save_clock_begin(&l->save_clock, &l->run->recipe, l->budget.checkpoint, now);
    if (!keeper || !keeper->save)
        l->budget.checkpoint = 0;
    if (!keeper)
        return status;
    l->own[KEEPER] = l->serves ? keeper->callback : keeper->shadow;
    if (l->serves)
        l->keeper = *keeper;
    if (status == OC_OK && l->keeper.begin)
        status = l->keeper.begin(l->keeper.context, l->run);
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

/* After the last message. Once, whatever becomes of ranks meanwhile. */
static oc_status finish(oc_loop *l, oc_status status, uint64_t before)
{
    oc_run *const run = l->run;
    oc_patience_apply(&run->patience, run->comm, 1);
    if (l->serves && !l->has_ended) {
        call_on_end(l, status);
        status = end_keeper(l, status);
        if (status == OC_OK && run->info.step > before)
            tell_if_late(l);
        l->has_ended = 1;
        l->outcome = status;
    } else if (l->serves) {
        status = l->outcome;
    }
    /* No rank leaves before rank 0 has written all: srun ends a job whose first rank left. */
    return oc_comm_agree(run->comm, status);
}

static oc_status not_begun(oc_loop *l, oc_status status)
{
    oc_patience_apply(&l->run->patience, l->run->comm, 1);
    if (l->serves)
        status = end_keeper(l, status);
    return oc_comm_agree(l->run->comm, status);
}

oc_status oc_loop_run(oc_run *run, const oc_loop_options *options)
{
    const uint64_t before = run->info.step;
    oc_loop l = {.run = run,
                 .options = options,
                 .saved_step = run->info.step > 0 ? run->info.step : UINT64_MAX};
    const int outlives =
        options->may_lose_ranks && run->recipe.train.on_lost_rank == OC_LOST_RANK_CONTINUE;
    const oc_driver driver = {&l, decide, act, outlives ? oc_loop_rejoin : NULL, leave};
    oc_status status = oc_run_initialise(run);
    if (status != OC_OK)
        return status;
    status = oc_comm_agree(run->comm, begin(&l));
    if (status == OC_OK)
        status = look_for_stop(run);
    if (status != OC_OK)
        return not_begun(&l, status);
    for (;;) {
        status = oc_drive(run, &driver);
        if (oc_comm_is_broken(run->comm))
            return status;
        status = finish(&l, status, before);
        if (!oc_comm_is_broken(run->comm) || !outlives || oc_loop_rejoin(&l) != OC_OK)
            return status;
    }
}
