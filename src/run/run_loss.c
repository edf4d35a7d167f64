/* run_loss.c - which loss goes with which targets. */
#include "run/run_data.h"

#include <stddef.h>

static const struct {
    int loss;
    const char *what; /* such a data set holds */
} kinds[OC_TARGETS_KINDS] = {
    [OC_TARGETS_CLASSES] = {OC_LOSS_SOFTMAX_CROSS_ENTROPY, "classes"},
    [OC_TARGETS_REGRESSION] = {OC_LOSS_MSE, "regression targets"},
    [OC_TARGETS_MULTI_LABEL] = {OC_LOSS_BINARY_CROSS_ENTROPY, "several labels per sample"},
};

oc_targets_kind oc_run_targets_of_loss(int loss)
{
    for (int kind = 0; kind < OC_TARGETS_KINDS; kind++)
        if (kinds[kind].loss == loss)
            return (oc_targets_kind)kind;
    return OC_TARGETS_CLASSES;
}

oc_status oc_run_choose_loss(oc_run *run)
{
    const oc_dataset_info *data = oc_dataset_describe(run->dataset);
    int *loss = &run->recipe.loss.kind;
    if (*loss == OC_LOSS_AUTO)
        *loss = kinds[data->schema.kind].loss;
    if (oc_run_targets_of_loss(*loss) != data->schema.kind)
        return oc_fail(OC_ERR_USAGE, "loss.name: %s, but %s contains %s; expected %s",
                       oc_loss_name(*loss), data->path, kinds[data->schema.kind].what,
                       oc_loss_name(kinds[data->schema.kind].loss));
    if (run->recipe.loss.smoothing > 0 && data->schema.kind != OC_TARGETS_CLASSES)
        return oc_fail(OC_ERR_USAGE, "loss.smoothing: %g, but %s contains %s; expected 0",
                       run->recipe.loss.smoothing, data->path, kinds[data->schema.kind].what);
    if (!run->recipe.data.normalise_targets && data->schema.kind != OC_TARGETS_REGRESSION)
        return oc_fail(OC_ERR_USAGE,
                       "data.normalise_targets: false, but %s contains %s; expected true",
                       data->path, kinds[data->schema.kind].what);
    return OC_OK;
}
