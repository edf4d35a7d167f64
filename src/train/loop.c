/* loop.c - see loop.h. Every global decision travels in the step message: no rank leaves
 * the loop, saves or evaluates on its own. */
#include "train/loop.h"

#include "base/clock.h"
#include "base/log.h"
#include "train/session.h"

#include <stdio.h>
#include <string.h>

typedef struct loop {
    oc_run *run;
    const oc_loop_options *options;
    oc_session session;  /* rank 0 */
    uint64_t saved_step; /* rank 0 */
    oc_status failure;   /* rank 0: why training can't go on, and the message */
    char failure_text[1024];
    double learning_rate; /* of the last step */
    int stop;             /* rank 0: a callback asked to stop */
} loop;

static void set_failure(loop *l, oc_status status)
{
    if (l->failure != OC_OK)
        return;
    l->failure = status;
    snprintf(l->failure_text, sizeof l->failure_text, "%s", oc_message());
}

/* Rank 0: fill in the message for what comes next. */
static void decide(loop *l, oc_step *step)
{
    const oc_run *run = l->run;
    const oc_checkpoint_info *info = &run->info;
    const uint64_t stop_at = l->options->stop_at;
    const oc_loop_view view = {
        .step = info->step,
        .total_steps = info->total_steps,
        .steps_per_epoch = info->steps_per_epoch,
        .evaluated_step = info->evaluated_step,
        .saved_step = l->saved_step,
        .save_every_steps = (uint64_t)run->recipe.checkpoint.every_steps,
        .save_every_epochs = (uint64_t)run->recipe.checkpoint.every_epochs,
        .save_best = l->session.save_best,
        .stop = run->stop_seen || l->stop || (stop_at > 0 && info->step >= stop_at),
        .failed = l->failure != OC_OK,
    };
    *step = (oc_step){
        .iteration = info->step,
        .action = oc_loop_next(&view),
        .status = view.failed ? l->failure : (info->step >= info->total_steps ? OC_OK : OC_STOPPED),
        .groups = (uint32_t)run->groups.count,
        .weight_decay = run->recipe.optimizer.weight_decay,
    };
    oc_schedule_point point;
    if (step->action != OC_ACTION_TRAIN)
        return;
    const oc_status status = oc_schedule_at(&run->schedule, info->step, &point);
    if (status != OC_OK) {
        set_failure(l, status);
        step->action = OC_ACTION_STOP;
        step->status = (uint32_t)status;
        return;
    }
    step->momentum = point.momentum;
    for (int i = 0; i < run->groups.count; i++)
        step->learning_rate[i] = run->groups.share[i] * point.learning_rate;
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

/* The schedule's own: that of the last group. */
static double last_rate(const oc_step *step)
{
    return step->learning_rate[step->groups - 1];
}

/* All ranks know of a failure but that of a collective: the next message says stop. */
static oc_status take_agreed(loop *l, oc_status status)
{
    if (status == OC_ERR_PEER)
        return status;
    if (is_root(l))
        set_failure(l, status);
    return OC_OK;
}

/* Rank 0: what a callback returned. */
static void take_decision(loop *l, oc_status status)
{
    if (status == OC_STOPPED)
        l->stop = 1;
    else if (status != OC_OK)
        set_failure(l, status);
}

static void call_on_step(loop *l, const oc_step *step, const oc_step_result *result)
{
    const oc_loop_options *o = l->options;
    for (size_t i = 0; i < o->callback_count; i++)
        if (o->callbacks[i].on_step)
            take_decision(l,
                          o->callbacks[i].on_step(o->callbacks[i].context, l->run, step, result));
    if (l->run->info.step % l->run->info.steps_per_epoch != 0)
        return;
    for (size_t i = 0; i < o->callback_count; i++)
        if (o->callbacks[i].on_epoch)
            take_decision(l, o->callbacks[i].on_epoch(o->callbacks[i].context, l->run));
}

static void call_on_evaluate(loop *l)
{
    const oc_loop_options *o = l->options;
    for (size_t i = 0; i < o->callback_count; i++)
        if (o->callbacks[i].on_evaluate)
            take_decision(l, o->callbacks[i].on_evaluate(o->callbacks[i].context, l->run));
}

static void call_on_end(const loop *l, oc_status outcome)
{
    const oc_loop_options *o = l->options;
    for (size_t i = 0; i < o->callback_count; i++)
        if (o->callbacks[i].on_end)
            o->callbacks[i].on_end(o->callbacks[i].context, l->run, outcome);
}

static oc_status do_train(loop *l, const oc_step *step)
{
    oc_run *run = l->run;
    oc_step_result result;
    const double started = oc_seconds();
    oc_status status = oc_run_train_step(run, step, &result);
    if (status != OC_OK)
        return take_agreed(l, status);
    if (!result.finite) {
        const int kind = run->recipe.schedule.kind;
        const int peaked = kind == OC_SCHEDULE_ONECYCLE || kind == OC_SCHEDULE_CYCLICAL;
        if (is_root(l))
            set_failure(l, oc_fail(OC_ERR_DIVERGED,
                                   "training diverged at step %llu: the loss or a gradient is not "
                                   "finite (loss %g, learning rate %g); lower schedule.%s; the "
                                   "last checkpoint is untouched",
                                   (unsigned long long)run->info.step + 1, result.loss,
                                   last_rate(step), peaked ? "max_lr" : "lr"));
        return OC_OK;
    }
    const double seconds = oc_seconds() - started;
    run->info.seconds += seconds;
    l->learning_rate = last_rate(step);
    add_to_epoch(run, &result);
    if (is_root(l)) {
        oc_session_step(&l->session, run, step, &result, seconds);
        call_on_step(l, step, &result);
    }
    const int64_t every = run->recipe.train.check_replicas;
    if (every > 0 && run->info.step % (uint64_t)every == 0) {
        status = oc_run_check_replicas(run);
        if (status == OC_ERR_REPLICAS) {
            if (is_root(l))
                set_failure(l, status);
            status = OC_OK;
        }
    }
    return status;
}

static oc_status do_evaluate(loop *l, const oc_step *step)
{
    (void)step;
    const oc_status status = oc_run_evaluate(l->run);
    if (status == OC_OK && is_root(l)) {
        oc_session_evaluated(&l->session, l->run, l->learning_rate);
        call_on_evaluate(l);
    }
    return status == OC_OK ? status : take_agreed(l, status);
}

/* A save that fails is no collective failure: the next message carries it. */
static oc_status do_checkpoint(loop *l, const oc_step *step)
{
    if (!is_root(l))
        return OC_OK;
    const oc_status status = oc_session_save(&l->session, l->run);
    if (status != OC_OK)
        set_failure(l, status);
    l->saved_step = step->iteration;
    return OC_OK;
}

/* OC_OK when a message said stop, with its status in *outcome; else what broke here. */
static oc_status iterate(loop *l, oc_status *outcome)
{
    static oc_status (*const act[])(loop *, const oc_step *) = {
        [OC_ACTION_TRAIN] = do_train,
        [OC_ACTION_EVALUATE] = do_evaluate,
        [OC_ACTION_CHECKPOINT] = do_checkpoint,
    };
    for (;;) {
        oc_step step = {0};
        if (is_root(l))
            decide(l, &step);
        oc_status status = oc_step_broadcast(l->run->comm, &step, l->run->info.step);
        if (status != OC_OK)
            return status;
        if (step.action == OC_ACTION_STOP) {
            *outcome = (oc_status)step.status;
            return OC_OK;
        }
        status = act[step.action](l, &step);
        if (status != OC_OK)
            return status;
    }
}

/* Rank 0: close the session; closing may fail too, but the first failure is told. */
static oc_status close_session(loop *l, oc_status outcome)
{
    char kept[sizeof l->failure_text];
    snprintf(kept, sizeof kept, "%s", l->failure != OC_OK ? l->failure_text : oc_message());
    const oc_status closed = oc_session_close(&l->session, l->run, outcome);
    if (closed == outcome && outcome != OC_OK && outcome != OC_STOPPED)
        oc_fail(outcome, "%s", kept);
    return closed;
}

/* Only this rank knows: the others wait in a collective that it will not enter any more. */
static oc_status leave_alone(loop *l, oc_status status)
{
    if (is_root(l))
        close_session(l, status);
    if (status != OC_ERR_PEER) { /* after which the communicator knows */
        oc_log_every_rank(OC_LOG_ERROR, "rank %d: %s", oc_comm_rank(l->run->comm), oc_message());
        oc_comm_abort(l->run->comm, status);
    }
    return status;
}

oc_status oc_loop_run(oc_run *run, const oc_loop_options *options)
{
    loop l = {.run = run,
              .options = options,
              .session = {.lock = -1},
              .saved_step = run->info.step > 0 ? run->info.step : UINT64_MAX};
    oc_status status = OC_OK;
    if (is_root(&l))
        status = oc_session_open(&l.session, run, options->folder, options->progress);
    status = oc_comm_agree(run->comm, status);
    if (status == OC_OK) {
        const oc_status broken = iterate(&l, &status);
        if (broken != OC_OK)
            return leave_alone(&l, broken);
        if (is_root(&l))
            call_on_end(&l, status);
    }
    if (is_root(&l))
        status = close_session(&l, status);
    /* No rank leaves before rank 0 has written all: srun ends a job whose first rank left. */
    return oc_comm_agree(run->comm, status);
}
