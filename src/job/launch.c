/* launch.c - see launch.h. MPI_Init alone cannot tell: started without a launcher it makes a
 * job of one, slowly, and so it does for each of srun's tasks when they lack PMIx. */
#include "job/launch.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What launchers leave in the environment of each process: that it is one of a job, and (the
 * second name) of how many. The first found counts: below mpirun that srun helped to start,
 * Slurm's number is that of the helpers. */
static const struct {
    const char *rank, *size;
} launchers[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, /* mpirun of Open MPI */
    {"PMI_RANK", "PMI_SIZE"},                         /* PMI-1 and PMI-2 */
    {"PMIX_RANK", "SLURM_STEP_NUM_TASKS"},            /* srun --mpi=pmix */
};

/* The number in a variable; 0 if it is not there or not a positive number. */
static int number(const char *name)
{
    const char *text = getenv(name);
    char *end = NULL;
    const long value = text ? strtol(text, &end, 10) : 0;
    return text && end != text && !*end && value > 0 && value <= INT_MAX ? (int)value : 0;
}

int oc_job_launch_rank(void)
{
    for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++)
        if (getenv(launchers[i].rank))
            return number(launchers[i].rank);
    return number("SLURM_STEP_NUM_TASKS") > 1 ? number("SLURM_PROCID") : 0;
}

oc_status oc_job_launched(int *launched)
{
    *launched = 0;
    for (size_t i = 0; i < sizeof launchers / sizeof launchers[0] && !*launched; i++)
        if (getenv(launchers[i].rank)) {
            const int size = number(launchers[i].size);
            *launched = size > 0 ? size : 1;
        }
    const int tasks = number("SLURM_STEP_NUM_TASKS");
    if (*launched == 0 && tasks > 1)
        return oc_fail(OC_ERR_USAGE,
                       "srun started %d tasks that cannot find each other: start them with "
                       "`srun --mpi=pmix`",
                       tasks);
    return OC_OK;
}

/* PMI_FD alone may be Slurm's, whose srun knows better. */
int oc_job_launcher_is_hydra(void)
{
    return !getenv(launchers[0].rank) && getenv("MPI_LOCALNRANKS");
}

/* Hydra kills the others when one leaves, and then makes one code of those of all: 4.0.2 often 9.
 */
int oc_job_launcher_connection(void)
{
    const int connection = oc_job_launcher_is_hydra() ? number("PMI_FD") : 0;
    return connection > 0 ? connection : -1;
}

/* `mpirun --with-ft ulfm` of Open MPI 5 leaves this; without it mpirun ends the job with its first
 * rank that dies. */
int oc_job_outlives_ranks(void)
{
    const char *const enabled = getenv("OMPI_MCA_mpi_ft_enable");
    return enabled && strcmp(enabled, "1") == 0;
}
