/* reduction_buckets.c - which buckets are complete on this rank, counted while backward runs.
 *
 * A thread's floats of a bucket are final when the last of its shards has been folded there; when
 * those of all threads are, the bucket may leave. Buckets leave in their order. */
#include "mpi/reduction_private.h"

#include <assert.h>

void oc_buckets_reset(oc_reduction *r)
{
    int busy = 0;
    for (int i = 0; i < r->threads; i++)
        busy += r->thread[i].first < r->thread[i].last;
    for (size_t b = 0; b < r->buckets; b++) {
        atomic_store(&r->bucket[b].threads, busy);
        for (int i = 0; i < r->threads; i++)
            r->thread[i].missing[b] = r->bucket[b].count;
    }
    r->started = r->ended = 0;
}

static void leave_bucket(oc_reduction *r, size_t b)
{
    if (atomic_fetch_sub(&r->bucket[b].threads, 1) == 1 && r->exchange_thread)
        oc_exchange_thread_wake(r->exchange_thread);
}

void oc_buckets_note(oc_reduction *r, oc_thread_sums *thread, size_t first, size_t count)
{
    for (size_t b = 0; b < r->buckets; b++) {
        const oc_bucket *bucket = &r->bucket[b];
        const size_t from = first > bucket->first ? first : bucket->first;
        const size_t end = first + count, of_bucket = bucket->first + bucket->count;
        const size_t to = end < of_bucket ? end : of_bucket;
        if (from >= to)
            continue;
        assert(thread->missing[b] >= to - from);
        thread->missing[b] -= to - from;
        if (thread->missing[b] == 0)
            leave_bucket(r, b);
    }
}

void oc_buckets_note_rest(oc_reduction *r, oc_thread_sums *thread)
{
    for (size_t b = 0; b < r->buckets; b++) {
        if (thread->missing[b] == 0)
            continue;
        thread->missing[b] = 0;
        leave_bucket(r, b);
    }
}

void oc_buckets_complete(oc_reduction *r)
{
    for (size_t b = 0; b < r->buckets; b++)
        atomic_store(&r->bucket[b].threads, 0);
    r->started = r->ended = 0;
}

int oc_bucket_is_complete(const oc_reduction *r, size_t bucket)
{
    return atomic_load(&r->bucket[bucket].threads) == 0;
}
