/* comm.h - what ranks may do with each other, behind one table of operations.
 *
 * comm_self.c is one process without MPI, comm_mpi.c is Open MPI; nothing outside mpi/
 * knows which. A communicator is opened in cli and passed down. Every collective is
 * guarded by the watchdog: if it does not end within the time limit the process says so
 * and leaves with exit code 71 (a fatal path never enters another collective). */
#ifndef OC_MPI_COMM_H
#define OC_MPI_COMM_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct oc_comm oc_comm;

/* Collective. Join the job this process was started in: MPI when a launcher (mpirun,
 * srun with PMIx) started it, else one process on its own, without touching MPI.
 * OC_ERR_USAGE when srun started several tasks without PMIx: each would train alone.
 * Owned by the caller until oc_comm_close. */
oc_status oc_comm_open(oc_comm **comm);

/* Collective. Leave the job in good order; NULL-safe. */
void oc_comm_close(oc_comm *comm);

/* Local. Leave at once with the status's exit code and take the job along. Never
 * collective, never returns, cannot hang. */
_Noreturn void oc_comm_abort(oc_comm *comm, oc_status status);

/* Local. */
int oc_comm_rank(const oc_comm *comm);
int oc_comm_size(const oc_comm *comm);
const char *oc_comm_host(const oc_comm *comm); /* this rank's host name */

/* Local. Seconds a collective may take before the watchdog ends the process (0: no limit). */
void oc_comm_set_time_limit(oc_comm *comm, double seconds);

/* Collective. `bytes` of the root to all. */
oc_status oc_comm_broadcast(oc_comm *comm, void *data, size_t bytes, int root);

/* Collective. In place, element by element. Sums of integers, and doubles of which all
 * but one contribution are zero, do not depend on the number of ranks. */
oc_status oc_comm_sum_u64(oc_comm *comm, uint64_t *data, size_t count);
oc_status oc_comm_sum_f64(oc_comm *comm, double *data, size_t count);
oc_status oc_comm_max_u64(oc_comm *comm, uint64_t *data, size_t count);
oc_status oc_comm_min_u64(oc_comm *comm, uint64_t *data, size_t count);

/* Collective. All ranks hand in how a phase ended for them; all get the same answer: OC_OK,
 * or the status of the lowest rank that failed, with its message (as "rank R on HOST: ..."
 * unless it is rank 0's or all ranks failed alike). */
oc_status oc_comm_agree(oc_comm *comm, oc_status mine);

#endif
