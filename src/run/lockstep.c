/* lockstep.c - see lockstep.h. Between two parts of a step's layers all belongs to the main thread,
 * which joins and exchanges. */
#include "run/lockstep.h"

#include "run/shard_group.h"
#include "run/step_shards.h"

#include <stdlib.h>
#include <string.h>

/* A complete node of the tree that a rank is left with, within one set of shards that are joined.
 */
typedef struct piece {
    oc_tree_node node;
    int set;
    int is_mine;
} piece;

struct oc_lockstep {
    int span;     /* shards of a set: [k span, (k + 1) span) */
    int pieces;   /* of all ranks, from left to right; the same on all of them */
    int exchange; /* some set is of several ranks */
    piece *piece;
    size_t most; /* doubles of the layer that measures most */
    oc_arena arena;
    double *own;   /* (this rank's shards, most) as measured */
    double *table; /* (pieces, most); a set's joined numbers end up in its first piece */
    double *spare; /* (OC_TREE_DEPTH, most) */
    /* What the threads do next. */
    oc_layer_range part;
    int measured; /* then measure this layer */
};

oc_status oc_run_choose_joined(const oc_recipe *recipe, int *joined)
{
    const int64_t size = recipe->batch.size, shards = recipe->batch.shards;
    const int64_t ghost = recipe->batch_norm.ghost;
    *joined = 1;
    if (recipe->batch_norm.sync) {
        *joined = (int)shards;
    } else if (ghost > 0) {
        const int64_t each = size / shards, span = ghost / each;
        if (size % shards != 0 || ghost % each != 0 || (span & (span - 1)) || shards % span != 0)
            return oc_fail(OC_ERR_USAGE,
                           "batch_norm.ghost: %lld samples, expected a power of two times the "
                           "samples of a shard, which divides batch.size: %lld samples are in %lld "
                           "shards (batch.shards)",
                           (long long)ghost, (long long)size, (long long)shards);
        *joined = (int)span;
    }
    if (*joined > 1 && recipe->reduce.overlap == OC_OVERLAP_ON)
        return oc_fail(OC_ERR_USAGE,
                       "reduce.overlap: on with batch_norm.%s, which needs the other ranks during "
                       "backward itself; expected off or auto",
                       recipe->batch_norm.sync ? "sync" : "ghost");
    return OC_OK;
}

/* ---- the plan ---- */

static int shards_of(const oc_run *run)
{
    return run->plan.last_shard - run->plan.first_shard;
}

int oc_lockstep_most(const oc_run *run)
{
    const int threads = (int)run->recipe.compute.threads;
    return (shards_of(run) + threads - 1) / threads;
}

/* The nodes of the shards [first, last), set by set, behind those of the lists so far. */
static void add_pieces(oc_lockstep *l, int first, int last, int is_mine)
{
    for (int shard = first; shard < last;) {
        const int set = shard / l->span, end = (set + 1) * l->span;
        const int next = end < last ? end : last;
        const oc_tree_stack left = oc_tree_of_range(shard, next, NULL);
        for (int i = 0; i < left.depth; i++, l->pieces++)
            if (l->piece)
                l->piece[l->pieces] = (piece){left.node[i], set, is_mine};
        l->exchange |= next < end && next == last && l->span > 1;
        shard = next;
    }
}

static void list_pieces(oc_lockstep *l, const oc_run *run)
{
    const int ranks = oc_comm_size(run->comm), shards = (int)run->recipe.batch.shards;
    l->pieces = l->exchange = 0;
    for (int rank = 0; rank < ranks; rank++) {
        int first, last;
        oc_shards_of_rank(shards, ranks, rank, &first, &last);
        add_pieces(l, first, last, rank == oc_comm_rank(run->comm));
    }
}

oc_status oc_lockstep_create(oc_lockstep **lockstep, const oc_run *run)
{
    oc_lockstep *l = calloc(1, sizeof *l);
    *lockstep = l;
    if (!l)
        return oc_fail(OC_ERR_MEMORY, "batch_norm: no memory");
    l->span = run->plan.joined;
    for (int i = 0; i < run->network->layers; i++)
        l->most = run->network->layer[i].sums > l->most ? run->network->layer[i].sums : l->most;
    list_pieces(l, run);
    l->piece = calloc((size_t)l->pieces + 1, sizeof *l->piece);
    if (!l->piece)
        return oc_fail(OC_ERR_MEMORY, "batch_norm: no memory for %d sums", l->pieces);
    list_pieces(l, run);
    const size_t one = l->most * sizeof(double);
    const size_t own = oc_arena_reserve_bytes(&l->arena, (size_t)shards_of(run) * one);
    const size_t table = oc_arena_reserve_bytes(&l->arena, (size_t)l->pieces * one);
    const size_t spare = oc_arena_reserve_bytes(&l->arena, (size_t)OC_TREE_DEPTH * one);
    const oc_status status = oc_arena_commit(&l->arena, "statistics of shards");
    if (status != OC_OK)
        return status;
    l->own = oc_arena_at(&l->arena, own);
    l->table = oc_arena_at(&l->arena, table);
    l->spare = oc_arena_at(&l->arena, spare);
    return OC_OK;
}

void oc_lockstep_destroy(oc_lockstep *l)
{
    if (!l)
        return;
    free(l->piece);
    oc_arena_free(&l->arena);
    free(l);
}

/* ---- joining ---- */

/* Samples of the shards [first, first + count), as the loader cuts them. */
static double samples_of(const oc_run *run, int first, int count)
{
    const int64_t size = run->recipe.batch.size, shards = run->recipe.batch.shards;
    const int64_t end = first + count < shards ? first + count : shards;
    return (double)(end * size / shards - first * size / shards);
}

/* A layer's numbers of all shards of a node -> out. */
static void join_node(const oc_run *run, const oc_layer *layer, int back, oc_tree_node node,
                      double *out)
{
    const oc_lockstep *l = run->lockstep;
    if (node.level == 0) {
        const size_t at = (size_t)(node.first - run->plan.first_shard) * l->most;
        memcpy(out, l->own + at, layer->sums * sizeof *out);
        return;
    }
    const int half = 1 << (node.level - 1);
    const oc_tree_node left = {node.first, node.level - 1}, right = {node.first + half, left.level};
    double *const more = l->spare + (size_t)node.level * l->most;
    join_node(run, layer, back, left, out);
    join_node(run, layer, back, right, more);
    layer->ops->join(layer, back, out, samples_of(run, node.first, half), more,
                     samples_of(run, right.first, half));
}

/* The pieces [from, to) of one set, in the table, as oc_tree_fold_all adds vectors. */
static void join_set(const oc_run *run, const oc_layer *layer, int back, int from, int to)
{
    const oc_lockstep *l = run->lockstep;
    oc_tree_stack stack = {.depth = 0};
    double *held[OC_TREE_DEPTH], count[OC_TREE_DEPTH];
    for (int p = from; p <= to; p++) {
        int joined = stack.depth; /* at the end: whatever is left */
        if (p < to) {
            const oc_tree_node node = l->piece[p].node;
            held[stack.depth] = l->table + (size_t)p * l->most;
            count[stack.depth] = samples_of(run, node.first, 1 << node.level);
            joined = oc_tree_push(&stack, node);
        }
        const int top = p < to ? stack.depth - 1 : 0;
        for (int i = top + joined - 2; i >= top; i--) {
            layer->ops->join(layer, back, held[i], count[i], held[i + 1], count[i + 1]);
            count[i] += count[i + 1];
        }
    }
}

/* What was measured of this rank's shards -> what each of them goes on with. */
static oc_status exchange(oc_run *run, const oc_layer *layer, int back)
{
    const oc_lockstep *l = run->lockstep;
    oc_profile *const profile = run->workers[0].workspace.profile;
    const double since = oc_profile_start(profile);
    memset(l->table, 0, (size_t)l->pieces * l->most * sizeof *l->table);
    for (int p = 0; p < l->pieces; p++)
        if (l->piece[p].is_mine)
            join_node(run, layer, back, l->piece[p].node, l->table + (size_t)p * l->most);
    oc_status status = OC_OK;
    if (l->exchange) /* all others have zeros there: the sum of their bits is a copy */
        status = oc_comm_sum_u64(run->comm, (void *)l->table, (size_t)l->pieces * l->most);
    for (int p = 0, next; p < l->pieces && status == OC_OK; p = next) {
        for (next = p + 1; next < l->pieces && l->piece[next].set == l->piece[p].set;)
            next++;
        join_set(run, layer, back, p, next);
    }
    oc_profile_lap(profile, oc_run_profile_row(run, OC_PHASE_REDUCTION), since);
    return status;
}

/* ---- what the threads do ---- */

static oc_shard_group group_of(const oc_run *run, int thread)
{
    oc_shard_group g = {.run = run, .thread = thread};
    int last;
    oc_reduction_thread_shards(run->reduction, thread, &g.first, &last);
    g.count = last - g.first;
    g.node.first = g.first; /* of one shard, if that is all there is */
    return g;
}

/* The first piece of a shard's set. */
static int piece_of(const oc_lockstep *l, int shard)
{
    int p = 0;
    while (l->piece[p].set != shard / l->span)
        p++;
    return p;
}

static void load(void *data, int thread)
{
    const oc_run *run = data;
    const oc_lockstep *l = run->lockstep;
    const oc_worker *worker = &run->workers[thread];
    const oc_shard_group g = group_of(run, thread);
    const double since = oc_profile_start(worker->workspace.profile);
    oc_shard_group_find_places(&g);
    oc_shard_group_load(&g);
    for (int s = 0; s < g.count; s++) {
        oc_shard *const shard = &worker->shard[s];
        const int set = (g.first + s) / l->span;
        shard->sums = l->own + (size_t)(g.first + s - run->plan.first_shard) * l->most;
        shard->joined = l->table + (size_t)piece_of(l, g.first + s) * l->most;
        shard->joined_n = samples_of(run, set * l->span, l->span);
    }
    oc_profile_lap(worker->workspace.profile, oc_run_profile_row(run, OC_PHASE_DATA), since);
}

/* Of a thread that has no samples. */
static void measure_nothing(const oc_run *run, const oc_shard_group *g)
{
    const oc_lockstep *l = run->lockstep;
    memset(l->own + (size_t)(g->first - run->plan.first_shard) * l->most, 0,
           (size_t)g->count * l->most * sizeof *l->own);
}

static void forward(void *data, int thread)
{
    const oc_run *run = data;
    const oc_lockstep *l = run->lockstep;
    const oc_shard_group g = group_of(run, thread);
    oc_worker *const worker = &run->workers[thread];
    if (g.count == 0)
        return;
    if (worker->status) {
        measure_nothing(run, &g);
        return;
    }
    oc_network_forward_part(run->network, &worker->workspace, worker->shard, g.count,
                            run->parameters, run->state, worker->end, l->part);
    if (l->part.last < run->network->layers)
        oc_network_measure(run->network, &worker->workspace, worker->shard, g.count,
                           run->parameters, l->measured, 0);
    else
        oc_shard_group_apply_loss(&g);
}

static void end_group(oc_shard_group *g)
{
    const oc_run *run = g->run;
    if (run->workers[g->thread].status)
        oc_shard_group_learn_nothing(g);
    else
        for (int s = 0; s < g->count; s++)
            oc_loader_give_back(run->loader, g->thread);
    oc_shard_group_end(g);
    for (int s = 0; s < g->count; s++)
        oc_reduction_commit_node(run->reduction, (oc_tree_node){g->first + s, 0});
}

static void backward(void *data, int thread)
{
    const oc_run *run = data;
    const oc_lockstep *l = run->lockstep;
    oc_shard_group g = group_of(run, thread);
    oc_worker *const worker = &run->workers[thread];
    if (g.count == 0)
        return;
    if (!worker->status) {
        const oc_gradient_sum sum = {.shard = worker->place,
                                     .all = worker->place[0], /* where there is but one */
                                     .ready = oc_shard_group_fold,
                                     .data = &g};
        oc_network_backward_part(run->network, &worker->workspace, worker->shard, g.count,
                                 run->parameters, &sum, l->part);
        if (l->part.first > 0)
            oc_network_measure(run->network, &worker->workspace, worker->shard, g.count,
                               run->parameters, l->measured, 1);
    } else {
        measure_nothing(run, &g);
    }
    if (l->part.first == 0)
        end_group(&g);
}

/* ---- the step ---- */

static oc_status go_forward(oc_run *run)
{
    oc_lockstep *l = run->lockstep;
    const oc_network *network = run->network;
    oc_status status = OC_OK;
    l->part.first = 0;
    for (int i = 0; i <= network->layers && status == OC_OK; i++) {
        if (i < network->layers && !oc_network_measures(network, oc_run_modes(run), i, 0))
            continue;
        l->part.last = l->measured = i;
        oc_team_run(run->team, forward, run);
        if (i < network->layers)
            status = exchange(run, &network->layer[i], 0);
        l->part.first = i;
    }
    return status;
}

/* A part ends, in this direction, behind the layer that comes next: which is measured first. */
static oc_status go_backward(oc_run *run)
{
    oc_lockstep *l = run->lockstep;
    const oc_network *network = run->network;
    oc_status status = OC_OK;
    l->part.last = network->layers;
    for (int i = network->layers - 1; i >= -1 && status == OC_OK; i--) {
        if (i >= 0 && !oc_network_measures(network, oc_run_modes(run), i, 1))
            continue;
        l->part.first = i + 1;
        l->measured = i;
        oc_team_run(run->team, backward, run);
        if (i >= 0)
            status = exchange(run, &network->layer[i], 1);
        l->part.last = i + 1;
    }
    return status;
}

oc_status oc_lockstep_train(oc_run *run)
{
    oc_run_note(run, OC_PHASE_DATA, (uint64_t)run->plan.first_shard);
    oc_team_run(run->team, load, run);
    oc_run_note(run, OC_PHASE_SHARD, (uint64_t)run->plan.first_shard);
    const oc_status status = go_forward(run);
    return status == OC_OK ? go_backward(run) : status;
}
