/* rank_tree.c - see rank_tree.h. */
#include "mpi/rank_tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void oc_slice_range(oc_slice slice, size_t length, size_t *first, size_t *last)
{
    const size_t index = (size_t)slice.index, count = (size_t)slice.count;
    *first = length * index / count;
    *last = length * (index + 1) / count;
}

/* A tree that is being made: of the group at hand, which slice each rank has in it. */
typedef struct maker {
    int ranks, rank;
    const int *node; /* NULL: of no matter */
    int *index;      /* [ranks] slice in the rank's group so far */
    int *order;      /* [ranks] scratch: the group's ranks by their slices */
    oc_rank_tree *tree;
} maker;

static int machines_in(const maker *m, int first, int last)
{
    int machines = 0;
    for (int rank = first; rank < last; rank++)
        machines += rank == first || m->node[rank] != m->node[rank - 1];
    return machines;
}

/* A power of two below count (> 1): the left half is complete, as in the tree of shards, so that
 * sums of ranks with as many shards each are single nodes of that. The largest one, unless then few
 * ranks on the right had to send to many on the left. */
static int left_of(int count)
{
    int left = 1;
    while (2 * left < count)
        left *= 2;
    return 4 * (count - left) < left ? left / 2 : left;
}

static int middle_of(const maker *m, int first, int last)
{
    const int machines = m->node ? machines_in(m, first, last) : 1;
    if (machines == 1)
        return first + left_of(last - first);
    int middle = first;
    for (int left = left_of(machines); left > 0; left--)
        do
            middle++;
        while (m->node[middle] == m->node[middle - 1]);
    return middle;
}

/* Does slice a of b's vector overlap with b? */
static int overlap(oc_slice a, oc_slice b)
{
    return (int64_t)a.index * b.count < (int64_t)(b.index + 1) * a.count &&
           (int64_t)b.index * a.count < (int64_t)(a.index + 1) * b.count;
}

/* The slices of two halves, merged by where they begin: so a rank's new slice lies in or near its
 * old one. */
static void merge(const maker *m, int first, int middle, int last)
{
    int *const order = m->order;
    const int64_t left = middle - first, right = last - middle;
    for (int rank = first; rank < middle; rank++)
        order[m->index[rank]] = rank;
    for (int rank = middle; rank < last; rank++)
        order[left + m->index[rank]] = rank;
    for (int64_t a = 0, b = 0; a + b < left + right;) {
        const int from_left = b == right || (a < left && a * right <= b * left);
        const int rank = from_left ? order[a] : order[left + b];
        m->index[rank] = (int)(a + b);
        a += from_left;
        b += !from_left;
    }
}

static oc_status list_peers(const maker *m, oc_rank_level *level, const oc_slice *half)
{
    const int size = level->last - level->first;
    for (int pass = 0; pass < 2; pass++) { /* count, then fill */
        level->givers = level->takers = 0;
        for (int i = 0; i < size; i++) {
            const oc_rank_peer peer = {
                level->first + i, half[i], {m->index[level->first + i], size}};
            if (peer.rank == m->rank)
                continue;
            if (overlap(peer.half, level->group)) {
                if (pass)
                    level->giver[level->givers] = peer;
                level->givers++;
            }
            if (overlap(level->half, peer.group)) {
                if (pass)
                    level->taker[level->takers] = peer;
                level->takers++;
            }
        }
        if (pass == 0) {
            level->giver = calloc((size_t)level->givers + 1, sizeof *level->giver);
            level->taker = calloc((size_t)level->takers + 1, sizeof *level->taker);
            if (!level->giver || !level->taker)
                return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for its plan");
        }
    }
    return OC_OK;
}

/* This rank is in the group: write down what it does there. */
static oc_status add_level(const maker *m, int first, int middle, int last)
{
    oc_rank_level *level = &m->tree->level[m->tree->levels++];
    oc_slice *half = calloc((size_t)(last - first), sizeof *half);
    if (!half)
        return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for its plan");
    for (int rank = first; rank < last; rank++)
        half[rank - first] =
            (oc_slice){m->index[rank], rank < middle ? middle - first : last - middle};
    merge(m, first, middle, last);
    level->first = first;
    level->middle = middle;
    level->last = last;
    level->half = half[m->rank - first];
    level->group = (oc_slice){m->index[m->rank], last - first};
    const oc_status status = list_peers(m, level, half);
    free(half);
    return status;
}

static oc_status make_group(const maker *m, int first, int last)
{
    if (last - first == 1) {
        m->index[first] = 0;
        return OC_OK;
    }
    const int middle = middle_of(m, first, last);
    oc_status status = make_group(m, first, middle);
    if (status == OC_OK)
        status = make_group(m, middle, last);
    if (status != OC_OK)
        return status;
    if (m->rank >= first && m->rank < last)
        return add_level(m, first, middle, last);
    merge(m, first, middle, last);
    return OC_OK;
}

/* Are the ranks of each machine neighbours? */
static int machines_are_ranges(const int *node, int ranks)
{
    for (int rank = 1; rank < ranks; rank++)
        if (node[rank] != node[rank - 1] && node[rank] != rank)
            return 0;
    return 1;
}

oc_status oc_rank_tree_create(oc_rank_tree *tree, int ranks, const int *node, int rank)
{
    memset(tree, 0, sizeof *tree);
    maker m = {.ranks = ranks,
               .rank = rank,
               .node = node && machines_are_ranges(node, ranks) ? node : NULL,
               .index = calloc((size_t)ranks, sizeof *m.index),
               .order = calloc((size_t)ranks, sizeof *m.order),
               .tree = tree};
    const oc_status status =
        m.index && m.order ? make_group(&m, 0, ranks)
                           : oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for its plan");
    free(m.index);
    free(m.order);
    return status;
}

void oc_rank_tree_free(oc_rank_tree *tree)
{
    for (int i = 0; i < tree->levels; i++) {
        free(tree->level[i].giver);
        free(tree->level[i].taker);
    }
    tree->levels = 0;
}
