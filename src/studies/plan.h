/* plan.h - what a training would take on a cluster: a step of this machine, measured, and a model
 * of the exchange between nodes (exchange_model.h). Pure: plan_measure.h measures. */
#ifndef OC_STUDIES_PLAN_H
#define OC_STUDIES_PLAN_H

#include "recipe/recipe.h"
#include "studies/exchange_model.h"

enum { OC_PLAN_POINTS = 3 }; /* with 1, 2 and 4 shards a thread */

/* A measured step. */
typedef struct oc_plan_point {
    int shards;       /* of each thread */
    double step;      /* seconds, with the exchange between the ranks that measured */
    int together;     /* shards of a thread that are computed side by side */
    double each;      /* seconds of a shard, forward and backward */
    double fixed;     /* seconds that do not depend on how many: weights prepared and updated */
    double forward;   /* seconds of a shard, forward alone */
    double *backward; /* [layers] seconds of each layer in the last backward pass of a step */
} oc_plan_point;

/* What a training consists of, and what it was measured to take. */
typedef struct oc_plan_work {
    int threads;        /* of each rank */
    int ranks_per_node; /* a rank's step was measured beside so many others, itself included */
    int cores;          /* that these may use together */
    int layers;
    size_t *offset;               /* [layers + 1] where a layer's parameters begin, floats */
    int precision;                /* oc_precision, of what comes before statistics_at */
    size_t vector, statistics_at; /* floats that are added up; what comes after the parameters */
    uint64_t samples, evaluated;  /* of the training and what is evaluated; 0: not known */
    int points;
    oc_plan_point point[OC_PLAN_POINTS];
} oc_plan_work;

typedef struct oc_plan_network {
    double latency;   /* seconds between nodes, one way */
    double bandwidth; /* bytes a second, of a node in each direction */
} oc_plan_network;

/* A training on so many nodes. */
typedef struct oc_plan_row {
    int nodes, ranks;
    int64_t batch, shards;
    double rate;          /* of the schedule, for this batch */
    double step;          /* seconds */
    double compute;       /* seconds of it that the rank with most shards computes */
    double after, during; /* seconds of exchange that come on top, if it is done after backward, or
                           * during it */
    int overlaps;         /* which of them reduce.overlap chooses: during */
    double efficiency;    /* of the same batch's step on one node, divided among `nodes` */
    uint64_t steps;       /* of the training; 0: not known */
    double seconds;       /* of the training, with its evaluations */
} oc_plan_row;

/* Local. What moving bytes costs, with the constants that were fitted: docs/PERFORMANCE.md. */
oc_exchange_costs oc_plan_costs(const oc_plan_work *work, const oc_plan_network *network);

/* Local. The recipe's batch `factor` times, on so many nodes. OC_ERR_USAGE: more ranks than shards;
 * OC_ERR_MEMORY. */
oc_status oc_plan_predict(oc_plan_row *row, const oc_plan_work *work, const oc_recipe *recipe,
                          const oc_exchange_costs *costs, int nodes, int64_t factor);

/* Local. The same with a whole multiple of the recipe's batch: of those that leave hardly a thread
 * with fewer shards than others, the smallest that reaches this efficiency, else the best; never
 * more than the samples there are. The rate grows with the square root of the batch, which leaves
 * the variance of an update as it is (Krizhevsky 2014, arXiv 1404.5997, section 5). row->nodes is 0
 * if no batch has a shard for each rank. OC_ERR_MEMORY. */
oc_status oc_plan_choose(oc_plan_row *row, const oc_plan_work *work, const oc_recipe *recipe,
                         const oc_exchange_costs *costs, int nodes, double efficiency);

/* Local. Points with as many shards together differ by noise alone: each gets their median time of
 * a shard, and all the median of what is fixed. What was measured stays in `step`. */
void oc_plan_settle(oc_plan_work *work);

/* Local. Seconds of exchange that come on top. */
double oc_plan_exchange(const oc_plan_row *row);

void oc_plan_work_free(oc_plan_work *work); /* safe on a zeroed one */

#endif
