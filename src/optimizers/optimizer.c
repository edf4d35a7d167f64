/* optimizer.c - the list of optimisers by name, and decoupled weight decay before any of them. */
#include "optimizers/optimizer.h"
#include "optimizers/optimizer_private.h"

#include <string.h>

static const struct {
    const char *name;
    int slots;
    const oc_optimizer_ops *ops;
} optimizers[OC_OPTIMIZER_COUNT] = {
#define OC_OPTIMIZER(kind, name, slots) {name, slots, &oc_optimizer_##kind},
#include "optimizers/optimizers.def"
#undef OC_OPTIMIZER
};

const char *const oc_decay_names[] = {"auto", "coupled", "decoupled", NULL};

void oc_optimizer_update(const oc_optimizer_config *config, const oc_update *update)
{
    const oc_optimizer_ops *const ops = optimizers[config->kind].ops;
    const int decouples = config->decay_mode == OC_DECAY_AUTO
                              ? ops->decouples
                              : config->decay_mode == OC_DECAY_DECOUPLED;
    if (!decouples || update->weight_decay == 0) {
        ops->update(config, update);
        return;
    }
    const float stays = (float)(1 - update->learning_rate * update->weight_decay);
    for (size_t i = 0; i < update->count; i++)
        update->parameter[i] *= stays;
    oc_update rest = *update;
    rest.weight_decay = 0;
    ops->update(config, &rest);
}

int oc_optimizer_is_layerwise(int kind)
{
    return optimizers[kind].ops->measure != NULL;
}

void oc_optimizer_measure(const oc_optimizer_config *config, const oc_update *update,
                          double square[2])
{
    optimizers[config->kind].ops->measure(config, update, square);
}

double oc_optimizer_trust(const oc_optimizer_config *config, const double square[2], double decay)
{
    return optimizers[config->kind].ops->trust(config, square, decay);
}

int oc_optimizer_slots(int kind)
{
    return optimizers[kind].slots;
}

const char *oc_optimizer_slot_name(int kind, int slot)
{
    return optimizers[kind].ops->slot_name[slot];
}

const char *oc_optimizer_name(int kind)
{
    return optimizers[kind].name;
}

int oc_optimizer_find(const char *name)
{
    for (int kind = 0; kind < OC_OPTIMIZER_COUNT; kind++)
        if (strcmp(optimizers[kind].name, name) == 0)
            return kind;
    return -1;
}
