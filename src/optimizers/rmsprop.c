/* rmsprop.c - RMSProp (Hinton 2012) in PyTorch's form with momentum, which may be 0. alpha is
 * config->beta2. */
#include "optimizers/optimizer_private.h"

#include <math.h>

static void update(const oc_optimizer_config *config, const oc_update *u)
{
    const float rate = (float)u->learning_rate, decay = (float)u->weight_decay;
    const float momentum = (float)u->momentum, epsilon = (float)config->epsilon;
    const float alpha = (float)config->beta2, fresh = (float)(1 - config->beta2);
    float *const w = u->parameter, *const square = u->slot[0], *const velocity = u->slot[1];
    for (size_t i = 0; i < u->count; i++) {
        const float g = u->gradient[i] + decay * w[i];
        square[i] = alpha * square[i] + fresh * g * g;
        velocity[i] = momentum * velocity[i] + g / (sqrtf(square[i]) + epsilon);
        w[i] -= rate * velocity[i];
    }
}

const oc_optimizer_ops oc_optimizer_RMSPROP = {.slot_name = {"square_avg", "momentum"},
                                               .update = update};
