/* rank_tree.h - who exchanges what with whom: the ranks as a binary tree over their numbers.
 *
 * A group of ranks [first, last) consists of two halves, each a group or one rank. Within a group
 * every rank holds a slice of the vector, one after the other all of it; of one rank that is the
 * whole vector. Where two halves become a group, each rank gets from both what they have of its
 * new, shorter slice: a reduce-scatter by recursive halving that pairs neighbours first, so that
 * what is added up always belongs to neighbouring shards (as in Thakur, Rabenseifner and Gropp
 * 2005, section 3.2, in the order that their recursive doubling has; any number of ranks). The way
 * back is an allgather. A rank has about log2(ranks) levels, with one to six peers each way. Pure:
 * no communicator. */
#ifndef OC_MPI_RANK_TREE_H
#define OC_MPI_RANK_TREE_H

#include "base/status.h"

#include <stddef.h>

enum { OC_RANK_LEVELS = 32 }; /* more than the levels of any int */

/* Slice `index` of `count` equal ones. */
typedef struct oc_slice {
    int index;
    int count;
} oc_slice;

/* Of another rank on a level: the slice it has in its half, and the one it has in the group. */
typedef struct oc_rank_peer {
    int rank;
    oc_slice half, group;
} oc_rank_peer;

/* What a rank does where its half [first, middle) or [middle, last) becomes [first, last). */
typedef struct oc_rank_level {
    int first, middle, last;
    oc_slice half, group; /* this rank's */
    int givers, takers;
    oc_rank_peer *giver; /* [givers] what they have overlaps with this rank's group slice */
    oc_rank_peer *taker; /* [takers] this rank's half slice overlaps with what they will have */
} oc_rank_level;

typedef struct oc_rank_tree {
    int levels;
    oc_rank_level level[OC_RANK_LEVELS];
} oc_rank_tree;

/* Local. The levels of `rank` among `ranks`. `node` (NULL: all on one) is each rank's machine, as
 * the number of the first rank on it: if the ranks of each machine are neighbours, they become a
 * group before machines do, so that between machines each byte goes once. OC_ERR_MEMORY. */
oc_status oc_rank_tree_create(oc_rank_tree *tree, int ranks, const int *node, int rank);
void oc_rank_tree_free(oc_rank_tree *tree); /* safe on a zeroed one */

/* Local. Elements [*first, *last) of a slice of `length`. */
void oc_slice_range(oc_slice slice, size_t length, size_t *first, size_t *last);

#endif
