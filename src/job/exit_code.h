/* exit_code.h - the exit code of a process, past a launcher that can lose it. */
#ifndef OC_JOB_EXIT_CODE_H
#define OC_JOB_EXIT_CODE_H

/* Local; the last thing before a process ends with code, when MPI is finalised and files are
 * closed. Nothing is done without MPICH's launcher, nor for 0. Costs a fork; the job ends some
 * milliseconds later. */
void oc_job_guard_exit_code(int code);

#endif
