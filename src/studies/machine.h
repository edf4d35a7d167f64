/* machine.h - what this machine can do at most: multiply-adds per second out of registers, and
 * bytes per second out of each level of its memory, with as many threads busy as a training has. */
#ifndef OC_STUDIES_MACHINE_H
#define OC_STUDIES_MACHINE_H

#include "base/status.h"
#include "mpi/comm.h"

#include <stddef.h>

/* Working sets of a thread: OC_MACHINE_LEAST bytes and twice, four times... as much. The last is
 * far beyond any cache that a core has for itself. */
enum { OC_MACHINE_SETS = 11, OC_MACHINE_LEAST = 1 << 16 };

typedef struct oc_machine {
    int workers;                       /* threads that were busy at a time, over all ranks */
    double alone;                      /* operations/s of one thread while the others sleep */
    double busy;                       /* of a thread while all are busy; mean */
    double bandwidth[OC_MACHINE_SETS]; /* bytes/s of a thread, reads and writes together, while all
                                        * are busy; mean */
} oc_machine;

/* Collective. About two seconds, with `threads` threads on each rank; all ranks get the same. Two
 * operations a multiply-add, in the vector unit of the kernels in use. OC_ERR_MEMORY,
 * OC_ERR_INTERNAL (no more threads), OC_ERR_PEER. */
oc_status oc_machine_measure(oc_machine *machine, oc_comm *comm, int threads);

/* Bytes of working set i. */
size_t oc_machine_set(int i);

/* Bytes per second of a thread whose working set has this many bytes: between two that were
 * measured on a straight line against the logarithm of the size. */
double oc_machine_bandwidth(const oc_machine *machine, double bytes);

#endif
