/* worker.h - what a thread of a rank has for itself: the shard it is at, and memory to take it
 * through the network. Weights are shared. */
#ifndef OC_TRAIN_WORKER_H
#define OC_TRAIN_WORKER_H

#include "models/network.h"

typedef struct oc_worker {
    oc_workspace workspace;
    oc_arena arena;   /* holds the shard */
    float *images;    /* (n, C, H, W) */
    int32_t *labels;  /* (n) */
    uint32_t *sample; /* (n) numbers in the data set */
    float *spare[2];  /* (C, H, W) each: to change images in */
    int32_t *second;  /* (n) labels of mixup's partners */
    float *share;     /* (n) of its own label */
    float *outputs;   /* (n, classes): evaluation of mirrored images */
    uint64_t correct; /* evaluation: samples classified right so far */
} oc_worker;

/* Local. For shards of up to n samples; `first` (NULL for the first itself) is the worker whose
 * prepared parameters are shared. OC_ERR_USAGE and OC_ERR_INTERNAL as oc_workspace_create. */
oc_status oc_worker_create(oc_worker *worker, const oc_network *network, int n,
                           const oc_worker *first);
void oc_worker_destroy(oc_worker *worker); /* safe on a zeroed one */

#endif
