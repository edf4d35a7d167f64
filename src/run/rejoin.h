/* rejoin.h - after ranks were lost: those left agree on where the run is, and go on from there. */
#ifndef OC_RUN_REJOIN_H
#define OC_RUN_REJOIN_H

#include "run/run.h"

/* What this rank had not done when the others were already behind it. */
typedef struct oc_missed {
    int step, evaluation;
} oc_missed;

/* Collective, after oc_comm_recover, which has woken the ranks wherever they were: at most one
 * step, or the evaluation behind it, apart, since the exchange of a step ends on no rank before all
 * have begun it. All take over the run of the one that was furthest, `more` (of `bytes`, of the
 * caller's) included. What comes next is oc_run_share_out. OC_ERR_PEER: another rank was lost
 * meanwhile, and *missed must stay as it is until the next attempt; or the last one that had all
 * numbers was. */
oc_status oc_run_rejoin(oc_run *run, void *more, size_t bytes, oc_missed *missed);

#endif
