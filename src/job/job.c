/* job.c - see job.h. */
#include "job/job.h"

#include "job/launch.h"
#include "kernels/kernels.h"

#include <stdio.h>
#include <stdlib.h>

static oc_status join(oc_job *job, const oc_job_options *options)
{
    int launched = 0;
    oc_status status = OC_OK;
    switch (options->kind) {
    case OC_JOB_ADOPTED:
        return oc_comm_adopt(&job->comm, options->mpi_comm);
    case OC_JOB_FORTRAN:
        return oc_comm_adopt_fortran(&job->comm, options->fortran_comm);
    case OC_JOB_LAUNCHED:
        status = oc_job_launched(&launched);
        break;
    default:
        break;
    }
    return status == OC_OK ? oc_comm_open(&job->comm, launched) : status;
}

/* Before any network is built. Ranks share the cores, and small products get slower with a second
 * BLAS thread, so there is one unless the user knows better. */
static oc_status choose_kernels(oc_job *job)
{
    const char *const name = getenv("ONECYCLE_KERNELS");
    char message[512];
    if (!getenv("OPENBLAS_NUM_THREADS")) {
        job->blas_threads = oc_kernels_blas_threads();
        oc_kernels_set_blas_threads(1);
    }
    const oc_status status = oc_kernels_select(name && name[0] ? name : NULL);
    if (status == OC_OK)
        return OC_OK;
    snprintf(message, sizeof message, "%s", oc_message());
    return oc_fail(status, "ONECYCLE_KERNELS: %s", message);
}

oc_status oc_job_open(oc_job *job, const oc_job_options *options)
{
    *job = (oc_job){0};
    oc_status status = join(job, options);
    if (status == OC_OK)
        oc_comm_set_launcher(job->comm, oc_job_launcher_connection());
    if (status == OC_OK && oc_job_outlives_ranks())
        oc_comm_expect_losses(job->comm);
    if (status == OC_OK) /* another host may have another processor */
        status = oc_comm_agree(job->comm, choose_kernels(job));
    return status;
}

void oc_job_close(oc_job *job)
{
    if (job->blas_threads > 0)
        oc_kernels_set_blas_threads(job->blas_threads);
    oc_comm_close(job->comm);
    *job = (oc_job){0};
}
