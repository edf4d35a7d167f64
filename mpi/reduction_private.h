/* reduction_private.h - what the two files of the reduction share. Not for other folders. */
#ifndef OC_MPI_REDUCTION_PRIVATE_H
#define OC_MPI_REDUCTION_PRIVATE_H

#include "base/arena.h"
#include "mpi/comm_private.h"
#include "mpi/reduction.h"
#include "mpi/shard_tree.h"

enum { OC_REDUCTION_LINE = OC_ALIGNMENT / sizeof(float) }; /* slices are whole cache lines */

/* A node of the tree that some rank holds when its shards are done. */
typedef struct oc_held_node {
    int rank;
    int height; /* in that rank's stack */
} oc_held_node;

/* The range of this rank's shards that one thread works on. */
typedef struct oc_thread_sums {
    int first, last; /* shards */
    int next;        /* to be committed next */
    oc_tree_stack stack;
    float *buffer[OC_TREE_DEPTH]; /* by height in the stack */
} oc_thread_sums;

struct oc_reduction {
    oc_comm *comm;
    int shards, first, last; /* all, and this rank's range */
    size_t count, padded;    /* floats of a vector, and rounded up to whole lines */
    oc_arena arena;
    int threads;
    oc_thread_sums *thread;       /* [threads] */
    oc_tree_stack stack;          /* what is left when what threads have is joined */
    float *buffer[OC_TREE_DEPTH]; /* by height in it: some thread's buffer */

    /* Only with more than one rank. */
    int nodes;             /* of all ranks, from left to right */
    oc_tree_node *node;    /* [nodes] */
    oc_held_node *holder;  /* [nodes] */
    float **vector;        /* [nodes] the slice being folded */
    float **received[2];   /* [nodes] room for a slice, NULL for own nodes; blocks alternate */
    oc_transfer *receives; /* scratch lists of messages */
    oc_transfer *sends;
    size_t slice; /* floats of a slice, a multiple of LINE */
    size_t bytes; /* all memory held */
};

/* Local. Floats of so many, and at least one, rounded up to whole lines. */
static inline size_t oc_reduction_whole_lines(size_t count)
{
    const size_t line = OC_REDUCTION_LINE;
    return ((count ? count : 1) + line - 1) / line * line;
}

/* Local. Which nodes there will be on all ranks, with room for lists of messages. OC_ERR_MEMORY,
 * OC_ERR_INTERNAL. */
oc_status oc_reduction_list_nodes(oc_reduction *reduction);

/* Local. How long a slice is, and memory for those of other ranks' nodes in the arena; when that is
 * committed they begin at `memory`. */
void oc_reduction_reserve_received(oc_reduction *reduction);
void oc_reduction_place_received(oc_reduction *reduction, float *memory);

/* Collective. The rest of the tree, once what this rank's threads have is joined: the sum is in the
 * first buffer. OC_ERR_PEER. */
oc_status oc_reduction_fold_with_peers(oc_reduction *reduction);

#endif
