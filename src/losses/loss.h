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
    /* Samples whose largest output is the label, ties go to the first; of binary cross-entropy
     * those all of whose labels are found; of mse 0. */
    uint64_t correct;
} oc_loss_sums;

/* What outputs are held against. The target of a sample is share * its label + (1 - share) * its
 * second label, and of that 1 - smoothing, the rest spread over all classes (C. Szegedy et al.,
 * "Rethinking the inception architecture", 2016). */
typedef struct oc_loss_targets {
    const int32_t *labels; /* (n), 0 to classes - 1; `correct` counts these */
    const int32_t *second; /* (n) likewise; NULL: share is 1 */
    const float *share;    /* (n); only with `second` */
    double smoothing;      /* 0 to below 1 */
    const float *values;   /* (n, classes), of mse and binary_cross_entropy, which look at nothing
                            * else here; of no other loss */
} oc_loss_targets;

/* Local. As oc_loss_apply, against such targets. */
oc_loss_sums oc_loss_apply_targets(int kind, int n, int classes, const float *outputs,
                                   const oc_loss_targets *targets, float scale, float *gradient);

/* Local. Loss of outputs (n, classes) against labels (n); `gradient` (n, classes) receives
 * d(sum of losses) / d(outputs) * scale, unless NULL. Labels must be in 0..classes-1. For
 * losses against labels. */
oc_loss_sums oc_loss_apply(int kind, int n, int classes, const float *outputs,
                           const int32_t *labels, float scale, float *gradient);

/* Local. outputs (classes) of one sample -> probabilities (classes). */
void oc_softmax(int classes, const float *outputs, float *probabilities);

/* Local. The log odds of `count` labels -> their probabilities. */
void oc_sigmoid(int count, const float *outputs, float *probabilities);

/* Local. The name in recipes; the kind of a name or -1. */
const char *oc_loss_name(int kind);
int oc_loss_find(const char *name);

#endif
