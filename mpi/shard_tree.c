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

/* left += right; the compiler makes vector code of it. */
static void add(float *restrict left, const float *restrict right, size_t count)
{
    for (size_t i = 0; i < count; i++)
        left[i] += right[i];
}

void oc_tree_fold(float *const *vector, int nodes, size_t count)
{
    const size_t block = 2048; /* floats: a row of joins stays in the first-level cache */
    for (size_t done = 0; nodes > 1 && done < count; done += block) {
        const size_t part = count - done < block ? count - done : block;
        for (int i = nodes - 2; i >= 0; i--)
            add(vector[i] + done, vector[i + 1] + done, part);
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
