/* overlap.c - see overlap.h. */
#include "run/overlap.h"

#include "base/median.h"

oc_overlap oc_overlap_start(oc_overlap_wish wish, int is_possible)
{
    return (oc_overlap){.is_tried = is_possible && wish == OC_OVERLAP_AUTO,
                        .is_on = is_possible && wish == OC_OVERLAP_ON};
}

int oc_overlap_next(const oc_overlap *overlap)
{
    const int trial = overlap->steps - OC_OVERLAP_WARM_UP;
    return overlap->is_tried ? trial >= 0 && trial % 2 : overlap->is_on;
}

int oc_overlap_note(oc_overlap *overlap, double seconds, double *without, double *with)
{
    if (!overlap->is_tried)
        return 0;
    const int trial = overlap->steps++ - OC_OVERLAP_WARM_UP;
    if (trial >= 0)
        overlap->seconds[trial % 2][trial / 2] = seconds;
    if (trial + 1 < 2 * OC_OVERLAP_TRIALS)
        return 0;
    *without = oc_median(overlap->seconds[0], OC_OVERLAP_TRIALS);
    *with = oc_median(overlap->seconds[1], OC_OVERLAP_TRIALS);
    overlap->is_on = *with < 0.99 * *without;
    overlap->is_tried = 0;
    return 1;
}
