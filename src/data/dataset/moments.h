/* moments.h - mean and standard deviation a channel of the training samples, the same bits whoever
 * sums: the importer that writes them or the ranks that read them.
 *
 * The samples are cut into a fixed number of pieces; a piece's sums are made by one process in
 * order of the samples, and the pieces are added in order. Sums are of differences from the
 * channel's first value, in double, so that a large offset (Unix times) takes no digits: whole
 * numbers are summed exactly, and a channel is constant when all its values are equal, not when
 * they are close. */
#ifndef OC_DATA_DATASET_MOMENTS_H
#define OC_DATA_DATASET_MOMENTS_H

#include <stddef.h>
#include <stdint.h>

enum { OC_MOMENT_PIECES = 64 };

typedef struct oc_moments {
    size_t channels, plane; /* plane: values of a channel, H * W */
    uint64_t samples;
    const double *first; /* (C) of sample 0, the channel's first value; not owned */
    double *sums;        /* (pieces, C, 2) of differences and of their squares; not owned */
} oc_moments;

/* Local. The piece of a sample; pieces are ranges of samples. */
uint64_t oc_moments_piece(const oc_moments *moments, uint64_t sample);
uint64_t oc_moments_begin(const oc_moments *moments, uint64_t piece); /* its first sample */

/* Local. Channel `channel` of a sample, `plane` numbers, which come in order; non-zero unless all
 * are finite. */
int oc_moments_add(oc_moments *moments, uint64_t sample, size_t channel, const double *numbers);

/* Local. All samples came -> mean (C), deviation (C) of the population: 1 for a constant channel.
 */
void oc_moments_finish(const oc_moments *moments, double *mean, double *deviation);

#endif
