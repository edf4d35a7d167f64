/* comm_mpi_private.h - what comm_mpi.c, comm_wait.c and comm_ulfm.c share: the state of a
 * communicator on MPI.
 */
#ifndef OC_MPI_COMM_MPI_PRIVATE_H
#define OC_MPI_COMM_MPI_PRIVATE_H

#include "mpi/comm_private.h"

#include <mpi.h>

typedef struct oc_mpi_state {
    MPI_Comm world, node; /* its ranks; those of them that share memory */
    MPI_Request *request; /* [OC_EXCHANGE_BATCHES][room], MPI_REQUEST_NULL where there is none */
    int room;
    int is_job; /* ends MPI with itself */
} oc_mpi_state;

static inline oc_mpi_state *oc_mpi_state_of(const oc_comm *comm)
{
    return comm->state;
}

/* Local. What an MPI call returned as a status, with its text: MPI_ERRORS_RETURN is set, so
 * failures come back. */
oc_status oc_mpi_check(int code, const char *call);

/* Collective. Rank, size and node of a communicator whose world is there. OC_ERR_PEER. */
oc_status oc_mpi_look_around(oc_comm *comm);

/* Collective, as MPI_Bcast of bytes and MPI_Allreduce in place; local, as MPI_Waitany. What MPI
 * returns. */
int oc_mpi_broadcast(void *data, int bytes, int root, MPI_Comm comm);
int oc_mpi_reduce(void *data, int count, MPI_Datatype type, MPI_Op operator, MPI_Comm comm);
int oc_mpi_wait_any(int count, MPI_Request *request, int *which);

/* Only with ONECYCLE_WITH_ULFM: see oc_comm_operations. */
oc_status oc_ulfm_recover(oc_comm *comm);
oc_status oc_ulfm_part(oc_comm *comm, oc_status status);

#endif
