/* team.c - see team.h. */
#include "base/team.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct member {
    oc_team *team;
    pthread_t thread;
    int number; /* 1 .. size - 1 */
} member;

struct oc_team {
    int size, started; /* started: threads that exist besides the caller */
    member *members;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t begin, end;
    uint64_t piece; /* counts pieces of work */
    int busy;       /* members still at it */
    int stop;
    void (*work)(void *data, int thread);
    void *data;
};

static void *serve(void *argument)
{
    const member *self = argument;
    oc_team *team = self->team;
    uint64_t done = 0;
    pthread_mutex_lock(&team->mutex);
    for (;;) {
        while (team->piece == done && !team->stop)
            pthread_cond_wait(&team->begin, &team->mutex);
        if (team->stop)
            break;
        done = team->piece;
        pthread_mutex_unlock(&team->mutex);
        team->work(team->data, self->number);
        pthread_mutex_lock(&team->mutex);
        if (--team->busy == 0)
            pthread_cond_signal(&team->end);
    }
    pthread_mutex_unlock(&team->mutex);
    return NULL;
}

/* Signals are for the main thread, whose system calls they should interrupt. */
static int start_members(oc_team *team)
{
    sigset_t all, before;
    int error = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 0; i < team->size - 1 && !error; i++) {
        team->members[i] = (member){.team = team, .number = i + 1};
        error = pthread_create(&team->members[i].thread, NULL, serve, &team->members[i]);
        team->started += !error;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

oc_status oc_team_create(oc_team **out, int threads)
{
    *out = NULL;
    oc_team *team = calloc(1, sizeof *team);
    if (!team)
        return oc_fail(OC_ERR_INTERNAL, "threads: no memory");
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
    if (team->size > 1) {
        pthread_mutex_lock(&team->mutex);
        team->work = work;
        team->data = data;
        team->busy = team->size - 1;
        team->piece++;
        pthread_cond_broadcast(&team->begin);
        pthread_mutex_unlock(&team->mutex);
    }
    work(data, 0);
    if (team->size > 1) {
        pthread_mutex_lock(&team->mutex);
        while (team->busy > 0)
            pthread_cond_wait(&team->end, &team->mutex);
        pthread_mutex_unlock(&team->mutex);
    }
}
