/* warm_restarts.c - SGDR (Loshchilov and Hutter 2017, arXiv 1608.03983): cosines from lr to min_lr,
 * each cycle_mult times as long as the one before. As PyTorch's CosineAnnealingWarmRestarts, and
 * fastai v2's fit_sgdr, where `cycles` of them fill the run. The run ends with a cycle. */
#include "schedules/schedule_private.h"

#include <inttypes.h>
#include <math.h>

static oc_status check(const oc_schedule_config *c)
{
    if (!(c->cycle_mult >= 1 && isfinite(c->cycle_mult)))
        return oc_fail(OC_ERR_USAGE, "schedule.cycle_mult: found %g, expected 1 or more",
                       c->cycle_mult);
    if (!(c->step_size.count >= 0 && isfinite(c->step_size.count)))
        return oc_fail(OC_ERR_USAGE, "schedule.cycle: found %g, expected auto or more than 0",
                       c->step_size.count);
    if (!(c->cycles >= 0 && c->cycles == floor(c->cycles) && c->cycles <= 1e6))
        return oc_fail(OC_ERR_USAGE, "schedule.cycles: found %g, expected auto or a whole number",
                       c->cycles);
    const oc_status status = oc_check_min_lr(c);
    return status == OC_OK ? oc_check_momentum(c) : status;
}

/* So many cycles as parts of the first one. */
static double sum_of(double cycles, double mult)
{
    return mult > 1 ? (pow(mult, cycles) - 1) / (mult - 1) : cycles;
}

/* At least one. */
static double most_cycles(double first, double mult, double all)
{
    double cycles = mult > 1 ? floor(log1p(all / first * (mult - 1)) / log(mult)) : all / first;
    cycles = floor(cycles) + 1; /* a logarithm may be off by its last bit */
    while (cycles > 1 && first * sum_of(cycles, mult) > all)
        cycles--;
    return fmax(1, cycles);
}

static oc_status plan(oc_schedule *s)
{
    oc_schedule_config *const c = &s->config;
    const double all = (double)s->length;
    if (c->step_size.count == 0) {
        c->cycles = c->cycles > 0 ? c->cycles : 1;
        s->span = all / sum_of(c->cycles, c->cycle_mult);
    } else {
        const oc_status status = oc_span_steps(s, "cycle", &c->step_size, &s->span);
        if (status != OC_OK)
            return status;
        if (c->cycles == 0)
            c->cycles = most_cycles(s->span, c->cycle_mult, all);
    }
    const double wanted = ceil(s->span * sum_of(c->cycles, c->cycle_mult) * (1 - 1e-12));
    if (!(s->span >= 1) || wanted > all)
        return oc_fail(OC_ERR_USAGE,
                       "schedule.%s: found %g cycles, the first of %g steps, in a run of %" PRIu64
                       " steps; expected them to fit, with at least one step",
                       c->step_size.count == 0 ? "cycles" : "cycle", c->cycles, s->span, s->length);
    s->length = c->step_size.count == 0 ? s->length : (uint64_t)wanted;
    return OC_OK;
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    double place = step, cycle = s->span;
    if (c->cycle_mult > 1)
        for (; place >= cycle; cycle *= c->cycle_mult)
            place -= cycle;
    else
        place = fmod(place, cycle);
    return (oc_schedule_point){oc_anneal_cosine(c->lr.last, c->min_lr, place / cycle),
                               c->momentum[0]};
}

const oc_schedule_ops oc_schedule_warm_restarts = {check, plan, at};
