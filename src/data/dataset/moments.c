/* moments.c - see moments.h. */
#include "data/dataset/moments.h"

#include <math.h>

uint64_t oc_moments_begin(const oc_moments *moments, uint64_t piece)
{
    return piece * moments->samples / OC_MOMENT_PIECES;
}

uint64_t oc_moments_piece(const oc_moments *moments, uint64_t sample)
{
    uint64_t piece = sample * OC_MOMENT_PIECES / moments->samples;
    while (piece + 1 < OC_MOMENT_PIECES && oc_moments_begin(moments, piece + 1) <= sample)
        piece++;
    return piece;
}

int oc_moments_add(oc_moments *moments, uint64_t sample, size_t channel, const double *numbers)
{
    const uint64_t piece = oc_moments_piece(moments, sample);
    double *to = moments->sums + ((size_t)piece * moments->channels + channel) * 2;
    const double first = moments->first[channel];
    double sum = to[0], squares = to[1], unbounded = 0;
    for (size_t i = 0; i < moments->plane; i++) {
        const double from_first = numbers[i] - first;
        sum += from_first;
        squares += from_first * from_first;
        unbounded += numbers[i] * 0; /* NaN for what is not finite */
    }
    to[0] = sum;
    to[1] = squares;
    return unbounded != 0;
}

void oc_moments_finish(const oc_moments *moments, double *mean, double *deviation)
{
    const double count = (double)moments->samples * (double)moments->plane;
    for (size_t c = 0; c < moments->channels; c++) {
        double sum = 0, squares = 0;
        for (size_t p = 0; p < OC_MOMENT_PIECES; p++) {
            sum += moments->sums[(p * moments->channels + c) * 2];
            squares += moments->sums[(p * moments->channels + c) * 2 + 1];
        }
        const double from_first = sum / count;
        const double variance = squares / count - from_first * from_first;
        mean[c] = moments->first[c] + from_first;
        deviation[c] = squares > 0 && variance > 0 ? sqrt(variance) : 1;
        if (!isfinite(squares)) /* beyond what a double can hold: nothing to divide by */
            deviation[c] = HUGE_VAL;
    }
}
