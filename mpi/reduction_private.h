/* reduction_private.h - what the files of the reduction share. Not for other folders.
 *
 *   reduction.c           what this rank's threads add up
 *   reduction_plan.c      buckets, levels and memory, all planned before the first step
 *   reduction_buckets.c   which buckets are complete on this rank
 *   reduction_exchange.c  a bucket's way through the other ranks
 *   reduction_rounding.c  parts that travel as whole numbers
 *   exchange_thread.c     the thread that may take care of that during backward */
#ifndef OC_MPI_REDUCTION_PRIVATE_H
#define OC_MPI_REDUCTION_PRIVATE_H

#include "base/arena.h"
#include "base/random.h"
#include "mpi/comm_private.h"
#include "mpi/rank_tree.h"
#include "mpi/reduction.h"
#include "mpi/shard_tree.h"

#include <stdatomic.h>

enum { OC_REDUCTION_LINE = OC_ALIGNMENT / sizeof(float) }; /* everything is whole cache lines */

typedef struct oc_exchange_thread oc_exchange_thread;

/* The range of this rank's shards that one thread works on. */
typedef struct oc_thread_sums {
    int first, last; /* shards */
    int next;        /* to be committed next */
    oc_tree_stack stack;
    float *buffer[OC_TREE_DEPTH]; /* by height in the stack */
    size_t *missing;              /* [buckets] floats that are not final yet, while overlapping */
} oc_thread_sums;

/* A piece of the vector that goes through the ranks by itself: floats [first, first + count). */
typedef struct oc_bucket {
    size_t first, count;
    atomic_int threads; /* that are not done with it; 0: complete */
} oc_bucket;

/* A level of the rank tree, and what it needs. */
typedef struct oc_sum_level {
    oc_tree_stack left, right; /* nodes of the tree of shards that the halves have */
    int moves;    /* what this rank has of its half's sums is not all of its new slice */
    size_t width; /* floats of its new slice at most */
    size_t at;    /* in a flight's memory: vectors of the nodes that arrive */
} oc_sum_level;

/* A bucket on its way: up the levels while sums are made, then down while they are spread. */
typedef struct oc_flight {
    int is_used, goes_down, level;
    size_t bucket;
    double since;                       /* oc_profile_start */
    oc_tree_stack stack;                /* what the ranks so far were left with */
    float *vector[OC_TREE_DEPTH];       /* of each node in it, this rank's slice */
    float *arriving[2 * OC_TREE_DEPTH]; /* of the nodes of both halves: this rank's new slice */
    float *memory;
} oc_flight;

/* Parts that are rounded: see oc_reduction_round. */
typedef struct oc_rounded {
    const oc_rounding_ops *ops; /* NULL: none, and the rest is not looked at */
    uint64_t seed, step;
    float most; /* units a shard may have */
    size_t parts;
    oc_reduction_part *part; /* [parts] */
    float *unit;             /* [parts] in this step, 0: not rounded */
    float *largest;          /* (this rank's shards, parts) as far as they have been folded */
    unsigned char *narrow;   /* [buckets] travels as whole numbers in this step */
    size_t packed_at;        /* in a flight's memory: vectors that leave */
    size_t packed_width;     /* floats of one of them */
} oc_rounded;

struct oc_reduction {
    oc_comm *comm;
    int shards, first, last; /* all, and this rank's range */
    size_t given;            /* floats of a vector, rounded up to whole lines */
    size_t padded;           /* and with the magnitudes of rounded parts behind it */
    oc_rounded rounded;
    oc_arena arena;
    int threads;
    oc_thread_sums *thread;       /* [threads] */
    oc_tree_stack stack;          /* what is left when what threads have is joined */
    float *buffer[OC_TREE_DEPTH]; /* by height in it: some thread's buffer */
    size_t bytes;                 /* all memory held */

    /* Only with more than one rank. */
    oc_rank_tree ranks;
    oc_sum_level level[OC_RANK_LEVELS];
    size_t buckets;
    oc_bucket *bucket; /* [buckets] in the order in which they leave */
    oc_flight flight[OC_REDUCTION_FLIGHTS];
    oc_profile *profile;                 /* of buckets; NULL: nobody measures */
    int flights;                         /* of them in use at most */
    size_t flight_floats;                /* of memory each */
    int flying;                          /* at this moment */
    size_t started, ended;               /* buckets of this step */
    oc_transfer *receives, *sends;       /* scratch lists of messages */
    int overlaps;                        /* in this step buckets leave as they are complete */
    oc_exchange_thread *exchange_thread; /* NULL: nobody but the caller moves them */
};

/* Local. Floats of so many, and at least one, rounded up to whole lines. */
static inline size_t oc_reduction_whole_lines(size_t count)
{
    const size_t line = OC_REDUCTION_LINE;
    return ((count ? count : 1) + line - 1) / line * line;
}

/* Local. Add what this rank's threads have: floats [first, first + count) of its nodes. */
void oc_reduction_join(oc_reduction *reduction, size_t first, size_t count);

/* Collective. The levels, buckets and lists of messages; what memory they need is reserved in the
 * arena, and when that is committed it begins at `memory`. OC_ERR_INTERNAL, OC_ERR_MEMORY,
 * OC_ERR_PEER; all but the last may be this rank's alone. */
oc_status oc_reduction_plan_exchange(oc_reduction *reduction, const oc_reduction_config *config);
void oc_reduction_place_flights(oc_reduction *reduction, float *memory);

/* Local. With `padded` of the vector alone: what is rounded, and then the vector with all behind
 * it. OC_ERR_USAGE, OC_ERR_MEMORY. When buckets are cut: likewise. */
oc_status oc_rounded_plan(oc_reduction *reduction, const oc_reduction_config *config);
oc_status oc_rounded_plan_buckets(oc_reduction *reduction);

/* Local. Room for so many packed vectors of a bucket in a flight's memory, of which `used` floats
 * are taken. */
void oc_rounded_plan_flight(oc_reduction *reduction, int vectors, size_t floats, size_t *used);
void oc_rounded_free(oc_reduction *reduction);

/* Local, where parts are rounded. Floats [first, first + count) of a shard, in its slot, before
 * they are added; what was found of them goes behind the slot's vector; the sum's floats back to
 * what they stand for. */
void oc_rounded_take(oc_reduction *reduction, int shard, float *slot, size_t first, size_t count);
void oc_rounded_end(oc_reduction *reduction, int shard, float *slot);
void oc_rounded_back(const oc_reduction *reduction, size_t first, size_t count);

/* Local. Bytes that a number of a bucket has on its way. */
int oc_rounded_bytes(const oc_reduction *reduction, size_t bucket);

/* Local. Begin a step's counting; a thread's floats [first, first + count) are final; so are all
 * the rest of a thread's. They say when a bucket has become complete. */
void oc_buckets_reset(oc_reduction *reduction);
void oc_buckets_note(oc_reduction *reduction, oc_thread_sums *thread, size_t first, size_t count);
void oc_buckets_note_rest(oc_reduction *reduction, oc_thread_sums *thread);

/* Local. All of them are. */
void oc_buckets_complete(oc_reduction *reduction);
int oc_bucket_is_complete(const oc_reduction *reduction, size_t bucket);

/* Collective. Start what can start and carry on what has arrived; *moved is whether anything was.
 * oc_exchange_run does so until all buckets are through. OC_ERR_PEER. */
oc_status oc_exchange_turn(oc_reduction *reduction, int *moved);
oc_status oc_exchange_run(oc_reduction *reduction);
int oc_exchange_has_ended(const oc_reduction *reduction);

/* Local. A thread that moves buckets, asleep until oc_exchange_thread_begin; from there to
 * oc_exchange_thread_end it alone may enter the communicator. A bucket that became complete wakes
 * it. OC_ERR_INTERNAL; end returns what oc_exchange_turn did. */
oc_status oc_exchange_thread_create(oc_exchange_thread **thread, oc_reduction *reduction);
void oc_exchange_thread_destroy(oc_exchange_thread *thread); /* NULL-safe */
void oc_exchange_thread_begin(oc_exchange_thread *thread);
void oc_exchange_thread_wake(oc_exchange_thread *thread);
oc_status oc_exchange_thread_end(oc_exchange_thread *thread);

#endif
