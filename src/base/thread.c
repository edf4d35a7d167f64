/* thread.c - see thread.h. */
#include "base/thread.h"

#include <signal.h>
#include <time.h>

int oc_thread_start(pthread_t *thread, size_t stack, void *(*serve)(void *argument), void *argument)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error)
        return error;
    if (stack > 0)
        error = pthread_attr_setstacksize(&attributes, stack);
    sigfillset(&all);
    if (!error)
        error = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!error) { /* a thread begins with its creator's mask */
        error = pthread_create(thread, &attributes, serve, argument);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attributes);
    return error;
}

int oc_condition_init(pthread_cond_t *condition)
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

void oc_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, double seconds)
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
    pthread_cond_timedwait(condition, mutex, &at);
}
