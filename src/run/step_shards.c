/* step_shards.c - see step_shards.h. A thread takes its shards in groups that are complete nodes of
 * the tree of shards: one at a time, or several side by side through each layer. */
#include "run/step_shards.h"

#include "base/thread_role.h"
#include "run/progress.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const unsigned char *oc_run_modes(const oc_run *run)
{
    return oc_parameter_groups_modes(&run->plan.groups, run->network->layers, oc_run_is_late(run),
                                     run->frozen);
}

/* Side by side activations leave the cache sooner and weights later: it pays where weights are
 * more. */
static int what_pays(const oc_run *run, int most)
{
    size_t weights = 0;
    int takes = most;
    oc_memory_use memory;
    for (int i = 0; i < run->network->layers; i++) {
        const oc_layer *layer = &run->network->layer[i];
        const int together = oc_layer_side_by_side(layer, run->plan.largest_shard);
        if (together == 1)
            continue;
        weights += layer->parameter_count * sizeof(float);
        takes = together < takes ? together : takes;
    }
    if (oc_workspace_measure(run->network, run->plan.largest_shard, OC_FOR_TRAINING, &memory) !=
            OC_OK ||
        memory.total - memory.scratch > weights)
        return 1;
    return takes;
}

oc_status oc_run_choose_side_by_side(oc_run *run)
{
    const int64_t wish = run->recipe.compute.side_by_side;
    const int threads = (int)run->recipe.compute.threads;
    const int shards = run->plan.last_shard - run->plan.first_shard;
    int most = 1; /* no thread has more than this */
    if (wish & (wish - 1))
        return oc_fail(OC_ERR_USAGE, "compute.side_by_side: %lld; expected a power of two",
                       (long long)wish);
    while (2 * most <= OC_MOST_SIDE_BY_SIDE && 2 * most <= (shards + threads - 1) / threads)
        most *= 2;
    if (wish == 0)
        run->plan.side_by_side = what_pays(run, most);
    else
        run->plan.side_by_side = wish < most ? (int)wish : most;
    return OC_OK;
}

/* A group of shards on its way: a node of the tree. */
typedef struct group {
    const oc_run *run;
    int thread;
    oc_tree_node node;
    int count; /* 2^level */
    oc_shard shard[OC_MOST_SIDE_BY_SIDE];
    oc_batch batch[OC_MOST_SIDE_BY_SIDE];
    oc_gradient_place place[OC_MOST_SIDE_BY_SIDE];
    float *end[OC_MOST_SIDE_BY_SIDE]; /* of each one's vector: statistics and tail */
} group;

static oc_tree_node node_at(const oc_run *run, int shard, int last)
{
    oc_tree_node node = {shard, 0};
    for (int size = 2; size <= run->plan.side_by_side && shard % size == 0 && shard + size <= last;
         size *= 2)
        node.level++;
    return node;
}

/* The thread's next shards: functions of seed, step and shard alone. */
static void load_shards(group *g)
{
    const oc_run *run = g->run;
    oc_worker *worker = &run->workers[g->thread];
    assert(oc_thread_owns(g->thread));
    for (int s = 0; s < g->count; s++) {
        oc_batch *batch = &g->batch[s];
        *batch = (oc_batch){0};
        if (!worker->status) {
            worker->status = oc_loader_take(run->loader, g->thread, batch);
            if (worker->status)
                snprintf(worker->message, sizeof worker->message, "%s", oc_message());
        }
        g->shard[s] = (oc_shard){.n = batch->n,
                                 .images = batch->images,
                                 .sample = batch->sample,
                                 .seed = run->recipe.train.seed,
                                 .epoch = batch->epoch,
                                 .training = 1,
                                 .prepared = 1,
                                 .mode = oc_run_modes(run)};
    }
}

/* Where the gradients go, and what follows them. */
static void find_places(group *g)
{
    const oc_run *run = g->run;
    const size_t parameters = run->network->parameter_count;
    const size_t rest = oc_reduction_vector(run->reduction) - parameters;
    for (int s = 0; s < g->count; s++) {
        const int index = g->node.first + s;
        g->place[s] =
            (oc_gradient_place){oc_reduction_slot(run->reduction, index),
                                oc_reduction_left(run->reduction, (oc_tree_node){index, 0})};
        g->end[s] = run->workers[g->thread].ends + (size_t)s * rest;
    }
}

static void fold_part(void *data, int shard, size_t first, size_t count, int added)
{
    const group *g = data;
    oc_profile *const profile = g->run->workers[g->thread].workspace.profile;
    const double since = oc_profile_start(profile);
    const oc_tree_node node =
        shard == OC_ALL_SHARDS ? g->node : (oc_tree_node){g->node.first + shard, 0};
    oc_reduction_fold(g->run->reduction, node, first, count, added);
    oc_profile_lap(profile, oc_run_profile_row(g->run, OC_PHASE_FOLD), since);
}

/* Loss, and the gradient of each shard's outputs. */
static void apply_loss(const group *g, oc_loss_sums *sums)
{
    const oc_run *run = g->run;
    const oc_workspace *workspace = &run->workers[g->thread].workspace;
    const int classes = oc_network_output(run->network).dim[0];
    for (int s = 0; s < g->count; s++) {
        const oc_batch *batch = &g->batch[s];
        const oc_loss_targets targets = {
            .labels = batch->labels,
            .second = run->recipe.augment.mixup > 0 ? batch->second : NULL,
            .values = batch->targets,
            .share = batch->share,
            .smoothing = run->recipe.loss.smoothing,
        };
        /* Scaled here, so that the sum over shards is the gradient of the batch's mean loss. */
        sums[s] = oc_loss_apply_targets(run->recipe.loss.kind, g->shard[s].n, classes,
                                        oc_network_outputs(run->network, workspace, s), &targets,
                                        1.0f / (float)run->recipe.batch.size,
                                        oc_network_output_gradient(run->network, workspace, s));
    }
}

/* Forward and backward -> gradients into the reduction, statistics into the ends. */
static void learn(group *g, oc_loss_sums *sums)
{
    const oc_run *run = g->run;
    oc_workspace *workspace = &run->workers[g->thread].workspace;
    const oc_tree_node *node = &g->node;
    const oc_gradient_sum sum = {
        .shard = g->place,
        .all = {g->place[0].gradients, oc_reduction_left(run->reduction, *node)},
        .ready = fold_part,
        .data = g};
    oc_network_forward_shards(run->network, workspace, g->shard, g->count, run->parameters,
                              run->state, g->end);
    const double since = oc_profile_start(workspace->profile);
    apply_loss(g, sums);
    oc_profile_lap(workspace->profile, oc_run_profile_row(run, OC_PHASE_LOSS), since);
    oc_network_backward_shards(run->network, workspace, g->shard, g->count, run->parameters, &sum);
    for (int s = 0; s < g->count; s++)
        oc_loader_give_back(run->loader, g->thread);
}

/* Nothing was learnt: zeros. */
static void learn_nothing(group *g)
{
    const size_t parameters = g->run->network->parameter_count;
    memset(g->place[0].gradients, 0, parameters * sizeof(float));
    fold_part(g, OC_ALL_SHARDS, 0, parameters, 0);
    for (int s = 0; s < g->count; s++)
        memset(g->end[s], 0, g->run->network->state_count * sizeof(float));
}

/* What follows the gradients of each shard, in their order. */
static void commit(group *g, const oc_loss_sums *sums)
{
    const oc_run *run = g->run;
    const size_t parameters = run->network->parameter_count;
    const size_t rest = oc_reduction_vector(run->reduction) - parameters;
    for (int s = 0; s < g->count; s++) {
        float *tail = g->end[s] + run->network->state_count;
        const int index = g->node.first + s;
        tail[OC_TAIL_LOSS] = (float)sums[s].loss;
        tail[OC_TAIL_CORRECT] = (float)sums[s].correct;
        tail[OC_TAIL_STOP] =
            index == run->plan.first_shard && run->stop_signal && *run->stop_signal;
        tail[OC_TAIL_FAILED] = run->workers[g->thread].status != OC_OK;
        tail[OC_TAIL_WAITED] = (float)g->batch[s].waited;
        memcpy(g->place[s].gradients + parameters, g->end[s], rest * sizeof *tail);
        fold_part(g, s, parameters, rest, 0);
    }
    oc_reduction_commit_node(run->reduction, g->node);
}

void oc_run_train_shards(const oc_run *run, int thread)
{
    oc_profile *const profile = run->workers[thread].workspace.profile;
    int shard, last;
    oc_reduction_thread_shards(run->reduction, thread, &shard, &last);
    while (shard < last) {
        const double since = oc_profile_start(profile);
        oc_loss_sums sums[OC_MOST_SIDE_BY_SIDE] = {{0}};
        group g = {.run = run, .thread = thread, .node = node_at(run, shard, last)};
        g.count = 1 << g.node.level;
        find_places(&g);
        oc_run_note(run, OC_PHASE_DATA, (uint64_t)shard);
        load_shards(&g);
        oc_run_note(run, OC_PHASE_SHARD, (uint64_t)shard);
        oc_profile_lap(profile, oc_run_profile_row(run, OC_PHASE_DATA), since);
        if (run->workers[thread].status)
            learn_nothing(&g);
        else
            learn(&g, sums);
        commit(&g, sums);
        shard += g.count;
    }
}
