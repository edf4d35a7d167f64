/* optimizer.c - the list of optimisers by name. */
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

void oc_optimizer_update(const oc_optimizer_config *config, const oc_update *update)
{
    optimizers[config->kind].ops->update(config, update);
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
