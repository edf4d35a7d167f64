/* plan.h - a plan as text and as JSON, for command_plan.c. */
#ifndef OC_CLI_PLAN_PLAN_H
#define OC_CLI_PLAN_PLAN_H

#include "studies/plan.h"

#include <jansson.h>

enum { OC_PLAN_NODES = 64 }; /* numbers of nodes in a plan */

typedef struct oc_plan {
    const oc_recipe *recipe;
    oc_plan_work work;
    oc_plan_network network;
    oc_exchange_costs costs;
    double efficiency; /* that is asked for */
    int rows, node[OC_PLAN_NODES];
    oc_plan_row as_is[OC_PLAN_NODES];  /* the recipe's batch; nodes 0: it has too few shards */
    oc_plan_row chosen[OC_PLAN_NODES]; /* the batch to use; nodes 0: there is none */
} oc_plan;

/* Local. To standard output, 80 columns wide. */
void oc_plan_print(const oc_plan *plan);

/* Local. All of it; NULL if memory is short. */
json_t *oc_plan_json(const oc_plan *plan);

#endif
