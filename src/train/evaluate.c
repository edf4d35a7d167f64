/* evaluate.c - loss and accuracy on the test split, all ranks together.
 *
 * The split is cut into chunks that depend on the recipe alone; a rank does a range of
 * them. Each chunk's sum reaches all ranks as it is, and they are added in order, so the
 * result does not depend on the number of ranks. */
#include "train/run.h"

#include <string.h>

/* The mean of these outputs and of those of the mirrored images; the network forgets the first. */
static const float *average_mirrored(const oc_run *run, oc_worker *worker, const oc_shard *shard,
                                     const float *outputs)
{
    const oc_shape input = run->network->input;
    const size_t n = (size_t)shard->n, values = oc_shape_count(input);
    const size_t count = n * oc_shape_count(oc_network_output(run->network));
    memcpy(worker->outputs, outputs, count * sizeof *outputs);
    for (size_t i = 0; i < n; i++)
        oc_augment_mirror(input.dim[0], input.dim[1], input.dim[2], worker->images + i * values);
    const float *mirrored = oc_network_forward(run->network, &worker->workspace, shard,
                                               run->parameters, run->state, NULL);
    for (size_t i = 0; i < count; i++)
        worker->outputs[i] = 0.5f * (worker->outputs[i] + mirrored[i]);
    return worker->outputs;
}

static oc_loss_sums evaluate_chunk(const oc_run *run, oc_worker *worker, size_t chunk)
{
    const size_t samples = (size_t)oc_dataset_describe(run->dataset)->samples[OC_SPLIT_TEST];
    const size_t size = (size_t)run->largest_shard, first = chunk * size;
    const size_t n = first + size <= samples ? size : samples - first;
    for (size_t i = 0; i < n; i++)
        worker->sample[i] = (uint32_t)(first + i);
    oc_dataset_gather(run->dataset, OC_SPLIT_TEST, worker->sample, n, worker->images,
                      worker->labels);
    const oc_shard shard = {
        .n = (int)n, .images = worker->images, .sample = worker->sample, .prepared = 1};
    const float *outputs = oc_network_forward(run->network, &worker->workspace, &shard,
                                              run->parameters, run->state, NULL);
    if (run->flip_at_test)
        outputs = average_mirrored(run, worker, &shard, outputs);
    return oc_loss_apply(run->recipe.loss.kind, (int)n, oc_network_output(run->network).dim[0],
                         outputs, worker->labels, 1.0f, NULL);
}

/* A thread's part of the chunks, as if it were a rank of its own. */
static void evaluate_part(void *data, int thread)
{
    const oc_run *run = data;
    oc_worker *worker = &run->workers[thread];
    const size_t threads = (size_t)oc_team_size(run->team);
    const size_t parts = (size_t)oc_comm_size(run->comm) * threads;
    const size_t part = (size_t)oc_comm_rank(run->comm) * threads + (size_t)thread;
    worker->correct = 0;
    for (size_t c = part * run->chunks / parts; c < (part + 1) * run->chunks / parts; c++) {
        const oc_loss_sums sums = evaluate_chunk(run, worker, c);
        run->chunk_loss[c] = sums.loss;
        worker->correct += sums.correct;
    }
}

oc_status oc_run_evaluate(oc_run *run)
{
    uint64_t correct = 0;
    oc_network_prepare(run->network, &run->workers[0].workspace, 0, run->parameters);
    memset(run->chunk_loss, 0, run->chunks * sizeof *run->chunk_loss);
    oc_team_run(run->team, evaluate_part, run);
    for (int i = 0; i < oc_team_size(run->team); i++)
        correct += run->workers[i].correct;
    oc_status status = oc_comm_sum_f64(run->comm, run->chunk_loss, run->chunks);
    if (status == OC_OK)
        status = oc_comm_sum_u64(run->comm, &correct, 1);
    if (status != OC_OK)
        return status;
    double loss = 0;
    for (size_t c = 0; c < run->chunks; c++)
        loss += run->chunk_loss[c];
    const double samples = (double)oc_dataset_describe(run->dataset)->samples[OC_SPLIT_TEST];
    run->info.test_loss = loss / samples;
    run->info.test_accuracy = (double)correct / samples;
    run->info.evaluated_step = run->info.step;
    return OC_OK;
}
