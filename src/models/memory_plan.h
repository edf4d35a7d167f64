/* memory_plan.h - which of a shard's numbers may lie in the same memory, by liveness. Bytes and
 * offsets only: network_run.c makes pointers of them.
 *
 * Time runs through a training step: forward of layer i is i, the loss is L (the number of
 * layers), backward of layer i is 2 L - i. A buffer lives from the time it is written first to
 * the time it is read last; two that never live together may overlap. An output that is computed
 * again in backward has two buffers, one for each life. */
#ifndef OC_MODELS_MEMORY_PLAN_H
#define OC_MODELS_MEMORY_PLAN_H

#include "models/network.h"

enum { OC_NO_BUFFER = -1 };

typedef struct oc_buffer {
    size_t bytes, offset;
    int begin, end;  /* first and last time, both inclusive */
    int holders;     /* gradients: how many tensors have theirs here, while planning */
    size_t *counted; /* the part of oc_memory_use it belongs to */
} oc_buffer;

/* As oc_gradient_step, with buffers. */
typedef struct oc_gradient_plan {
    int dx, added, fresh, sum;
} oc_gradient_plan;

typedef struct oc_memory_plan {
    const oc_network *network; /* not owned */
    size_t n;
    int shards; /* side by side: every buffer but the scratch is so many, one behind the other */
    oc_workspace_use use;
    oc_buffer *buffer; /* `buffers` of them */
    int buffers;
    int *output, *saved, *dy; /* of each layer: a buffer or OC_NO_BUFFER */
    int *again; /* of each layer: where its output is in backward, `output` or another buffer */
    int *anew;  /* of each layer: before whose backward it is computed again; or OC_NETWORK_NONE */
    oc_gradient_plan (*gradient)[OC_LAYER_INPUTS];
    int input; /* the images in blocks, OC_NO_BUFFER if nobody reads them so */
    int scratch;
    oc_memory_use memory;
} oc_memory_plan;

/* Local. Plan for `shards` of up to n samples. The plan must not move while it is in use.
 * OC_ERR_USAGE if it is more than an address can hold, OC_ERR_INTERNAL. */
oc_status oc_memory_plan_create(oc_memory_plan *plan, const oc_network *network, int shards,
                                int max_n, oc_workspace_use use);
void oc_memory_plan_destroy(oc_memory_plan *plan); /* safe on a zeroed one */

#endif
