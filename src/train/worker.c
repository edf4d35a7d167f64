/* worker.c - see worker.h. */
#include "train/worker.h"

oc_status oc_worker_create(oc_worker *worker, const oc_network *network, int n,
                           const oc_worker *first)
{
    *worker = (oc_worker){0};
    return oc_workspace_create_beside(&worker->workspace, network, n, OC_FOR_TRAINING,
                                      first ? &first->workspace : NULL);
}

void oc_worker_destroy(oc_worker *worker)
{
    oc_workspace_destroy(&worker->workspace);
    *worker = (oc_worker){0};
}
