/* reduction_exchange.c - what of a reduction goes between ranks.
 *
 * What is left on each rank after its own shards are tree nodes, few of them. The vector is
 * worked off in blocks, and each block is cut into one slice a rank: a slice's owner receives
 * it of every node of the other ranks, folds the rest of the tree and sends the result to all
 * (a reduce-scatter and an allgather, as in an allreduce, but with a fixed order of addition).
 * While a block is folded the next one is on its way. */
#include "mpi/reduction_private.h"

#include <stdlib.h>
#include <string.h>

enum { SLICE = 64 * 1024 }; /* floats at most: stays in the second-level cache */

oc_status oc_reduction_list_nodes(oc_reduction *r)
{
    const int ranks = oc_comm_size(r->comm);
    int first, last;
    for (int rank = 0; rank < ranks; rank++) {
        oc_shards_of_rank(r->shards, ranks, rank, &first, &last);
        r->nodes += oc_tree_of_range(first, last, NULL).depth;
    }
    const size_t nodes = (size_t)r->nodes;
    r->node = calloc(nodes, sizeof *r->node);
    r->holder = calloc(nodes, sizeof *r->holder);
    r->vector = calloc(nodes, sizeof *r->vector);
    r->received[0] = calloc(nodes, sizeof *r->received[0]);
    r->received[1] = calloc(nodes, sizeof *r->received[1]);
    /* A list holds either one message a node and rank, or one a rank. */
    const int own = oc_tree_of_range(r->first, r->last, NULL).depth;
    const int receives = r->nodes > ranks ? r->nodes : ranks;
    const int sends = own * ranks;
    r->receives = calloc((size_t)receives, sizeof *r->receives);
    r->sends = calloc((size_t)sends, sizeof *r->sends);
    if (!r->node || !r->holder || !r->vector || !r->received[0] || !r->received[1] ||
        !r->receives || !r->sends)
        return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for %d nodes", r->nodes);
    r->bytes += nodes * (sizeof *r->node + sizeof *r->holder + 3 * sizeof *r->vector) +
                (size_t)(receives + sends) * sizeof(oc_transfer);
    for (int rank = 0, n = 0; rank < ranks; rank++) {
        oc_shards_of_rank(r->shards, ranks, rank, &first, &last);
        const oc_tree_stack stack = oc_tree_of_range(first, last, NULL);
        for (int height = 0; height < stack.depth; height++, n++) {
            r->node[n] = stack.node[height];
            r->holder[n] = (oc_held_node){rank, height};
        }
    }
    return oc_comm_exchange_reserve(r->comm, receives + sends);
}

void oc_reduction_reserve_received(oc_reduction *r)
{
    const int ranks = oc_comm_size(r->comm), rank = oc_comm_rank(r->comm);
    const size_t share = oc_reduction_whole_lines((r->padded + (size_t)ranks - 1) / (size_t)ranks);
    r->slice = share < SLICE ? share : SLICE;
    for (int n = 0; n < r->nodes; n++)
        if (r->holder[n].rank != rank)
            oc_arena_reserve(&r->arena, 2 * r->slice);
}

void oc_reduction_place_received(oc_reduction *r, float *memory)
{
    const int rank = oc_comm_rank(r->comm);
    for (int n = 0; n < r->nodes; n++) {
        if (r->holder[n].rank == rank)
            continue;
        r->received[0][n] = memory;
        r->received[1][n] = memory + r->slice;
        memory += 2 * r->slice;
    }
}

/* The slice of a block that `owner` folds: where it starts, and how many floats are left of
 * it at the end of the vector. */
static size_t slice_of(const oc_reduction *r, size_t block, int owner, int *length)
{
    const size_t ranks = (size_t)oc_comm_size(r->comm);
    const size_t start = (block * ranks + (size_t)owner) * r->slice;
    const size_t left = start < r->padded ? r->padded - start : 0;
    *length = (int)(left < r->slice ? left : r->slice);
    return start;
}

/* Messages under way at the same time: the parts and the results of two blocks. */
static int parts_batch(size_t block)
{
    return (int)(block % 2);
}

static int results_batch(size_t block)
{
    return 2 + (int)(block % 2);
}
_Static_assert(OC_EXCHANGE_BATCHES >= 4, "parts and results of two blocks");

/* This rank's nodes go to the owners of the slices, the other ranks' come to this one. */
static oc_status start_parts(oc_reduction *r, size_t block)
{
    const int ranks = oc_comm_size(r->comm), rank = oc_comm_rank(r->comm);
    int receives = 0, sends = 0, length;
    slice_of(r, block, rank, &length);
    for (int n = 0; n < r->nodes && length > 0; n++)
        if (r->holder[n].rank != rank)
            r->receives[receives++] =
                (oc_transfer){r->holder[n].rank, length, r->received[block % 2][n]};
    for (int step = 1; step < ranks; step++) { /* not all to the same rank at once */
        const int owner = (rank + step) % ranks;
        const size_t start = slice_of(r, block, owner, &length);
        for (int height = 0; height < r->stack.depth && length > 0; height++)
            r->sends[sends++] = (oc_transfer){owner, length, r->buffer[height] + start};
    }
    return oc_comm_exchange_start(r->comm, parts_batch(block), r->receives, receives, r->sends,
                                  sends);
}

/* Fold this rank's slice; the sum is left in the first buffer, as everywhere. */
static void fold_slice(oc_reduction *r, size_t block)
{
    const int rank = oc_comm_rank(r->comm);
    int length;
    const size_t start = slice_of(r, block, rank, &length);
    if (length == 0)
        return;
    for (int n = 0; n < r->nodes; n++)
        r->vector[n] = r->holder[n].rank == rank ? r->buffer[r->holder[n].height] + start
                                                 : r->received[block % 2][n];
    oc_tree_fold_all(r->node, r->vector, r->nodes, (size_t)length);
    if (r->vector[0] != r->buffer[0] + start)
        memcpy(r->buffer[0] + start, r->vector[0], (size_t)length * sizeof(float));
}

static oc_status start_results(oc_reduction *r, size_t block)
{
    const int ranks = oc_comm_size(r->comm), rank = oc_comm_rank(r->comm);
    int receives = 0, sends = 0, mine, theirs;
    const size_t start = slice_of(r, block, rank, &mine);
    for (int step = 1; step < ranks; step++) {
        const int to = (rank + step) % ranks, from = (rank + ranks - step) % ranks;
        const size_t at = slice_of(r, block, from, &theirs);
        if (mine > 0)
            r->sends[sends++] = (oc_transfer){to, mine, r->buffer[0] + start};
        if (theirs > 0)
            r->receives[receives++] = (oc_transfer){from, theirs, r->buffer[0] + at};
    }
    return oc_comm_exchange_start(r->comm, results_batch(block), r->receives, receives, r->sends,
                                  sends);
}

/* Block by block: its parts arrive, are folded, the results leave. Receiving results into the
 * first buffer is safe: this rank's parts of that block have been sent by then. */
oc_status oc_reduction_fold_with_peers(oc_reduction *r)
{
    const size_t width = r->slice * (size_t)oc_comm_size(r->comm);
    const size_t blocks = (r->padded + width - 1) / width;
    oc_status status = start_parts(r, 0);
    for (size_t block = 0; block < blocks && status == OC_OK; block++) {
        if (block + 1 < blocks)
            status = start_parts(r, block + 1);
        if (status == OC_OK)
            status = oc_comm_exchange_wait(r->comm, parts_batch(block));
        if (status != OC_OK)
            return status;
        fold_slice(r, block);
        if (block >= 2)
            status = oc_comm_exchange_wait(r->comm, results_batch(block));
        if (status == OC_OK)
            status = start_results(r, block);
    }
    for (size_t block = blocks > 2 ? blocks - 2 : 0; block < blocks && status == OC_OK; block++)
        status = oc_comm_exchange_wait(r->comm, results_batch(block));
    return status;
}
