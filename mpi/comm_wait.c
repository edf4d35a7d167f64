/* comm_wait.c - the calls of MPI in which ranks wait for each other. Where there are more of them
 * than cores, or threads beside them, whoever waits must leave its core to those who compute: Open
 * MPI does so when it is told to, MPICH (4.0.2, ch4) never does, so with that one asks and yields
 * instead. What they carry is the business of comm_mpi.c. */
#include "mpi/comm_mpi_private.h"

#include <sched.h>

#ifdef MPICH_VERSION /* of those that derive from it, too */
enum { WAITS_BUSY = 1 };
#else
enum { WAITS_BUSY = 0 };
#endif

static int await(int code, MPI_Request *request)
{
    int done = 0;
    while (code == MPI_SUCCESS && !done) {
        code = MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (!done)
            sched_yield();
    }
    return code;
}

int oc_mpi_broadcast(void *data, int bytes, int root, MPI_Comm comm)
{
    MPI_Request request;
    if (!WAITS_BUSY)
        return MPI_Bcast(data, bytes, MPI_BYTE, root, comm);
    return await(MPI_Ibcast(data, bytes, MPI_BYTE, root, comm, &request), &request);
}

int oc_mpi_reduce(void *data, int count, MPI_Datatype type, MPI_Op operator, MPI_Comm comm)
{
    MPI_Request request;
    if (!WAITS_BUSY)
        return MPI_Allreduce(MPI_IN_PLACE, data, count, type, operator, comm);
    return await(MPI_Iallreduce(MPI_IN_PLACE, data, count, type, operator, comm, &request),
                 &request);
}

int oc_mpi_wait_any(int count, MPI_Request *request, int *which)
{
    int code = MPI_SUCCESS, done = 0;
    if (!WAITS_BUSY)
        return MPI_Waitany(count, request, which, MPI_STATUS_IGNORE);
    while (code == MPI_SUCCESS && !done) {
        code = MPI_Testany(count, request, which, &done, MPI_STATUS_IGNORE);
        if (!done)
            sched_yield();
    }
    return code;
}
