/* loader.h - the samples of this rank's shards, ready before the step asks for them.
 *
 * One thread reads, decodes, normalises and augments ahead of the step into a ring of buffers for
 * each worker, which is a compute thread; all memory is there from the start. What comes next is a
 * pure function of the position in training, so nothing is ever asked of the step but to take and
 * give back. Samples come from memory when the data set is there. Else the thread reads ahead: it
 * takes as many of the samples to come as half of its memory holds, reads them in the order in
 * which they lie in the file, and meanwhile decodes the half before. */
#ifndef OC_DATA_LOADER_LOADER_H
#define OC_DATA_LOADER_LOADER_H

#include "data/augment/augment.h"
#include "data/dataset/dataset.h"
#include "data/loader/order.h"
#include "data/loader/selection.h"

typedef struct oc_loader oc_loader;

/* Shards or chunks [first, last) of a worker. */
typedef struct oc_worker_range {
    int64_t first, last;
} oc_worker_range;

typedef struct oc_loader_config {
    const oc_dataset *dataset;     /* ready; outlives the loader */
    const oc_selection *selection; /* what an epoch of training has; outlives the loader */
    oc_order order;                /* of selection->count */
    const oc_augment *augment;     /* of training samples, NULL for none; outlives the loader */
    int64_t batch, shards;         /* shard s holds samples [s*B/S, (s+1)*B/S) of a batch */
    uint64_t steps_per_epoch, total_steps;

    oc_split evaluate_split;                /* evaluation: this split's */
    const oc_selection *evaluate_selection; /* samples of this list, in its order, */
    int64_t chunk;                          /* so many at once (the last has the rest) */

    int workers;
    int at_once; /* buffers that a worker has before it gives one back, at most; 0 is 1 */
    const oc_worker_range *train, *evaluate; /* (workers) of shards, of chunks; copied */
    uint64_t memory;                         /* bytes for the ring and for reading ahead */
} oc_loader_config;

/* One shard or chunk. */
typedef struct oc_batch {
    int n;
    uint32_t epoch;
    float *images;    /* (n, C, H, W) */
    int32_t *labels;  /* (n); unset where there are targets: */
    float *targets;   /* (n, targets), standardised, those of partners mixed in */
    uint32_t *sample; /* (n) numbers in the split */
    int32_t *second;  /* (n) with mixup: labels of the partners, */
    float *share;     /* (n) and how much of each image is its own; unset without */
    double waited;    /* seconds that taking it took */
} oc_batch;

/* Local. Plan, allocate, start the thread. OC_ERR_USAGE, with numbers, when `memory` is too
 * little to read ahead; OC_ERR_INTERNAL. */
oc_status oc_loader_create(oc_loader **loader, const oc_loader_config *config);
void oc_loader_destroy(oc_loader *loader); /* NULL-safe */

/* Local, no allocation, no worker may be inside. What the workers will take next: the shards of
 * step `step` (from 0) and of those behind it; all chunks of the evaluation. Training on where it
 * stands costs nothing. */
void oc_loader_train(oc_loader *loader, uint64_t step);
void oc_loader_evaluate(oc_loader *loader);

/* Local, no allocation, one thread per worker. The worker's next shard or chunk, borrowed until it
 * is given back. When reading fails: the status, on this and every later call. */
oc_status oc_loader_take(oc_loader *loader, int worker, oc_batch *batch);
void oc_loader_give_back(oc_loader *loader, int worker);

/* Local. Bytes that the loader holds. */
uint64_t oc_loader_bytes(const oc_loader *loader);

#endif
