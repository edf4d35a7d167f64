/* direct_body.h - the micro-kernels of the direct convolutions, written once for any vector unit.
 * Included by direct_kernels.h alone. */
#ifndef OC_KERNELS_CONV_DIRECT_BODY_H
#define OC_KERNELS_CONV_DIRECT_BODY_H

#include "kernels/conv/direct.h"

enum {
    PARTS = 16 / LANES, /* vectors in a block of channels */
    AHEAD = 16          /* pixels that are asked for before they are read */
};

/* What all tiles of one panel of outputs and one group of blocks of channels share. */
typedef struct job {
    const size_t *tap;    /* from a pixel of x to the one that a tap reads */
    int taps, all_taps;   /* that are not mere padding; of the weights */
    int blocks, last;     /* of channels; channels in the last one */
    size_t block;         /* from one to the next */
    const float *weights; /* [block][tap][channel][wide * 16] */
    int skipped;          /* taps before `tap` */
    const float *bias;    /* wide * 16 */
    int add;              /* to y instead of bias */
    size_t y_block;       /* from one block of outputs to the next */
    size_t ahead;         /* from the first pixel of x to that of the next tile */
} job;

/* `pixels` pixels by `wide` blocks of outputs. x: the first pixel, the next ones follow `apart`
 * floats apart. y + at[r]: pixel r. */
INSTANCE void apply_tile(const int pixels, const int wide, const int unit, const int apart,
                         const job *j, const float *x, float *y, const size_t *at)
{
    /* Copies, because a store of a vector could change what they are copied from. */
    const int parts = wide * PARTS, blocks = j->blocks, taps = j->taps, last = j->last;
    const size_t *const tap = j->tap, y_block = j->y_block, block = j->block;
    vec sum[DIRECT_PIXELS_ONE][DIRECT_BLOCKS * PARTS];
    if (j->add) {
        UNROLLED(32)
        for (int r = 0; r < pixels; r++) {
            UNROLLED(4)
            for (int p = 0; p < parts; p++)
                sum[r][p] =
                    vec_load(y + at[r] + (size_t)(p / PARTS) * y_block + (p % PARTS) * LANES);
        }
    } else {
        UNROLLED(32)
        for (int r = 0; r < pixels; r++) {
            UNROLLED(4)
            for (int p = 0; p < parts; p++)
                sum[r][p] = vec_load(j->bias + p * LANES);
        }
    }
    for (int b = 0; b < blocks; b++, x += block) {
        const int channels = unit == 1 ? 1 : b == blocks - 1 ? last : 16;
        if (unit > 1 && taps == 1) { /* of the next tile; more taps read what has been copied */
            const float *next = x + tap[0] + j->ahead;
            UNROLLED(32)
            for (int r = 0; r < pixels; r++)
                __builtin_prefetch(next + r * apart);
        }
        const float *w = j->weights + (size_t)(parts * LANES) *
                                          (size_t)(b * unit * j->all_taps + channels * j->skipped);
        for (int t = 0; t < taps; t++) {
            const float *from = x + tap[t];
            for (int c = 0; c < channels; c++, from++, w += parts * LANES) {
                vec weight[DIRECT_BLOCKS * PARTS];
                UNROLLED(4)
                for (int p = 0; p < parts; p++)
                    weight[p] = vec_load(w + p * LANES);
                UNROLLED(32)
                for (int r = 0; r < pixels; r++) {
                    const vec a = vec_set(from[r * apart]);
                    UNROLLED(4)
                    for (int p = 0; p < parts; p++)
                        sum[r][p] = vec_fma(a, weight[p], sum[r][p]);
                }
            }
        }
    }
    UNROLLED(32)
    for (int r = 0; r < pixels; r++) {
        float *to = y + at[r];
        UNROLLED(4)
        for (int p = 0; p < parts; p++)
            vec_store(to + (size_t)(p / PARTS) * y_block + (p % PARTS) * LANES, sum[r][p]);
    }
}

/* What all micro-kernels for the gradient share in one strip and panel. */
typedef struct gradient_job {
    int runs, length;     /* rows of pixels, pixels in a row */
    size_t x_run, dy_run; /* from one row to the next */
    size_t dy_block;      /* from one block of outputs to the next */
    size_t sums_block;    /* the same in the sums */
    size_t sums_row;      /* from one row of sums to the next */
    const float *dy;
} gradient_job;

/* `rows` rows of weights by `wide` blocks of outputs, summed over the pixels of a strip. Row r is
 * channel r of the pixel at x (unit 16), or reads x + row[r] (unit 1). */
INSTANCE void correlate_tile(const int rows, const int wide, const int unit, const int apart,
                             const gradient_job *j, const float *x, const size_t *row, float *sums)
{
    const int parts = wide * PARTS;
    vec sum[GRADIENT_ONE][DIRECT_BLOCKS * PARTS];
    UNROLLED(16)
    for (int r = 0; r < rows; r++) {
        UNROLLED(4)
        for (int p = 0; p < parts; p++)
            sum[r][p] = vec_set(0);
    }
    const float *dy = j->dy;
    for (int run = 0; run < j->runs; run++, x += j->x_run, dy += j->dy_run) {
        const float *from[GRADIENT_ONE];
        UNROLLED(16)
        for (int r = 0; r < rows; r++)
            from[r] = unit == 1 ? x + row[r] : x + r;
        const float *z = dy;
        for (size_t p = 0; p < (size_t)j->length; p++, z += 16) {
            vec b[DIRECT_BLOCKS * PARTS];
            for (int q = 0; q < wide; q++)
                __builtin_prefetch(z + (size_t)q * j->dy_block + 16 * AHEAD);
            UNROLLED(4)
            for (int q = 0; q < parts; q++)
                b[q] = vec_load(z + (size_t)(q / PARTS) * j->dy_block + (q % PARTS) * LANES);
            if (unit > 1)
                __builtin_prefetch(from[0] + (p + AHEAD) * (size_t)apart);
            UNROLLED(16)
            for (int r = 0; r < rows; r++) {
                const vec a = vec_set(from[r][p * (size_t)apart]);
                UNROLLED(4)
                for (int q = 0; q < parts; q++)
                    sum[r][q] = vec_fma(a, b[q], sum[r][q]);
            }
        }
    }
    const vec one = vec_set(1);
    UNROLLED(16)
    for (int r = 0; r < rows; r++) {
        UNROLLED(4)
        for (int p = 0; p < parts; p++) {
            float *to = sums + (size_t)r * j->sums_row + (size_t)(p / PARTS) * j->sums_block +
                        (p % PARTS) * LANES;
            vec_store(to, vec_fma(one, sum[r][p], vec_load(to)));
        }
    }
}

#endif
