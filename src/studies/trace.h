/* trace.h - what every thread of every rank did when, as Chrome trace events: a file for Perfetto
 * or chrome://tracing. Rows of profiles are recorded one by one while the run goes on, and written
 * after its end. */
#ifndef OC_STUDIES_TRACE_H
#define OC_STUDIES_TRACE_H

#include "base/file.h"
#include "run/run.h"

#include <stdio.h>

enum { OC_TRACE_SPANS = 1 << 18 }; /* of a thread; what comes later is left out and counted */

typedef struct oc_trace {
    oc_run *run;
    oc_profile **profile; /* [threads + 1] the last one is of the exchange between ranks */
    const char *path;     /* borrowed */
    FILE *file;           /* rank 0: not under that name yet */
    char temporary[OC_PATH_BYTES];
} oc_trace;

/* Collective. From here on the run's threads are recorded; rank 0 begins the file. OC_ERR_IO,
 * OC_ERR_MEMORY, OC_ERR_PEER. */
oc_status oc_trace_start(oc_trace *trace, oc_run *run, const char *path);

/* Collective. Rank 0 writes the spans of all ranks, with their clocks as rank 0's, and gives the
 * file its name. OC_ERR_IO, OC_ERR_MEMORY, OC_ERR_PEER. */
oc_status oc_trace_write(oc_trace *trace);

/* Local. Stop recording, and remove a file that was not written. Safe on a zeroed one; before the
 * run is destroyed. */
void oc_trace_free(oc_trace *trace);

#endif
