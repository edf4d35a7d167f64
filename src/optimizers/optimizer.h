/* optimizer.h - how gradients change parameters. Chosen by name from optimizers.def; a row
 * there says how many state slots (floats a parameter) it needs, so that checkpoints never
 * have to know. The rates come from the step message, not from here. */
#ifndef OC_OPTIMIZERS_OPTIMIZER_H
#define OC_OPTIMIZERS_OPTIMIZER_H

#include <stddef.h>

typedef enum oc_optimizer_kind {
#define OC_OPTIMIZER(kind, name, slots) OC_OPTIMIZER_##kind,
#include "optimizers/optimizers.def"
#undef OC_OPTIMIZER
    OC_OPTIMIZER_COUNT
} oc_optimizer_kind;

enum { OC_MAX_SLOTS = 2 };

typedef struct oc_optimizer_config {
    int kind; /* oc_optimizer_kind */
    int nesterov;
    double weight_decay;     /* added to the gradient as decay * weight (L2) */
    int decay_bias_and_norm; /* 0: none on biases and batch-norm */
} oc_optimizer_config;

/* One tensor's update. */
typedef struct oc_update {
    size_t count;
    float *parameter;
    const float *gradient;
    float *slot[OC_MAX_SLOTS];
    double learning_rate, momentum, weight_decay; /* of this step and tensor */
} oc_update;

/* Local, no allocation. */
void oc_optimizer_update(const oc_optimizer_config *config, const oc_update *update);

/* Local. State slots, and the name of one in checkpoints ("momentum"). */
int oc_optimizer_slots(int kind);
const char *oc_optimizer_slot_name(int kind, int slot);

/* Local. The name in recipes; the kind of a name or -1. */
const char *oc_optimizer_name(int kind);
int oc_optimizer_find(const char *name);

#endif
