/* watchdog.c - see watchdog.h.
 *
 * Arming is two atomic stores: no clock is read. The thread wakes now and then and adds up for how
 * long it has seen the same wait. A step of that sum is never larger than two periods, so a
 * process that was stopped (SIGSTOP, a suspended laptop) does not fire when it goes on. */
#include "mpi/watchdog.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/thread_role.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STACK_BYTES = 256 * 1024 };

struct oc_watchdog {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards limit and stop; arming does not take it */
    pthread_cond_t wake;
    double limit; /* seconds, 0 for none */
    int stop;
    _Atomic uint64_t turn; /* odd while armed; another number for each wait */
    _Atomic(const char *) what;
    int rank;
    char host[256];
};

static _Noreturn void expire(const oc_watchdog *watchdog, const char *what, double waited)
{
    char line[600], rank[32] = "a rank";
    const int code = oc_exit_code(OC_ERR_PEER);
    if (watchdog->rank != OC_RANK_UNKNOWN)
        snprintf(rank, sizeof rank, "rank %d", watchdog->rank);
    int length = snprintf(line, sizeof line - 1,
                          "%s on %s: waited %.1f s in %s for the other ranks; exiting so that the "
                          "job can be restarted (exit code %d)",
                          rank, watchdog->host, waited, what, code);
    oc_log_last_words(line);
    /* Not through stdio: a stuck thread may hold its lock. */
    line[length++] = '\n'; /* the host's name has 255 bytes, `what` a few: there is room */
    if (write(STDERR_FILENO, line, (size_t)length) < 0) {
        /* nobody can be told; leaving is what counts */
    }
    _exit(code);
}

static struct timespec after(double seconds)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    const double whole = (double)(time_t)seconds;
    at.tv_sec += (time_t)seconds;
    at.tv_nsec += (long)((seconds - whole) * 1e9);
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

static void *watch(void *argument)
{
    oc_watchdog *watchdog = argument;
    oc_thread_become(OC_THREAD_WATCHDOG, 0);
    uint64_t seen = 0; /* the turn at the last look */
    double waited = 0; /* in that turn */
    double before = oc_seconds();

    pthread_mutex_lock(&watchdog->mutex);
    while (!watchdog->stop) {
        const double limit = watchdog->limit;
        const double period = limit < 4 ? limit / 4 : 1;
        const struct timespec until = after(period);
        if (limit > 0)
            pthread_cond_timedwait(&watchdog->wake, &watchdog->mutex, &until);
        else
            pthread_cond_wait(&watchdog->wake, &watchdog->mutex);

        const double now = oc_seconds(), step = now - before;
        const uint64_t turn = atomic_load(&watchdog->turn);
        if (turn % 2 == 1 && turn == seen)
            waited += step < 2 * period ? step : 2 * period;
        else
            waited = 0;
        before = now;
        seen = turn;
        if (limit > 0 && waited >= limit)
            expire(watchdog, atomic_load(&watchdog->what), waited);
    }
    pthread_mutex_unlock(&watchdog->mutex);
    return NULL;
}

/* Timed waits by the monotonic clock: setting the time of day must not fire the watchdog. */
static int make_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    int error = pthread_condattr_init(&attributes);
    if (error)
        return error;
    error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (!error)
        error = pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return error;
}

oc_status oc_watchdog_start(oc_watchdog **out, int rank, const char *host)
{
    *out = NULL;
    oc_watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (!watchdog)
        return oc_fail(OC_ERR_MEMORY, "watchdog: no memory");
    watchdog->rank = rank;
    snprintf(watchdog->host, sizeof watchdog->host, "%s", host);
    atomic_init(&watchdog->turn, 0);
    atomic_init(&watchdog->what, "");
    pthread_mutex_init(&watchdog->mutex, NULL);
    int error = make_condition(&watchdog->wake);
    if (!error) {
        error = oc_thread_start(&watchdog->thread, STACK_BYTES, watch, watchdog);
        if (error)
            pthread_cond_destroy(&watchdog->wake);
    }
    if (error) {
        pthread_mutex_destroy(&watchdog->mutex);
        free(watchdog);
        return oc_fail(OC_ERR_INTERNAL, "watchdog: no thread: %s", strerror(error));
    }
    *out = watchdog;
    return OC_OK;
}

void oc_watchdog_stop(oc_watchdog *watchdog)
{
    if (!watchdog)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->stop = 1;
    pthread_cond_signal(&watchdog->wake);
    pthread_mutex_unlock(&watchdog->mutex);
    pthread_join(watchdog->thread, NULL);
    pthread_cond_destroy(&watchdog->wake);
    pthread_mutex_destroy(&watchdog->mutex);
    free(watchdog);
}

void oc_watchdog_set_rank(oc_watchdog *watchdog, int rank)
{
    if (!watchdog)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->rank = rank;
    pthread_mutex_unlock(&watchdog->mutex);
}

void oc_watchdog_set_limit(oc_watchdog *watchdog, double seconds)
{
    if (!watchdog)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->limit = seconds > 0 ? seconds : 0;
    pthread_cond_signal(&watchdog->wake); /* the thread looks more or less often now */
    pthread_mutex_unlock(&watchdog->mutex);
}

void oc_watchdog_arm(oc_watchdog *watchdog, const char *what)
{
    if (!watchdog)
        return;
    atomic_store(&watchdog->what, what);
    atomic_fetch_add(&watchdog->turn, 1);
}

void oc_watchdog_disarm(oc_watchdog *watchdog)
{
    if (watchdog)
        atomic_fetch_add(&watchdog->turn, 1);
}
