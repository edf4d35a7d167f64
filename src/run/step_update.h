/* step_update.h - what a step's sum does to the parameters: is it finite, clipping, the norms of
 * layer-wise optimisers, the update. All of it is shared by a rank's threads; nothing depends on
 * how many there are. */
#ifndef OC_RUN_STEP_UPDATE_H
#define OC_RUN_STEP_UPDATE_H

#include "run/run.h"

/* Floats [first, last) of a block. */
typedef struct oc_run_range {
    size_t first, last;
} oc_run_range;

/* Local. A thread's part of a block of `count` floats, in whole cache lines. */
oc_run_range oc_run_range_of(const oc_run *run, int thread, size_t count);

/* Local. Doubles that the norms of a recipe's optimiser take, for partial sums: 0 if it needs none.
 */
size_t oc_run_norm_sums(const oc_network *network, const oc_optimizer_config *optimizer);

/* Local, no allocation. Is no number of the reduced vector NaN or infinite? */
int oc_run_sum_is_finite(oc_run *run, const float *sum);

/* Local, no allocation. One optimiser step from the reduced vector, whose gradients are clipped in
 * place. */
void oc_run_update_parameters(oc_run *run, const oc_step *step, float *sum);

#endif
