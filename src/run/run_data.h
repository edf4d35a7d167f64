/* run_data.h - the data of a run: how a node's ranks open, hold and read the data set together.
 * Inside train/ only. */
#ifndef OC_RUN_RUN_DATA_H
#define OC_RUN_RUN_DATA_H

#include "run/run.h"

/* Collective. Verify and open the data set, choose between memory and reading while training,
 * fill the node's memory, select samples. All ranks get the same answer. OC_ERR_USAGE,
 * OC_ERR_DATA, OC_ERR_IO, OC_ERR_PEER. */
oc_status oc_run_open_data(oc_run *run, const oc_evaluation *evaluation);

/* Local. The loader, when shards and threads are known. OC_ERR_USAGE, OC_ERR_INTERNAL. */
oc_status oc_run_start_loader(oc_run *run);

/* Local. The kind of targets that a loss is for; OC_LOSS_AUTO: classes. */
oc_targets_kind oc_run_targets_of_loss(int loss);

/* Local. recipe.loss.kind by the data set if it is OC_LOSS_AUTO; does it suit the data set?
 * OC_ERR_USAGE. */
oc_status oc_run_choose_loss(oc_run *run);

/* Local. How much of its running averages a batch normalisation keeps, where the recipe says so for
 * all of them: by the length of the run as decided last. */
void oc_run_set_averages(oc_run *run);

/* Collective, as oc_run_destroy. */
void oc_run_close_data(oc_run *run);

/* Local. The chunks that a thread evaluates. */
oc_worker_range oc_run_evaluation_range(const oc_run *run, int thread);

/* Local. How taking samples ended for this rank's threads, the lowest that failed; forgets it. */
oc_status oc_run_workers_status(oc_run *run);

#endif
