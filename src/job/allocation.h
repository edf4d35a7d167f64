/* allocation.h - the time that a run has: when this process began, and when its Slurm job ends. */
#ifndef OC_JOB_ALLOCATION_H
#define OC_JOB_ALLOCATION_H

#include "base/status.h"

/* Local. First thing in main: the time of train.fit_time runs from here. */
void oc_job_note_start(void);

/* Local. Then, on the clock of oc_seconds(). */
double oc_job_started(void);

/* Local, rank 0. When a run must be over in this Slurm job, on the clock of oc_seconds(): 3 minutes
 * before its end, which is SLURM_JOB_END_TIME, or what `squeue -h -j SLURM_JOB_ID -o %L` says is
 * left. OC_ERR_USAGE outside of a job, in one without
 * end, or when squeue does not say. */
oc_status oc_job_allocation_end(double *end);

#endif
