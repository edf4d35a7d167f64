/* lars.c - layer-wise adaptive rate scaling (You, Gitman and Ginsburg 2017, arXiv 1708.03888,
 * algorithm 1): momentum whose rate is, for each tensor, trust_coefficient * |w| / (|g| + decay *
 * |w|) times the schedule's. The rate is inside the velocity, as in the paper. */
#include "optimizers/optimizer_private.h"

#include <math.h>

static void measure(const oc_optimizer_config *config, const oc_update *u, double square[2])
{
    (void)config;
    square[0] = oc_sum_of_squares(u->parameter, u->count);
    square[1] = oc_sum_of_squares(u->gradient, u->count);
}

static double trust(const oc_optimizer_config *config, const double square[2], double decay)
{
    const double weight = sqrt(square[0]), gradient = sqrt(square[1]);
    if (weight == 0 || gradient == 0)
        return 1;
    return config->trust_coefficient * weight / (gradient + decay * weight);
}

static void update(const oc_optimizer_config *config, const oc_update *u)
{
    (void)config;
    const float rate = (float)(u->learning_rate * u->trust), momentum = (float)u->momentum;
    const float decay = (float)u->weight_decay;
    float *const w = u->parameter, *const v = u->slot[0];
    for (size_t i = 0; i < u->count; i++) {
        v[i] = momentum * v[i] + rate * (u->gradient[i] + decay * w[i]);
        w[i] -= v[i];
    }
}

const oc_optimizer_ops oc_optimizer_LARS = {
    .slot_name = {"momentum"}, .update = update, .measure = measure, .trust = trust};
