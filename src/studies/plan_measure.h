/* plan_measure.h - what plan.h knows of a training, measured on this machine. */
#ifndef OC_STUDIES_PLAN_MEASURE_H
#define OC_STUDIES_PLAN_MEASURE_H

#include "run/run.h"
#include "studies/plan.h"

typedef struct oc_plan_options {
    double seconds; /* to measure for, each time */
    /* NULL: the recipe's own data set. Else it makes a data set of that many training samples. */
    oc_status (*make)(oc_dataset **data, const oc_recipe *recipe, void *context);
    void *context;
} oc_plan_options;

/* Collective. The ranks of this job are those of a node. Steps of the recipe with 1, 2 and 4 of its
 * shards a thread, without overlap, as oc_bench_run has them; no files. Freed with
 * oc_plan_work_free, by each rank. OC_ERR_IO, OC_ERR_DATA, OC_ERR_USAGE: as oc_run_create;
 * OC_ERR_DIVERGED, OC_ERR_PEER, OC_ERR_MEMORY. */
oc_status oc_plan_measure(oc_plan_work *work, oc_comm *comm, const oc_recipe *recipe,
                          const oc_plan_options *options);

#endif
