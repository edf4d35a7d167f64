/* team.c - see team.h. */
#include "base/team.h"

#include "base/thread.h"
#include "base/thread_role.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct member {
    oc_team *team;
    pthread_t thread;
    int number; /* 1 .. size - 1 */
} member;

/* A step is several pieces of work close behind one another, and to be woken takes tens of
 * microseconds, as long as a small network's whole forward pass. So who waits looks again LOOKS
 * times, giving its core to whoever else wants it, before it sleeps. */
enum { LOOKS = 200 };

struct oc_team {
    int size, started; /* started: threads that exist besides the caller */
    member *members;
    pthread_mutex_t mutex; /* held to change piece and stop, and by whoever goes to sleep */
    pthread_cond_t begin, end;
    atomic_uint_fast64_t piece; /* counts pieces of work; makes work and data visible */
    atomic_int busy;            /* members still at it; 0 makes what they did visible */
    atomic_int stop;
    void (*work)(void *data, int thread);
    void *data;
};

static int has_begun(oc_team *team, uint64_t done)
{
    return team->piece != done || team->stop;
}

static void wait_for_begin(oc_team *team, uint64_t done)
{
    for (int i = 0; i < LOOKS && !has_begun(team, done); i++)
        sched_yield();
    if (has_begun(team, done))
        return;
    pthread_mutex_lock(&team->mutex);
    while (!has_begun(team, done))
        pthread_cond_wait(&team->begin, &team->mutex);
    pthread_mutex_unlock(&team->mutex);
}

static void wait_for_end(oc_team *team)
{
    for (int i = 0; i < LOOKS && team->busy > 0; i++)
        sched_yield();
    if (team->busy == 0)
        return;
    pthread_mutex_lock(&team->mutex);
    while (team->busy > 0)
        pthread_cond_wait(&team->end, &team->mutex);
    pthread_mutex_unlock(&team->mutex);
}

static void *serve(void *argument)
{
    const member *self = argument;
    oc_team *team = self->team;
    oc_thread_become(OC_THREAD_COMPUTE, self->number);
    for (uint64_t done = 0;; done++) { /* no piece begins before all are done with the last */
        wait_for_begin(team, done);
        if (team->stop)
            return NULL;
        team->work(team->data, self->number);
        if (atomic_fetch_sub(&team->busy, 1) == 1) {
            /* With the lock, so that the caller is awake or asleep, not between. */
            pthread_mutex_lock(&team->mutex);
            pthread_cond_signal(&team->end);
            pthread_mutex_unlock(&team->mutex);
        }
    }
}

static int start_members(oc_team *team)
{
    int error = 0;
    for (int i = 0; i < team->size - 1 && !error; i++) {
        team->members[i] = (member){.team = team, .number = i + 1};
        error = oc_thread_start(&team->members[i].thread, 0, serve, &team->members[i]);
        team->started += !error;
    }
    return error;
}

oc_status oc_team_create(oc_team **out, int threads)
{
    *out = NULL;
    oc_team *team = calloc(1, sizeof *team);
    if (!team)
        return oc_fail(OC_ERR_MEMORY, "threads: no memory");
    team->size = threads;
    team->members = calloc((size_t)threads, sizeof *team->members);
    pthread_mutex_init(&team->mutex, NULL);
    pthread_cond_init(&team->begin, NULL);
    pthread_cond_init(&team->end, NULL);
    const int error = team->members ? start_members(team) : ENOMEM;
    if (error) {
        const oc_status status = oc_fail(OC_ERR_INTERNAL, "threads: %d of %d could be started: %s",
                                         team->started + 1, threads, strerror(error));
        oc_team_destroy(team);
        return status;
    }
    *out = team;
    return OC_OK;
}

void oc_team_destroy(oc_team *team)
{
    if (!team)
        return;
    pthread_mutex_lock(&team->mutex);
    team->stop = 1;
    pthread_cond_broadcast(&team->begin);
    pthread_mutex_unlock(&team->mutex);
    for (int i = 0; i < team->started; i++)
        pthread_join(team->members[i].thread, NULL);
    pthread_cond_destroy(&team->end);
    pthread_cond_destroy(&team->begin);
    pthread_mutex_destroy(&team->mutex);
    free(team->members);
    free(team);
}

int oc_team_size(const oc_team *team)
{
    return team->size;
}

void oc_team_run(oc_team *team, void (*work)(void *data, int thread), void *data)
{
    assert(oc_thread_is_main());
    if (team->size > 1) {
        team->work = work;
        team->data = data;
        team->busy = team->size - 1;
        pthread_mutex_lock(&team->mutex);
        team->piece++;
        pthread_cond_broadcast(&team->begin);
        pthread_mutex_unlock(&team->mutex);
    }
    oc_thread_become(OC_THREAD_COMPUTE, 0);
    work(data, 0);
    oc_thread_become(OC_THREAD_MAIN, 0);
    if (team->size > 1)
        wait_for_end(team);
}
