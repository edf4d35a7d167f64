/* exchange_thread.c - the thread that takes buckets through the other ranks while the compute
 * threads are still in backward.
 *
 * MPI libraries make progress when they are called, nonblocking collectives too, so somebody has to
 * call. While messages are under way this thread looks for what has arrived and naps; without any
 * it sleeps until a bucket is complete; once the main thread waits for the end it no longer naps.
 */
#include "base/thread.h"
#include "base/thread_role.h"
#include "mpi/reduction_private.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAP_NANOSECONDS = 50 * 1000 };

struct oc_exchange_thread {
    oc_reduction *reduction;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards the flags, and hands the communicator over */
    pthread_cond_t wake, end;
    int begun;   /* a step's exchange is this thread's */
    int is_last; /* nothing is left to be computed: the main thread waits */
    int stop;
    oc_status status; /* how the exchange ended */
    char message[1024];
};

static void nap(void)
{
    const struct timespec time = {0, NAP_NANOSECONDS};
    nanosleep(&time, NULL);
}

/* Until a bucket may start. */
static void wait_for_bucket(oc_exchange_thread *t)
{
    pthread_mutex_lock(&t->mutex);
    while (!t->is_last && !oc_bucket_is_complete(t->reduction, t->reduction->started))
        pthread_cond_wait(&t->wake, &t->mutex);
    pthread_mutex_unlock(&t->mutex);
}

static int is_hurried(oc_exchange_thread *t)
{
    pthread_mutex_lock(&t->mutex);
    const int last = t->is_last;
    pthread_mutex_unlock(&t->mutex);
    return last;
}

/* The time limit is for one wait: it begins anew with everything that arrives. */
static oc_status exchange(oc_exchange_thread *t)
{
    oc_reduction *r = t->reduction;
    oc_status status = OC_OK;
    int watched = 0;
    while (status == OC_OK && !oc_exchange_has_ended(r)) {
        int moved;
        status = oc_exchange_turn(r, &moved);
        const int waits = status == OC_OK && !moved && r->flying > 0;
        const int hurried = waits && is_hurried(t);
        const int naps = waits && !hurried;
        if (watched != naps)
            (naps ? oc_comm_exchange_watch : oc_comm_exchange_unwatch)(r->comm);
        watched = naps;
        if (naps)
            nap();
        else if (hurried)
            status = oc_comm_exchange_wait(r->comm);
        else if (status == OC_OK && !moved && !oc_exchange_has_ended(r))
            wait_for_bucket(t);
    }
    if (watched)
        oc_comm_exchange_unwatch(r->comm);
    return status;
}

static void *serve(void *argument)
{
    oc_exchange_thread *t = argument;
    oc_thread_become(OC_THREAD_EXCHANGE, 0);
    pthread_mutex_lock(&t->mutex);
    for (;;) {
        while (!t->begun && !t->stop)
            pthread_cond_wait(&t->wake, &t->mutex);
        if (t->stop)
            break;
        pthread_mutex_unlock(&t->mutex);
        const oc_status status = exchange(t);
        pthread_mutex_lock(&t->mutex);
        t->status = status;
        if (status != OC_OK)
            snprintf(t->message, sizeof t->message, "%s", oc_message());
        t->begun = 0;
        pthread_cond_signal(&t->end);
    }
    pthread_mutex_unlock(&t->mutex);
    return NULL;
}

oc_status oc_exchange_thread_create(oc_exchange_thread **out, oc_reduction *reduction)
{
    *out = NULL;
    oc_exchange_thread *t = calloc(1, sizeof *t);
    if (!t)
        return oc_fail(OC_ERR_MEMORY, "gradient reduction: no memory for its thread");
    t->reduction = reduction;
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->wake, NULL);
    pthread_cond_init(&t->end, NULL);
    const int error = oc_thread_start(&t->thread, 0, serve, t);
    if (error) {
        pthread_cond_destroy(&t->end);
        pthread_cond_destroy(&t->wake);
        pthread_mutex_destroy(&t->mutex);
        free(t);
        return oc_fail(OC_ERR_INTERNAL, "gradient reduction: no thread: %s", strerror(error));
    }
    *out = t;
    return OC_OK;
}

void oc_exchange_thread_destroy(oc_exchange_thread *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->mutex);
    t->stop = 1;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->mutex);
    pthread_join(t->thread, NULL);
    pthread_cond_destroy(&t->end);
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->mutex);
    free(t);
}

void oc_exchange_thread_begin(oc_exchange_thread *t)
{
    pthread_mutex_lock(&t->mutex);
    t->begun = 1;
    t->is_last = 0;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->mutex);
}

void oc_exchange_thread_wake(oc_exchange_thread *t)
{
    pthread_mutex_lock(&t->mutex);
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->mutex);
}

oc_status oc_exchange_thread_end(oc_exchange_thread *t)
{
    pthread_mutex_lock(&t->mutex);
    t->is_last = 1;
    pthread_cond_signal(&t->wake);
    while (t->begun)
        pthread_cond_wait(&t->end, &t->mutex);
    const oc_status status = t->status;
    pthread_mutex_unlock(&t->mutex);
    return status == OC_OK ? OC_OK : oc_fail(status, "%s", t->message);
}
