/* loss.h - what a network is trained to make small. Chosen by name from losses.def. */
#ifndef OC_LOSSES_LOSS_H
#define OC_LOSSES_LOSS_H

#include <stdint.h>

typedef enum oc_loss_kind {
#define OC_LOSS(kind, name) OC_LOSS_##kind,
#include "losses/losses.def"
#undef OC_LOSS
    OC_LOSS_COUNT
} oc_loss_kind;

/* What a loss found in some samples: sums, to be added up and divided by the count. */
typedef struct oc_loss_sums {
    double loss;
    uint64_t correct; /* samples whose largest output is the label; ties go to the first */
} oc_loss_sums;

/* Local. Loss of outputs (n, classes) against labels (n); `gradient` (n, classes) receives
 * d(sum of losses) / d(outputs) * scale, unless NULL. Labels must be in 0..classes-1. */
oc_loss_sums oc_loss_apply(int kind, int n, int classes, const float *outputs,
                           const int32_t *labels, float scale, float *gradient);

/* Local. outputs (classes) of one sample -> probabilities (classes). */
void oc_softmax(int classes, const float *outputs, float *probabilities);

/* Local. The name in recipes; the kind of a name or -1. */
const char *oc_loss_name(int kind);
int oc_loss_find(const char *name);

#endif
