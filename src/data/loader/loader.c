/* loader.c - see loader.h: the thread, and a ring of buffers for each worker.
 *
 * The mutex guards the counts and the job, never any work. The thread waits on `room` when the
 * ring of the worker whose turn it is has no free buffer, a worker on its `ready`. Workers are
 * served in the order of the work, so a worker never waits for another one's buffers to be given
 * back beyond the step that both are in. */
#include "data/loader/loader_private.h"

#include "base/clock.h"
#include "base/thread.h"
#include "base/thread_role.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the thread ---- */

/* Image i and its partner, which is at hand -> their mean, weighted. */
static void mix(const oc_loader *loader, const oc_cursor *cursor, int i, oc_batch *batch)
{
    const size_t values = loader->work.values;
    const float share = oc_work_share(&loader->work, cursor, i);
    float *image = batch->images + (size_t)i * values;
    for (size_t k = 0; k < values; k++)
        image[k] = share * image[k] + (1.0f - share) * loader->partner[k];
    batch->share[i] = share;
    for (size_t t = 0; t < loader->targets; t++) {
        float *target = &batch->targets[(size_t)i * loader->targets + t];
        *target = share * *target + (1.0f - share) * loader->partner_targets[t];
    }
}

/* Fill a buffer for a position. */
static oc_status make(oc_loader *loader, const oc_cursor *cursor, oc_batch *batch)
{
    assert(oc_thread_is(OC_THREAD_LOADER));
    const oc_work *work = &loader->work;
    const oc_dataset *dataset = work->config.dataset;
    const oc_split split = oc_work_split(work, cursor);
    const unsigned char *stored = oc_dataset_images(dataset, split);
    const int32_t *labels = oc_dataset_labels(dataset, split);
    const int reads = oc_work_samples(work, cursor, batch->sample);
    const int mixed = oc_work_is_mixed(work, cursor);
    batch->n = mixed ? reads / 2 : reads;
    batch->epoch = oc_work_epoch(work, cursor);
    if (loader->streaming) {
        const oc_status status = oc_read_ahead_get(&loader->reader, work, cursor, reads, &stored);
        if (status)
            return status;
    }
    for (int i = 0; i < reads; i++) {
        const uint32_t sample = batch->sample[i];
        const size_t at = loader->streaming ? (size_t)i : sample;
        const int is_partner = i >= batch->n;
        float *image = is_partner ? loader->partner : batch->images + (size_t)i * work->values;
        if (labels)
            *(is_partner ? &batch->second[i - batch->n] : &batch->labels[i]) = labels[sample];
        else
            oc_dataset_target(dataset, split, sample,
                              is_partner ? loader->partner_targets
                                         : batch->targets + (size_t)i * loader->targets);
        oc_work_prepare(work, cursor, sample, stored + at * work->sample_bytes, image,
                        loader->spare);
        if (is_partner)
            mix(loader, cursor, i - batch->n, batch);
    }
    return OC_OK;
}

static void fail_all(oc_loader *loader, oc_status status)
{
    loader->failure = status;
    snprintf(loader->message, sizeof loader->message, "%s", oc_message());
    for (int worker = 0; worker < loader->work.config.workers; worker++)
        pthread_cond_broadcast(&loader->rings[worker].ready);
}

/* Wait, with the mutex held, until there is something to do for this position: non-zero then. */
static int wait_for_room(oc_loader *loader, const oc_cursor *cursor)
{
    for (;;) {
        if (loader->quit || loader->begun != loader->asked)
            return 0;
        if (cursor->job == OC_JOB_NONE && !loader->failure) /* for who takes too many: no hang */
            fail_all(loader, oc_fail(OC_ERR_INTERNAL, "loader: there is nothing more to take"));
        if (!loader->failure) {
            const oc_loader_ring *ring = &loader->rings[cursor->worker];
            if (ring->made - ring->given_back < (uint64_t)loader->depth)
                return 1;
        }
        pthread_cond_wait(&loader->room, &loader->mutex);
    }
}

/* A job from its beginning until another is asked for; the mutex is held between buffers. */
static void do_job(oc_loader *loader)
{
    loader->begun = loader->asked;
    oc_cursor cursor = oc_work_begin(&loader->work, loader->job, loader->job_step);
    oc_read_ahead_reset(&loader->reader);
    while (wait_for_room(loader, &cursor)) {
        oc_loader_ring *ring = &loader->rings[cursor.worker];
        oc_batch *batch = &ring->slot[ring->made % (uint64_t)loader->depth];
        pthread_mutex_unlock(&loader->mutex);
        const oc_status status = make(loader, &cursor, batch);
        if (!status)
            oc_work_next(&loader->work, &cursor);
        pthread_mutex_lock(&loader->mutex);
        if (loader->begun != loader->asked)
            return; /* the buffer is for a job that is over */
        if (status)
            fail_all(loader, status);
        else {
            ring->made++;
            pthread_cond_signal(&ring->ready);
        }
    }
}

static void *serve(void *argument)
{
    oc_loader *loader = argument;
    oc_thread_become(OC_THREAD_LOADER, 0);
    pthread_mutex_lock(&loader->mutex);
    while (!loader->quit) {
        if (loader->begun == loader->asked)
            pthread_cond_wait(&loader->room, &loader->mutex);
        else
            do_job(loader);
    }
    pthread_mutex_unlock(&loader->mutex);
    return NULL;
}

/* ---- asking and taking ---- */

/* Nobody is taking: the rings can be emptied at once; the thread drops what it has in hand. */
static void ask(oc_loader *loader, oc_loader_job job, uint64_t step)
{
    assert(oc_thread_is_main());
    for (int i = 0; i < loader->work.config.workers; i++) {
        oc_loader_ring *ring = &loader->rings[i];
        ring->made = ring->taken = ring->given_back = 0;
    }
    loader->job = job;
    loader->job_step = loader->next_step = step;
    loader->failure = OC_OK;
    loader->asked++;
    pthread_cond_signal(&loader->room);
}

void oc_loader_train(oc_loader *loader, uint64_t step)
{
    pthread_mutex_lock(&loader->mutex);
    if (loader->job != OC_JOB_TRAIN || loader->next_step != step)
        ask(loader, OC_JOB_TRAIN, step);
    loader->next_step = step + 1;
    pthread_mutex_unlock(&loader->mutex);
}

void oc_loader_evaluate(oc_loader *loader)
{
    pthread_mutex_lock(&loader->mutex);
    ask(loader, OC_JOB_EVALUATE, 0);
    pthread_mutex_unlock(&loader->mutex);
}

oc_status oc_loader_take(oc_loader *loader, int number, oc_batch *batch)
{
    assert(oc_thread_owns(number));
    oc_loader_ring *ring = &loader->rings[number];
    oc_status status = OC_OK;
    double waited = 0;
    pthread_mutex_lock(&loader->mutex);
    if (ring->taken == ring->made && !loader->failure) {
        const double started = oc_seconds();
        while (ring->taken == ring->made && !loader->failure)
            pthread_cond_wait(&ring->ready, &loader->mutex);
        waited = oc_seconds() - started;
    }
    if (ring->taken < ring->made) {
        *batch = ring->slot[ring->taken++ % (uint64_t)loader->depth];
        batch->waited = waited;
    } else {
        status = loader->failure; /* with the thread's message, as this one's own */
        oc_fail(status, "%s", loader->message);
    }
    pthread_mutex_unlock(&loader->mutex);
    return status;
}

void oc_loader_give_back(oc_loader *loader, int number)
{
    assert(oc_thread_owns(number));
    oc_loader_ring *ring = &loader->rings[number];
    pthread_mutex_lock(&loader->mutex);
    assert(ring->given_back < ring->taken);
    ring->given_back++;
    pthread_cond_signal(&loader->room);
    pthread_mutex_unlock(&loader->mutex);
}

/* ---- building ---- */

/* Signals are for the main thread, whose system calls they should interrupt. */
static oc_status start_thread(oc_loader *loader)
{
    const int error = oc_thread_start(&loader->thread, 0, serve, loader);
    if (error)
        return oc_fail(OC_ERR_INTERNAL, "loader: no thread could be started: %s", strerror(error));
    loader->started = 1;
    return OC_OK;
}

/* The configuration, with workers of its own. */
static oc_status copy_config(oc_loader *loader, const oc_loader_config *config)
{
    oc_work *work = &loader->work;
    const size_t workers = (size_t)config->workers;
    const int64_t shard = (config->batch + config->shards - 1) / config->shards;
    const oc_dataset_info *info = oc_dataset_describe(config->dataset);
    work->config = *config;
    work->train = calloc(2 * workers, sizeof *work->train);
    loader->rings = calloc(workers, sizeof *loader->rings);
    if (!work->train || !loader->rings)
        return oc_fail(OC_ERR_MEMORY, "loader: no memory for %zu workers", workers);
    for (size_t i = 0; i < workers; i++)
        pthread_cond_init(&loader->rings[i].ready, NULL);
    work->evaluate = work->train + workers;
    memcpy(work->train, config->train, workers * sizeof *work->train);
    memcpy(work->evaluate, config->evaluate, workers * sizeof *work->evaluate);
    work->sample_bytes = oc_dataset_sample_bytes(config->dataset);
    work->values = oc_schema_values(&info->schema);
    const int64_t reads = config->augment && config->augment->config.mixup > 0 ? 2 * shard : shard;
    work->images = shard > config->chunk ? shard : config->chunk;
    work->largest = reads > config->chunk ? reads : config->chunk;
    loader->streaming = !oc_dataset_images(config->dataset, OC_SPLIT_TRAIN);
    return OC_OK;
}

oc_status oc_loader_create(oc_loader **out, const oc_loader_config *config)
{
    *out = NULL;
    oc_loader *loader = calloc(1, sizeof *loader);
    if (!loader)
        return oc_fail(OC_ERR_MEMORY, "loader: no memory");
    pthread_mutex_init(&loader->mutex, NULL);
    pthread_cond_init(&loader->room, NULL);
    oc_status status = copy_config(loader, config);
    if (!status && loader->streaming)
        status = oc_dataset_check_streaming(config->dataset);
    if (!status)
        status = oc_loader_allocate(loader);
    if (!status)
        status = start_thread(loader);
    if (status)
        oc_loader_destroy(loader);
    else
        *out = loader;
    return status;
}

void oc_loader_destroy(oc_loader *loader)
{
    if (!loader)
        return;
    pthread_mutex_lock(&loader->mutex);
    loader->quit = 1;
    pthread_cond_signal(&loader->room);
    pthread_mutex_unlock(&loader->mutex);
    if (loader->started)
        pthread_join(loader->thread, NULL);
    if (loader->rings) {
        free(loader->rings[0].slot);
        for (int i = 0; i < loader->work.config.workers; i++)
            pthread_cond_destroy(&loader->rings[i].ready);
    }
    pthread_cond_destroy(&loader->room);
    pthread_mutex_destroy(&loader->mutex);
    free(loader->rings);
    free(loader->work.train);
    oc_arena_free(&loader->arena);
    free(loader);
}

uint64_t oc_loader_bytes(const oc_loader *loader)
{
    return loader->arena.planned;
}
