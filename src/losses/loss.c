/* loss.c - the list of losses by name. */
#include "losses/loss.h"
#include "losses/loss_private.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name;
    oc_loss_function *apply;
} losses[OC_LOSS_COUNT] = {
#define OC_LOSS(kind, name) {name, oc_loss_##kind},
#include "losses/losses.def"
#undef OC_LOSS
};

oc_loss_sums oc_loss_apply(int kind, int n, int classes, const float *outputs,
                           const int32_t *labels, float scale, float *gradient)
{
    const oc_loss_targets targets = {.labels = labels};
    return losses[kind].apply(n, classes, outputs, &targets, scale, gradient);
}

oc_loss_sums oc_loss_apply_targets(int kind, int n, int classes, const float *outputs,
                                   const oc_loss_targets *targets, float scale, float *gradient)
{
    return losses[kind].apply(n, classes, outputs, targets, scale, gradient);
}

const char *oc_loss_name(int kind)
{
    return losses[kind].name;
}

int oc_loss_find(const char *name)
{
    for (int kind = 0; kind < OC_LOSS_COUNT; kind++)
        if (strcmp(losses[kind].name, name) == 0)
            return kind;
    return -1;
}
