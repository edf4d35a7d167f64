/* drive.h - step after step: rank 0 decides, all ranks do it. The one place in which a step message
 * is filled in and sent; training, the range test and bench are drivers of it, which say what comes
 * next and what it is. */
#ifndef OC_CONTROL_DRIVE_H
#define OC_CONTROL_DRIVE_H

#include "run/run.h"

/* What comes next. Rates, decay and what every message holds besides follow from the run. */
typedef struct oc_next {
    oc_action action;
    oc_status status;        /* with OC_ACTION_STOP: how it ends */
    oc_schedule_point point; /* with OC_ACTION_TRAIN: the last group's rate, and the momentum */
    int frozen;              /* likewise: only the last group is trained */
    oc_guard_action guard;   /* likewise: what happens if the step diverges, */
    double most_loss;        /* and the loss above which it does; 0: none is too large */
    oc_decision decision;    /* scale 0: nothing is said */
} oc_next;

typedef struct oc_driver {
    void *context; /* given back to each; not owned */

    /* Rank 0. Local. */
    oc_next (*decide)(void *context);

    /* Every rank, for all actions but OC_ACTION_STOP. A failure must be one that all ranks have
     * alike (the next message then says stop, with it), unless the communicator broke. */
    oc_status (*act)(void *context, const oc_step *step);

    /* Collective over those left, when the communicator broke: OC_OK if it is whole again and the
     * run is at the same place on all of them. Another status is how all of them end, unless the
     * communicator is broken still. NULL: a lost rank is the end. */
    oc_status (*rejoin)(void *context);

    /* Before a rank leaves alone, because it lost the others or must not go on with them: the
     * process may end behind it. May be NULL. oc_message() says why. */
    void (*leave)(void *context, oc_status status);
} oc_driver;

/* Collective, no allocation. Until a message says stop; returns its status, the same on all ranks.
 * When this rank is alone in its failure it leaves the job (oc_comm_abort); what returns after that
 * has a broken communicator: no collective may follow. */
oc_status oc_drive(oc_run *run, const oc_driver *driver);

#endif
