/* thread.h - starting a thread, and waiting for a limited time. Signals are the program's, and
 * interrupt the main thread's system calls alone: docs/THREADS.md. */
#ifndef OC_BASE_THREAD_H
#define OC_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* Local. A thread that takes no signals, joined by the caller; `stack` bytes, 0: as usual. Returns
 * an error of pthread_create, 0 for none. */
int oc_thread_start(pthread_t *thread, size_t stack, void *(*serve)(void *argument),
                    void *argument);

/* Local. A condition for oc_condition_wait, which waits up to so many seconds by a clock that
 * nobody sets; it may return early. An error of pthread_cond_init, 0 for none. */
int oc_condition_init(pthread_cond_t *condition);
void oc_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, double seconds);

#endif
