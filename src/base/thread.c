/* thread.c - see thread.h. */
#include "base/thread.h"

#include <signal.h>

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
