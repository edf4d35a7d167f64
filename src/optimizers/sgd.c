/* sgd.c - stochastic gradient descent with momentum, Nesterov's if asked. */
#include "kernels/unit.h"
#include "optimizers/optimizer_private.h"

static void update(const oc_optimizer_config *config, const oc_update *u)
{
    oc_unit_get()->elementwise->sgd(u->count, u->parameter, u->gradient, u->slot[0],
                                    (float)u->learning_rate, (float)u->momentum,
                                    (float)u->weight_decay, config->nesterov);
}

const oc_optimizer_ops oc_optimizer_SGD = {{"momentum"}, update};
