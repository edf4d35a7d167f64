/* worker.h - what a thread of a rank has for itself: memory to take shards through the network,
 * and what became of them. Weights are shared, samples come from the loader. */
#ifndef OC_RUN_WORKER_H
#define OC_RUN_WORKER_H

#include "data/loader/loader.h"
#include "losses/loss.h"
#include "models/network.h"
#include "run/scorer.h"

typedef struct oc_worker {
    oc_workspace workspace;
    oc_arena arena; /* holds the outputs, the views and what is of the shards */
    float *outputs; /* (n, classes): mean over the views of images */
    float *views;   /* (n, C, H, W): images as another view shows them; NULL where there is one */
    /* Of each shard that the thread has at a time (shard_group.h). */
    oc_shard *shard;
    oc_batch *batch;
    oc_gradient_place *place; /* where its gradients go */
    float **end;              /* what follows them: statistics and tail; */
    float *ends;              /* memory for those */
    oc_loss_sums *loss;
    uint64_t correct;                 /* evaluation: samples classified right so far */
    uint64_t counts[OC_SCORE_COUNTS]; /* likewise of its labels, see scorer.h */
    oc_status status;                 /* of taking samples, in this step or evaluation */
    char message[1024];               /* that belongs to it */
} oc_worker;

/* What a worker is for. */
typedef struct oc_worker_use {
    oc_workspace_use use;
    int has_views; /* images are evaluated in several ways */
} oc_worker_use;

/* Local. For `shards` of up to n samples side by side, each with `end` floats behind its gradients,
 * to train with or to evaluate alone; `first` (NULL for the first itself) is the worker whose
 * prepared parameters are shared. OC_ERR_USAGE and OC_ERR_INTERNAL as oc_workspace_create. */
oc_status oc_worker_create(oc_worker *worker, const oc_network *network, int shards, int n,
                           size_t end, oc_worker_use use, const oc_worker *first);
void oc_worker_destroy(oc_worker *worker); /* safe on a zeroed one */

#endif
