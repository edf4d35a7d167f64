/* patience.h - how long a rank waits for the others before it takes them for lost.
 *
 * train.peer_timeout gives seconds, or leaves it to what was measured: a rank that is not heard of
 * for 30 times the slowest step is gone, and 60 s bridge a pause of a file system or a network. As
 * long as nothing was measured, and where rank 0 does by itself what takes nobody knows how long
 * (saving, drawing, a callback of the user's), it is OC_COMM_TIME_LIMIT at least. */
#ifndef OC_RUN_PATIENCE_H
#define OC_RUN_PATIENCE_H

#include "mpi/comm.h"

typedef struct oc_patience {
    double wish;    /* train.peer_timeout: seconds, 0 for ever, OC_AUTO */
    double slowest; /* seconds of the slowest step, or evaluation, so far; 0: none */
    double set;     /* what the watchdog knows */
} oc_patience;

/* Local. Seconds to wait (0: for ever) for what all do together, or for what rank 0 does alone. */
double oc_patience_limit(const oc_patience *patience, int alone);

/* Local, cheap when nothing changes. The same for the communicator's watchdog. */
void oc_patience_apply(oc_patience *patience, oc_comm *comm, int alone);

/* Local. A step, or this rank's part of an evaluation, took so many seconds. */
void oc_patience_note(oc_patience *patience, double seconds);

#endif
