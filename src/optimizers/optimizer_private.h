/* optimizer_private.h - one optimiser, as its file gives it to optimizer.c. */
#ifndef OC_OPTIMIZERS_OPTIMIZER_PRIVATE_H
#define OC_OPTIMIZERS_OPTIMIZER_PRIVATE_H

#include "optimizers/optimizer.h"

typedef struct oc_optimizer_ops {
    const char *slot_name[OC_MAX_SLOTS];
    int decouples; /* what OC_DECAY_AUTO means */
    /* Local, no allocation. Decoupled weight decay has been done: update->weight_decay is 0 then.
     */
    void (*update)(const oc_optimizer_config *config, const oc_update *update);
    /* Of layer-wise optimisers: see oc_optimizer_measure and oc_optimizer_trust. NULL else. */
    void (*measure)(const oc_optimizer_config *config, const oc_update *update, double square[2]);
    double (*trust)(const oc_optimizer_config *config, const double square[2], double decay);
} oc_optimizer_ops;

#define OC_OPTIMIZER(kind, name, slots) extern const oc_optimizer_ops oc_optimizer_##kind;
#include "optimizers/optimizers.def"
#undef OC_OPTIMIZER

#endif
