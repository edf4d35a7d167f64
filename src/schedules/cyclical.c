/* cyclical.c - cyclical learning rates (Smith 2017, arXiv 1506.01186) in the form of PyTorch's
 * CyclicLR: the rate goes straight from base_lr to max_lr and back in 2 * step_size steps, momentum
 * against it. triangular2 halves the height from cycle to cycle; exp_range multiplies it by gamma
 * every step. The run ends with a cycle, as the paper advises, unless `cycles` is not whole. */
#include "schedules/schedule_private.h"

#include <inttypes.h>
#include <math.h>

static oc_status check(const oc_schedule_config *c)
{
    if (c->mode < 0 || c->mode > OC_CYCLE_EXP_RANGE)
        return oc_fail(OC_ERR_USAGE, "schedule.mode: %d is unknown", c->mode);
    if (!(c->base_lr == OC_AUTO || (c->base_lr >= 0 && c->base_lr <= c->lr.last)))
        return oc_fail(OC_ERR_USAGE,
                       "schedule.base_lr: found %g, expected auto or from 0 to the max_lr of %g",
                       c->base_lr, c->lr.last);
    const oc_status status = oc_check_gamma(c);
    if (status != OC_OK)
        return status;
    if ((c->mode == OC_CYCLE_EXP_RANGE) != (c->gamma < 1))
        return oc_fail(OC_ERR_USAGE,
                       "schedule.gamma: found %g, expected below 1 in mode exp_range and 1 in the "
                       "others",
                       c->gamma);
    if (!(c->step_size.count >= 0 && isfinite(c->step_size.count)))
        return oc_fail(OC_ERR_USAGE, "schedule.step_size: found %g, expected auto or more than 0",
                       c->step_size.count);
    if (!(c->cycles >= 0 && isfinite(c->cycles)))
        return oc_fail(OC_ERR_USAGE, "schedule.cycles: found %g, expected auto or more than 0",
                       c->cycles);
    return oc_check_momentum_pair(c);
}

static oc_status plan(oc_schedule *s)
{
    oc_schedule_config *const c = &s->config;
    const double all = (double)s->length;
    if (c->base_lr == OC_AUTO)
        c->base_lr = c->lr.last / 4;
    if (c->step_size.count == 0) { /* stretched over the run */
        c->cycles = c->cycles > 0 ? c->cycles : 1;
        s->span = all / (2 * c->cycles);
    } else {
        const oc_status status = oc_span_steps(s, "step_size", &c->step_size, &s->span);
        if (status != OC_OK)
            return status;
        if (c->cycles == 0)
            c->cycles = fmax(1, floor(all / (2 * s->span)));
    }
    const double wanted = ceil(c->cycles * 2 * s->span * (1 - 1e-12));
    if (!(s->span >= 0.5) || wanted > all)
        return oc_fail(OC_ERR_USAGE,
                       "schedule.%s: found %g cycles of 2 x %g steps in a run of %" PRIu64
                       " steps; expected them to fit, with at least one step",
                       c->step_size.count == 0 ? "cycles" : "step_size", c->cycles, s->span,
                       s->length);
    s->length = c->step_size.count == 0 ? s->length : (uint64_t)wanted;
    return OC_OK;
}

static oc_schedule_point at(const oc_schedule *s, double step)
{
    const oc_schedule_config *c = &s->config;
    double cycle;
    double height = oc_triangle(step, s->span, &cycle);
    if (c->mode == OC_CYCLE_TRIANGULAR2)
        height /= exp2(cycle);
    else if (c->mode == OC_CYCLE_EXP_RANGE)
        height *= pow(c->gamma, step);
    return (oc_schedule_point){oc_anneal_linear(c->base_lr, c->lr.last, height),
                               oc_anneal_linear(c->momentum[0], c->momentum[1], height)};
}

const oc_schedule_ops oc_schedule_cyclical = {check, plan, at};
