/* errand.c - see errand.h. The lock guards flags and the copy of a job, never work. */
#include "mpi/errand.h"

#include "base/clock.h"
#include "base/thread.h"
#include "base/thread_role.h"

#include <stdlib.h>
#include <string.h>

enum { STACK_BYTES = 512 * 1024 };

struct oc_errand {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t begin, end;
    void (*work)(const void *job);
    size_t bytes;
    int is_busy, stop;
    _Alignas(max_align_t) char job[];
};

static void *serve(void *argument)
{
    oc_errand *const e = argument;
    oc_thread_become(OC_THREAD_ERRAND, 0);
    pthread_mutex_lock(&e->mutex);
    for (;;) {
        while (!e->is_busy && !e->stop)
            pthread_cond_wait(&e->begin, &e->mutex);
        if (!e->is_busy)
            break;
        pthread_mutex_unlock(&e->mutex);
        e->work(e->job); /* nobody writes there while it is busy */
        pthread_mutex_lock(&e->mutex);
        e->is_busy = 0;
        pthread_cond_broadcast(&e->end);
    }
    pthread_mutex_unlock(&e->mutex);
    return NULL;
}

oc_status oc_errand_start(oc_errand **out, void (*work)(const void *job), size_t bytes)
{
    *out = NULL;
    oc_errand *const e = calloc(1, sizeof *e + bytes);
    if (!e)
        return oc_fail(OC_ERR_MEMORY, "watchdog: no memory");
    e->work = work;
    e->bytes = bytes;
    pthread_mutex_init(&e->mutex, NULL);
    pthread_cond_init(&e->begin, NULL);
    int error = oc_condition_init(&e->end);
    if (!error) {
        error = oc_thread_start(&e->thread, STACK_BYTES, serve, e);
        if (error)
            pthread_cond_destroy(&e->end);
    }
    if (error) {
        pthread_cond_destroy(&e->begin);
        pthread_mutex_destroy(&e->mutex);
        free(e);
        return oc_fail(OC_ERR_INTERNAL, "watchdog: no thread: %s", strerror(error));
    }
    *out = e;
    return OC_OK;
}

void oc_errand_stop(oc_errand *e)
{
    if (!e)
        return;
    pthread_mutex_lock(&e->mutex);
    e->stop = 1;
    pthread_cond_signal(&e->begin);
    pthread_mutex_unlock(&e->mutex);
    pthread_join(e->thread, NULL);
    pthread_cond_destroy(&e->end);
    pthread_cond_destroy(&e->begin);
    pthread_mutex_destroy(&e->mutex);
    free(e);
}

/* Until it is idle, or a time (oc_seconds) has come. */
static int wait_until_idle(oc_errand *e, double until)
{
    for (double now; e->is_busy && (now = oc_seconds()) < until;)
        oc_condition_wait(&e->end, &e->mutex, until - now);
    return !e->is_busy;
}

int oc_errand_send(oc_errand *e, const void *job, double seconds)
{
    int went;
    const double until = oc_seconds() + seconds;
    pthread_mutex_lock(&e->mutex);
    went = wait_until_idle(e, until);
    if (went) {
        memcpy(e->job, job, e->bytes);
        e->is_busy = 1;
        pthread_cond_signal(&e->begin);
        wait_until_idle(e, until);
    }
    pthread_mutex_unlock(&e->mutex);
    return went;
}

int oc_errand_is_busy(oc_errand *e)
{
    pthread_mutex_lock(&e->mutex);
    const int busy = e->is_busy;
    pthread_mutex_unlock(&e->mutex);
    return busy;
}
