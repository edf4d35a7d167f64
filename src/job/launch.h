/* launch.h - did a launcher (mpirun, srun) start this process? Only reads the environment. */
#ifndef OC_JOB_LAUNCH_H
#define OC_JOB_LAUNCH_H

#include "base/status.h"

/* Local. *launched is what oc_comm_open wants to know: 0 when no launcher started this
 * process, else the number of processes it started, 1 also if it does not say. OC_ERR_USAGE
 * when srun started several tasks without PMIx: each would train on its own. */
oc_status oc_job_launched(int *launched);

/* Local. This process's number among those that were started together, whether or not they can
 * find each other; 0 without a launcher. */
int oc_job_launch_rank(void);

/* Local. Did MPICH's mpiexec (Hydra) start this process? */
int oc_job_launcher_is_hydra(void);

/* Local. The descriptor of a socket on which the launcher listens to PMI-1 and must be told the
 * exit code of a rank that leaves the others, for oc_comm_set_launcher; -1 without one. It is
 * MPI's. */
int oc_job_launcher_connection(void);

/* Local. Does the launcher let a job go on when one of its ranks dies? */
int oc_job_outlives_ranks(void);

#endif
