/* watchdog.h - a thread that ends the process when a collective does not end in time.
 *
 * A dead or cut-off peer makes MPI wait for ever, and MPI_Abort itself can hang: so the
 * watchdog names what was waited for and calls _exit(71). It never enters MPI. */
#ifndef OC_MPI_WATCHDOG_H
#define OC_MPI_WATCHDOG_H

#include "base/status.h"

typedef struct oc_watchdog oc_watchdog;

/* Local. Starts the thread; no limit, unarmed. The host's name is copied. OC_ERR_INTERNAL. */
oc_status oc_watchdog_start(oc_watchdog **watchdog, int rank, const char *host);
enum { OC_RANK_UNKNOWN = -1 };

/* Local, not while armed. The rank it speaks for, once that is known. */
void oc_watchdog_set_rank(oc_watchdog *watchdog, int rank);
void oc_watchdog_stop(oc_watchdog *watchdog); /* NULL-safe, as are all below */

/* Local. 0 seconds: never. */
void oc_watchdog_set_limit(oc_watchdog *watchdog, double seconds);

/* Local, no allocation, no system call. Around each collective, not nested. `what` lives for
 * ever (a literal). The thread looks on every quarter of the limit (at most a second), so a
 * wait is ended between one limit and one and a half after it began; time during which the
 * whole process was stopped does not count. */
void oc_watchdog_arm(oc_watchdog *watchdog, const char *what);
void oc_watchdog_disarm(oc_watchdog *watchdog);

#endif
