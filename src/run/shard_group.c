/* shard_group.c - see shard_group.h. */
#include "run/shard_group.h"

#include "base/thread_role.h"
#include "run/step_shards.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void oc_shard_group_find_places(const oc_shard_group *g)
{
    const oc_run *run = g->run;
    oc_worker *worker = &run->workers[g->thread];
    const size_t parameters = run->network->parameter_count;
    const size_t rest = oc_reduction_vector(run->reduction) - parameters;
    for (int s = 0; s < g->count; s++) {
        const int index = g->first + s;
        worker->place[s] =
            (oc_gradient_place){oc_reduction_slot(run->reduction, index),
                                oc_reduction_left(run->reduction, (oc_tree_node){index, 0})};
        worker->end[s] = worker->ends + (size_t)s * rest;
        worker->loss[s] = (oc_loss_sums){0};
    }
}

void oc_shard_group_load(const oc_shard_group *g)
{
    const oc_run *run = g->run;
    oc_worker *worker = &run->workers[g->thread];
    assert(oc_thread_owns(g->thread));
    for (int s = 0; s < g->count; s++) {
        oc_batch *batch = &worker->batch[s];
        *batch = (oc_batch){0};
        if (!worker->status) {
            worker->status = oc_loader_take(run->loader, g->thread, batch);
            if (worker->status)
                snprintf(worker->message, sizeof worker->message, "%s", oc_message());
        }
        worker->shard[s] = (oc_shard){.n = batch->n,
                                      .images = batch->images,
                                      .sample = batch->sample,
                                      .seed = run->recipe.train.seed,
                                      .epoch = batch->epoch,
                                      .training = 1,
                                      .prepared = 1,
                                      .mode = oc_run_modes(run)};
    }
}

void oc_shard_group_apply_loss(const oc_shard_group *g)
{
    const oc_run *run = g->run;
    oc_worker *worker = &run->workers[g->thread];
    const oc_workspace *workspace = &worker->workspace;
    const int classes = oc_network_output(run->network).dim[0];
    const double since = oc_profile_start(workspace->profile);
    for (int s = 0; s < g->count; s++) {
        const oc_batch *batch = &worker->batch[s];
        const oc_loss_targets targets = {
            .labels = batch->labels,
            .second = run->recipe.augment.mixup > 0 ? batch->second : NULL,
            .values = batch->targets,
            .share = batch->share,
            .smoothing = run->recipe.loss.smoothing,
        };
        /* Scaled here, so that the sum over shards is the gradient of the batch's mean loss. */
        worker->loss[s] =
            oc_loss_apply_targets(run->recipe.loss.kind, worker->shard[s].n, classes,
                                  oc_network_outputs(run->network, workspace, s), &targets,
                                  1.0f / (float)run->recipe.batch.size,
                                  oc_network_output_gradient(run->network, workspace, s));
    }
    oc_profile_lap(workspace->profile, oc_run_profile_row(run, OC_PHASE_LOSS), since);
}

void oc_shard_group_fold(void *group, int shard, size_t first, size_t count, int added)
{
    const oc_shard_group *g = group;
    oc_profile *const profile = g->run->workers[g->thread].workspace.profile;
    const double since = oc_profile_start(profile);
    const oc_tree_node node =
        shard == OC_ALL_SHARDS ? g->node : (oc_tree_node){g->first + shard, 0};
    oc_reduction_fold(g->run->reduction, node, first, count, added);
    oc_profile_lap(profile, oc_run_profile_row(g->run, OC_PHASE_FOLD), since);
}

/* One after the other: they may share a place. */
void oc_shard_group_learn_nothing(const oc_shard_group *g)
{
    const oc_worker *worker = &g->run->workers[g->thread];
    const size_t parameters = g->run->network->parameter_count;
    for (int s = 0; s < g->count; s++) {
        memset(worker->place[s].gradients, 0, parameters * sizeof(float));
        oc_reduction_fold(g->run->reduction, (oc_tree_node){g->first + s, 0}, 0, parameters, 0);
        memset(worker->end[s], 0, g->run->network->state_count * sizeof(float));
    }
}

void oc_shard_group_end(const oc_shard_group *g)
{
    const oc_run *run = g->run;
    const oc_worker *worker = &run->workers[g->thread];
    const size_t parameters = run->network->parameter_count;
    const size_t rest = oc_reduction_vector(run->reduction) - parameters;
    oc_shard_group fold = *g;
    for (int s = 0; s < g->count; s++) {
        float *tail = worker->end[s] + run->network->state_count;
        const int index = g->first + s;
        tail[OC_TAIL_LOSS] = (float)worker->loss[s].loss;
        tail[OC_TAIL_CORRECT] = (float)worker->loss[s].correct;
        tail[OC_TAIL_STOP] =
            index == run->plan.first_shard && run->stop_signal && *run->stop_signal;
        tail[OC_TAIL_FAILED] = worker->status != OC_OK;
        tail[OC_TAIL_WAITED] = (float)worker->batch[s].waited;
        memcpy(worker->place[s].gradients + parameters, worker->end[s], rest * sizeof *tail);
        oc_shard_group_fold(&fold, s, parameters, rest, 0);
    }
}
