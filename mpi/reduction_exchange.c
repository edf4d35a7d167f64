/* reduction_exchange.c - a bucket's way through the other ranks.
 *
 * What a rank is left with after its own shards are tree nodes, few of them. On each level of the
 * rank tree (rank_tree.h) it receives its new slice of all nodes of both halves, adds what belongs
 * together in the order of the tree of shards, and goes on with the nodes that are left. Above the
 * last level all are added, and the sums go the same way back. Several buckets are under way at
 * the same time, so that one is added up while messages of the others travel. */
#include "mpi/reduction_private.h"

#include <string.h>

_Static_assert((int)OC_REDUCTION_FLIGHTS <= (int)OC_EXCHANGE_BATCHES,
               "a batch of messages a flight");

/* Floats of the vector, relative to the bucket. */
typedef struct range {
    size_t first, last;
} range;

static range range_of(const oc_bucket *bucket, oc_slice slice)
{
    size_t first, last;
    oc_slice_range(slice, bucket->count / OC_REDUCTION_LINE, &first, &last);
    return (range){first * OC_REDUCTION_LINE, last * OC_REDUCTION_LINE};
}

static range common(range a, range b)
{
    const size_t first = a.first > b.first ? a.first : b.first;
    const size_t last = a.last < b.last ? a.last : b.last;
    return (range){first, last > first ? last : first};
}

static int is_empty(range r)
{
    return r.first == r.last;
}

static size_t length(range r)
{
    return r.last - r.first;
}

/* Numbers on their way have `bytes` each, those of a float or 2; messages count in floats. */
static oc_transfer message(int peer, range part, int bytes, float *data)
{
    return (oc_transfer){peer, (int)(length(part) * (size_t)bytes / sizeof(float)), data};
}

/* Where a vector's floats leave from: where they are, or narrow ones packed. They stay as they are:
 * some may be in a slot, at places that are 0 in every shard and not written again. */
static float *packed(const oc_reduction *r, const oc_flight *flight, int vector, range part,
                     int bytes, float *floats)
{
    const oc_rounded *rounded = &r->rounded;
    if (bytes == (int)sizeof(float))
        return floats;
    float *const to = flight->memory + rounded->packed_at + (size_t)vector * rounded->packed_width +
                      part.first * (size_t)bytes / sizeof(float);
    rounded->ops->pack(length(part), floats, to);
    return to;
}

/* Where what arrives for floats is to be: at their end, from where `widen` spreads it out. */
static oc_transfer received(int peer, range part, int bytes, float *floats)
{
    const oc_transfer whole = message(peer, part, bytes, floats);
    return (oc_transfer){peer, whole.count, floats + (length(part) - (size_t)whole.count)};
}

static void widen(const oc_reduction *r, range part, int bytes, float *floats)
{
    const oc_transfer at = received(0, part, bytes, floats);
    if (bytes < (int)sizeof(float))
        r->rounded.ops->unpack(length(part), at.data, floats);
}

/* Which batch of messages a flight has, and what tells its bucket's messages from others'. */
static oc_status post(oc_reduction *r, const oc_flight *flight, int receives, int sends)
{
    return oc_comm_exchange_start(r->comm, (int)(flight - r->flight), (int)flight->bucket,
                                  r->receives, receives, r->sends, sends);
}

/* Where the new slice of each node of both halves will be: in place, if this rank has it already,
 * else in the flight's memory. */
static void place_arriving(const oc_reduction *r, oc_flight *flight, range half, range group)
{
    const oc_rank_level *ranks = &r->ranks.level[flight->level];
    const oc_sum_level *level = &r->level[flight->level];
    const int left = level->left.depth, is_left = oc_comm_rank(r->comm) < ranks->middle;
    float *memory = flight->memory + level->at;
    for (int i = 0; i < left + level->right.depth; i++) {
        const int is_own = (i < left) == is_left;
        float *own = is_own ? flight->vector[is_left ? i : i - left] : NULL;
        if (is_own && !level->moves) {
            flight->arriving[i] = own + (group.first - half.first);
            continue;
        }
        flight->arriving[i] = memory;
        memory += level->width;
        const range kept = common(half, group);
        if (is_own && !is_empty(kept))
            memcpy(flight->arriving[i] + (kept.first - group.first),
                   own + (kept.first - half.first), (kept.last - kept.first) * sizeof(float));
    }
}

/* What a giver sends on the way up: of which of the arriving vectors, which part. */
static range given(const oc_reduction *r, const oc_flight *flight, int giver, int *first, int *last)
{
    const oc_rank_level *ranks = &r->ranks.level[flight->level];
    const oc_sum_level *level = &r->level[flight->level];
    const oc_bucket *bucket = &r->bucket[flight->bucket];
    const oc_rank_peer *peer = &ranks->giver[giver];
    const int is_left = peer->rank < ranks->middle;
    const range part = common(range_of(bucket, peer->half), range_of(bucket, ranks->group));
    *first = is_left ? 0 : level->left.depth;
    *last = is_left ? level->left.depth : level->left.depth + level->right.depth;
    if (is_empty(part))
        *last = *first;
    return part;
}

static oc_status start_up(oc_reduction *r, oc_flight *flight)
{
    const oc_rank_level *ranks = &r->ranks.level[flight->level];
    const oc_bucket *bucket = &r->bucket[flight->bucket];
    const range half = range_of(bucket, ranks->half), group = range_of(bucket, ranks->group);
    const int bytes = oc_rounded_bytes(r, flight->bucket);
    int receives = 0, sends = 0, first, last;
    place_arriving(r, flight, half, group);
    for (int g = 0; g < ranks->givers; g++) {
        const range part = given(r, flight, g, &first, &last);
        for (int i = first; i < last; i++)
            r->receives[receives++] = received(ranks->giver[g].rank, part, bytes,
                                               flight->arriving[i] + (part.first - group.first));
    }
    for (int t = 0; t < ranks->takers; t++) {
        const oc_rank_peer *peer = &ranks->taker[t];
        const range part = common(half, range_of(bucket, peer->group));
        for (int i = 0; i < flight->stack.depth && !is_empty(part); i++) {
            float *const floats = flight->vector[i] + (part.first - half.first);
            r->sends[sends++] =
                message(peer->rank, part, bytes, packed(r, flight, i, part, bytes, floats));
        }
    }
    return post(r, flight, receives, sends);
}

static void widen_arrived(const oc_reduction *r, const oc_flight *flight)
{
    const oc_rank_level *ranks = &r->ranks.level[flight->level];
    const range group = range_of(&r->bucket[flight->bucket], ranks->group);
    const int bytes = oc_rounded_bytes(r, flight->bucket);
    for (int g = 0; g < ranks->givers; g++) {
        int first, last;
        const range part = given(r, flight, g, &first, &last);
        for (int i = first; i < last; i++)
            widen(r, part, bytes, flight->arriving[i] + (part.first - group.first));
    }
}

/* All have arrived: add what belongs together. */
static void finish_up(oc_reduction *r, oc_flight *flight)
{
    const oc_sum_level *level = &r->level[flight->level];
    const range group = range_of(&r->bucket[flight->bucket], r->ranks.level[flight->level].group);
    const int left = level->left.depth, nodes = left + level->right.depth;
    widen_arrived(r, flight);
    flight->stack = (oc_tree_stack){.depth = 0};
    for (int i = 0; i < nodes; i++) {
        const oc_tree_node node = i < left ? level->left.node[i] : level->right.node[i - left];
        flight->vector[flight->stack.depth] = flight->arriving[i];
        const int joined = oc_tree_push(&flight->stack, node);
        oc_tree_fold(&flight->vector[flight->stack.depth - 1], joined, group.last - group.first);
    }
    flight->level++;
}

/* Above the last level: this rank's slice of the sum into the first buffer, as everywhere. */
static void turn_down(oc_reduction *r, oc_flight *flight)
{
    const oc_bucket *bucket = &r->bucket[flight->bucket];
    const range slice = range_of(bucket, r->ranks.level[r->ranks.levels - 1].group);
    float *sum = r->buffer[0] + bucket->first + slice.first;
    oc_tree_fold(flight->vector, flight->stack.depth, slice.last - slice.first);
    if (flight->vector[0] != sum)
        memcpy(sum, flight->vector[0], (slice.last - slice.first) * sizeof(float));
    flight->goes_down = 1;
}

/* What came up comes down: who gave gets sums, who took gives them. Two givers may get the same
 * ones, so all of this rank's slice is packed at once. */
static oc_status start_down(oc_reduction *r, oc_flight *flight)
{
    const oc_rank_level *ranks = &r->ranks.level[flight->level];
    const oc_bucket *bucket = &r->bucket[flight->bucket];
    const range half = range_of(bucket, ranks->half), group = range_of(bucket, ranks->group);
    const int bytes = oc_rounded_bytes(r, flight->bucket);
    float *const sum = r->buffer[0] + bucket->first;
    float *const from = packed(r, flight, 0, group, bytes, sum + group.first);
    int receives = 0, sends = 0;
    for (int t = 0; t < ranks->takers; t++) {
        const range part = common(half, range_of(bucket, ranks->taker[t].group));
        if (!is_empty(part))
            r->receives[receives++] = received(ranks->taker[t].rank, part, bytes, sum + part.first);
    }
    for (int g = 0; g < ranks->givers; g++) {
        const range part = common(range_of(bucket, ranks->giver[g].half), group);
        const size_t before = (part.first - group.first) * (size_t)bytes / sizeof(float);
        if (!is_empty(part))
            r->sends[sends++] = message(ranks->giver[g].rank, part, bytes, from + before);
    }
    return post(r, flight, receives, sends);
}

static void finish_down(oc_reduction *r, oc_flight *flight)
{
    const oc_rank_level *ranks = &r->ranks.level[flight->level];
    const oc_bucket *bucket = &r->bucket[flight->bucket];
    for (int t = 0; t < ranks->takers; t++) {
        const range part =
            common(range_of(bucket, ranks->half), range_of(bucket, ranks->taker[t].group));
        widen(r, part, oc_rounded_bytes(r, flight->bucket),
              r->buffer[0] + bucket->first + part.first);
    }
    flight->level--;
}

static void note(const oc_reduction *r, const char *what, size_t bucket)
{
    oc_recorder_note(oc_comm_recorder(r->comm), OC_RECORD_BUCKET, what, bucket);
}

/* The messages of this flight's level have arrived, or there were none yet. */
static oc_status go_on(oc_reduction *r, oc_flight *flight)
{
    if (flight->goes_down) {
        finish_down(r, flight);
    } else {
        finish_up(r, flight);
        if (flight->level < r->ranks.levels)
            return start_up(r, flight);
        turn_down(r, flight);
        flight->level--;
    }
    if (flight->level >= 0)
        return start_down(r, flight);
    flight->is_used = 0;
    note(r, "bucket ends", flight->bucket);
    oc_profile_lap_in(r->profile, flight->bucket, (uint32_t)(flight - r->flight), flight->since);
    r->flying--;
    r->ended++;
    return OC_OK;
}

static oc_status start(oc_reduction *r, oc_flight *flight)
{
    const oc_bucket *bucket = &r->bucket[r->started];
    if (r->overlaps)
        oc_reduction_join(r, bucket->first, bucket->count);
    flight->is_used = 1;
    flight->since = oc_profile_start(r->profile);
    flight->goes_down = flight->level = 0;
    flight->bucket = r->started++;
    note(r, "bucket begins", flight->bucket);
    flight->stack = r->stack;
    for (int height = 0; height < r->stack.depth; height++)
        flight->vector[height] = r->buffer[height] + bucket->first;
    r->flying++;
    return start_up(r, flight);
}

oc_status oc_exchange_turn(oc_reduction *r, int *moved)
{
    oc_status status = OC_OK;
    *moved = 0;
    for (int i = 0; i < r->flights && status == OC_OK; i++) {
        oc_flight *flight = &r->flight[i];
        int arrived = 0;
        if (flight->is_used) {
            status = oc_comm_exchange_test(r->comm, i, &arrived);
            if (status == OC_OK && arrived)
                status = go_on(r, flight);
        } else if (r->started < r->buckets && oc_bucket_is_complete(r, r->started)) {
            arrived = 1;
            status = start(r, flight);
        }
        *moved |= arrived;
    }
    return status;
}

int oc_exchange_has_ended(const oc_reduction *r)
{
    return r->ended == r->buckets;
}

oc_status oc_exchange_run(oc_reduction *r)
{
    oc_status status = OC_OK;
    while (status == OC_OK && !oc_exchange_has_ended(r)) {
        int moved;
        status = oc_exchange_turn(r, &moved);
        if (status == OC_OK && !moved)
            status = oc_comm_exchange_wait(r->comm);
    }
    return status;
}
