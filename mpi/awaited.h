/* awaited.h - which ranks the messages under way are from or to, for the watchdog to tell whom this
 * one waits for. The thread that is in MPI writes, the watchdog reads: atomics alone. */
#ifndef OC_MPI_AWAITED_H
#define OC_MPI_AWAITED_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    OC_AWAITED_BATCHES = 4, /* OC_EXCHANGE_BATCHES */
    OC_AWAITED_PEERS = 16   /* of a batch; the rank tree has up to six each way */
};

typedef struct oc_awaited {
    struct {
        _Atomic uint64_t bucket;
        struct {
            atomic_int rank, messages;
        } peer[OC_AWAITED_PEERS];
    } batch[OC_AWAITED_BATCHES];
    atomic_int is_subset; /* ranks are those of a subset */
} oc_awaited;

/* What a bucket waits for. */
typedef struct oc_awaited_bucket {
    uint64_t bucket;
    int peers;
    int peer[OC_AWAITED_PEERS];
} oc_awaited_bucket;

/* Local, all NULL-safe. A batch begins that carries `bucket`, between the job's ranks or a
 * subset's; it waits for one more message from or to a rank; that has arrived, or left. */
void oc_awaited_begin(oc_awaited *awaited, int batch, uint64_t bucket, int is_subset);
void oc_awaited_add(oc_awaited *awaited, int batch, int rank);
void oc_awaited_remove(oc_awaited *awaited, int batch, int rank);

/* Local, any thread. The buckets that wait for anybody, and for whom; returns how many. */
int oc_awaited_read(const oc_awaited *awaited, oc_awaited_bucket buckets[OC_AWAITED_BATCHES]);

/* Local. "rank 1", "ranks 1, 3 and 4", "ranks 1, 2, 3, 4 and 2 more", or "the other ranks" where
 * none is known, into text[bytes]. */
void oc_awaited_text(char *text, int bytes, const oc_awaited_bucket *bucket, int buckets);

/* Local. Each of their ranks once, in rising order, up to `most` -> how many. */
int oc_awaited_ranks(const oc_awaited_bucket *bucket, int buckets, int *rank, int most);

#endif
