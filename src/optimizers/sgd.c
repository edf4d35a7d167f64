/* sgd.c - stochastic gradient descent with momentum, Nesterov's if asked (the kernel), or with
 * dampening: PyTorch's SGD. */
#include "kernels/unit.h"
#include "optimizers/optimizer_private.h"

/* v = momentum * v + (1 - dampening) * g'; PyTorch starts with v = g', undampened. */
static void dampened(const oc_optimizer_config *config, const oc_update *u)
{
    const float rate = (float)u->learning_rate, momentum = (float)u->momentum;
    const float decay = (float)u->weight_decay;
    const float fresh = u->step > 1 ? (float)(1 - config->dampening) : 1.0f;
    float *const w = u->parameter, *const v = u->slot[0];
    for (size_t i = 0; i < u->count; i++) {
        v[i] = momentum * v[i] + fresh * (u->gradient[i] + decay * w[i]);
        w[i] -= rate * v[i];
    }
}

static void update(const oc_optimizer_config *config, const oc_update *u)
{
    if (config->dampening > 0) {
        dampened(config, u);
        return;
    }
    oc_unit_get()->elementwise->sgd(u->count, u->parameter, u->gradient, u->slot[0],
                                    (float)u->learning_rate, (float)u->momentum,
                                    (float)u->weight_decay, config->nesterov);
}

const oc_optimizer_ops oc_optimizer_SGD = {.slot_name = {"momentum"}, .update = update};
