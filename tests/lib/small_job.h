/* small_job.h - how test programs in tests/mpi begin: the ranks they were started on, a small data
 * set and a recipe for it. Not a run, nor anything of what is tested. */
#ifndef OC_TESTS_LIB_SMALL_JOB_H
#define OC_TESTS_LIB_SMALL_JOB_H

#include "mpi/comm.h"
#include "recipe/recipe.h"

/* Collective. Opens *comm over the ranks of mpirun, or for this process alone; writes data.h5 into
 * each rank's oc_scratch(), `train` and 20 test images of 1x8x8 in 4 classes; parses `text`, whose
 * file names are relative to oc_scratch(). Anything but OC_OK has been told on stderr. The caller
 * ends with oc_comm_close. */
oc_status oc_small_job_open(oc_comm **comm, oc_recipe *recipe, const char *text, uint64_t train);

#endif
