/* optimizer.h - how gradients change parameters. Chosen by name from optimizers.def; a row
 * there says how many state slots (floats a parameter) it needs, so that checkpoints never
 * have to know. The rates come from the step message, not from here. */
#ifndef OC_OPTIMIZERS_OPTIMIZER_H
#define OC_OPTIMIZERS_OPTIMIZER_H

#include "base/number_list.h"

#include <stddef.h>
#include <stdint.h>

typedef enum oc_optimizer_kind {
#define OC_OPTIMIZER(kind, name, slots) OC_OPTIMIZER_##kind,
#include "optimizers/optimizers.def"
#undef OC_OPTIMIZER
    OC_OPTIMIZER_COUNT
} oc_optimizer_kind;

enum { OC_MAX_SLOTS = 2, OC_MAX_PATTERNS = 16, OC_PATTERN_BYTES = 128 };
enum { OC_MOST_TRUSTS = 128 }; /* columns of trust ratios in steps.csv */

/* Where weight decay goes. */
typedef enum oc_decay {
    OC_DECAY_AUTO,     /* what the optimiser's authors do: decoupled for adamw, else coupled */
    OC_DECAY_COUPLED,  /* decay * weight is added to the gradient (L2) */
    OC_DECAY_DECOUPLED /* weight *= 1 - rate * decay before the update (Loshchilov and Hutter
                        * 2019, arXiv 1711.05101; fastai's true_wd) */
} oc_decay;
extern const char *const oc_decay_names[]; /* the words in recipes; NULL ends */

/* Names of parameters as shell patterns; several for one place are divided by |. */
typedef struct oc_pattern_list {
    char at[OC_MAX_PATTERNS][OC_PATTERN_BYTES];
    int64_t count;
} oc_pattern_list;

/* Members that an optimiser does not name are not looked at. */
typedef struct oc_optimizer_config {
    int kind; /* oc_optimizer_kind */
    int nesterov;
    double weight_decay;
    int decay_bias_and_norm; /* 0: none on biases and batch-norm */
    int decay_mode;          /* oc_decay */
    double dampening;        /* sgd: of gradients after the first; 0 with Nesterov */
    double beta2;   /* adam, adamw, lamb; rmsprop's alpha, adadelta's rho: share of the average
                     * of squares that stays */
    double epsilon; /* all but sgd and lars: against division by 0 */
    double trust_coefficient; /* lars: of |w| / |g| */
    int adapt_bias_and_norm;  /* lars, lamb: 0: the rate of biases and batch-norm is not scaled */
    oc_pattern_list trust_columns; /* lars, lamb: parameters whose trust ratio is in steps.csv */
    double clip_value;      /* every gradient is cut to [-clip_value, clip_value]; 0: none is */
    double clip_norm;       /* then all gradients are scaled down to this norm; 0: not */
    oc_pattern_list groups; /* parameter groups, first match counts; none: one group */
    oc_number_list decay_factors; /* weight_decay of each group is times its factor; none: 1 */
    oc_number_list rate_factors;  /* the schedule's rate likewise; none: 1, or as a slice says */
    oc_pattern_list freeze;       /* parameters that are not trained */
    oc_pattern_list freeze_late;  /* or only until freeze_late_from, which the recipe knows */
} oc_optimizer_config;

/* The update of one tensor, or of any part of it: elements do not see each other. Layer-wise
 * optimisers see the tensor's norms, which are measured first. */
typedef struct oc_update {
    size_t count;
    float *parameter;
    const float *gradient;
    float *slot[OC_MAX_SLOTS];
    double learning_rate, momentum, weight_decay; /* of this step and tensor; beta1 for Adam's */
    uint64_t step;                                /* counted from 1 */
    double trust; /* lars, lamb: times the rate; others do not look at it */
} oc_update;

/* Local, no allocation. */
void oc_optimizer_update(const oc_optimizer_config *config, const oc_update *update);

/* Local. Does it scale each tensor's rate by norms? Then every part of a tensor is measured before
 * any of it is updated. */
int oc_optimizer_is_layerwise(int kind);

/* Local, no allocation. Layer-wise optimisers: of one part of a tensor, the sums of squares of the
 * parameters and of what the update is made of (lars: the gradient; lamb: the direction, whose
 * averages take in the gradient here). The sums of a tensor are those of its parts. */
void oc_optimizer_measure(const oc_optimizer_config *config, const oc_update *update,
                          double square[2]);

/* Local. Layer-wise optimisers: the trust ratio of a tensor, from its sums of squares; 1 if either
 * is 0. */
double oc_optimizer_trust(const oc_optimizer_config *config, const double square[2], double decay);

/* Local. In double precision and one order of additions, whatever the processor. */
double oc_sum_of_squares(const float *x, size_t count);

/* Local. State slots, and the name of one in checkpoints ("momentum"). */
int oc_optimizer_slots(int kind);
const char *oc_optimizer_slot_name(int kind, int slot);

/* Local. The name in recipes; the kind of a name or -1. */
const char *oc_optimizer_name(int kind);
int oc_optimizer_find(const char *name);

#endif
