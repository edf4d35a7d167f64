/* loop_private.h - what loop.c and lost_rank.c share: a training while it runs. Not for other
 * files. */
#ifndef OC_CONTROL_LOOP_PRIVATE_H
#define OC_CONTROL_LOOP_PRIVATE_H

#include "control/loop.h"
#include "control/save_clock.h"
#include "control/time_budget.h"
#include "control/watch.h"

/* onecycle's own callbacks: the guard, the keeper's, then those that look at evaluations. */
enum { GUARD, KEEPER, WATCH, OWN_CALLBACKS = WATCH + OC_WATCH_CALLBACKS };

/* Rank 0 decides by it. The others follow what does not need files, so that each may be rank 0
 * next. */
typedef struct oc_loop {
    oc_run *run;
    const oc_loop_options *options;
    int serves;       /* this rank has the duties of rank 0 */
    oc_keeper keeper; /* empty where there is none, and on other ranks */
    oc_watch watch;
    oc_callback own[OWN_CALLBACKS];
    oc_time_budget budget;
    double wall_before; /* info.wall_seconds when the loop began */
    uint64_t saved_step;
    oc_status failure; /* why training can't go on, and the message */
    char failure_text[1024];
    int stop; /* a callback asked to stop */
    oc_save_clock save_clock;
    oc_step last_step;          /* the last that changed the run, */
    oc_step_result last_result; /* and what came of it */
    int has_ended;              /* the keeper has, */
    oc_status outcome;          /* and this is what it said */
} oc_loop;

/* Local. */
static inline int oc_loop_is_root(const oc_loop *l)
{
    return oc_comm_rank(l->run->comm) == 0;
}

/* Local. Training cannot go on, as oc_message() says; the first failure counts. */
void oc_loop_fail(oc_loop *loop, oc_status status);

/* Local. The callbacks after a step; after an evaluation, `again` without those that look at it,
 * whose memory has come from another rank. */
void oc_loop_tell_step(oc_loop *l, const oc_step *step, const oc_step_result *result);
void oc_loop_tell_evaluation(oc_loop *l, int again);

/* Collective over those left; of a driver (drive.h). */
oc_status oc_loop_rejoin(void *loop);

#endif
