/* overlap.c - see overlap.h. */
#include "run/overlap.h"

#include <stdlib.h>

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

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *seconds)
{
    qsort(seconds, OC_OVERLAP_TRIALS, sizeof *seconds, compare);
    return (seconds[(OC_OVERLAP_TRIALS - 1) / 2] + seconds[OC_OVERLAP_TRIALS / 2]) / 2;
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
    *without = median(overlap->seconds[0]);
    *with = median(overlap->seconds[1]);
    overlap->is_on = *with < 0.99 * *without;
    overlap->is_tried = 0;
    return 1;
}
