/* reduction_plan.c - what the exchange between ranks will do, planned before the first step. */
#include "mpi/reduction_private.h"

#include <stdlib.h>

/* Bytes of a bucket unless somebody says otherwise: 128 KiB to 1 MiB made no difference. */
enum { BUCKET_BYTES = 512 * 1024 };

static size_t lines_of(size_t floats)
{
    return floats / OC_REDUCTION_LINE;
}

/* A bucket is a tag of its own, and MPI has to know tags up to 32,767 only. */
enum { MOST_BUCKETS = 16384 };

size_t oc_reduction_bucket_floats(size_t vector, size_t bucket)
{
    const size_t bytes = bucket > 0 ? bucket : BUCKET_BYTES;
    const size_t least = oc_reduction_whole_lines(vector / (MOST_BUCKETS - 2));
    const size_t wanted = oc_reduction_whole_lines(bytes / sizeof(float));
    return wanted > least ? wanted : least;
}

/* From the end to the beginning, as backward reaches them; what is known last has a bucket of its
 * own at the end. */
static oc_status cut_buckets(oc_reduction *r, const oc_reduction_config *config)
{
    const size_t last = config->last_from > 0 ? config->last_from : r->padded;
    const size_t most = oc_reduction_bucket_floats(r->padded, config->bucket);
    const size_t has_last = last < r->padded;
    r->buckets = (last + most - 1) / most + has_last;
    r->bucket = calloc(r->buckets, sizeof *r->bucket);
    if (!r->bucket)
        return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for %zu buckets", r->buckets);
    size_t end = last, b = 0;
    for (; end > 0; b++) {
        const size_t count = end < most ? end : most;
        end -= count;
        r->bucket[b] = (oc_bucket){.first = end, .count = count};
    }
    if (has_last)
        r->bucket[b] = (oc_bucket){.first = last, .count = r->padded - last};
    r->flights = r->buckets < OC_REDUCTION_FLIGHTS ? (int)r->buckets : OC_REDUCTION_FLIGHTS;
    r->bytes += r->buckets * sizeof *r->bucket;
    for (int i = 0; i < r->threads; i++) {
        r->thread[i].missing = calloc(r->buckets, sizeof *r->thread[i].missing);
        if (!r->thread[i].missing)
            return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for %zu buckets",
                           r->buckets);
    }
    return OC_OK;
}

oc_tree_stack oc_nodes_of_ranks(int shards, int ranks, int first, int last)
{
    int from, to, ignored;
    oc_shards_of_rank(shards, ranks, first, &from, &ignored);
    oc_shards_of_rank(shards, ranks, last - 1, &ignored, &to);
    return oc_tree_of_range(from, to, NULL);
}

/* Is all of slice a part of slice b? */
static int is_inside(oc_slice a, oc_slice b)
{
    return (int64_t)a.index * b.count >= (int64_t)b.index * a.count &&
           (int64_t)(a.index + 1) * b.count <= (int64_t)(b.index + 1) * a.count;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static size_t longest_bucket(const oc_reduction *r)
{
    size_t longest = 0;
    for (size_t b = 0; b < r->buckets; b++)
        longest = r->bucket[b].count > longest ? r->bucket[b].count : longest;
    return longest;
}

/* What a level needs of messages and of a flight's memory, of which `used` floats are taken; how
 * many vectors this rank begins it with. */
static int plan_level(oc_reduction *r, int index, int *messages, size_t *used)
{
    const oc_rank_level *ranks = &r->ranks.level[index];
    oc_sum_level *level = &r->level[index];
    const int all = oc_comm_size(r->comm), is_left = oc_comm_rank(r->comm) < ranks->middle;
    level->left = oc_nodes_of_ranks(r->shards, all, ranks->first, ranks->middle);
    level->right = oc_nodes_of_ranks(r->shards, all, ranks->middle, ranks->last);
    level->moves = !is_inside(ranks->group, ranks->half);
    level->width =
        (lines_of(longest_bucket(r)) / (size_t)ranks->group.count + 1) * OC_REDUCTION_LINE;
    level->at = *used;
    const int own = is_left ? level->left.depth : level->right.depth;
    const int other = is_left ? level->right.depth : level->left.depth;
    *used += (size_t)(other + (level->moves ? own : 0)) * level->width;
    *messages = larger(*messages, ranks->givers * larger(own, other));
    *messages = larger(*messages, ranks->takers * larger(own, 1));
    return own;
}

/* Which machine each rank is on, as the number of the first rank there. */
static oc_status list_machines(const oc_reduction *r, int *node)
{
    const size_t ranks = (size_t)oc_comm_size(r->comm);
    uint64_t *first = calloc(ranks, sizeof *first);
    oc_status status = oc_comm_agree(
        r->comm, first ? OC_OK : oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory"));
    if (status == OC_OK) {
        first[oc_comm_rank(r->comm)] = (uint64_t)oc_comm_first_of_node(r->comm);
        status = oc_comm_sum_u64(r->comm, first, ranks);
    }
    for (size_t i = 0; i < ranks && status == OC_OK; i++)
        node[i] = (int)first[i];
    free(first);
    return status;
}

static oc_status plan_ranks(oc_reduction *r, int by_nodes)
{
    const int ranks = oc_comm_size(r->comm);
    int *node = calloc((size_t)ranks, sizeof *node);
    oc_status status = oc_comm_agree(
        r->comm, node ? OC_OK : oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory"));
    if (status == OC_OK && by_nodes)
        status = list_machines(r, node);
    if (status == OC_OK)
        status =
            oc_comm_agree(r->comm, oc_rank_tree_create(&r->ranks, ranks, by_nodes ? node : NULL,
                                                       oc_comm_rank(r->comm)));
    free(node);
    return status;
}

static oc_status plan_messages(oc_reduction *r)
{
    int messages = 1, vectors = 1;
    size_t used = 0;
    for (int i = 0; i < r->ranks.levels; i++)
        vectors = larger(vectors, plan_level(r, i, &messages, &used));
    oc_rounded_plan_flight(r, vectors, longest_bucket(r), &used);
    for (int i = 0; i < r->flights && used > 0; i++)
        oc_arena_reserve(&r->arena, used);
    r->receives = calloc((size_t)messages, sizeof *r->receives);
    r->sends = calloc((size_t)messages, sizeof *r->sends);
    if (!r->receives || !r->sends)
        return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for %d messages", messages);
    r->flight_floats = used;
    r->bytes += 2 * (size_t)messages * sizeof(oc_transfer);
    return oc_comm_exchange_reserve(r->comm, 2 * messages);
}

oc_status oc_reduction_plan_exchange(oc_reduction *r, const oc_reduction_config *config)
{
    oc_status status = plan_ranks(r, config->by_nodes);
    if (status != OC_OK)
        return status;
    status = cut_buckets(r, config);
    if (status == OC_OK)
        status = oc_rounded_plan_buckets(r);
    return status == OC_OK ? plan_messages(r) : status;
}

void oc_reduction_place_flights(oc_reduction *r, float *memory)
{
    for (int i = 0; i < r->flights; i++, memory += r->flight_floats)
        r->flight[i].memory = memory;
}
