/* job.h - the ranks that work together, and what must be settled before they do: which launcher
 * started them, how long one waits for the others, which kernels compute, how many threads BLAS
 * has. A program opens one job and closes it; commands and the library (src/api) have no other way
 * to a communicator, so none can forget any of these. */
#ifndef OC_JOB_JOB_H
#define OC_JOB_JOB_H

#include "mpi/comm.h"

/* Who takes part. */
typedef enum oc_job_kind {
    OC_JOB_ALONE,    /* this process, whoever started how many */
    OC_JOB_LAUNCHED, /* all that the launcher started; without a launcher this process */
    OC_JOB_ADOPTED,  /* ranks of a program that has initialised MPI itself */
    OC_JOB_FORTRAN   /* the same, told as Fortran knows them */
} oc_job_kind;

typedef struct oc_job_options {
    oc_job_kind kind;
    const void *mpi_comm; /* OC_JOB_ADOPTED: points to an MPI_Comm; see oc_comm_adopt */
    int fortran_comm;     /* OC_JOB_FORTRAN */
} oc_job_options;

typedef struct oc_job {
    oc_comm *comm;    /* owned; NULL: there is none */
    int blas_threads; /* of OpenBLAS before; 0: they were left alone */
} oc_job;

/* Collective over those that take part. The communicator, with a time limit from the first wait on
 * (OC_COMM_TIME_LIMIT, until a run sets that of train.peer_timeout); then kernels, those that
 * ONECYCLE_KERNELS names or the best, and one BLAS thread unless OPENBLAS_NUM_THREADS is set.
 * After a failure job->comm may be there, so that rank 0 can be found to tell it, and is closed in
 * any case by oc_job_close. OC_ERR_USAGE for a launcher that does not fit, an unknown or unfit
 * ONECYCLE_KERNELS, and as oc_comm_adopt; OC_ERR_PEER, OC_ERR_MEMORY, OC_ERR_INTERNAL. */
oc_status oc_job_open(oc_job *job, const oc_job_options *options);

/* Collective, as oc_comm_close. BLAS has as many threads as before. Safe on a zeroed one. */
void oc_job_close(oc_job *job);

#endif
