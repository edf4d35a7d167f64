/* awaited.c - see awaited.h. One thread at a time writes, so what it read itself is still so. */
#include "mpi/awaited.h"

#include <stddef.h>
#include <stdio.h>

static int get(const atomic_int *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

static void set(atomic_int *number, int value)
{
    atomic_store_explicit(number, value, memory_order_relaxed);
}

void oc_awaited_begin(oc_awaited *a, int batch, uint64_t bucket, int is_subset)
{
    if (!a)
        return;
    set(&a->is_subset, is_subset);
    atomic_store_explicit(&a->batch[batch].bucket, bucket, memory_order_relaxed);
    for (int i = 0; i < OC_AWAITED_PEERS; i++)
        set(&a->batch[batch].peer[i].messages, 0);
}

void oc_awaited_add(oc_awaited *a, int batch, int rank)
{
    for (int i = 0; a && i < OC_AWAITED_PEERS; i++) {
        const int messages = get(&a->batch[batch].peer[i].messages);
        if (messages > 0 && get(&a->batch[batch].peer[i].rank) != rank)
            continue;
        set(&a->batch[batch].peer[i].rank, rank);
        set(&a->batch[batch].peer[i].messages, messages + 1);
        return;
    }
}

void oc_awaited_remove(oc_awaited *a, int batch, int rank)
{
    for (int i = 0; a && i < OC_AWAITED_PEERS; i++) {
        const int messages = get(&a->batch[batch].peer[i].messages);
        if (messages == 0 || get(&a->batch[batch].peer[i].rank) != rank)
            continue;
        set(&a->batch[batch].peer[i].messages, messages - 1);
        return;
    }
}

int oc_awaited_read(const oc_awaited *a, oc_awaited_bucket buckets[OC_AWAITED_BATCHES])
{
    int count = 0;
    for (int b = 0; b < OC_AWAITED_BATCHES; b++) {
        oc_awaited_bucket *const found = &buckets[count];
        found->bucket = atomic_load_explicit(&a->batch[b].bucket, memory_order_relaxed);
        found->peers = 0;
        for (int i = 0; i < OC_AWAITED_PEERS; i++)
            if (get(&a->batch[b].peer[i].messages) > 0)
                found->peer[found->peers++] = get(&a->batch[b].peer[i].rank);
        count += found->peers > 0;
    }
    return count;
}

int oc_awaited_ranks(const oc_awaited_bucket *bucket, int buckets, int *rank, int most)
{
    int count = 0;
    for (int last = -1; count < most; count++) {
        int next = -1; /* the least above the last one */
        for (int b = 0; b < buckets; b++)
            for (int i = 0; i < bucket[b].peers; i++)
                if (bucket[b].peer[i] > last && (next < 0 || bucket[b].peer[i] < next))
                    next = bucket[b].peer[i];
        if (next < 0)
            break;
        rank[count] = last = next;
    }
    return count;
}

void oc_awaited_text(char *text, int bytes, const oc_awaited_bucket *bucket, int buckets)
{
    enum { SHOWN = 4 };
    int rank[OC_AWAITED_BATCHES * OC_AWAITED_PEERS], used = 0;
    const int ranks = oc_awaited_ranks(bucket, buckets, rank, (int)(sizeof rank / sizeof rank[0]));
    if (ranks == 0) {
        snprintf(text, (size_t)bytes, "the other ranks");
        return;
    }
    for (int i = 0; i < ranks && i <= SHOWN && used < bytes; i++) {
        const char *const before = i == 0                         ? (ranks > 1 ? "ranks " : "rank ")
                                   : i == SHOWN || i == ranks - 1 ? " and "
                                                                  : ", ";
        if (i == SHOWN && ranks > SHOWN + 1)
            used += snprintf(text + used, (size_t)(bytes - used), " and %d more", ranks - SHOWN);
        else
            used += snprintf(text + used, (size_t)(bytes - used), "%s%d", before, rank[i]);
    }
}
