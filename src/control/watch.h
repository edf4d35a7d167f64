/* watch.h - onecycle's own callbacks that look at steps and evaluations: the guard against
 * divergence (watch_step.c), the best checkpoint, reduce_on_plateau and early stopping. Rank 0;
 * what they remember is in the run's info, and so in checkpoints. The table writer is session.h's.
 */
#ifndef OC_CONTROL_WATCH_H
#define OC_CONTROL_WATCH_H

#include "control/callback.h"

typedef struct oc_watch {
    oc_run *run;   /* not owned */
    int save_best; /* the last evaluation was the best so far and is not saved yet */
    double scale;  /* of the rate from now on */
    int end;       /* the run shall end here */
} oc_watch;

/* Local. For a run as it is now. */
void oc_watch_begin(oc_watch *watch, oc_run *run);

/* Local. The guard: tells of a step that diverged; OC_ERR_DIVERGED if it was not got over. Before
 * all others. */
oc_callback oc_watch_guard(void);

/* Local. What looks at evaluations. */
enum { OC_WATCH_CALLBACKS = 3 };
void oc_watch_callbacks(oc_watch *watch, oc_callback callbacks[OC_WATCH_CALLBACKS]);

#endif
