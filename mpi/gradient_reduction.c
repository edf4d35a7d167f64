/* gradient_reduction.c - see gradient_reduction.h; the order of the additions is shard_tree.c's.
 *
 * What is left on each rank after its own shards are tree nodes, few of them. The vector is
 * worked off in blocks, and each block is cut into one slice a rank: a slice's owner receives
 * it of every node of the other ranks, folds the rest of the tree and sends the result to all
 * (a reduce-scatter and an allgather, as in an allreduce, but with a fixed order of addition).
 * While a block is folded the next one is on its way. */
#include "mpi/gradient_reduction.h"

#include "base/arena.h"
#include "mpi/comm_private.h"
#include "mpi/shard_tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE = OC_ALIGNMENT / sizeof(float), /* slices are whole cache lines */
    SLICE = 64 * 1024                    /* floats at most: stays in the second-level cache */
};

/* A node of the tree that some rank holds when its shards are done. */
typedef struct held_node {
    int rank;
    int place; /* in that rank's stack */
} held_node;

/* A part of this rank's shards that one thread works on. */
typedef struct lane {
    int first, last; /* shards */
    int next;        /* to be committed next */
    oc_tree_stack stack;
    float *buffer[OC_TREE_DEPTH]; /* one a place in the stack */
} lane;

struct oc_reduction {
    oc_comm *comm;
    int shards, first, last; /* all, and this rank's range */
    size_t count, padded;    /* floats of a vector, and rounded up to whole lines */
    oc_arena arena;
    int lanes;
    lane *lane;                   /* [lanes] */
    oc_tree_stack stack;          /* what is left when the lanes are joined */
    float *buffer[OC_TREE_DEPTH]; /* of each place in it: some lane's buffer */

    /* Only with more than one rank. */
    int nodes;             /* of all ranks, from left to right */
    oc_tree_node *node;    /* [nodes] */
    held_node *holder;     /* [nodes] */
    float **vector;        /* [nodes] the slice being folded */
    float **received[2];   /* [nodes] room for a slice, NULL for own nodes; blocks alternate */
    oc_transfer *receives; /* scratch lists of messages */
    oc_transfer *sends;
    size_t slice; /* floats of a slice, a multiple of LINE */
    size_t bytes; /* all memory held */
};

void oc_shards_of_rank(int shards, int ranks, int rank, int *first, int *last)
{
    *first = (int)((int64_t)shards * rank / ranks);
    *last = (int)((int64_t)shards * (rank + 1) / ranks);
}

static size_t round_up(size_t value, size_t to)
{
    return (value + to - 1) / to * to;
}

/* Which nodes there will be on all ranks, from left to right. */
static oc_status list_nodes(oc_reduction *r)
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
        for (int place = 0; place < stack.depth; place++, n++) {
            r->node[n] = stack.node[place];
            r->holder[n] = (held_node){rank, place};
        }
    }
    return oc_comm_exchange_reserve(r->comm, receives + sends);
}

/* The lanes, their buffers one behind the other. */
static oc_status plan_lanes(oc_reduction *r, int lanes)
{
    r->lane = calloc((size_t)lanes, sizeof *r->lane);
    if (!r->lane)
        return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for %d lanes", lanes);
    r->lanes = lanes;
    r->bytes += (size_t)lanes * sizeof *r->lane;
    for (int i = 0; i < lanes; i++) {
        lane *l = &r->lane[i];
        int depth;
        oc_shards_of_rank(r->last - r->first, lanes, i, &l->first, &l->last);
        l->first += r->first;
        l->last += r->first;
        l->next = l->first;
        oc_tree_of_range(l->first, l->last, &depth);
        for (int place = 0; place < depth; place++)
            oc_arena_reserve(&r->arena, r->padded);
    }
    return OC_OK;
}

/* After the memory is there: where each lane's buffers are. */
static void place_lanes(oc_reduction *r)
{
    float *next = oc_arena_floats(&r->arena, 0);
    for (int i = 0; i < r->lanes; i++) {
        int depth;
        oc_tree_of_range(r->lane[i].first, r->lane[i].last, &depth);
        for (int place = 0; place < depth; place++, next += r->padded)
            r->lane[i].buffer[place] = next;
    }
}

static oc_status plan_memory(oc_reduction *r)
{
    const int ranks = oc_comm_size(r->comm), rank = oc_comm_rank(r->comm);
    const size_t share = round_up((r->padded + (size_t)ranks - 1) / (size_t)ranks, LINE);
    r->slice = share < SLICE ? share : SLICE;
    const size_t foreign = r->arena.planned;
    if (ranks > 1)
        for (int n = 0; n < r->nodes; n++)
            if (r->holder[n].rank != rank)
                oc_arena_reserve(&r->arena, 2 * r->slice);
    const oc_status status = oc_arena_commit(&r->arena, "gradient reduction");
    if (status != OC_OK)
        return status;
    r->bytes += r->arena.planned;
    place_lanes(r);
    float *next = oc_arena_floats(&r->arena, foreign);
    for (int n = 0; n < r->nodes; n++) {
        if (r->holder[n].rank == rank)
            continue;
        r->received[0][n] = next;
        r->received[1][n] = next + r->slice;
        next += 2 * r->slice;
    }
    return OC_OK;
}

oc_status oc_reduction_create(oc_reduction **out, oc_comm *comm, int lanes, int shards,
                              size_t count)
{
    const int ranks = oc_comm_size(comm);
    *out = NULL;
    if (shards < ranks)
        return oc_fail(OC_ERR_USAGE,
                       "%d ranks for %d shards: a rank needs at least one shard; use fewer ranks "
                       "or set batch.shards to %d or more",
                       ranks, shards, ranks);
    oc_reduction *r = calloc(1, sizeof *r);
    oc_status status = OC_OK;
    if (!r) {
        status = oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory");
    } else {
        r->comm = comm;
        r->shards = shards;
        r->count = count;
        r->padded = round_up(count ? count : 1, LINE);
        r->bytes = sizeof *r;
        oc_shards_of_rank(shards, ranks, oc_comm_rank(comm), &r->first, &r->last);
        status = plan_lanes(r, lanes);
        if (status == OC_OK && ranks > 1)
            status = list_nodes(r);
        if (status == OC_OK)
            status = plan_memory(r);
    }
    status = oc_comm_agree(comm, status); /* memory may be short on one host alone */
    if (status == OC_OK)
        *out = r;
    else
        oc_reduction_destroy(r);
    return status;
}

void oc_reduction_destroy(oc_reduction *r)
{
    if (!r)
        return;
    free(r->lane);
    free(r->node);
    free(r->holder);
    free(r->vector);
    free(r->received[0]);
    free(r->received[1]);
    free(r->receives);
    free(r->sends);
    oc_arena_free(&r->arena);
    free(r);
}

size_t oc_reduction_bytes(const oc_reduction *r)
{
    return r->bytes;
}

void oc_reduction_lane(const oc_reduction *r, int number, int *first, int *last)
{
    *first = r->lane[number].first;
    *last = r->lane[number].last;
}

static lane *lane_of(oc_reduction *r, int shard)
{
    int i = 0;
    while (shard >= r->lane[i].last)
        i++;
    return &r->lane[i];
}

float *oc_reduction_slot(oc_reduction *r, int shard)
{
    const lane *l = lane_of(r, shard);
    assert(shard == l->next);
    return l->buffer[l->stack.depth];
}

/* How many vectors become one with a lane's next shard, that included, and the first of them. */
static int joined_by(const lane *l, int shard, float *const **vectors)
{
    oc_tree_stack after = l->stack;
    assert(shard == l->next);
    const int joined = oc_tree_push(&after, (oc_tree_node){shard, 0});
    *vectors = &l->buffer[after.depth - 1];
    return joined;
}

float *oc_reduction_left(oc_reduction *r, int shard)
{
    float *const *vectors;
    const int joined = joined_by(lane_of(r, shard), shard, &vectors);
    return joined > 1 ? vectors[joined - 2] : NULL;
}

void oc_reduction_fold(oc_reduction *r, int shard, size_t first, size_t count, int added)
{
    float *const *vectors;
    const int joined = joined_by(lane_of(r, shard), shard, &vectors);
    assert(!added || joined > 1);
    float *part[OC_TREE_DEPTH];
    for (int i = 0; i < joined; i++)
        part[i] = vectors[i] + first;
    oc_tree_fold(part, added ? joined - 1 : joined, count);
}

void oc_reduction_commit_from(oc_reduction *r, int shard, size_t first)
{
    lane *l = lane_of(r, shard);
    oc_reduction_fold(r, shard, first, r->padded - first, 0);
    oc_tree_push(&l->stack, (oc_tree_node){shard, 0});
    l->next++;
}

void oc_reduction_commit(oc_reduction *r, int shard)
{
    oc_reduction_commit_from(r, shard, 0);
}

typedef struct joining {
    oc_reduction *reduction;
    int parts;
} joining;

/* A part of the vector: the lanes' nodes, from left to right, onto one stack. Where two are halves
 * of one they are added, so what is left does not depend on how many lanes there were. Without
 * other ranks it is the whole tree. */
static void join_part(void *data, int part)
{
    const joining *work = data;
    oc_reduction *r = work->reduction;
    const size_t lines = r->padded / LINE, parts = (size_t)work->parts;
    const size_t begin = lines * (size_t)part / parts * LINE;
    const size_t count = lines * ((size_t)part + 1) / parts * LINE - begin;
    oc_tree_stack stack = {.depth = 0};
    float *buffer[OC_TREE_DEPTH];
    for (int i = 0; i < r->lanes; i++) {
        const lane *l = &r->lane[i];
        for (int place = 0; place < l->stack.depth; place++) {
            buffer[stack.depth] = l->buffer[place] + begin;
            const int joined = oc_tree_push(&stack, l->stack.node[place]);
            oc_tree_fold(&buffer[stack.depth - 1], joined, count);
        }
    }
    if (oc_comm_size(r->comm) == 1)
        oc_tree_fold(buffer, stack.depth, count);
    for (int place = 0; part == 0 && place < stack.depth; place++)
        r->buffer[place] = buffer[place]; /* begin is 0 */
    if (part == 0)
        r->stack = stack;
}

static void join_lanes(oc_reduction *r, oc_team *team)
{
    joining work = {r, team ? oc_team_size(team) : 1};
    if (team)
        oc_team_run(team, join_part, &work);
    else
        join_part(&work, 0);
    for (int i = 0; i < r->lanes; i++) {
        lane *l = &r->lane[i];
        assert(l->next == l->last);
        l->stack.depth = 0;
        l->next = l->first;
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
        for (int place = 0; place < r->stack.depth && length > 0; place++)
            r->sends[sends++] = (oc_transfer){owner, length, r->buffer[place] + start};
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
        r->vector[n] = r->holder[n].rank == rank ? r->buffer[r->holder[n].place] + start
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
static oc_status fold_with_peers(oc_reduction *r)
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

oc_status oc_reduction_finish(oc_reduction *r, oc_team *team, float **sum)
{
    join_lanes(r, team);
    *sum = r->buffer[0];
    return oc_comm_size(r->comm) > 1 ? fold_with_peers(r) : OC_OK;
}
