/* average.h - averages of the weights over a run (recipe section average): what is evaluated, saved
 * as the network and hashed, while training goes on from weights of its own.
 *
 * ema: Polyak and Juditsky 1992 in the exponential form, running statistics likewise. lookahead:
 * Zhang et al. 2019, arXiv 1907.08610, algorithm 1. swa: Izmailov et al. 2018, arXiv 1803.05407,
 * algorithm 1; statistics are computed from batches. */
#ifndef OC_RUN_AVERAGE_H
#define OC_RUN_AVERAGE_H

#include "run/run.h"

/* Local. Lengths into steps: plan.average_every. OC_ERR_USAGE for a percentage of a run whose
 * length nobody knows. */
oc_status oc_run_plan_average(oc_run *run);

/* Local, no allocation. Around an update of the weights, on all ranks alike. */
void oc_run_before_update(oc_run *run);
void oc_run_after_update(oc_run *run);

/* Collective, no allocation. swa: running statistics of the averaged weights, from the last
 * batches; nothing else changes. Fails as a step. */
oc_status oc_run_average_statistics(oc_run *run);

/* Local. The network as it is evaluated and saved: averages, or what is trained where there are
 * none (yet). Not owned. */
float *oc_run_parameters(const oc_run *run);
float *oc_run_state(const oc_run *run);

#endif
