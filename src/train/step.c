/* step.c - one training step: shards forward and backward, reduction, update. */
#include "train/run_data.h"

#include <stdio.h>
#include <string.h>

/* The lane's next shard: a function of seed, step and shard alone. */
static oc_shard load_shard(const oc_run *run, int thread, oc_batch *batch)
{
    oc_worker *worker = &run->workers[thread];
    *batch = (oc_batch){0};
    if (!worker->status) {
        worker->status = oc_loader_take(run->loader, thread, batch);
        if (worker->status)
            snprintf(worker->message, sizeof worker->message, "%s", oc_message());
    }
    return (oc_shard){.n = batch->n,
                      .images = batch->images,
                      .sample = batch->sample,
                      .seed = run->recipe.train.seed,
                      .epoch = batch->epoch,
                      .training = 1,
                      .prepared = 1};
}

/* Forward and backward -> gradients and batch statistics in `vector`. */
static oc_loss_sums learn(const oc_run *run, oc_worker *worker, const oc_shard *shard,
                          const int32_t *labels, float *vector)
{
    const int classes = oc_network_output(run->network).dim[0];
    const float *outputs =
        oc_network_forward(run->network, &worker->workspace, shard, run->parameters, run->state,
                           vector + run->statistics_at);
    /* Scaled here, so that the sum over shards is the gradient of the batch's mean loss. */
    const oc_loss_sums sums =
        oc_loss_apply(run->recipe.loss.kind, shard->n, classes, outputs, labels,
                      1.0f / (float)run->recipe.batch.size,
                      oc_network_output_gradient(run->network, &worker->workspace));
    oc_network_backward(run->network, &worker->workspace, shard, run->parameters, vector);
    return sums;
}

/* One shard into its slot of the reduction. Without samples it is zeros, and says so. */
static void train_shard(const oc_run *run, int thread, int index)
{
    float *vector = oc_reduction_slot(run->reduction, index);
    float *tail = vector + run->tail_at;
    oc_worker *worker = &run->workers[thread];
    oc_loss_sums sums = {0};
    oc_batch batch;
    const oc_shard shard = load_shard(run, thread, &batch);
    if (worker->status) {
        memset(vector, 0, run->vector_count * sizeof *vector);
    } else {
        sums = learn(run, worker, &shard, batch.labels, vector);
        oc_loader_give_back(run->loader, thread);
    }
    tail[OC_TAIL_LOSS] = (float)sums.loss;
    tail[OC_TAIL_CORRECT] = (float)sums.correct;
    tail[OC_TAIL_STOP] = index == run->first_shard && run->stop_signal && *run->stop_signal;
    tail[OC_TAIL_FAILED] = worker->status != OC_OK;
    tail[OC_TAIL_WAITED] = (float)batch.waited;
    oc_reduction_commit(run->reduction, index);
}

/* A thread's part of the rank's shards. */
static void train_lane(void *data, int thread)
{
    const oc_run *run = data;
    int first, last;
    oc_reduction_lane(run->reduction, thread, &first, &last);
    for (int shard = first; shard < last; shard++)
        train_shard(run, thread, shard);
}

static void update_parameters(oc_run *run, const oc_step *step, const float *gradients)
{
    const oc_optimizer_config *config = &run->recipe.optimizer;
    const int tensors = oc_network_parameters(run->network);
    for (int i = 0; i < tensors; i++) {
        const oc_network_tensor tensor = oc_network_parameter(run->network, i);
        oc_update update = {
            .count = oc_shape_count(tensor.shape),
            .parameter = run->parameters + tensor.offset,
            .gradient = gradients + tensor.offset,
            .learning_rate = step->learning_rate[0],
            .momentum = step->momentum,
            .weight_decay =
                tensor.is_weight || config->decay_bias_and_norm ? step->weight_decay : 0.0,
        };
        for (int s = 0; s < oc_optimizer_slots(config->kind); s++)
            update.slot[s] = run->slot[s] + tensor.offset;
        oc_optimizer_update(config, &update);
    }
}

/* Running statistics move towards the mean over all shards. */
static void update_state(oc_run *run, const float *sums)
{
    const float share = 1.0f / (float)run->recipe.batch.shards;
    for (int i = 0; i < run->network->layers; i++) {
        const oc_layer *layer = &run->network->layer[i];
        const float rate = (float)layer->config.rate;
        const size_t first = run->network->state_offset[i];
        for (size_t j = first; j < first + layer->state_count; j++)
            run->state[j] += rate * (sums[j] * share - run->state[j]);
    }
}

oc_status oc_run_train_step(oc_run *run, const oc_step *step, oc_step_result *result)
{
    oc_loader_train(run->loader, run->info.step);
    oc_network_prepare(run->network, &run->workers[0].workspace, 1, run->parameters);
    oc_team_run(run->team, train_lane, run);
    float *sum = NULL;
    const oc_status status = oc_reduction_finish(run->reduction, &sum);
    if (status != OC_OK)
        return status;
    const float *tail = sum + run->tail_at;
    if (tail[OC_TAIL_FAILED] > 0) /* known to all, so all agree on why */
        return oc_comm_agree(run->comm, oc_run_workers_status(run));
    const double batch = (double)run->recipe.batch.size;
    result->loss = (double)tail[OC_TAIL_LOSS] / batch;
    result->accuracy = (double)tail[OC_TAIL_CORRECT] / batch;
    result->correct = (uint64_t)tail[OC_TAIL_CORRECT];
    result->waited =
        (double)tail[OC_TAIL_WAITED] / ((double)oc_comm_size(run->comm) * oc_team_size(run->team));
    result->finite = oc_kernels_get()->all_finite(run->vector_count, sum);
    run->stop_seen |= tail[OC_TAIL_STOP] > 0;
    if (!result->finite)
        return OC_OK;
    update_parameters(run, step, sum);
    update_state(run, sum + run->statistics_at);
    run->info.step++;
    return OC_OK;
}
