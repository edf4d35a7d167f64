/* watchdog.h - a thread that ends the process when a collective does not end in time.
 *
 * A dead or cut-off peer makes MPI wait for ever, and MPI_Abort itself can hang: so the
 * watchdog names what was waited for and leaves with 71. It never enters MPI. If somebody wants
 * to keep a record of what happened, it tells him first what it knows, and leaves the other ranks
 * the time to do so too. */
#ifndef OC_MPI_WATCHDOG_H
#define OC_MPI_WATCHDOG_H

#include "base/recorder.h"
#include "base/status.h"
#include "mpi/awaited.h"

typedef struct oc_watchdog oc_watchdog;

/* Local. Starts the thread; no limit, unarmed. The host's name is copied. OC_ERR_INTERNAL. */
oc_status oc_watchdog_start(oc_watchdog **watchdog, int rank, const char *host);
enum { OC_RANK_UNKNOWN = -1 };

/* Local, not while armed. The rank it speaks for, once that is known. */
void oc_watchdog_set_rank(oc_watchdog *watchdog, int rank);
void oc_watchdog_stop(oc_watchdog *watchdog); /* NULL-safe, as are all below */

/* Local. A socket, MPI's, on which the launcher listens to PMI-1: a rank that leaves the others
 * says its exit code there. For launchers that would make one code of those of all ranks, which
 * they kill. */
void oc_watchdog_set_launcher(oc_watchdog *watchdog, int connection);
enum { OC_NO_CONNECTION = -1 };

/* Local. The end of the process, whatever the other ranks are at: no handler of exit runs, nothing
 * waits. */
_Noreturn void oc_watchdog_leave(oc_watchdog *watchdog, int code);

/* Local. 0 seconds: never. */
void oc_watchdog_set_limit(oc_watchdog *watchdog, double seconds);

/* Local, no allocation, no system call. Around each collective, not nested. `what` lives for
 * ever (a literal). The thread looks on every quarter of the limit (at most a second), so a
 * wait is ended between one limit and one and a half after it began, with a record up to 7 s later;
 * time during which the whole process was stopped does not count. */
void oc_watchdog_arm(oc_watchdog *watchdog, const char *what);
void oc_watchdog_disarm(oc_watchdog *watchdog);

/* Local. What those who take part in a run note in, and what the exchange does; not owned. */
oc_recorder *oc_watchdog_recorder(oc_watchdog *watchdog);
oc_awaited *oc_watchdog_awaited(oc_watchdog *watchdog);

typedef enum oc_watch_event {
    OC_WATCH_LOST,    /* this rank waited too long: its process will end */
    OC_WATCH_FAILED,  /* MPI says that others are lost */
    OC_WATCH_LATE,    /* it has entered no collective for so long that others will not wait on */
    OC_WATCH_WENT_ON, /* it has, after all: it was not late */
    OC_WATCH_ENDS     /* all who will ever record a loss have: the process ends now */
} oc_watch_event;

typedef struct oc_watch_report {
    oc_watch_event event;
    int rank, ranks; /* of the run, as oc_watchdog_keep_record was told */
    const char *host;
    const char *what; /* that was waited in, NULL: nothing */
    double seconds;   /* waited, or since the last collective */
    int buckets;      /* that wait for other ranks */
    oc_awaited_bucket bucket[OC_AWAITED_BATCHES];
    const oc_recorder *recorder;
} oc_watch_report;

/* Keeps a record in a folder. Called by a thread that does nothing else, and whose file system may
 * hang, while others may be stuck with locks: it takes none, so it calls no malloc and no stdio but
 * snprintf. */
typedef void oc_watch_writer(const char *folder, const oc_watch_report *report);

/* Local, not while armed. From now on `write` is told; the folder is copied. NULL: nobody is. */
void oc_watchdog_keep_record(oc_watchdog *watchdog, oc_watch_writer *write, const char *folder,
                             int rank, int ranks);

/* Local. MPI lost a peer in `what`: OC_WATCH_FAILED, up to 3 s. */
void oc_watchdog_note_failure(oc_watchdog *watchdog, const char *what);

/* Local. Before the process ends: if a failure was noted, a second for the other ranks' records,
 * then OC_WATCH_ENDS. */
void oc_watchdog_part(oc_watchdog *watchdog);

#endif
