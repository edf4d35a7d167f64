/* adagrad.c - AdaGrad (Duchi et al. 2011) in PyTorch's form: each weight's rate is divided by the
 * root of the sum of its squared gradients. Momentum is not used. */
#include "optimizers/optimizer_private.h"

#include <math.h>

static void update(const oc_optimizer_config *config, const oc_update *u)
{
    const float rate = (float)u->learning_rate, decay = (float)u->weight_decay;
    const float epsilon = (float)config->epsilon;
    float *const w = u->parameter, *const sum = u->slot[0];
    for (size_t i = 0; i < u->count; i++) {
        const float g = u->gradient[i] + decay * w[i];
        sum[i] += g * g;
        w[i] -= rate * g / (sqrtf(sum[i]) + epsilon);
    }
}

const oc_optimizer_ops oc_optimizer_ADAGRAD = {.slot_name = {"sum"}, .update = update};
