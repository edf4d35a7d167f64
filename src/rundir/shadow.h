/* shadow.h - what a rank remembers of what rank 0 writes, to go on with the tables if that is lost:
 * the rows that may not have left its memory. */
#ifndef OC_RUNDIR_SHADOW_H
#define OC_RUNDIR_SHADOW_H

#include "run/step_message.h"
#include "rundir/metrics.h"

enum {
    OC_SHADOW_ROWS = 128,                /* remembered */
    OC_SHADOW_EVERY = OC_SHADOW_ROWS / 2 /* rank 0 hands its rows over after so many */
};

typedef struct oc_shadow {
    oc_step_row row[OC_SHADOW_ROWS]; /* of step s at s % OC_SHADOW_ROWS */
    double group_lr[OC_SHADOW_ROWS][OC_MAX_GROUPS];
    double trust[OC_SHADOW_ROWS][OC_MOST_TRUSTS];
    uint64_t rows; /* noted so far */
} oc_shadow;

/* Local, no allocation. */
void oc_shadow_note(oc_shadow *shadow, const oc_step_row *row);

/* Local. How many rows up to the last it has. */
uint64_t oc_shadow_depth(const oc_shadow *shadow);

/* Local. The rows it has up to `step`, the last noted, behind those of a table. */
void oc_shadow_write(const oc_shadow *shadow, uint64_t step, oc_metrics *metrics);

#endif
