/* loader_work.c - which samples come when, for this rank: pure functions of the position. */
#include "data/loader/loader_private.h"

#include <assert.h>

static const oc_worker_range *ranges_of(const oc_work *work, oc_loader_job job)
{
    return job == OC_JOB_TRAIN ? work->train : work->evaluate;
}

/* Move on from a position, itself included, to one where the worker has something. */
static void settle(const oc_work *work, oc_cursor *cursor)
{
    const oc_worker_range *ranges = ranges_of(work, cursor->job);
    int empty = 0; /* workers in a row without a round like this */
    while (cursor->job != OC_JOB_NONE) {
        if (cursor->worker == work->config.workers) {
            cursor->worker = 0;
            cursor->round++;
        }
        const oc_worker_range *range = &ranges[cursor->worker];
        if (range->first + cursor->round < range->last)
            return;
        cursor->worker++;
        if (++empty < work->config.workers)
            continue;
        /* No worker has so many. */
        empty = 0;
        if (cursor->job == OC_JOB_EVALUATE || cursor->round == 0 ||
            cursor->step + 1 >= work->config.total_steps) {
            cursor->job = OC_JOB_NONE;
            return;
        }
        cursor->step++;
        cursor->round = 0;
        cursor->worker = 0;
    }
}

oc_cursor oc_work_begin(const oc_work *work, oc_loader_job job, uint64_t step)
{
    oc_cursor cursor = {.job = job, .step = step};
    if (job == OC_JOB_TRAIN && step >= work->config.total_steps)
        cursor.job = OC_JOB_NONE;
    settle(work, &cursor);
    return cursor;
}

void oc_work_next(const oc_work *work, oc_cursor *cursor)
{
    cursor->worker++;
    settle(work, cursor);
}

oc_split oc_work_split(const oc_work *work, const oc_cursor *cursor)
{
    return cursor->job == OC_JOB_TRAIN ? OC_SPLIT_TRAIN : work->config.evaluate_split;
}

uint32_t oc_work_epoch(const oc_work *work, const oc_cursor *cursor)
{
    return cursor->job == OC_JOB_TRAIN ? (uint32_t)(cursor->step / work->config.steps_per_epoch)
                                       : 0;
}

int oc_work_is_mixed(const oc_work *work, const oc_cursor *cursor)
{
    const oc_augment *augment = work->config.augment;
    return cursor->job == OC_JOB_TRAIN && augment && augment->config.mixup > 0;
}

/* The first position in the batch of a cursor's shard. */
static int64_t first_place(const oc_work *work, const oc_cursor *cursor)
{
    const int64_t shard = work->train[cursor->worker].first + cursor->round;
    return shard * work->config.batch / work->config.shards;
}

static oc_mixup mixup_of(const oc_work *work, const oc_cursor *cursor, int64_t position)
{
    const oc_loader_config *c = &work->config;
    return oc_augment_mixup(c->augment, oc_work_epoch(work, cursor),
                            (uint32_t)(cursor->step % c->steps_per_epoch), (uint32_t)c->batch,
                            (uint32_t)position);
}

float oc_work_share(const oc_work *work, const oc_cursor *cursor, int i)
{
    return mixup_of(work, cursor, first_place(work, cursor) + i).share;
}

/* The sample at a position of the cursor's batch. */
static uint32_t sample_at(const oc_work *work, const oc_cursor *cursor, int64_t position)
{
    const oc_loader_config *c = &work->config;
    const uint32_t epoch = oc_work_epoch(work, cursor);
    const uint64_t first = cursor->step % c->steps_per_epoch * (uint64_t)c->batch;
    const uint32_t index = oc_order_at(&c->order, epoch, (uint32_t)(first + (uint64_t)position));
    return oc_selection_at(c->selection, epoch, index);
}

static int train_samples(const oc_work *work, const oc_cursor *cursor, uint32_t *sample)
{
    const oc_loader_config *c = &work->config;
    const int64_t begin = first_place(work, cursor);
    const int64_t shard = work->train[cursor->worker].first + cursor->round;
    const int64_t end = (shard + 1) * c->batch / c->shards, n = end - begin;
    for (int64_t i = 0; i < n; i++)
        sample[i] = sample_at(work, cursor, begin + i);
    if (!oc_work_is_mixed(work, cursor))
        return (int)n;
    for (int64_t i = 0; i < n; i++)
        sample[n + i] = sample_at(work, cursor, mixup_of(work, cursor, begin + i).partner);
    return (int)(2 * n);
}

static int evaluate_samples(const oc_work *work, const oc_cursor *cursor, uint32_t *sample)
{
    const oc_loader_config *c = &work->config;
    const int64_t first = (work->evaluate[cursor->worker].first + cursor->round) * c->chunk;
    const int64_t rest = (int64_t)c->evaluate_selection->count - first;
    const int n = (int)(rest < c->chunk ? rest : c->chunk);
    for (int i = 0; i < n; i++)
        sample[i] = oc_selection_at(c->evaluate_selection, 0, (uint32_t)(first + i));
    return n;
}

int oc_work_samples(const oc_work *work, const oc_cursor *cursor, uint32_t *sample)
{
    const int n = cursor->job == OC_JOB_TRAIN ? train_samples(work, cursor, sample)
                                              : evaluate_samples(work, cursor, sample);
    assert(n <= work->largest);
    return n;
}

void oc_work_prepare(const oc_work *work, const oc_cursor *cursor, uint32_t sample,
                     const void *stored, float *image, float *spare)
{
    const oc_loader_config *c = &work->config;
    oc_dataset_decode(c->dataset, stored, image);
    if (cursor->job == OC_JOB_TRAIN && c->augment)
        oc_augment_apply(c->augment, oc_work_epoch(work, cursor), sample, image, spare);
}
