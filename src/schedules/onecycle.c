/* onecycle.c - the 1cycle policy (Smith 2018, arXiv 1803.09820) in five dialects. Of n steps a
 * first part rises to max_lr while momentum falls from high to low, a second one falls while
 * momentum rises again:
 *   fastai1  fastai v1, callbacks/one_cycle.py: phases of a = trunc(n * pct_start) and n - a steps,
 *            at fractions 0, 1/a, ...: a phase's end value belongs to the first step of the next,
 *            and the last end value, max_lr / final_div, to no step at all.
 *   fastai2  fastai v2, callback/schedule.py: the place k / n of step k on a curve that turns at
 *            pct_start, so the peak itself need not belong to any step. Ends likewise.
 *   torch    PyTorch's OneCycleLR: the phases end at the steps pct_start * n - 1, which need not be
 *            whole, and n - 1. The last step runs with (max_lr / div_factor) / final_div.
 *   torch3   its three_phase: up, down to the first rate in as many steps, then down to the end
 *            with high momentum.
 *   smith    as Smith's Caffe logs show: up, down towards 0 but never below a final_div-th of the
 *            first rate, which stays for the rest; momentum goes on as a triangle of half the
 *            height.
 * A part has at least one step in fastai1 and smith, and none where torch would divide by zero,
 * so every length has values. */
#include "schedules/schedule_private.h"

#include <math.h>

static const struct {
    double final_div; /* 0: div_factor * 1e4 */
    double pct_start; /* OC_AUTO: half the cycle */
    double annihilation;
    int anneal;
} usual[] = {
    [OC_DIALECT_FASTAI1] = {0, 0.3, 0, OC_ANNEAL_COS},
    [OC_DIALECT_FASTAI2] = {1e5, 0.25, 0, OC_ANNEAL_COS},
    [OC_DIALECT_TORCH] = {1e4, 0.3, 0, OC_ANNEAL_COS},
    [OC_DIALECT_TORCH3] = {1e4, 0.3, 0, OC_ANNEAL_COS},
    [OC_DIALECT_SMITH] = {1000, OC_AUTO, 0.1, OC_ANNEAL_LINEAR},
};

static int is_part(double value)
{
    return value == OC_AUTO || (value >= 0 && value <= 1);
}

static oc_status check(const oc_schedule_config *config)
{
    if (config->dialect < 0 || config->dialect > OC_DIALECT_SMITH || config->anneal < 0 ||
        config->anneal > OC_ANNEAL_LINEAR)
        return oc_fail(OC_ERR_USAGE, "schedule: dialect %d, anneal %d are unknown", config->dialect,
                       config->anneal);
    if (!(config->div_factor >= 1 && isfinite(config->div_factor)))
        return oc_fail(OC_ERR_USAGE, "schedule.div_factor: found %g, expected 1 or more",
                       config->div_factor);
    if (!(config->final_div == 0 || config->final_div >= 1) || !isfinite(config->final_div))
        return oc_fail(OC_ERR_USAGE, "schedule.final_div: found %g, expected auto or 1 or more",
                       config->final_div);
    if (!is_part(config->pct_start))
        return oc_fail(OC_ERR_USAGE, "schedule.pct_start: found %g, expected from 0 to 1",
                       config->pct_start);
    if (!is_part(config->annihilation))
        return oc_fail(OC_ERR_USAGE, "schedule.annihilation: found %g, expected from 0 to 1",
                       config->annihilation);
    if (config->annihilation > 0 && config->dialect != OC_DIALECT_SMITH)
        return oc_fail(
            OC_ERR_USAGE,
            "schedule.annihilation: found %g, expected 0: dialect %s has no such phase (smith has)",
            config->annihilation, oc_dialect_names[config->dialect]);
    if (config->dialect == OC_DIALECT_TORCH3 && config->pct_start > 0.5)
        return oc_fail(OC_ERR_USAGE,
                       "schedule.pct_start: found %g, expected up to 0.5 in dialect torch3, where "
                       "falling takes as many steps as rising",
                       config->pct_start);
    return oc_check_momentum_pair(config);
}

/* What the dialect does where the recipe says auto. */
static oc_status plan(oc_schedule *schedule)
{
    oc_schedule_config *const c = &schedule->config;
    const int d = c->dialect;
    if (c->final_div == 0)
        c->final_div = usual[d].final_div > 0 ? usual[d].final_div : c->div_factor * 1e4;
    if (c->annihilation == OC_AUTO)
        c->annihilation = usual[d].annihilation;
    if (c->pct_start == OC_AUTO)
        c->pct_start = usual[d].pct_start;
    if (c->anneal == OC_ANNEAL_AUTO)
        c->anneal = usual[d].anneal;
    if (d == OC_DIALECT_TORCH3 && c->pct_start * (double)schedule->length < 1)
        return oc_fail(OC_ERR_USAGE,
                       "schedule.pct_start: found %g of %llu steps, expected at least one step in "
                       "dialect torch3, which would never reach max_lr",
                       c->pct_start, (unsigned long long)schedule->length);
    return OC_OK;
}

static double anneal(const oc_schedule_config *c, double start, double end, double fraction)
{
    return c->anneal == OC_ANNEAL_LINEAR ? oc_anneal_linear(start, end, fraction)
                                         : oc_anneal_cosine(start, end, fraction);
}

/* One leg, at a fraction of it. */
static oc_schedule_point leg(const oc_schedule_config *c, double lr, double to_lr, double momentum,
                             double to_momentum, double fraction)
{
    return (oc_schedule_point){anneal(c, lr, to_lr, fraction),
                               anneal(c, momentum, to_momentum, fraction)};
}

static oc_schedule_point rise(const oc_schedule_config *c, double fraction)
{
    return leg(c, c->lr.last / c->div_factor, c->lr.last, c->momentum[0], c->momentum[1], fraction);
}

static oc_schedule_point fall(const oc_schedule_config *c, double to, double fraction)
{
    return leg(c, c->lr.last, to, c->momentum[1], c->momentum[0], fraction);
}

/* part of n, whole. */
static double whole_part(double n, double part)
{
    return floor(n * part);
}

static oc_schedule_point fastai1(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    const double n = (double)s->length;
    double rising = whole_part(n, c->pct_start);
    const double falling = rising < n ? n - rising : 1;
    rising = fmax(rising, 1);
    if (step < rising)
        return rise(c, step / rising);
    return fall(c, c->lr.last / c->final_div, (step - rising) / falling);
}

oc_schedule_point oc_fastai2_cycle(const oc_schedule_config *c, double steps, double step)
{
    const double place = step / steps;
    if (place < c->pct_start)
        return rise(c, place / c->pct_start);
    return fall(c, c->lr.last / c->final_div, (place - c->pct_start) / (1 - c->pct_start));
}

static oc_schedule_point fastai2(const oc_schedule *s, double step)
{
    return oc_fastai2_cycle(&s->config, (double)s->length, step);
}

/* Where `step` is between two steps that need not be whole; at the end of nothing. */
static double between(double step, double first, double last)
{
    return last > first ? (step - first) / (last - first) : 1;
}

static oc_schedule_point torch(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    const double n = (double)s->length, k = step;
    const double first = c->lr.last / c->div_factor, end = first / c->final_div;
    const double peak = c->pct_start * n - 1, valley = 2 * c->pct_start * n - 2;
    if (k <= peak)
        return rise(c, between(k, 0, peak));
    if (c->dialect == OC_DIALECT_TORCH)
        return fall(c, end, between(k, peak, n - 1));
    if (k <= valley)
        return fall(c, first, between(k, peak, valley));
    return leg(c, first, end, c->momentum[0], c->momentum[0], between(k, valley, n - 1));
}

static oc_schedule_point smith(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    const double end = c->lr.last / c->div_factor / c->final_div;
    const double n = (double)s->length, cycle = n - whole_part(n, c->annihilation);
    double rising = c->pct_start == OC_AUTO ? floor(cycle / 2) : whole_part(n, c->pct_start);
    rising = fmin(rising, cycle);
    const double falling = rising < cycle ? cycle - rising : 1;
    rising = fmax(rising, 1);
    if (step < rising)
        return rise(c, step / rising);
    if (step - rising < falling) {
        oc_schedule_point point = fall(c, 0, (step - rising) / falling);
        point.learning_rate = fmax(point.learning_rate, end);
        return point;
    }
    double cycles;
    const double height = oc_triangle(step - rising - falling, rising, &cycles) / exp2(cycles + 1);
    return (oc_schedule_point){end, oc_anneal_linear(c->momentum[0], c->momentum[1], height)};
}

static oc_schedule_point at(const oc_schedule *schedule, double step)
{
    static oc_schedule_point (*const dialects[])(const oc_schedule *, double) = {
        [OC_DIALECT_FASTAI1] = fastai1, [OC_DIALECT_FASTAI2] = fastai2, [OC_DIALECT_TORCH] = torch,
        [OC_DIALECT_TORCH3] = torch,    [OC_DIALECT_SMITH] = smith,
    };
    return dialects[schedule->config.dialect](schedule, step);
}

const oc_schedule_ops oc_schedule_onecycle = {check, plan, at};
