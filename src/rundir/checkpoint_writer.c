/* checkpoint_writer.c - see checkpoint_writer.h. */
#include "rundir/checkpoint_writer.h"

#include "base/clock.h"
#include "base/thread.h"
#include "base/thread_role.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum phase { IDLE, UNDER_WAY, ENDED } phase;

struct oc_checkpoint_writer {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t wake, end;
    phase phase;
    int stop;
    oc_written written; /* the writer's while a job is under way, else main's */
    oc_checkpoint_job job;
    oc_status (*before)(void *context);
    void *context;
};

static void write_job(oc_checkpoint_writer *w)
{
    const double since = oc_seconds(), worked = oc_thread_seconds();
    oc_status status = w->before ? w->before(w->context) : OC_OK;
    if (status == OC_OK)
        status = oc_checkpoint_dir_write(&w->job);
    w->written = (oc_written){.status = status,
                              .step = w->job.info.step,
                              .seconds = oc_seconds() - since,
                              .processor_seconds = oc_thread_seconds() - worked,
                              .strangers = w->job.strangers};
    snprintf(w->written.message, sizeof w->written.message, "%s", status ? oc_message() : "");
    memcpy(w->written.warnings, w->job.warnings, sizeof w->written.warnings);
    oc_checkpoint_job_free(&w->job);
}

static void *serve(void *argument)
{
    oc_checkpoint_writer *const w = argument;
    oc_thread_become(OC_THREAD_WRITER, 0);
    pthread_mutex_lock(&w->mutex);
    for (;;) {
        while (w->phase != UNDER_WAY && !w->stop)
            pthread_cond_wait(&w->wake, &w->mutex);
        if (w->phase != UNDER_WAY)
            break;
        pthread_mutex_unlock(&w->mutex);
        write_job(w);
        pthread_mutex_lock(&w->mutex);
        w->phase = ENDED;
        pthread_cond_signal(&w->end);
    }
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

static void release(oc_checkpoint_writer *w)
{
    pthread_cond_destroy(&w->end);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->mutex);
    free(w);
}

oc_status oc_checkpoint_writer_create(oc_checkpoint_writer **writer,
                                      oc_status (*before)(void *context), void *context)
{
    *writer = NULL;
    oc_checkpoint_writer *w = calloc(1, sizeof *w);
    if (!w)
        return oc_fail(OC_ERR_MEMORY, "checkpoints: no memory for their writer");
    w->before = before;
    w->context = context;
    int error = oc_condition_init(&w->end);
    if (error) {
        free(w);
        return oc_fail(OC_ERR_MEMORY, "checkpoints: cannot start their writer: %s",
                       strerror(error));
    }
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->wake, NULL);
    error = oc_thread_start(&w->thread, 0, serve, w);
    if (error) {
        release(w);
        return oc_fail(OC_ERR_MEMORY, "checkpoints: cannot start their writer: %s",
                       strerror(error));
    }
    *writer = w;
    return OC_OK;
}

void oc_checkpoint_writer_submit(oc_checkpoint_writer *w, const oc_checkpoint_job *job)
{
    pthread_mutex_lock(&w->mutex);
    w->job = *job;
    w->phase = UNDER_WAY;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
}

int oc_checkpoint_writer_is_busy(oc_checkpoint_writer *w)
{
    pthread_mutex_lock(&w->mutex);
    const int busy = w->phase != IDLE;
    pthread_mutex_unlock(&w->mutex);
    return busy;
}

int oc_checkpoint_writer_collect(oc_checkpoint_writer *w, double seconds, oc_written *written)
{
    const double until = oc_seconds() + seconds;
    pthread_mutex_lock(&w->mutex);
    for (double left = seconds; w->phase == UNDER_WAY && left > 0; left = until - oc_seconds())
        oc_condition_wait(&w->end, &w->mutex, left);
    const int ended = w->phase == ENDED;
    if (ended) {
        *written = w->written;
        w->phase = IDLE;
    }
    pthread_mutex_unlock(&w->mutex);
    return ended;
}

int oc_checkpoint_writer_destroy(oc_checkpoint_writer *w)
{
    if (!w)
        return 1;
    pthread_mutex_lock(&w->mutex);
    const int stuck = w->phase == UNDER_WAY;
    w->stop = 1;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
    if (stuck) {
        pthread_detach(w->thread);
        return 0;
    }
    pthread_join(w->thread, NULL);
    release(w);
    return 1;
}
