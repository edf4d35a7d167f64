/* shard_tree.h - the order in which shards are added: a fixed binary tree over their numbers.
 *
 * Node (k, j) is the sum over the shards [k*2^j, (k+1)*2^j) below `shards`: its left half plus
 * its right half, or the left half alone if the right one is empty. Folding follows a binary
 * counter: a stack of complete nodes from left to right, where two that are halves of one
 * become it. Pure: no communicator, no allocation. */
#ifndef OC_MPI_SHARD_TREE_H
#define OC_MPI_SHARD_TREE_H

#include <stddef.h>

enum { OC_TREE_DEPTH = 64 }; /* more than any stack of nodes of int shards can hold */

/* A complete node: the shards [first, first + 2^level). */
typedef struct oc_tree_node {
    int first;
    int level;
} oc_tree_node;

typedef struct oc_tree_stack {
    oc_tree_node node[OC_TREE_DEPTH];
    int depth;
} oc_tree_stack;

/* Local. Put the next node to the right on the stack and join what belongs together. Returns
 * how many of the topmost nodes (the new one included) have become one: 1 for none joined.
 * The caller adds their vectors with oc_tree_fold, and keeps the sum as the new top. */
int oc_tree_push(oc_tree_stack *stack, oc_tree_node node);

/* Local. Which complete nodes a rank with the shards [first, last) is left with, from left to
 * right; *deepest (may be NULL) is the greatest depth of its stack on the way. */
oc_tree_stack oc_tree_of_range(int first, int last, int *deepest);

/* Local. vector[0] = vector[0] + (vector[1] + (... + vector[nodes - 1])), element by element.
 * The other vectors are used up. Both a row of joins and the ragged right end of the tree are
 * such a sum. */
void oc_tree_fold(float *const *vector, int nodes, size_t count);

/* Local. The root's vector from those of complete nodes that cover all shards, given from
 * left to right; it is left in vector[0], the others are used up. */
void oc_tree_fold_all(const oc_tree_node *node, float *const *vector, int nodes, size_t count);

#endif
