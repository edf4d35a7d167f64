/* shard_tree.c - see shard_tree.h. */
#include "mpi/shard_tree.h"

#include <assert.h>

int oc_tree_push(oc_tree_stack *stack, oc_tree_node node)
{
    int joined = 1;
    while (stack->depth > 0) {
        const oc_tree_node left = stack->node[stack->depth - 1];
        assert(left.first + (1 << left.level) == node.first); /* no gap between nodes */
        if (left.level != node.level || (left.first >> left.level) % 2 != 0)
            break;
        node = (oc_tree_node){left.first, left.level + 1};
        stack->depth--;
        joined++;
    }
    assert(stack->depth < OC_TREE_DEPTH);
    stack->node[stack->depth++] = node;
    return joined;
}

oc_tree_stack oc_tree_of_range(int first, int last, int *deepest)
{
    oc_tree_stack stack = {.depth = 0};
    int most = 0;
    for (int shard = first; shard < last; shard++) {
        /* A shard is there beside the nodes before it is joined with them. */
        most = stack.depth + 1 > most ? stack.depth + 1 : most;
        oc_tree_push(&stack, (oc_tree_node){shard, 0});
    }
    if (deepest)
        *deepest = most;
    return stack;
}

/* The compiler makes vector code of these two. */
static void add(float *restrict left, const float *restrict right, size_t count)
{
    for (size_t i = 0; i < count; i++)
        left[i] += right[i];
}

static void add_to(float *restrict sum, const float *restrict left, const float *restrict right,
                   size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] = left[i] + right[i];
}

/* What lies between the first and the last vector is read once and not written: the partial
 * sums of a block stay in the first-level cache. */
void oc_tree_fold(float *const *vector, int nodes, size_t count)
{
    enum { BLOCK = 2048 };
    float sum[BLOCK];
    for (size_t done = 0; nodes > 1 && done < count; done += BLOCK) {
        const size_t part = count - done < BLOCK ? count - done : BLOCK;
        const float *right = vector[nodes - 1] + done;
        if (nodes > 2) {
            add_to(sum, vector[nodes - 2] + done, right, part);
            for (int i = nodes - 3; i > 0; i--)
                add(sum, vector[i] + done, part);
            right = sum;
        }
        add(vector[0] + done, right, part);
    }
}

void oc_tree_fold_all(const oc_tree_node *node, float *const *vector, int nodes, size_t count)
{
    oc_tree_stack stack = {.depth = 0};
    float *held[OC_TREE_DEPTH];
    for (int i = 0; i < nodes; i++) {
        held[stack.depth] = vector[i];
        const int joined = oc_tree_push(&stack, node[i]);
        oc_tree_fold(&held[stack.depth - 1], joined, count);
    }
    oc_tree_fold(held, stack.depth, count);
}
