/* lamb.c - Adam's direction plus decay * weight, for each tensor scaled to the norm of its weights
 * (You et al. 2020, arXiv 1904.00962, algorithm 2, with phi(z) = z). beta1 is the schedule's
 * momentum, corrected as in adam.c. */
#include "optimizers/optimizer_private.h"

#include <math.h>

typedef struct factors {
    float mean, square; /* 1 / (1 - beta1^t), and the root of 1 / (1 - beta2^t) */
    float epsilon, decay;
} factors;

static factors factors_of(const oc_optimizer_config *config, const oc_update *u)
{
    const double steps = (double)u->step;
    return (factors){.mean = (float)(1 / (1 - pow(u->momentum, steps))),
                     .square = (float)(1 / sqrt(1 - pow(config->beta2, steps))),
                     .epsilon = (float)config->epsilon,
                     .decay = (float)u->weight_decay};
}

static inline float direction(const factors *f, const oc_update *u, size_t i)
{
    return f->mean * u->slot[0][i] / (sqrtf(u->slot[1][i]) * f->square + f->epsilon) +
           f->decay * u->parameter[i];
}

/* Directions are not kept: update computes them once more, from averages that are new by then. */
static void measure(const oc_optimizer_config *config, const oc_update *u, double square[2])
{
    enum { PART = 256 };
    const float beta1 = (float)u->momentum, fresh1 = (float)(1 - u->momentum);
    const float beta2 = (float)config->beta2, fresh2 = (float)(1 - config->beta2);
    const factors f = factors_of(config, u);
    square[0] = oc_sum_of_squares(u->parameter, u->count);
    square[1] = 0;
    for (size_t first = 0; first < u->count; first += PART) {
        const size_t end = u->count - first < PART ? u->count : first + PART;
        float part[PART];
        for (size_t i = first; i < end; i++) {
            const float g = u->gradient[i];
            u->slot[0][i] = beta1 * u->slot[0][i] + fresh1 * g;
            u->slot[1][i] = beta2 * u->slot[1][i] + fresh2 * g * g;
            part[i - first] = direction(&f, u, i);
        }
        square[1] += oc_sum_of_squares(part, end - first);
    }
}

static double trust(const oc_optimizer_config *config, const double square[2], double decay)
{
    (void)config;
    (void)decay; /* is in the direction */
    return square[0] > 0 && square[1] > 0 ? sqrt(square[0] / square[1]) : 1;
}

static void update(const oc_optimizer_config *config, const oc_update *u)
{
    const factors f = factors_of(config, u);
    const float rate = (float)(u->learning_rate * u->trust);
    for (size_t i = 0; i < u->count; i++)
        u->parameter[i] -= rate * direction(&f, u, i);
}

const oc_optimizer_ops oc_optimizer_LAMB = {
    .slot_name = {"exp_avg", "exp_avg_sq"}, .update = update, .measure = measure, .trust = trust};
