/* thread_role.h - which of docs/THREADS.md's threads this one is, so that assertions (in builds
 * without NDEBUG) can hold code against what that page says.
 *
 * A thread is the main one unless it says otherwise: whichever thread of a program calls onecycle,
 * is. While a team works, its caller is compute thread 0. */
#ifndef OC_BASE_THREAD_ROLE_H
#define OC_BASE_THREAD_ROLE_H

typedef enum oc_thread_role {
    OC_THREAD_MAIN,
    OC_THREAD_COMPUTE,
    OC_THREAD_LOADER,
    OC_THREAD_EXCHANGE,
    OC_THREAD_WRITER,
    OC_THREAD_WATCHDOG,
    OC_THREAD_ERRAND
} oc_thread_role;

/* Local, no allocation. What this thread is from now on; `number` is a compute thread's, else 0. */
void oc_thread_become(oc_thread_role role, int number);

/* Local. Is it the main thread, outside of a team's work? It alone enters collectives and files,
 * and changes a run. */
int oc_thread_is_main(void);

/* Local. */
int oc_thread_is(oc_thread_role role);

/* Local. May it touch what compute thread `number` has for itself? That thread may, and the main
 * one while no team works. */
int oc_thread_owns(int number);

#endif
