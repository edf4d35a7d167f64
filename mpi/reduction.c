/* reduction.c - see reduction.h: what the threads of this rank add up. The order of the additions
 * is shard_tree.c's, what goes between ranks reduction_exchange.c's (see reduction_private.h). */
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

static oc_status plan_memory(oc_reduction *r, size_t flights)
{
    const oc_status status = oc_arena_commit(&r->arena, "gradient reduction");
    if (status != OC_OK)
        return status;
    r->bytes += r->arena.planned;
    place_buffers(r);
    oc_reduction_place_flights(r, oc_arena_floats(&r->arena, flights));
    return OC_OK;
}

/* What is left, and where, when what the threads have is joined: the same in every step. */
static void plan_join(oc_reduction *r)
{
    for (int i = 0; i < r->threads; i++) {
        const oc_thread_sums *l = &r->thread[i];
        const oc_tree_stack left = oc_tree_of_range(l->first, l->last, NULL);
        for (int height = 0; height < left.depth; height++) {
            r->buffer[r->stack.depth] = l->buffer[height];
            oc_tree_push(&r->stack, left.node[height]);
        }
    }
}

/* One after the other, each with its part of the plan. `r` may be NULL. */
static oc_status plan(oc_reduction *r, const oc_reduction_config *config, oc_comm *comm)
{
    const int ranks = oc_comm_size(comm);
    oc_status status = r ? OC_OK : oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory");
    if (status == OC_OK) {
        r->comm = comm;
        r->shards = config->shards;
        r->padded = oc_reduction_whole_lines(config->count);
        r->bytes = sizeof *r;
        oc_shards_of_rank(r->shards, ranks, oc_comm_rank(comm), &r->first, &r->last);
        status = oc_rounded_plan(r, config);
    }
    if (status == OC_OK)
        status = plan_sums(r, config->threads);
    status = oc_comm_agree(comm, status); /* memory may be short on one host alone */
    if (status != OC_OK)
        return status;
    const size_t sums = r->arena.planned;
    if (ranks > 1)
        status = oc_reduction_plan_exchange(r, config);
    if (status == OC_OK)
        status = plan_memory(r, sums);
    if (status == OC_OK)
        plan_join(r);
    if (status == OC_OK && ranks > 1 && config->overlaps)
        status = oc_exchange_thread_create(&r->exchange_thread, r);
    return oc_comm_agree(comm, status);
}

oc_status oc_reduction_create(oc_reduction **out, oc_comm *comm, const oc_reduction_config *config)
{
    const int ranks = oc_comm_size(comm);
    *out = NULL;
    if (config->shards < ranks)
        return oc_fail(OC_ERR_USAGE,
                       "%d ranks for %d shards: a rank needs at least one shard; use fewer ranks "
                       "or set batch.shards to %d or more",
                       ranks, config->shards, ranks);
    oc_reduction *r = calloc(1, sizeof *r);
    const oc_status status = plan(r, config, comm);
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
    oc_exchange_thread_destroy(r->exchange_thread);
    for (int i = 0; i < r->threads; i++)
        free(r->thread[i].missing);
    free(r->thread);
    oc_rounded_free(r);
    oc_rank_tree_free(&r->ranks);
    free(r->bucket);
    free(r->receives);
    free(r->sends);
    oc_arena_free(&r->arena);
    free(r);
}

size_t oc_reduction_bytes(const oc_reduction *r)
{
    return r->bytes;
}

size_t oc_reduction_buckets(const oc_reduction *r)
{
    return r->buckets;
}

void oc_reduction_set_profile(oc_reduction *r, oc_profile *profile)
{
    r->profile = profile;
}

size_t oc_reduction_vector(const oc_reduction *r)
{
    return r->given;
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
    return joined > 1 && !r->rounded.ops ? vectors[joined - 2] : NULL;
}

void oc_reduction_fold(oc_reduction *r, oc_tree_node node, size_t first, size_t count, int added)
{
    oc_thread_sums *thread = thread_of(r, node.first);
    float *const *vectors;
    const int joined = joined_by(thread, node, &vectors);
    assert(!added || joined > 1);
    if (r->rounded.ops) {
        assert(node.level == 0 && !added);
        oc_rounded_take(r, node.first, vectors[joined - 1], first, count);
        if (first + count == r->given) {
            oc_rounded_end(r, node.first, vectors[joined - 1]);
            count += r->padded - r->given;
        }
    }
    float *part[OC_TREE_DEPTH];
    for (int i = 0; i < joined; i++)
        part[i] = vectors[i] + first;
    oc_tree_fold(part, added ? joined - 1 : joined, count);
    if (r->overlaps && node.first + (1 << node.level) == thread->last)
        oc_buckets_note(r, thread, first, count);
}

void oc_reduction_commit_node(oc_reduction *r, oc_tree_node node)
{
    oc_thread_sums *l = thread_of(r, node.first);
    assert(oc_thread_owns((int)(l - r->thread)));
    assert(node.first == l->next && node.first + (1 << node.level) <= l->last);
    oc_tree_push(&l->stack, node);
    l->next += 1 << node.level;
    if (r->overlaps && l->next == l->last)
        oc_buckets_note_rest(r, l);
}

void oc_reduction_commit_from(oc_reduction *r, int shard, size_t first)
{
    const oc_tree_node node = {shard, 0};
    oc_reduction_fold(r, node, first, r->given - first, 0);
    oc_reduction_commit_node(r, node);
}

void oc_reduction_commit(oc_reduction *r, int shard)
{
    oc_reduction_commit_from(r, shard, 0);
}

/* The threads' nodes, from left to right, onto one stack. Where two are halves of one they are
 * added, so what is left does not depend on how many threads there were. Without other ranks it is
 * the whole tree. */
void oc_reduction_join(oc_reduction *r, size_t first, size_t count)
{
    oc_tree_stack stack = {.depth = 0};
    float *buffer[OC_TREE_DEPTH];
    for (int i = 0; i < r->threads; i++) {
        const oc_thread_sums *l = &r->thread[i];
        const oc_tree_stack left = oc_tree_of_range(l->first, l->last, NULL);
        for (int height = 0; height < left.depth; height++) {
            buffer[stack.depth] = l->buffer[height] + first;
            const int joined = oc_tree_push(&stack, left.node[height]);
            oc_tree_fold(&buffer[stack.depth - 1], joined, count);
        }
    }
    if (oc_comm_size(r->comm) == 1)
        oc_tree_fold(buffer, stack.depth, count);
}

typedef struct joining {
    oc_reduction *reduction;
    int parts;
} joining;

/* A part's floats [*begin, *begin + count) of the vector. */
static size_t floats_of(const joining *work, int part, size_t *begin)
{
    const size_t lines = work->reduction->padded / OC_REDUCTION_LINE, parts = (size_t)work->parts;
    *begin = lines * (size_t)part / parts * OC_REDUCTION_LINE;
    return lines * ((size_t)part + 1) / parts * OC_REDUCTION_LINE - *begin;
}

static void join_part(void *data, int part)
{
    size_t begin;
    const size_t count = floats_of(data, part, &begin);
    oc_reduction_join(((const joining *)data)->reduction, begin, count);
}

static void turn_back_part(void *data, int part)
{
    size_t begin;
    const size_t count = floats_of(data, part, &begin);
    oc_rounded_back(((const joining *)data)->reduction, begin, count);
}

static void share_work(oc_reduction *r, oc_team *team, void (*work_on)(void *data, int part))
{
    joining work = {r, team ? oc_team_size(team) : 1};
    if (team)
        oc_team_run(team, work_on, &work);
    else
        work_on(&work, 0);
}

void oc_reduction_begin(oc_reduction *r)
{
    if (oc_comm_size(r->comm) == 1)
        return;
    oc_buckets_reset(r);
    r->overlaps = 1;
    if (r->exchange_thread)
        oc_exchange_thread_begin(r->exchange_thread);
}

oc_status oc_reduction_poll(oc_reduction *r)
{
    int moved;
    assert(r->overlaps && !r->exchange_thread);
    return oc_exchange_has_ended(r) ? OC_OK : oc_exchange_turn(r, &moved);
}

/* All that this rank has is committed. */
static oc_status finish_exchange(oc_reduction *r, oc_team *team)
{
    if (r->overlaps && r->exchange_thread)
        return oc_exchange_thread_end(r->exchange_thread);
    if (!r->overlaps) {
        share_work(r, team, join_part);
        oc_buckets_complete(r);
    }
    return oc_exchange_run(r);
}

oc_status oc_reduction_finish(oc_reduction *r, oc_team *team, float **sum)
{
    oc_status status = OC_OK;
    for (int i = 0; i < r->threads; i++) {
        oc_thread_sums *l = &r->thread[i];
        assert(l->next == l->last);
        l->stack.depth = 0;
        l->next = l->first;
    }
    if (oc_comm_size(r->comm) > 1)
        status = finish_exchange(r, team);
    else
        share_work(r, team, join_part);
    if (r->rounded.ops && status == OC_OK)
        share_work(r, team, turn_back_part);
    r->overlaps = 0;
    *sum = r->buffer[0];
    return status;
}
