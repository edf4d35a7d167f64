/* schedule.c - the list of schedules, passing calls on to the chosen one, warm-up before it, and
 * shares of parameter groups. No formulas of schedules. */
#include "schedules/schedule.h"
#include "schedules/schedule_private.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    const oc_schedule_ops *ops;
} schedules[OC_SCHEDULE_COUNT] = {
#define OC_SCHEDULE(kind, name, operations) {name, &(operations)},
#include "schedules/schedules.def"
#undef OC_SCHEDULE
};

const char *const oc_dialect_names[] = {"fastai1", "fastai2", "torch", "torch3", "smith", NULL};
const char *const oc_anneal_names[] = {"auto", "cos", "linear", NULL};
const char *const oc_cycle_mode_names[] = {"triangular", "triangular2", "exp_range", NULL};
const char *const oc_monitor_names[] = {"test_loss", "test_accuracy", NULL};
const char *const oc_threshold_mode_names[] = {"rel", "abs", NULL};
const char *const oc_scale_lr_names[] = {"none", "linear", "sqrt", NULL};

double oc_schedule_scale(const oc_schedule_config *config, int64_t batch)
{
    const double times = (double)batch / (double)config->base_batch;
    switch (config->scale_lr) {
    case OC_SCALE_LINEAR:
        return times;
    case OC_SCALE_SQRT:
        return sqrt(times);
    default:
        return 1;
    }
}

static oc_status check_rate(const oc_schedule_config *c)
{
    const char *const key = oc_schedule_is_peaked(c->kind) ? "max_lr" : "lr";
    if (!(c->lr.last > 0 && isfinite(c->lr.last)))
        return oc_fail(OC_ERR_USAGE, "schedule.%s: found %g, expected more than 0", key,
                       c->lr.last);
    if (c->lr.spread == OC_SPREAD_GEOMETRIC && !(c->lr.first > 0 && isfinite(c->lr.first)))
        return oc_fail(OC_ERR_USAGE, "schedule.%s: found slice(%g, %g), expected more than 0", key,
                       c->lr.first, c->lr.last);
    return OC_OK;
}

oc_status oc_schedule_check(const oc_schedule_config *config)
{
    if (config->kind < 0 || config->kind >= OC_SCHEDULE_COUNT)
        return oc_fail(OC_ERR_USAGE, "schedule: kind %d is unknown, expected one below %d",
                       config->kind, OC_SCHEDULE_COUNT);
    if (!(config->warmup.count >= 0 && isfinite(config->warmup.count)))
        return oc_fail(OC_ERR_USAGE, "schedule.warmup: found %g, expected 0 or more",
                       config->warmup.count);
    if (!(config->warmup_start >= 0 && config->warmup_start <= 1))
        return oc_fail(OC_ERR_USAGE, "schedule.warmup_start: found %g, expected from 0 to 1",
                       config->warmup_start);
    const oc_status status = check_rate(config);
    return status == OC_OK ? schedules[config->kind].ops->check(config) : status;
}

oc_status oc_schedule_create(oc_schedule *schedule, const oc_schedule_config *config,
                             uint64_t steps, uint64_t steps_per_epoch)
{
    oc_status status = oc_schedule_check(config);
    if (status != OC_OK)
        return status;
    if (steps == 0)
        return oc_fail(OC_ERR_USAGE, "schedule: the run has 0 steps, expected at least 1");
    oc_schedule s = {
        .config = *config, .steps = steps, .steps_per_epoch = steps_per_epoch, .length = steps};
    double warmup = 0;
    status = oc_span_steps(&s, "warmup", &config->warmup, &warmup);
    if (status != OC_OK)
        return status;
    if (!(warmup < (double)steps))
        return oc_fail(OC_ERR_USAGE,
                       "schedule.warmup: found %.0f steps, which leaves none of the run's %" PRIu64
                       "; expected fewer",
                       warmup, steps);
    s.warmup = (uint64_t)warmup;
    s.length = steps - s.warmup;
    if (schedules[config->kind].ops->plan)
        status = schedules[config->kind].ops->plan(&s);
    if (status != OC_OK)
        return status;
    s.steps = s.warmup + s.length;
    *schedule = s;
    return OC_OK;
}

static oc_schedule_point unscaled_at(const oc_schedule *schedule, double place)
{
    const oc_schedule_ops *const ops = schedules[schedule->config.kind].ops;
    const double warmup = (double)schedule->warmup;
    if (place >= warmup)
        return ops->at(schedule, place - warmup);
    /* As PyTorch's LinearLR goes to its end factor 1. */
    oc_schedule_point point = ops->at(schedule, 0);
    point.learning_rate *= oc_anneal_linear(schedule->config.warmup_start, 1, place / warmup);
    return point;
}

/* Inside the schedule. */
static oc_schedule_point values_at(const oc_schedule *schedule, double place)
{
    oc_schedule_point point = unscaled_at(schedule, place);
    if (schedule->config.scale > 0)
        point.learning_rate *= schedule->config.scale;
    return point;
}

oc_status oc_schedule_at(const oc_schedule *schedule, uint64_t step, oc_schedule_point *point)
{
    if (step >= schedule->steps)
        return oc_fail(OC_ERR_USAGE,
                       "schedule: step %" PRIu64 " of a run of %" PRIu64 " steps; it ends with the "
                       "last one",
                       step, schedule->steps);
    *point = values_at(schedule, (double)step);
    return OC_OK;
}

oc_status oc_schedule_decided(const oc_schedule *schedule, const oc_decision *decision,
                              uint64_t step, oc_schedule_point *point)
{
    if (step < decision->step || step >= decision->end)
        return oc_fail(OC_ERR_USAGE,
                       "schedule: step %" PRIu64 " of a run that was decided from step %" PRIu64
                       " to its end at %" PRIu64,
                       step, decision->step, decision->end);
    const double place = oc_decision_place(decision, schedule->steps, step);
    if (!(place >= 0 && place <= (double)schedule->steps - 1))
        return oc_fail(OC_ERR_USAGE,
                       "schedule: place %g of a schedule of %" PRIu64 " steps; it ends with the "
                       "last one",
                       place, schedule->steps);
    *point = values_at(schedule, place);
    point->learning_rate *= decision->scale;
    return OC_OK;
}

/* A length that is none, or so many percent. */
static int is_relative(const oc_span *span)
{
    return span->count == 0 || span->unit == OC_SPAN_PERCENT;
}

/* The key of a length that is given in steps or epochs, or NULL. */
static const char *absolute_length(const oc_schedule_config *c)
{
    if (!is_relative(&c->warmup))
        return "warmup";
    switch (c->kind) {
    case OC_SCHEDULE_STEP:
    case OC_SCHEDULE_EXPONENTIAL:
        return is_relative(&c->every) ? NULL : "every";
    case OC_SCHEDULE_CYCLICAL:
        return is_relative(&c->step_size) ? NULL : "step_size";
    case OC_SCHEDULE_FINE_TUNE:
        return is_relative(&c->step_size) ? NULL : "frozen";
    case OC_SCHEDULE_WARM_RESTARTS:
        return is_relative(&c->step_size) ? NULL : "cycle";
    case OC_SCHEDULE_MULTISTEP:
    case OC_SCHEDULE_PIECEWISE:
        for (int64_t i = 0; i < c->knots.count; i++)
            if (!is_relative(&c->knots.at[i]))
                return c->kind == OC_SCHEDULE_MULTISTEP ? "milestones" : "knots";
        return NULL;
    default:
        return NULL;
    }
}

oc_status oc_schedule_check_open(const oc_schedule_config *config)
{
    const char *const key = absolute_length(config);
    if (key)
        return oc_fail(OC_ERR_USAGE,
                       "schedule.%s: is in steps or epochs, but train.fit_time alone decides how "
                       "many there are; expected %% of the run, or train.epochs as well",
                       key);
    if (config->kind == OC_SCHEDULE_INVERSE ||
        (config->kind == OC_SCHEDULE_CYCLICAL && config->mode == OC_CYCLE_EXP_RANGE))
        return oc_fail(OC_ERR_USAGE,
                       "schedule.gamma: counts steps, but train.fit_time alone decides how many "
                       "there are; expected train.epochs or train.max_steps as well");
    return OC_OK;
}

double oc_schedule_half_cycle(const oc_schedule *schedule)
{
    switch (schedule->config.kind) {
    case OC_SCHEDULE_CYCLICAL:
        return schedule->span;
    case OC_SCHEDULE_WARM_RESTARTS:
        return schedule->span / 2;
    case OC_SCHEDULE_FINE_TUNE:
        return ((double)schedule->length - schedule->span) / 2;
    default:
        return (double)schedule->length / 2;
    }
}

double oc_averages_kept(double half_cycle)
{
    static const double table[][2] = {{1000, 0.80}, {2000, 0.85}, {3000, 0.90}, {4000, 0.93},
                                      {5000, 0.95}, {7500, 0.96}, {10000, 0.97}};
    enum { ROWS = sizeof table / sizeof table[0] };
    if (half_cycle <= table[0][0])
        return table[0][1];
    for (size_t i = 1; i < ROWS; i++)
        if (half_cycle <= table[i][0])
            return oc_anneal_linear(table[i - 1][1], table[i][1],
                                    (half_cycle - table[i - 1][0]) /
                                        (table[i][0] - table[i - 1][0]));
    return table[ROWS - 1][1];
}

oc_rate oc_schedule_rate(const oc_schedule_config *config)
{
    oc_rate rate = config->lr;
    if (config->kind == OC_SCHEDULE_FINE_TUNE && rate.spread == OC_SPREAD_NONE)
        rate = (oc_rate){rate.last, rate.last / config->lr_mult, OC_SPREAD_GEOMETRIC};
    return rate;
}

double oc_rate_share(const oc_rate *rate, int i, int n)
{
    if (i >= n - 1 || rate->spread == OC_SPREAD_NONE)
        return 1;
    if (rate->spread == OC_SPREAD_TENTH)
        return 0.1;
    /* even_mults: first * step^i with step = (last / first)^(1 / (n - 1)) */
    const double step = pow(rate->last / rate->first, 1.0 / (n - 1));
    return rate->first * pow(step, i) / rate->last;
}

double oc_anneal_cosine(double start, double end, double fraction)
{
    return end + (start - end) / 2 * (1 + cos(M_PI * fraction));
}

double oc_anneal_linear(double start, double end, double fraction)
{
    return start + fraction * (end - start);
}

double oc_triangle(double t, double half, double *cycle)
{
    const double place = t / (2 * half);
    *cycle = floor(place);
    const double x = 2 * (place - *cycle); /* 0 to 2 */
    return x <= 1 ? x : 2 - x;
}

oc_status oc_span_steps(const oc_schedule *schedule, const char *key, const oc_span *span,
                        double *steps)
{
    if (span->unit == OC_SPAN_EPOCHS && schedule->steps_per_epoch == 0)
        return oc_fail(
            OC_ERR_USAGE,
            "schedule.%s: found %g epochs, expected steps or %% of the run: how many steps "
            "an epoch has is not known here",
            key, span->count);
    *steps = span->unit == OC_SPAN_EPOCHS    ? span->count * (double)schedule->steps_per_epoch
             : span->unit == OC_SPAN_PERCENT ? span->count * (double)schedule->steps / 100
                                             : span->count;
    return OC_OK;
}

oc_status oc_check_every(const oc_schedule_config *config)
{
    const double every = config->every.count;
    return every > 0 && isfinite(every)
               ? OC_OK
               : oc_fail(OC_ERR_USAGE, "schedule.every: found %g, expected more than 0", every);
}

oc_status oc_check_gamma(const oc_schedule_config *config)
{
    return config->gamma > 0 && config->gamma <= 1
               ? OC_OK
               : oc_fail(OC_ERR_USAGE, "schedule.gamma: found %g, expected above 0 and up to 1",
                         config->gamma);
}

static oc_status check_one_momentum(double momentum)
{
    return momentum >= 0 && momentum < 1
               ? OC_OK
               : oc_fail(OC_ERR_USAGE, "schedule.momentum: found %g, expected from 0 to below 1",
                         momentum);
}

oc_status oc_check_momentum(const oc_schedule_config *config)
{
    return check_one_momentum(config->momentum[0]);
}

oc_status oc_check_momentum_pair(const oc_schedule_config *config)
{
    oc_status status = check_one_momentum(config->momentum[0]);
    if (status == OC_OK)
        status = check_one_momentum(config->momentum[1]);
    if (status == OC_OK && config->momentum[0] < config->momentum[1])
        status = oc_fail(OC_ERR_USAGE,
                         "schedule.momentum: found [%g, %g], expected the higher one first: "
                         "momentum falls while the rate rises",
                         config->momentum[0], config->momentum[1]);
    return status;
}

oc_status oc_check_min_lr(const oc_schedule_config *config)
{
    if (config->min_lr >= 0 && config->min_lr <= config->lr.last)
        return OC_OK;
    return oc_fail(OC_ERR_USAGE, "schedule.min_lr: found %g, expected from 0 to the lr of %g",
                   config->min_lr, config->lr.last);
}

int oc_schedule_is_peaked(int kind)
{
    return kind == OC_SCHEDULE_ONECYCLE || kind == OC_SCHEDULE_CYCLICAL ||
           kind == OC_SCHEDULE_FINE_TUNE;
}

const char *oc_schedule_name(int kind)
{
    return kind >= 0 && kind < OC_SCHEDULE_COUNT ? schedules[kind].name : "unknown";
}

int oc_schedule_find(const char *name)
{
    for (int kind = 0; kind < OC_SCHEDULE_COUNT; kind++)
        if (strcmp(name, schedules[kind].name) == 0)
            return kind;
    return -1;
}
