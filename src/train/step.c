/* step.c - one training step: shards forward and backward, reduction, update. */
#include "data/sampler.h"
#include "train/run.h"

static size_t shard_begin(int64_t batch, int64_t shards, int64_t shard)
{
    return (size_t)(shard * batch / shards);
}

/* Fetch shard `shard` of the batch of this step: a function of seed, step and shard alone. */
static oc_shard load_shard(const oc_run *run, oc_worker *worker, int shard)
{
    const int64_t batch = run->recipe.batch.size, shards = run->recipe.batch.shards;
    const uint64_t spe = run->info.steps_per_epoch;
    const uint32_t epoch = (uint32_t)(run->info.step / spe);
    const size_t begin = shard_begin(batch, shards, shard);
    const size_t end = shard_begin(batch, shards, shard + 1);
    const uint64_t first = (run->info.step % spe) * (uint64_t)batch;
    const uint32_t samples = (uint32_t)oc_dataset_describe(run->dataset)->samples[OC_SPLIT_TRAIN];
    for (size_t i = begin; i < end; i++)
        worker->sample[i - begin] =
            oc_sampler_at(run->recipe.train.seed, epoch, samples, (uint32_t)(first + i));
    oc_dataset_gather(run->dataset, OC_SPLIT_TRAIN, worker->sample, end - begin, worker->images,
                      worker->labels);
    return (oc_shard){.n = (int)(end - begin),
                      .images = worker->images,
                      .sample = worker->sample,
                      .seed = run->recipe.train.seed,
                      .epoch = epoch,
                      .training = 1,
                      .prepared = 1};
}

/* One shard into its slot of the reduction. */
static void train_shard(const oc_run *run, oc_worker *worker, int index)
{
    float *vector = oc_reduction_slot(run->reduction, index);
    const oc_shard shard = load_shard(run, worker, index);
    const int classes = oc_network_output(run->network).dim[0];
    const float *outputs =
        oc_network_forward(run->network, &worker->workspace, &shard, run->parameters, run->state,
                           vector + run->statistics_at);
    /* Scaled here, so that the sum over shards is the gradient of the batch's mean loss. */
    const oc_loss_sums sums =
        oc_loss_apply(run->recipe.loss.kind, shard.n, classes, outputs, worker->labels,
                      1.0f / (float)run->recipe.batch.size,
                      oc_network_output_gradient(run->network, &worker->workspace));
    oc_network_backward(run->network, &worker->workspace, &shard, run->parameters, vector);
    float *tail = vector + run->tail_at;
    tail[OC_TAIL_LOSS] = (float)sums.loss;
    tail[OC_TAIL_CORRECT] = (float)sums.correct;
    tail[OC_TAIL_STOP] = index == run->first_shard && run->stop_signal && *run->stop_signal;
    oc_reduction_commit(run->reduction, index);
}

/* A thread's part of the rank's shards. */
static void train_lane(void *data, int thread)
{
    const oc_run *run = data;
    int first, last;
    oc_reduction_lane(run->reduction, thread, &first, &last);
    for (int shard = first; shard < last; shard++)
        train_shard(run, &run->workers[thread], shard);
}

static void update_parameters(oc_run *run, const oc_step *step, const float *gradients)
{
    const oc_optimizer_config *config = &run->recipe.optimizer;
    const int tensors = oc_network_parameters(run->network);
    for (int i = 0; i < tensors; i++) {
        const oc_network_tensor tensor = oc_network_parameter(run->network, i);
        const int group = run->groups.of[i];
        if (group == OC_FROZEN)
            continue;
        oc_update update = {
            .count = oc_shape_count(tensor.shape),
            .parameter = run->parameters + tensor.offset,
            .gradient = gradients + tensor.offset,
            .learning_rate = step->learning_rate[group],
            .momentum = step->momentum,
            .weight_decay =
                tensor.is_weight || config->decay_bias_and_norm ? step->weight_decay : 0.0,
            .step = run->info.step + 1,
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
    oc_network_prepare(run->network, &run->workers[0].workspace, 1, run->parameters);
    oc_team_run(run->team, train_lane, run);
    float *sum = NULL;
    const oc_status status = oc_reduction_finish(run->reduction, &sum);
    if (status != OC_OK)
        return status;
    const float *tail = sum + run->tail_at;
    const double batch = (double)run->recipe.batch.size;
    result->loss = (double)tail[OC_TAIL_LOSS] / batch;
    result->accuracy = (double)tail[OC_TAIL_CORRECT] / batch;
    result->correct = (uint64_t)tail[OC_TAIL_CORRECT];
    result->finite = oc_kernels_get()->all_finite(run->vector_count, sum);
    run->stop_seen |= tail[OC_TAIL_STOP] > 0;
    if (!result->finite)
        return OC_OK;
    update_parameters(run, step, sum);
    update_state(run, sum + run->statistics_at);
    run->info.step++;
    return OC_OK;
}
