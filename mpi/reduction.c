/* reduction.c - see reduction.h: what the threads of this rank add up. The order of the additions
 * is shard_tree.c's, what goes between ranks reduction_exchange.c's. */
#include "mpi/reduction.h"

#include "base/thread_role.h"
#include "mpi/reduction_private.h"

#include <assert.h>
#include <stdlib.h>

void oc_shards_of_rank(int shards, int ranks, int rank, int *first, int *last)
{
    *first = (int)((int64_t)shards * rank / ranks);
    *last = (int)((int64_t)shards * (rank + 1) / ranks);
}

/* What each thread has, buffers one behind the other. */
static oc_status plan_sums(oc_reduction *r, int threads)
{
    r->thread = calloc((size_t)threads, sizeof *r->thread);
    if (!r->thread)
        return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for %d threads", threads);
    r->threads = threads;
    r->bytes += (size_t)threads * sizeof *r->thread;
    for (int i = 0; i < threads; i++) {
        oc_thread_sums *l = &r->thread[i];
        int depth;
        oc_shards_of_rank(r->last - r->first, threads, i, &l->first, &l->last);
        l->first += r->first;
        l->last += r->first;
        l->next = l->first;
        oc_tree_of_range(l->first, l->last, &depth);
        for (int height = 0; height < depth; height++)
            oc_arena_reserve(&r->arena, r->padded);
    }
    return OC_OK;
}

/* After the memory is there: where each thread's buffers are. */
static void place_buffers(oc_reduction *r)
{
    float *next = oc_arena_floats(&r->arena, 0);
    for (int i = 0; i < r->threads; i++) {
        int depth;
        oc_tree_of_range(r->thread[i].first, r->thread[i].last, &depth);
        for (int height = 0; height < depth; height++, next += r->padded)
            r->thread[i].buffer[height] = next;
    }
}

static oc_status plan_memory(oc_reduction *r)
{
    const size_t received = r->arena.planned;
    oc_reduction_reserve_received(r);
    const oc_status status = oc_arena_commit(&r->arena, "gradient reduction");
    if (status != OC_OK)
        return status;
    r->bytes += r->arena.planned;
    place_buffers(r);
    oc_reduction_place_received(r, oc_arena_floats(&r->arena, received));
    return OC_OK;
}

oc_status oc_reduction_create(oc_reduction **out, oc_comm *comm, int threads, int shards,
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
        r->padded = oc_reduction_whole_lines(count);
        r->bytes = sizeof *r;
        oc_shards_of_rank(shards, ranks, oc_comm_rank(comm), &r->first, &r->last);
        status = plan_sums(r, threads);
        if (status == OC_OK && ranks > 1)
            status = oc_reduction_list_nodes(r);
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
    free(r->thread);
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

size_t oc_reduction_vector(const oc_reduction *r)
{
    return r->padded;
}

void oc_reduction_thread_shards(const oc_reduction *r, int number, int *first, int *last)
{
    *first = r->thread[number].first;
    *last = r->thread[number].last;
}

static oc_thread_sums *thread_of(oc_reduction *r, int shard)
{
    int i = 0;
    while (shard >= r->thread[i].last)
        i++;
    return &r->thread[i];
}

/* A thread's stack when its shards before this one have been pushed; they are few. */
static oc_tree_stack stack_before(const oc_thread_sums *l, int shard)
{
    oc_tree_stack stack = l->stack;
    assert(shard >= l->next && shard < l->last);
    for (int next = l->next; next < shard; next++)
        oc_tree_push(&stack, (oc_tree_node){next, 0});
    return stack;
}

float *oc_reduction_slot(oc_reduction *r, int shard)
{
    const oc_thread_sums *l = thread_of(r, shard);
    assert(oc_thread_owns((int)(l - r->thread)));
    return l->buffer[stack_before(l, shard).depth];
}

/* How many vectors become one with a thread's node, that included, and the first of them. */
static int joined_by(const oc_thread_sums *l, oc_tree_node node, float *const **vectors)
{
    oc_tree_stack after = stack_before(l, node.first);
    const int joined = oc_tree_push(&after, node);
    *vectors = &l->buffer[after.depth - 1];
    return joined;
}

float *oc_reduction_left(oc_reduction *r, oc_tree_node node)
{
    float *const *vectors;
    const int joined = joined_by(thread_of(r, node.first), node, &vectors);
    return joined > 1 ? vectors[joined - 2] : NULL;
}

void oc_reduction_fold(oc_reduction *r, oc_tree_node node, size_t first, size_t count, int added)
{
    float *const *vectors;
    const int joined = joined_by(thread_of(r, node.first), node, &vectors);
    assert(!added || joined > 1);
    float *part[OC_TREE_DEPTH];
    for (int i = 0; i < joined; i++)
        part[i] = vectors[i] + first;
    oc_tree_fold(part, added ? joined - 1 : joined, count);
}

void oc_reduction_commit_node(oc_reduction *r, oc_tree_node node)
{
    oc_thread_sums *l = thread_of(r, node.first);
    assert(oc_thread_owns((int)(l - r->thread)));
    assert(node.first == l->next && node.first + (1 << node.level) <= l->last);
    oc_tree_push(&l->stack, node);
    l->next += 1 << node.level;
}

void oc_reduction_commit_from(oc_reduction *r, int shard, size_t first)
{
    const oc_tree_node node = {shard, 0};
    oc_reduction_fold(r, node, first, r->padded - first, 0);
    oc_reduction_commit_node(r, node);
}

void oc_reduction_commit(oc_reduction *r, int shard)
{
    oc_reduction_commit_from(r, shard, 0);
}

typedef struct joining {
    oc_reduction *reduction;
    int parts;
} joining;

/* A part of the vector: the threads' nodes, from left to right, onto one stack. Where two are
 * halves of one they are added, so what is left does not depend on how many threads there were.
 * Without other ranks it is the whole tree. */
static void join_part(void *data, int part)
{
    const joining *work = data;
    oc_reduction *r = work->reduction;
    const size_t lines = r->padded / OC_REDUCTION_LINE, parts = (size_t)work->parts;
    const size_t begin = lines * (size_t)part / parts * OC_REDUCTION_LINE;
    const size_t count = lines * ((size_t)part + 1) / parts * OC_REDUCTION_LINE - begin;
    oc_tree_stack stack = {.depth = 0};
    float *buffer[OC_TREE_DEPTH];
    for (int i = 0; i < r->threads; i++) {
        const oc_thread_sums *l = &r->thread[i];
        for (int height = 0; height < l->stack.depth; height++) {
            buffer[stack.depth] = l->buffer[height] + begin;
            const int joined = oc_tree_push(&stack, l->stack.node[height]);
            oc_tree_fold(&buffer[stack.depth - 1], joined, count);
        }
    }
    if (oc_comm_size(r->comm) == 1)
        oc_tree_fold(buffer, stack.depth, count);
    for (int height = 0; part == 0 && height < stack.depth; height++)
        r->buffer[height] = buffer[height]; /* begin is 0 */
    if (part == 0)
        r->stack = stack;
}

static void join_sums(oc_reduction *r, oc_team *team)
{
    joining work = {r, team ? oc_team_size(team) : 1};
    if (team)
        oc_team_run(team, join_part, &work);
    else
        join_part(&work, 0);
    for (int i = 0; i < r->threads; i++) {
        oc_thread_sums *l = &r->thread[i];
        assert(l->next == l->last);
        l->stack.depth = 0;
        l->next = l->first;
    }
}

oc_status oc_reduction_finish(oc_reduction *r, oc_team *team, float **sum)
{
    join_sums(r, team);
    *sum = r->buffer[0];
    return oc_comm_size(r->comm) > 1 ? oc_reduction_fold_with_peers(r) : OC_OK;
}
