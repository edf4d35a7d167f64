/* adadelta.c - AdaDelta (Zeiler 2012, arXiv 1212.5701) in PyTorch's form. rho is config->beta2;
 * momentum is not used. */
#include "optimizers/optimizer_private.h"

#include <math.h>

static void update(const oc_optimizer_config *config, const oc_update *u)
{
    const float rate = (float)u->learning_rate, decay = (float)u->weight_decay;
    const float epsilon = (float)config->epsilon;
    const float rho = (float)config->beta2, fresh = (float)(1 - config->beta2);
    float *const w = u->parameter, *const square = u->slot[0], *const delta_square = u->slot[1];
    for (size_t i = 0; i < u->count; i++) {
        const float g = u->gradient[i] + decay * w[i];
        square[i] = rho * square[i] + fresh * g * g;
        const float delta = sqrtf(delta_square[i] + epsilon) / sqrtf(square[i] + epsilon) * g;
        delta_square[i] = rho * delta_square[i] + fresh * delta * delta;
        w[i] -= rate * delta;
    }
}

const oc_optimizer_ops oc_optimizer_ADADELTA = {.slot_name = {"square_avg", "acc_delta"},
                                                .update = update};
