/* overlap.h - whether gradients are exchanged during backward: as the recipe says, or as the first
 * steps show. Pure, but for the clock readings that it is given; rank 0's choice is part of the
 * step message. */
#ifndef OC_RUN_OVERLAP_H
#define OC_RUN_OVERLAP_H

typedef enum oc_overlap_wish { OC_OVERLAP_AUTO, OC_OVERLAP_ON, OC_OVERLAP_OFF } oc_overlap_wish;

enum {
    OC_OVERLAP_WARM_UP = 3, /* steps that are not looked at */
    OC_OVERLAP_TRIALS = 6,  /* steps of each kind, in turn */
    OC_OVERLAP_STEPS = OC_OVERLAP_WARM_UP + 2 * OC_OVERLAP_TRIALS
};

typedef struct oc_overlap {
    int is_tried;                         /* auto, and there is something to choose */
    int is_on;                            /* what holds when nothing is tried any more */
    int steps;                            /* noted so far */
    double seconds[2][OC_OVERLAP_TRIALS]; /* of steps without and with */
} oc_overlap;

/* Local. `is_possible`: there are other ranks, and a thread that can talk to them. */
oc_overlap oc_overlap_start(oc_overlap_wish wish, int is_possible);

/* Local. Whether the next step overlaps. */
int oc_overlap_next(const oc_overlap *overlap);

/* Local. Overlap has to gain a hundredth, as a thread that looks for messages has its price too.
 * How long the next step took from its first shard to the sum of all. Returns 1 if that was
 * the last trial: the medians are in *without and *with. */
int oc_overlap_note(oc_overlap *overlap, double seconds, double *without, double *with);

#endif
