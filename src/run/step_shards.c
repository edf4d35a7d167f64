/* step_shards.c - see step_shards.h. A thread takes its shards in groups that are complete nodes of
 * the tree of shards: one at a time, or several side by side through each layer. */
#include "run/step_shards.h"

#include "run/gradient_units.h"
#include "run/progress.h"
#include "run/shard_group.h"

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
        run->plan.side_by_side = oc_gradients_are_rounded(&run->recipe) ? 1 : what_pays(run, most);
    else
        run->plan.side_by_side = wish < most ? (int)wish : most;
    return OC_OK;
}

static oc_tree_node node_at(const oc_run *run, int shard, int last)
{
    oc_tree_node node = {shard, 0};
    for (int size = 2; size <= run->plan.side_by_side && shard % size == 0 && shard + size <= last;
         size *= 2)
        node.level++;
    return node;
}

/* Forward and backward -> gradients into the reduction, statistics into the ends. */
static void learn(oc_shard_group *g)
{
    const oc_run *run = g->run;
    oc_worker *worker = &run->workers[g->thread];
    const oc_gradient_sum sum = {
        .shard = worker->place,
        .all = {worker->place[0].gradients, oc_reduction_left(run->reduction, g->node)},
        .ready = oc_shard_group_fold,
        .data = g};
    oc_network_forward_shards(run->network, &worker->workspace, worker->shard, g->count,
                              run->parameters, run->state, worker->end);
    oc_shard_group_apply_loss(g);
    oc_network_backward_shards(run->network, &worker->workspace, worker->shard, g->count,
                               run->parameters, &sum);
    for (int s = 0; s < g->count; s++)
        oc_loader_give_back(run->loader, g->thread);
}

void oc_run_train_shards(const oc_run *run, int thread)
{
    oc_profile *const profile = run->workers[thread].workspace.profile;
    int shard, last;
    oc_reduction_thread_shards(run->reduction, thread, &shard, &last);
    while (shard < last) {
        const double since = oc_profile_start(profile);
        const oc_tree_node node = node_at(run, shard, last);
        oc_shard_group g = {run, thread, shard, 1 << node.level, node};
        oc_shard_group_find_places(&g);
        oc_run_note(run, OC_PHASE_DATA, (uint64_t)shard);
        oc_shard_group_load(&g);
        oc_run_note(run, OC_PHASE_SHARD, (uint64_t)shard);
        oc_profile_lap(profile, oc_run_profile_row(run, OC_PHASE_DATA), since);
        if (run->workers[thread].status)
            oc_shard_group_learn_nothing(&g);
        else
            learn(&g);
        oc_shard_group_end(&g);
        oc_reduction_commit_node(run->reduction, node);
        shard += g.count;
    }
}
