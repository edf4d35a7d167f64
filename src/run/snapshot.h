/* snapshot.h - a copy in memory of all that a step changes, to go back to or to write out.
 *
 * What a run is besides (recipe, data, network, place of its memory) is not in it: a snapshot
 * belongs to the run it was made for. Memory is allocated once; taking and restoring allocate
 * nothing, enter no collective and give the same bits back. */
#ifndef OC_RUN_SNAPSHOT_H
#define OC_RUN_SNAPSHOT_H

#include "base/arena.h"
#include "run/run.h"

enum { OC_SNAPSHOT_BLOCKS = 4 + OC_MAX_SLOTS };

typedef struct oc_snapshot {
    oc_arena arena;
    float *block[OC_SNAPSHOT_BLOCKS]; /* copies of oc_snapshot_blocks of the run, in their order */
    oc_checkpoint_info info;          /* the step, the decision, sums of the epoch, best so far */
    oc_scores scores;
    int is_taken;
} oc_snapshot;

/* Floats that a step changes. */
typedef struct oc_snapshot_block {
    const char *name; /* "parameters" */
    float *floats;    /* the run's own */
    size_t count;
} oc_snapshot_block;

/* Local. A run's parameters, running state, averages of both and optimiser slots, as far as it has
 * them; returns how many blocks there are. */
int oc_snapshot_blocks(const oc_run *run, oc_snapshot_block block[OC_SNAPSHOT_BLOCKS]);

/* Local. Bytes that a snapshot of the run takes. */
size_t oc_snapshot_bytes(const oc_run *run);

/* Local. Memory for a snapshot of the run; nothing is in it yet. `what` names it in a message.
 * OC_ERR_MEMORY; OC_ERR_USAGE: more than the machine has. The caller frees it. */
oc_status oc_snapshot_create(oc_snapshot *snapshot, const oc_run *run, const char *what);
void oc_snapshot_free(oc_snapshot *snapshot); /* safe on a zeroed one */

/* Local, no allocation; main, between steps. The run as it is now. */
void oc_snapshot_take(oc_snapshot *snapshot, const oc_run *run);

/* Local, no allocation; main, between steps, on all ranks alike, of a snapshot that was taken of
 * this run: the run as it was then, so that the next step is the one that followed. What was asked
 * of the run since stays: a request to stop, the measured patience and overlap. */
void oc_snapshot_restore(const oc_snapshot *snapshot, oc_run *run);

#endif
