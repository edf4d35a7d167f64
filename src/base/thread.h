/* thread.h - starting a thread. Signals are the program's, and interrupt the main thread's system
 * calls alone: docs/THREADS.md. */
#ifndef OC_BASE_THREAD_H
#define OC_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* Local. A thread that takes no signals, joined by the caller; `stack` bytes, 0: as usual. Returns
 * an error of pthread_create, 0 for none. */
int oc_thread_start(pthread_t *thread, size_t stack, void *(*serve)(void *argument),
                    void *argument);

#endif
