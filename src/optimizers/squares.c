/* squares.c - sums of squares whose order is fixed, for norms that are the same bits everywhere. */
#include "optimizers/optimizer.h"

/* Products of two floats are exact as doubles, so no vector unit can round them differently. */
double oc_sum_of_squares(const float *x, size_t count)
{
    enum { LANES = 16 };
    double lane[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += (double)x[i + j] * (double)x[i + j];
    for (size_t j = 0; i + j < count; j++)
        lane[j] += (double)x[i + j] * (double)x[i + j];
    for (size_t j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}
