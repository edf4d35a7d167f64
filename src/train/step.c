/* step.c - one training step: shards forward and backward, reduction, update. */
#include "data/sampler.h"
#include "kernels/unit.h"
#include "train/run.h"

#include <stdatomic.h>

static size_t shard_begin(int64_t batch, int64_t shards, int64_t shard)
{
    return (size_t)(shard * batch / shards);
}

/* Images as training wants them; a function of seed, epoch, sample and place in the batch. */
static void augment_shard(const oc_run *run, oc_worker *worker, uint32_t epoch, size_t begin,
                          size_t n)
{
    const size_t values = oc_shape_count(run->network->input);
    const uint32_t batch = (uint32_t)run->recipe.batch.size;
    const uint32_t step = (uint32_t)(run->info.step % run->info.steps_per_epoch);
    const uint32_t samples = (uint32_t)oc_dataset_describe(run->dataset)->samples[OC_SPLIT_TRAIN];
    for (size_t i = 0; i < n; i++)
        oc_augment_apply(&run->augment, epoch, worker->sample[i], worker->images + i * values,
                         worker->spare[0]);
    for (size_t i = 0; i < n && run->recipe.augment.mixup > 0; i++) {
        const oc_mixup mixup =
            oc_augment_mixup(&run->augment, epoch, step, batch, (uint32_t)(begin + i));
        const uint32_t partner =
            oc_sampler_at(run->recipe.train.seed, epoch, samples, step * batch + mixup.partner);
        float *image = worker->images + i * values, *other = worker->spare[1];
        oc_dataset_gather(run->dataset, OC_SPLIT_TRAIN, &partner, 1, other, &worker->second[i]);
        oc_augment_apply(&run->augment, epoch, partner, other, worker->spare[0]);
        worker->share[i] = mixup.share;
        for (size_t k = 0; k < values; k++)
            image[k] = mixup.share * image[k] + (1.0f - mixup.share) * other[k];
    }
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
    augment_shard(run, worker, epoch, begin, end - begin);
    return (oc_shard){.n = (int)(end - begin),
                      .images = worker->images,
                      .sample = worker->sample,
                      .seed = run->recipe.train.seed,
                      .epoch = epoch,
                      .training = 1,
                      .prepared = 1};
}

/* A row of a thread's profile, behind those of the network (see network.h). */
static size_t row_of(const oc_run *run, oc_step_part part)
{
    return 2 * (size_t)run->network->layers + (size_t)part;
}

/* One shard into its slot of the reduction. */
static void train_shard(const oc_run *run, oc_worker *worker, int index)
{
    oc_profile *const profile = worker->workspace.profile;
    double since = oc_profile_start(profile);
    float *vector = oc_reduction_slot(run->reduction, index);
    since = oc_profile_lap(profile, row_of(run, OC_PART_FOLD), since);
    const oc_shard shard = load_shard(run, worker, index);
    oc_profile_lap(profile, row_of(run, OC_PART_DATA), since);
    const int classes = oc_network_output(run->network).dim[0];
    const float *outputs =
        oc_network_forward(run->network, &worker->workspace, &shard, run->parameters, run->state,
                           vector + run->statistics_at);
    since = oc_profile_start(profile);
    const oc_loss_targets targets = {
        .labels = worker->labels,
        .second = run->recipe.augment.mixup > 0 ? worker->second : NULL,
        .share = worker->share,
        .smoothing = run->recipe.loss.smoothing,
    };
    /* Scaled here, so that the sum over shards is the gradient of the batch's mean loss. */
    const oc_loss_sums sums =
        oc_loss_apply_targets(run->recipe.loss.kind, shard.n, classes, outputs, &targets,
                              1.0f / (float)run->recipe.batch.size,
                              oc_network_output_gradient(run->network, &worker->workspace));
    oc_profile_lap(profile, row_of(run, OC_PART_LOSS), since);
    oc_network_backward(run->network, &worker->workspace, &shard, run->parameters, vector);
    since = oc_profile_start(profile);
    float *tail = vector + run->tail_at;
    tail[OC_TAIL_LOSS] = (float)sums.loss;
    tail[OC_TAIL_CORRECT] = (float)sums.correct;
    tail[OC_TAIL_STOP] = index == run->first_shard && run->stop_signal && *run->stop_signal;
    oc_reduction_commit(run->reduction, index);
    oc_profile_lap(profile, row_of(run, OC_PART_FOLD), since);
}

static void prepare_part(void *data, int thread)
{
    const oc_run *run = data;
    oc_network_prepare_part(run->network, &run->workers[0].workspace, 1, run->parameters, thread,
                            oc_team_size(run->team));
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

/* Work on all parameters or the whole reduced vector, a range of floats a thread. */
typedef struct whole {
    oc_run *run;
    const oc_step *step;
    const float *sum;    /* reduced vector */
    atomic_int infinite; /* some number is NaN or infinite */
} whole;

typedef struct range {
    size_t first, last;
} range;

static range range_of(const oc_run *run, int thread, size_t count)
{
    const size_t line = OC_ALIGNMENT / sizeof(float), threads = (size_t)oc_team_size(run->team);
    const size_t lines = (count + line - 1) / line, part = (size_t)thread;
    const size_t end = lines * (part + 1) / threads * line;
    return (range){lines * part / threads * line, end < count ? end : count};
}

static void check_range(void *data, int thread)
{
    whole *all = data;
    const range part = range_of(all->run, thread, all->run->vector_count);
    if (!oc_unit_get()->elementwise->all_finite(part.last - part.first, all->sum + part.first))
        all->infinite = 1;
}

/* What of a tensor lies in a range. */
static void update_tensor(const whole *all, range part, const oc_network_tensor *tensor, int group)
{
    const oc_run *run = all->run;
    const oc_optimizer_config *config = &run->recipe.optimizer;
    const size_t end = tensor->offset + oc_shape_count(tensor->shape);
    const size_t from = tensor->offset > part.first ? tensor->offset : part.first;
    const size_t to = end < part.last ? end : part.last;
    if (from >= to)
        return;
    oc_update update = {
        .count = to - from,
        .parameter = run->parameters + from,
        .gradient = all->sum + from,
        .learning_rate = all->step->learning_rate[group],
        .momentum = all->step->momentum,
        .weight_decay =
            tensor->is_weight || config->decay_bias_and_norm ? all->step->weight_decay : 0.0,
        .step = run->info.step + 1,
    };
    for (int s = 0; s < oc_optimizer_slots(config->kind); s++)
        update.slot[s] = run->slot[s] + from;
    oc_optimizer_update(config, &update);
}

static void update_range(void *data, int thread)
{
    const whole *all = data;
    const range part = range_of(all->run, thread, all->run->network->parameter_count);
    const int tensors = oc_network_parameters(all->run->network);
    for (int i = 0; i < tensors; i++) {
        const oc_network_tensor tensor = oc_network_parameter(all->run->network, i);
        if (all->run->groups.of[i] != OC_FROZEN)
            update_tensor(all, part, &tensor, all->run->groups.of[i]);
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
    oc_profile *const profile = run->workers[0].workspace.profile;
    double since = oc_profile_start(profile);
    if (run->network->prepared_count > 0)
        oc_team_run(run->team, prepare_part, run);
    oc_profile_lap(profile, row_of(run, OC_PART_PREPARE), since);
    oc_team_run(run->team, train_lane, run);
    since = oc_profile_start(profile);
    float *sum = NULL;
    const oc_status status = oc_reduction_finish(run->reduction, run->team, &sum);
    since = oc_profile_lap(profile, row_of(run, OC_PART_REDUCTION), since);
    if (status != OC_OK)
        return status;
    const float *tail = sum + run->tail_at;
    const double batch = (double)run->recipe.batch.size;
    result->loss = (double)tail[OC_TAIL_LOSS] / batch;
    result->accuracy = (double)tail[OC_TAIL_CORRECT] / batch;
    result->correct = (uint64_t)tail[OC_TAIL_CORRECT];
    whole all = {.run = run, .step = step, .sum = sum};
    oc_team_run(run->team, check_range, &all);
    result->finite = !all.infinite;
    run->stop_seen |= tail[OC_TAIL_STOP] > 0;
    if (!result->finite)
        return OC_OK;
    oc_team_run(run->team, update_range, &all);
    update_state(run, sum + run->statistics_at);
    run->info.step++;
    oc_profile_lap(profile, row_of(run, OC_PART_UPDATE), since);
    return OC_OK;
}
