/* lr_range.c - see lr_range.h. */
#include "studies/lr_range.h"

#include "base/clock.h"
#include "control/drive.h"
#include "run/snapshot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double beta = 0.98; /* fastai's AvgSmoothLoss and SmoothenValue */

typedef struct test {
    oc_run *run;
    const oc_range_options *options;
    oc_range_curve *curve;
    double sum, weight, least; /* of the smoothed loss */
    uint64_t evaluated_step;   /* the step of the last evaluation; 0: none */
    int ended;                 /* the curve's end is known */
    oc_snapshot kept;          /* the run as it was */
} test;

double oc_range_rate(const oc_range_options *o, uint64_t step)
{
    const double part = (double)step / (double)o->steps;
    return o->scale == OC_RANGE_LINEAR ? o->min_lr + (o->max_lr - o->min_lr) * part
                                       : o->min_lr * pow(o->max_lr / o->min_lr, part);
}

oc_status oc_range_check(const oc_range_options *o)
{
    if (o->steps < 1 || o->steps > OC_RANGE_MOST_STEPS)
        return oc_fail(OC_ERR_USAGE, "range test: %llu steps, expected from 1 to %d",
                       (unsigned long long)o->steps, OC_RANGE_MOST_STEPS);
    if (!(o->min_lr >= 0 && isfinite(o->max_lr) && o->min_lr < o->max_lr))
        return oc_fail(OC_ERR_USAGE,
                       "range test: rates from %g to %g, expected an increasing range that starts "
                       "at 0 or above",
                       o->min_lr, o->max_lr);
    if (o->scale == OC_RANGE_EXPONENTIAL && !(o->min_lr > 0))
        return oc_fail(OC_ERR_USAGE,
                       "range test: an exponential range from %g, expected more than 0 (or a "
                       "linear one)",
                       o->min_lr);
    if (!(o->stop_factor == 0 || (o->stop_factor > 1 && isfinite(o->stop_factor))))
        return oc_fail(OC_ERR_USAGE, "range test: stop factor %g, expected above 1, or 0 for none",
                       o->stop_factor);
    return OC_OK;
}

double oc_range_momentum(const oc_schedule_config *schedule)
{
    return schedule->momentum[oc_schedule_is_peaked(schedule->kind)];
}

void oc_range_recipe(oc_recipe *recipe, const oc_range_options *options)
{
    oc_schedule_config *s = &recipe->schedule;
    recipe->train.epochs = 0;
    recipe->average.kind = OC_AVERAGE_NONE;
    recipe->guard.on_divergence = OC_GUARD_STOP; /* the test has its own snapshot */
    recipe->train.max_steps = (int64_t)options->steps;
    s->momentum[0] = oc_range_momentum(s);
    s->lr = oc_schedule_rate(s);
    if (recipe->optimizer.groups.count == 0 && s->kind == OC_SCHEDULE_FINE_TUNE)
        s->lr.spread = OC_SPREAD_NONE; /* the groups were its own */
    s->kind = OC_SCHEDULE_CONSTANT;
    s->warmup = (oc_span){0};
}

static int is_root(const test *t)
{
    return oc_comm_rank(t->run->comm) == 0;
}

static oc_status keep(test *t)
{
    const oc_status status = oc_snapshot_create(&t->kept, t->run, "the run before a range test");
    if (status != OC_OK)
        return status;
    t->curve->point = calloc((size_t)t->options->steps, sizeof *t->curve->point);
    if (!t->curve->point)
        return oc_fail(OC_ERR_MEMORY, "range test: no memory for %llu points",
                       (unsigned long long)t->options->steps);
    oc_snapshot_take(&t->kept, t->run);
    return oc_run_weights_hash(t->run, &t->curve->before);
}

/* As if nothing had been; a hash says whether it is true. */
static oc_status put_back(const test *t)
{
    oc_snapshot_restore(&t->kept, t->run);
    const oc_status status = oc_run_weights_hash(t->run, &t->curve->after);
    if (status == OC_OK && !oc_digest_equal(t->curve->before, t->curve->after))
        return oc_fail(OC_ERR_INTERNAL, "range test: the weights were not restored");
    return status;
}

static uint64_t due_evaluation(const test *t)
{
    const uint64_t every = t->options->evaluate_every, step = t->run->info.step;
    return every > 0 && step > 0 && step % every == 0 && t->evaluated_step != step;
}

/* Rank 0. */
static oc_next decide(void *context)
{
    const test *t = context;
    const uint64_t done = t->run->info.step;
    const int over = t->ended || done >= t->options->steps;
    return (oc_next){
        .action = due_evaluation(t) ? OC_ACTION_EVALUATE
                  : over            ? OC_ACTION_STOP
                                    : OC_ACTION_TRAIN,
        .status = t->curve->end == OC_RANGE_STOPPED ? OC_STOPPED : OC_OK,
        .point = {.learning_rate = oc_range_rate(t->options, done),
                  .momentum = t->run->recipe.schedule.momentum[0]},
    };
}

/* A point, and whether it is the last. All ranks do this with the same numbers; what rank 0 makes
 * of it counts. A gradient that is not finite leaves no loss to go by. */
static void add_point(test *t, const oc_step *step, const oc_step_result *result)
{
    const double loss = result->finite || isinf(result->loss) ? result->loss : (double)NAN;
    const double factor = t->options->stop_factor;
    t->sum = beta * t->sum + (1 - beta) * loss;
    t->weight = beta * t->weight + (1 - beta);
    const double smoothed = t->sum / t->weight;
    t->curve->point[t->curve->count++] = (oc_range_point){
        .lr = step->learning_rate[step->groups - 1],
        .loss = loss,
        .smoothed = smoothed,
        .accuracy = result->accuracy,
        .evaluated = NAN,
    };
    if (smoothed < t->least)
        t->least = smoothed;
    if (!result->finite)
        t->curve->end = OC_RANGE_NOT_FINITE;
    else if (t->run->stop_seen && t->curve->count < t->options->steps)
        t->curve->end = OC_RANGE_STOPPED;
    else if (factor > 0 && smoothed > factor * t->least)
        t->curve->end = OC_RANGE_DIVERGED;
    t->ended = t->curve->end != OC_RANGE_WHOLE;
    if (is_root(t) && t->options->on_point)
        t->options->on_point(t->options->context, t->curve->count,
                             step->learning_rate[step->groups - 1], smoothed);
}

static oc_status act(void *context, const oc_step *step)
{
    test *const t = context;
    oc_step_result result;
    oc_status status;
    if (step->action == OC_ACTION_EVALUATE) {
        status = oc_run_evaluate(t->run);
        t->evaluated_step = t->run->info.step;
        if (status == OC_OK)
            t->curve->point[t->curve->count - 1].evaluated = t->run->info.test_accuracy;
        return status;
    }
    status = oc_run_train_step(t->run, step, &result);
    if (status == OC_OK)
        add_point(t, step, &result);
    return status;
}

oc_status oc_range_test(oc_range_curve *curve, oc_run *run, const oc_range_options *options)
{
    test t = {.run = run, .options = options, .curve = curve, .least = INFINITY};
    *curve = (oc_range_curve){.steps = options->steps};
    oc_status status = oc_range_check(options);
    if (status == OC_OK)
        status = oc_run_initialise(run);
    if (status != OC_OK)
        return status; /* the same on every rank */
    oc_run_tell_start(run);
    status = keep(&t);
    status = oc_comm_agree(run->comm, status);
    if (status != OC_OK)
        goto cleanup;
    const double started = oc_seconds();
    status = oc_drive(run, &(oc_driver){.context = &t, .decide = decide, .act = act});
    curve->seconds = oc_seconds() - started;
    if (oc_comm_is_broken(run->comm))
        goto cleanup;
    if (status == OC_OK)
        status = oc_run_check_replicas(run);
    const oc_status restored = oc_comm_agree(run->comm, put_back(&t));
    status = status != OC_OK ? status : restored;
cleanup:
    oc_snapshot_free(&t.kept);
    return status;
}

void oc_range_curve_free(oc_range_curve *curve)
{
    free(curve->point);
    *curve = (oc_range_curve){0};
}

double oc_range_loss_at(const oc_range_curve *curve, double lr)
{
    double nearest = INFINITY, loss = NAN;
    for (size_t i = 0; i < curve->count; i++) {
        const double apart = fabs(curve->point[i].lr - lr);
        if (apart < nearest) {
            nearest = apart;
            loss = curve->point[i].smoothed;
        }
    }
    return loss;
}

/* How many points there are before the loss blew up: above what it began with, and four times the
 * least so far, where fastai ends a test. What a rate does is in the loss of the next point. */
static size_t sound_points(const oc_range_curve *curve)
{
    const double blown_up = 4;
    double least = INFINITY;
    for (size_t i = 0; i < curve->count; i++) {
        const double loss = curve->point[i].smoothed;
        if (!(loss <= curve->point[0].smoothed) && !(loss <= blown_up * least))
            return i > 0 ? i - 1 : 0;
        least = fmin(least, loss);
    }
    return curve->count;
}

/* Smith's rule on evaluations, or without any on the batches' accuracy. A few samples may be
 * classified well by chance where the network is lost already, so the loss has a say. */
static void suggest_from_accuracy(const oc_range_curve *curve, double *lr, double *accuracy,
                                  oc_smith *smith)
{
    const size_t sound = sound_points(curve);
    size_t count = 0, evaluations = 0;
    for (size_t i = 0; i < curve->count; i++)
        evaluations += isnan(curve->point[i].evaluated) ? 0 : 1;
    for (size_t i = 0; i < sound; i++)
        if (evaluations == 0 || !isnan(curve->point[i].evaluated)) {
            lr[count] = curve->point[i].lr;
            accuracy[count++] =
                evaluations == 0 ? curve->point[i].accuracy : curve->point[i].evaluated;
        }
    oc_smith_bounds(smith, lr, accuracy, count);
    if (curve->end != OC_RANGE_WHOLE || sound < curve->count)
        smith->is_open = 0;
}

oc_status oc_range_suggest(const oc_range_curve *curve, double *rates, oc_smith *smith)
{
    /* fastai goes on behind a loss that is no number, to the last step. */
    const int goes_on = curve->count > 0 && isnan(curve->point[curve->count - 1].loss);
    const size_t count = goes_on ? (size_t)curve->steps : curve->count;
    double *const lr = malloc(2 * (count + 1) * sizeof *lr);
    if (!lr)
        return oc_fail(OC_ERR_MEMORY, "range test: no memory for %zu points", count);
    double *const loss = lr + count;
    for (size_t i = 0; i < count; i++) {
        lr[i] = i < curve->count ? curve->point[i].lr : (double)NAN;
        loss[i] = i < curve->count ? curve->point[i].smoothed : (double)NAN;
    }
    const oc_rate_curve seen = {lr, loss, count, curve->steps};
    for (int k = 0; k < OC_SUGGEST_SMITH; k++)
        rates[k] = oc_suggest(&seen, k);
    suggest_from_accuracy(curve, lr, loss, smith);
    rates[OC_SUGGEST_SMITH] = smith->max;
    free(lr);
    return OC_OK;
}
