/* guard_record.h - what the guard against divergence remembers of a run: how often it had to act,
 * the losses it compares with, and where it can go back to. Plain numbers that checkpoints and runs
 * share; what is done with them is in run/guard.h. */
#ifndef OC_BASE_GUARD_RECORD_H
#define OC_BASE_GUARD_RECORD_H

#include <stdint.h>

enum { OC_GUARD_LOSSES = 64, OC_GUARD_NAMED = 16 };

/* What a snapshot has beside the numbers that it copies. */
typedef struct oc_guard_place {
    uint64_t step;                    /* steps done; UINT64_MAX: there is no snapshot */
    uint64_t averaged, unfrozen_step; /* as in oc_checkpoint_info, then */
    uint64_t idle, skipped;           /* as below, then */
} oc_guard_place;

typedef struct oc_guard_record {
    uint64_t diverged;  /* steps that diverged and did not end the run */
    uint64_t rollbacks; /* of them, those that went back to a snapshot */
    uint64_t skipped; /* steps that have no part in the weights: those, and what rollbacks undid */
    uint64_t idle;    /* of them, those since the optimiser began, or began anew: its own count of
                       * steps is behind the run's by so many */
    uint64_t
        step[OC_GUARD_NAMED]; /* that diverged, from 1: the d-th, from 0, at d % OC_GUARD_NAMED */
    uint64_t losses;          /* noted so far, where they are compared */
    double loss[OC_GUARD_LOSSES]; /* the last ones, the i-th, from 0, at i % OC_GUARD_LOSSES */
    oc_guard_place back;          /* the snapshot */
} oc_guard_record;

/* Local. What is wrong with one from outside, of a run that has done `step` steps and whose
 * optimiser began anew at unfrozen_step (UINT64_MAX: it did not); or NULL. */
const char *oc_guard_record_fault(const oc_guard_record *record, uint64_t step,
                                  uint64_t unfrozen_step);

/* Local. How many of its steps and of its losses are there. */
uint64_t oc_guard_record_steps(const oc_guard_record *record);
uint64_t oc_guard_record_losses(const oc_guard_record *record);

#endif
