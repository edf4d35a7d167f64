/* mpi.h - onecycle_job_open_comm with MPI's own type, for programs that include <mpi.h> anyway. */
#ifndef ONECYCLE_MPI_H
#define ONECYCLE_MPI_H

#include <onecycle/onecycle.h>

#include <mpi.h>

/* Collective over the ranks of `comm`: see onecycle_job_open_comm. */
static inline onecycle_status onecycle_job_open_mpi(onecycle_job **job, MPI_Comm comm)
{
    return onecycle_job_open_comm(job, &comm);
}

#endif
