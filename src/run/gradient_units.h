/* gradient_units.h - gradients that travel as whole numbers (reduce.precision): which unit each
 * layer's have, from how large they were in the step before.
 *
 * A shard's gradients of a layer are rounded to multiples of a power of two, so that the sum over
 * all shards fits into 16 bits and is exact. Units follow from the sum over shards of the
 * largest magnitude each had, with room for shards that have more than most and for growth from one
 * step to the next; what is beyond is cut. A layer without a known unit (the first step, or one
 * that was frozen) is not rounded, in that step. All of it is a function of the step and the
 * checkpoint: the bits do not depend on ranks, threads or interruptions. */
#ifndef OC_RUN_GRADIENT_UNITS_H
#define OC_RUN_GRADIENT_UNITS_H

#include "run/run.h"

/* Local. Does the recipe round gradients? Then each shard's are needed by themselves. */
int oc_gradients_are_rounded(const oc_recipe *recipe);

/* Local. What the reduction is to know of it. `part`: of the network's layers, borrowed by config.
 */
void oc_gradient_units_plan(const oc_run *run, oc_reduction_config *config,
                            oc_reduction_part part[OC_MAX_LAYERS]);

/* Local, no allocation. Tell the reduction the units of this step, before its shards. */
void oc_gradient_units_use(const oc_run *run, uint64_t step);

/* Local, no allocation; after a step whose sum was finite: the units of the next one, in info. */
void oc_gradient_units_follow(oc_run *run);

#endif
