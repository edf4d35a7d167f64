/* adam.c - Adam (Kingma and Ba 2015, arXiv 1412.6980) and AdamW, which differ only in where weight
 * decay goes. beta1 is the schedule's momentum; as in PyTorch and fastai the correction of the
 * averages takes the beta1 of the step at hand for all steps before it. */
#include "optimizers/optimizer_private.h"

#include <math.h>

static void update(const oc_optimizer_config *config, const oc_update *u)
{
    const double steps = (double)u->step;
    const double first = 1 - pow(u->momentum, steps), second = 1 - pow(config->beta2, steps);
    const float rate = (float)(u->learning_rate / first), scale = (float)(1 / sqrt(second));
    const float decay = (float)u->weight_decay, epsilon = (float)config->epsilon;
    const float beta1 = (float)u->momentum, fresh1 = (float)(1 - u->momentum);
    const float beta2 = (float)config->beta2, fresh2 = (float)(1 - config->beta2);
    float *const w = u->parameter, *const mean = u->slot[0], *const square = u->slot[1];
    for (size_t i = 0; i < u->count; i++) {
        const float g = u->gradient[i] + decay * w[i];
        mean[i] = beta1 * mean[i] + fresh1 * g;
        square[i] = beta2 * square[i] + fresh2 * g * g;
        w[i] -= rate * mean[i] / (sqrtf(square[i]) * scale + epsilon);
    }
}

const oc_optimizer_ops oc_optimizer_ADAM = {.slot_name = {"exp_avg", "exp_avg_sq"},
                                            .update = update};
const oc_optimizer_ops oc_optimizer_ADAMW = {
    .slot_name = {"exp_avg", "exp_avg_sq"}, .decouples = 1, .update = update};
