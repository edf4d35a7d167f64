/* flight_records.h - what each rank was at when ranks were lost: files flight/rank-N.json in the
 * run directory, for people (docs/TROUBLESHOOTING.md) and programs (docs/FORMATS.md). They are
 * written by the watchdog (mpi/watchdog.h) of every rank that lives. */
#ifndef OC_RUNDIR_FLIGHT_RECORDS_H
#define OC_RUNDIR_FLIGHT_RECORDS_H

#include "mpi/comm.h"

/* Collective. From here on losses are recorded in `folder`, rank 0's run directory, which is on a
 * file system that all ranks see under this name (where one does not, it says so instead); "":
 * nowhere. Records that are there become `flight.before`, in place of those. Without other ranks
 * nobody is lost. OC_ERR_IO: records of an earlier loss can't be moved; OC_ERR_PEER. */
oc_status oc_flight_records_begin(oc_comm *comm, const char *folder);

/* Local. Until here. */
void oc_flight_records_end(oc_comm *comm);

/* Local. Writes one; an oc_watch_writer. */
void oc_flight_records_write(const char *folder, const oc_watch_report *report);

#endif
