/* evaluate.c - loss and accuracy on what is evaluated, all ranks together.
 *
 * Its samples are cut into chunks that depend on the recipe alone; a rank does a range of
 * them. Each chunk's sum reaches all ranks as it is, and they are added in order, so the
 * result does not depend on the number of ranks. */
#include "base/clock.h"
#include "base/thread_role.h"
#include "run/average.h"
#include "run/run_data.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static oc_loss_sums evaluate_chunk(const oc_run *run, oc_worker *worker, const oc_batch *batch,
                                   size_t chunk)
{
    const oc_shard shard = {
        .n = batch->n, .images = batch->images, .sample = batch->sample, .prepared = 1};
    const float *outputs =
        oc_views_forward(run->plan.views, run->network, &worker->workspace, &shard,
                         oc_run_parameters(run), oc_run_state(run), worker->views, worker->outputs);
    oc_scorer_chunk(&run->scorer, chunk, batch->n, outputs, batch->targets, worker->counts);
    const oc_loss_targets targets = {.labels = batch->labels, .values = batch->targets};
    return oc_loss_apply_targets(run->recipe.loss.kind, batch->n,
                                 oc_network_output(run->network).dim[0], outputs, &targets, 1.0f,
                                 NULL);
}

oc_worker_range oc_run_evaluation_range(const oc_run *run, int thread)
{
    const int64_t threads = oc_team_size(run->team);
    const int64_t parts = oc_comm_size(run->comm) * threads;
    const int64_t part = oc_comm_rank(run->comm) * threads + thread;
    const int64_t chunks = (int64_t)run->plan.chunks;
    return (oc_worker_range){part * chunks / parts, (part + 1) * chunks / parts};
}

/* A thread's part of the chunks, as if it were a rank of its own. */
static void evaluate_part(void *data, int thread)
{
    const oc_run *run = data;
    assert(oc_thread_owns(thread));
    oc_worker *worker = &run->workers[thread];
    const oc_worker_range range = oc_run_evaluation_range(run, thread);
    worker->correct = 0;
    memset(worker->counts, 0, sizeof worker->counts);
    for (int64_t c = range.first; c < range.last; c++) {
        oc_batch batch;
        worker->status = oc_loader_take(run->loader, thread, &batch);
        if (worker->status) {
            snprintf(worker->message, sizeof worker->message, "%s", oc_message());
            return;
        }
        const oc_loss_sums sums = evaluate_chunk(run, worker, &batch, (size_t)c);
        oc_loader_give_back(run->loader, thread);
        run->chunk_loss[c] = sums.loss;
        worker->correct += sums.correct;
    }
}

oc_status oc_run_workers_status(oc_run *run)
{
    oc_status status = OC_OK;
    for (int i = oc_team_size(run->team) - 1; i >= 0; i--) {
        if (run->workers[i].status)
            status = oc_fail(run->workers[i].status, "%s", run->workers[i].message);
        run->workers[i].status = OC_OK;
    }
    return status;
}

/* Sums and counts of all ranks -> scores. R2 that is no number stands below every other. */
static oc_status finish_scores(oc_run *run)
{
    uint64_t counts[OC_SCORE_COUNTS] = {0};
    const oc_scorer *scorer = &run->scorer;
    if (scorer->kind == OC_TARGETS_CLASSES)
        return OC_OK;
    for (int i = 0; i < oc_team_size(run->team); i++)
        for (int k = 0; k < OC_SCORE_COUNTS; k++)
            counts[k] += run->workers[i].counts[k];
    oc_status status = oc_comm_sum_f64(run->comm, scorer->sums, scorer->chunks * OC_SCORE_SUMS);
    if (status == OC_OK)
        status = oc_comm_sum_u64(run->comm, counts, OC_SCORE_COUNTS);
    if (status != OC_OK)
        return status;
    run->scores = oc_scorer_finish(scorer, counts, run->plan.evaluate_selection.count);
    if (scorer->kind == OC_TARGETS_REGRESSION)
        run->info.test_accuracy = isnan(run->scores.r2) ? -HUGE_VAL : run->scores.r2;
    return OC_OK;
}

oc_status oc_run_evaluate(oc_run *run)
{
    uint64_t correct = 0;
    oc_run_note(run, OC_PHASE_EVALUATION, OC_NO_NUMBER);
    oc_status status = oc_run_average_statistics(run);
    if (status != OC_OK)
        return status;
    oc_network_prepare(run->network, &run->workers[0].workspace, 0, oc_run_parameters(run));
    memset(run->chunk_loss, 0, run->plan.chunks * sizeof *run->chunk_loss);
    if (run->scorer.sums)
        memset(run->scorer.sums, 0, run->plan.chunks * OC_SCORE_SUMS * sizeof *run->scorer.sums);
    oc_loader_evaluate(run->loader);
    const double started = oc_seconds();
    oc_team_run(run->team, evaluate_part, run);
    oc_patience_note(&run->patience, oc_seconds() - started); /* the others have as much to do */
    oc_patience_apply(&run->patience, run->comm, 0);
    status = oc_comm_agree(run->comm, oc_run_workers_status(run));
    if (status != OC_OK)
        return status;
    for (int i = 0; i < oc_team_size(run->team); i++)
        correct += run->workers[i].correct;
    status = oc_comm_sum_f64(run->comm, run->chunk_loss, run->plan.chunks);
    if (status == OC_OK)
        status = oc_comm_sum_u64(run->comm, &correct, 1);
    if (status != OC_OK)
        return status;
    double loss = 0;
    for (size_t c = 0; c < run->plan.chunks; c++)
        loss += run->chunk_loss[c];
    const double samples = (double)run->plan.evaluate_selection.count;
    run->info.test_loss = loss / samples;
    run->info.test_accuracy = (double)correct / samples;
    status = finish_scores(run);
    if (status == OC_OK)
        run->info.evaluated_step = run->info.step;
    return status;
}
