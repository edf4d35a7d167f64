/* api_job.c - opening and closing a job: see onecycle.h. */
#include "api/api.h"
#include "base/log.h"

#include <stdatomic.h>
#include <stdlib.h>

/* The log, the kernels and BLAS are the process's. */
static atomic_flag is_open = ATOMIC_FLAG_INIT;

static oc_status open_job(onecycle_job *job, const oc_job_options *options)
{
    const oc_status status = oc_job_open(&job->job, options);
    if (status != OC_OK)
        return status;
    oc_log_configure(oc_comm_rank(job->job.comm), OC_LOG_INFO);
    oc_log_terminal(OC_LOG_WARN); /* a run directory's log.txt has all */
    return OC_OK;
}

static onecycle_status open_with(onecycle_job **out, const oc_job_options *options)
{
    oc_status status = oc_api_need(out, "onecycle_job_open", "job");
    if (status != OC_OK)
        return oc_api_status(status);
    *out = NULL;
    if (atomic_flag_test_and_set(&is_open))
        return oc_api_status(oc_fail(
            OC_ERR_USAGE, "onecycle_job_open: another job is open; expected one at a time"));
    onecycle_job *const job = calloc(1, sizeof *job);
    status = job ? open_job(job, options) : oc_fail(OC_ERR_MEMORY, "onecycle_job_open: no memory");
    if (status == OC_OK) {
        *out = job;
        return ONECYCLE_OK;
    }
    if (job)
        oc_job_close(&job->job);
    free(job);
    atomic_flag_clear(&is_open);
    return oc_api_status(status);
}

onecycle_status onecycle_job_open(onecycle_job **job)
{
    return open_with(job, &(oc_job_options){.kind = OC_JOB_LAUNCHED});
}

onecycle_status onecycle_job_open_comm(onecycle_job **job, const void *comm)
{
    const oc_status status = oc_api_need(comm, "onecycle_job_open_comm", "comm");
    return status == OC_OK
               ? open_with(job, &(oc_job_options){.kind = OC_JOB_ADOPTED, .mpi_comm = comm})
               : oc_api_status(status);
}

onecycle_status onecycle_job_open_fortran(onecycle_job **job, int comm)
{
    return open_with(job, &(oc_job_options){.kind = OC_JOB_FORTRAN, .fortran_comm = comm});
}

void onecycle_job_close(onecycle_job *job)
{
    if (!job)
        return;
    oc_job_close(&job->job);
    free(job);
    atomic_flag_clear(&is_open);
}

int onecycle_job_rank(const onecycle_job *job)
{
    return oc_comm_rank(job->job.comm);
}

int onecycle_job_size(const onecycle_job *job)
{
    return oc_comm_size(job->job.comm);
}
