/* reduction.h - the sum of all shards' vectors, the same bits on any ranks.
 *
 * The global batch is cut into `shards` shards; each yields a vector of `count` floats
 * (gradients, batch-norm statistics, loss, counts). They are added in one fixed binary
 * tree over the shard numbers: node [k*2^j, (k+1)*2^j) is the sum of its two halves,
 * whoever holds them. A rank owns a contiguous range of shards and folds it into the
 * largest tree nodes inside that range; the rest of the tree is folded after an exchange.
 * Inside a rank the range is cut once more, one range for each thread. */
#ifndef OC_MPI_REDUCTION_H
#define OC_MPI_REDUCTION_H

#include "base/profile.h"
#include "base/rounding.h"
#include "base/team.h"
#include "mpi/comm.h"
#include "mpi/shard_tree.h"

typedef struct oc_reduction oc_reduction;

/* Local. Which shards a rank owns: [*first, *last). Differs by at most one between ranks. */
void oc_shards_of_rank(int shards, int ranks, int rank, int *first, int *last);

/* Local. The nodes of the tree of shards that ranks [first, last) of all are left with together. */
oc_tree_stack oc_nodes_of_ranks(int shards, int ranks, int first, int last);

/* Floats [first, first + count) of a vector, multiples of 16. */
typedef struct oc_reduction_part {
    size_t first, count;
} oc_reduction_part;

/* The same on all ranks, but for threads. */
typedef struct oc_reduction_config {
    int shards;       /* of the batch */
    int threads;      /* of this rank that will work at the same time */
    size_t count;     /* floats of a vector */
    size_t last_from; /* what begins here is known when all before it is: a bucket of its own, which
                       * pays with overlap. A multiple of 16; 0: there is no such part */
    size_t bucket; /* bytes of the pieces in which the vector goes through the ranks; 0: default */
    int by_nodes;  /* ranks of a machine first, if they are neighbours, then machines */
    int overlaps;  /* start a thread for oc_reduction_begin */
    /* Parts that can be rounded to whole units, see oc_reduction_round; NULL, or what does it. */
    const oc_rounding_ops *rounding;
    const oc_reduction_part *part; /* [parts] one behind the other, before last_from; copied */
    size_t parts;
    uint64_t seed; /* of random numbers */
} oc_reduction_config;

/* Collective. Plan everything; afterwards a step allocates nothing. OC_ERR_USAGE if there are more
 * ranks than shards, or more shards than OC_REDUCTION_MOST_SHARDS where parts are rounded;
 * OC_ERR_MEMORY, OC_ERR_INTERNAL, OC_ERR_PEER. */
oc_status oc_reduction_create(oc_reduction **reduction, oc_comm *comm,
                              const oc_reduction_config *config);
void oc_reduction_destroy(oc_reduction *reduction); /* NULL-safe */

/* Local. Bytes of memory held. */
size_t oc_reduction_bytes(const oc_reduction *reduction);

/* Local. In how many pieces the vector goes through the other ranks, 0 without any; and where the
 * time that each takes is added up, NULL for nowhere: a row each, and as lane the way it went, one
 * of OC_REDUCTION_FLIGHTS. Between steps. */
enum { OC_REDUCTION_FLIGHTS = 4 };
size_t oc_reduction_buckets(const oc_reduction *reduction);
void oc_reduction_set_profile(oc_reduction *reduction, oc_profile *profile);

/* Where parts are rounded. */
enum {
    OC_REDUCTION_MOST_UNITS = 32767, /* that the sum of all shards may reach: it has 16 bits */
    OC_REDUCTION_LEAST_ROOM = 4,     /* units that a shard has room for: less is noise */
    OC_REDUCTION_MOST_SHARDS = OC_REDUCTION_MOST_UNITS / OC_REDUCTION_LEAST_ROOM
};

/* Local. Before a step's first slot, the same on all ranks: the unit of each part in that step, a
 * power of two within 2^-100 and 2^100, or 0 for a part that is not rounded. What a shard has of a
 * part becomes whole units, at most OC_REDUCTION_MOST_UNITS divided by the shards, and buckets of
 * which all is rounded travel in 16 bits a number; the sum comes back as multiples of the unit.
 * Without config.rounding nothing. */
void oc_reduction_round(oc_reduction *reduction, uint64_t step, const float *unit);

/* Local. After oc_reduction_finish, as its sum: of each part the largest magnitude that a shard's
 * floats had before they were rounded, added up over all shards. Not finite: some float was not,
 * and the part's sum is NaN. NULL without config.rounding. */
const float *oc_reduction_largest(const oc_reduction *reduction);

/* Local. Floats of a vector, padding included: where its last part ends. */
size_t oc_reduction_vector(const oc_reduction *reduction);

/* Local. Floats of a piece, of so many of a vector, with config.bucket. They are cut from
 * config.last_from, or the end, to the beginning, so the first piece of the vector may be shorter;
 * what comes after last_from is one more. */
size_t oc_reduction_bucket_floats(size_t vector, size_t bucket);

/* Local. Which of this rank's shards a thread owns: [*first, *last), perhaps none. */
void oc_reduction_thread_shards(const oc_reduction *reduction, int thread, int *first, int *last);

/* Local. The vector for one of this rank's shards, aligned to 64 bytes; to be written, all of it
 * but places that are 0 in every shard, and then handed over by oc_reduction_commit. The shards of
 * a thread come in rising order; threads need not wait for one another. */
float *oc_reduction_slot(oc_reduction *reduction, int shard);
void oc_reduction_commit(oc_reduction *reduction, int shard);

/* Local. The same in parts, for what is still in the cache: elements [first, first + count) of a
 * vector are final and added to what they belong to. The vector is a shard's, or that of a complete
 * node of several: all of them the thread's next ones, and the node's vector is in the slot of its
 * first. Shards that are next may have their parts folded before those ahead of them are committed,
 * as long as of each part the shards come in rising order; a slot may be that of several. `left` is
 * the vector that the node's is added to first, or NULL; with `added` that has been done for this
 * part already, and the slot's is not looked at. Then commit_from hands over a shard's elements
 * from `first` on, when all before have been; commit_node those shards of which all parts have been
 * folded. All are multiples of 16. Where parts can be rounded each vector is a shard's, and
 * there is no left one. */
float *oc_reduction_left(oc_reduction *reduction, oc_tree_node node);
void oc_reduction_fold(oc_reduction *reduction, oc_tree_node node, size_t first, size_t count,
                       int added);
void oc_reduction_commit_from(oc_reduction *reduction, int shard, size_t first);
void oc_reduction_commit_node(oc_reduction *reduction, oc_tree_node node);

/* Collective, in that all ranks finish the step. Before its first slot, and optional: each rank may
 * choose for itself. Pieces of the vector go through the other ranks as soon as they are complete
 * here, while the rest is still being computed. If the config has `overlaps` a thread does this:
 * until oc_reduction_finish it alone uses the communicator. Else oc_reduction_poll does, whenever
 * it is called: it waits for nothing. OC_ERR_PEER. */
void oc_reduction_begin(oc_reduction *reduction);
oc_status oc_reduction_poll(oc_reduction *reduction);

/* Collective, by one thread; `team` (or NULL) helps with what can be done without the other ranks.
 * After the last of this rank's shards: the sum over all shards, the same bits on every rank and
 * for every number of ranks and threads. Valid until the next slot is taken. */
oc_status oc_reduction_finish(oc_reduction *reduction, oc_team *team, float **sum);

#endif
