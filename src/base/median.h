/* median.h - the middle one of some measurements, which one that was held up does not move. */
#ifndef OC_BASE_MEDIAN_H
#define OC_BASE_MEDIAN_H

#include <stddef.h>

/* Local. Of `count` numbers, at least 1, which are sorted on return; of an even
 * number the mean of the middle two. Sorting many may allocate. */
double oc_median(double *values, size_t count);

#endif
