/* keeper.h - who keeps a run while it trains: tables, checkpoints and what is written at the end.
 * Control knows of no files; a caller hands one in, such as the run directory's (rundir/session.h),
 * or none. Used on rank 0, but for what prepares the others to take its place; all of it is Local.
 */
#ifndef OC_CONTROL_KEEPER_H
#define OC_CONTROL_KEEPER_H

#include "control/callback.h"

/* What a checkpoint costs, as far as was measured; seconds. */
typedef struct oc_save_cost {
    double lasts;  /* from its beginning until it is stored; 0: none was measured yet */
    double delays; /* that training loses by it: what it waits for, and the processor time of what
                    * is done beside it */
} oc_save_cost;

/* Any function may be NULL. A failure of `begin`, `take_over` or `save` ends training, one of `end`
 * is what the loop returns unless training had failed before. */
typedef struct oc_keeper {
    void *context;        /* given back to those below; not owned */
    oc_callback callback; /* with a context of its own; called after the guard, before all others */
    oc_callback shadow;   /* the same on the other ranks of a run that may lose some */

    /* Once, before the first step. */
    oc_status (*begin)(void *context, const oc_run *run);

    /* Instead, on a rank that had another number: rank 0 was lost after the run's last step. What
     * it had not written yet may be missing, and is in the run, or was told to the shadow. */
    oc_status (*take_over)(void *context, const oc_run *run);

    /* A checkpoint of the run as it is; `best`: it is the best so far; `is_last`: training ends
     * with it, so it must be stored on return, while others may still be on their way. NULL:
     * checkpoints are not due, and a stop ends training without one. */
    oc_status (*save)(void *context, oc_run *run, int best, int is_last);

    /* Cheap; asked between steps. */
    oc_save_cost (*cost)(void *context);

    /* Once, also where `begin` failed or was not reached; `outcome` is how training ended. Returns
     * it, or its own failure where training did not fail. */
    oc_status (*end)(void *context, oc_run *run, oc_status outcome);

    /* After `end`, when other ranks were lost or must be: the process may end before the loop
     * returns. oc_message() says why. */
    void (*leave)(void *context, oc_status outcome);
} oc_keeper;

#endif
