/* progress.h - how far a run has come, for what depends on that: pure functions of its place, the
 * same on all ranks and after a resume. */
#ifndef OC_RUN_PROGRESS_H
#define OC_RUN_PROGRESS_H

#include "run/run.h"

/* Local, any thread. The share of its steps that are done: by its schedule's places, so that a
 * decision of the clock stretches it; 0 to 1. */
double oc_run_progress(const oc_run *run);

/* Local, any thread. Has the run done so many steps, epochs or percent? */
int oc_run_has_reached(const oc_run *run, const oc_span *span);

/* Local, any thread. In the next step, are optimizer.freeze_late's parameters frozen? */
int oc_run_is_late(const oc_run *run);

#endif
