/* direct_body.h - the micro-kernels of the direct convolutions, written once for any vector unit.
 * Included by direct_passes.h alone. */
#ifndef OC_KERNELS_DIRECT_BODY_H
#define OC_KERNELS_DIRECT_BODY_H

#include "kernels/direct.h"

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
} job;

/* `pixels` pixels by `wide` blocks of outputs. x: the first pixel, the next ones follow `unit`
 * floats apart. y + at[r]: pixel r. */
INLINE void apply_tile(const int pixels, const int wide, const int unit, const job *j,
                       const float *x, float *y, const size_t *at)
{
    /* Copies, because a store of a vector could change what they are copied from. */
    const int parts = wide * PARTS, blocks = j->blocks, taps = j->taps, last = j->last;
    const size_t *const tap = j->tap, y_block = j->y_block, block = j->block;
    vec sum[DIRECT_PIXELS_ONE][DIRECT_BLOCKS * PARTS];
    if (j->add) {
#pragma GCC unroll 32
        for (int r = 0; r < pixels; r++)
#pragma GCC unroll 4
            for (int p = 0; p < parts; p++)
                sum[r][p] =
                    vec_load(y + at[r] + (size_t)(p / PARTS) * y_block + (p % PARTS) * LANES);
    } else {
#pragma GCC unroll 32
        for (int r = 0; r < pixels; r++)
#pragma GCC unroll 4
            for (int p = 0; p < parts; p++)
                sum[r][p] = vec_load(j->bias + p * LANES);
    }
    for (int b = 0; b < blocks; b++, x += block) {
        const int channels = unit == 1 ? 1 : b == blocks - 1 ? last : 16;
        if (unit > 1 && taps == 1) { /* of the next tile; more taps read what has been copied */
            const float *next = x + tap[0] + pixels * unit;
#pragma GCC unroll 32
            for (int r = 0; r < pixels; r++)
                __builtin_prefetch(next + r * unit);
        }
        const float *w = j->weights + (size_t)(parts * LANES) *
                                          (size_t)(b * unit * j->all_taps + channels * j->skipped);
        for (int t = 0; t < taps; t++) {
            const float *from = x + tap[t];
            for (int c = 0; c < channels; c++, from++, w += parts * LANES) {
                vec weight[DIRECT_BLOCKS * PARTS];
#pragma GCC unroll 4
                for (int p = 0; p < parts; p++)
                    weight[p] = vec_load(w + p * LANES);
#pragma GCC unroll 32
                for (int r = 0; r < pixels; r++) {
                    const vec a = vec_set(from[r * unit]);
#pragma GCC unroll 4
                    for (int p = 0; p < parts; p++)
                        sum[r][p] = vec_fma(a, weight[p], sum[r][p]);
                }
            }
        }
    }
#pragma GCC unroll 32
    for (int r = 0; r < pixels; r++) {
        float *to = y + at[r];
#pragma GCC unroll 4
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
INLINE void correlate_tile(const int rows, const int wide, const int unit, const gradient_job *j,
                           const float *x, const size_t *row, float *sums)
{
    const int parts = wide * PARTS;
    vec sum[GRADIENT_ONE][DIRECT_BLOCKS * PARTS];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int p = 0; p < parts; p++)
            sum[r][p] = vec_set(0);
    const float *dy = j->dy;
    for (int run = 0; run < j->runs; run++, x += j->x_run, dy += j->dy_run) {
        const float *from[GRADIENT_ONE];
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++)
            from[r] = unit == 1 ? x + row[r] : x + r;
        const float *z = dy;
        for (size_t p = 0; p < (size_t)j->length; p++, z += 16) {
            vec b[DIRECT_BLOCKS * PARTS];
            for (int q = 0; q < wide; q++)
                __builtin_prefetch(z + (size_t)q * j->dy_block + 16 * AHEAD);
#pragma GCC unroll 4
            for (int q = 0; q < parts; q++)
                b[q] = vec_load(z + (size_t)(q / PARTS) * j->dy_block + (q % PARTS) * LANES);
#pragma GCC unroll 16
            for (int r = 0; r < rows; r++) {
                const vec a = vec_set(from[r][p * (size_t)unit]);
#pragma GCC unroll 4
                for (int q = 0; q < parts; q++)
                    sum[r][q] = vec_fma(a, b[q], sum[r][q]);
            }
        }
    }
    const vec one = vec_set(1);
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int p = 0; p < parts; p++) {
            float *to = sums + (size_t)r * j->sums_row + (size_t)(p / PARTS) * j->sums_block +
                        (p % PARTS) * LANES;
            vec_store(to, vec_fma(one, sum[r][p], vec_load(to)));
        }
}

/* Both for numbers known only at run time; those beyond what the unit makes are not compiled. */
INLINE void apply_up_to(const int pixels, const int wide, const int unit, const job *j,
                        const float *x, float *y, const size_t *at)
{
    const int most = wide == 1 ? DIRECT_PIXELS_ONE : DIRECT_PIXELS;
    if (pixels <= most)
        apply_tile(pixels <= most ? pixels : 1, wide, unit, j, x, y, at);
}

INLINE void apply_pixels(int pixels, const int wide, const int unit, const job *j, const float *x,
                         float *y, const size_t *at)
{
    switch (pixels) {
    case 1:
        apply_up_to(1, wide, unit, j, x, y, at);
        break;
    case 2:
        apply_up_to(2, wide, unit, j, x, y, at);
        break;
    case 3:
        apply_up_to(3, wide, unit, j, x, y, at);
        break;
    case 4:
        apply_up_to(4, wide, unit, j, x, y, at);
        break;
    case 5:
        apply_up_to(5, wide, unit, j, x, y, at);
        break;
    case 6:
        apply_up_to(6, wide, unit, j, x, y, at);
        break;
    case 7:
        apply_up_to(7, wide, unit, j, x, y, at);
        break;
    case 8:
        apply_up_to(8, wide, unit, j, x, y, at);
        break;
    case 9:
        apply_up_to(9, wide, unit, j, x, y, at);
        break;
    case 10:
        apply_up_to(10, wide, unit, j, x, y, at);
        break;
    case 11:
        apply_up_to(11, wide, unit, j, x, y, at);
        break;
    case 12:
        apply_up_to(12, wide, unit, j, x, y, at);
        break;
    case 13:
        apply_up_to(13, wide, unit, j, x, y, at);
        break;
    case 14:
        apply_up_to(14, wide, unit, j, x, y, at);
        break;
    case 15:
        apply_up_to(15, wide, unit, j, x, y, at);
        break;
    case 16:
        apply_up_to(16, wide, unit, j, x, y, at);
        break;
    case 17:
        apply_up_to(17, wide, unit, j, x, y, at);
        break;
    case 18:
        apply_up_to(18, wide, unit, j, x, y, at);
        break;
    case 19:
        apply_up_to(19, wide, unit, j, x, y, at);
        break;
    case 20:
        apply_up_to(20, wide, unit, j, x, y, at);
        break;
    case 21:
        apply_up_to(21, wide, unit, j, x, y, at);
        break;
    case 22:
        apply_up_to(22, wide, unit, j, x, y, at);
        break;
    case 23:
        apply_up_to(23, wide, unit, j, x, y, at);
        break;
    case 24:
        apply_up_to(24, wide, unit, j, x, y, at);
        break;
    case 25:
        apply_up_to(25, wide, unit, j, x, y, at);
        break;
    case 26:
        apply_up_to(26, wide, unit, j, x, y, at);
        break;
    case 27:
        apply_up_to(27, wide, unit, j, x, y, at);
        break;
    case 28:
        apply_up_to(28, wide, unit, j, x, y, at);
        break;
    }
}

INLINE void correlate_up_to(const int rows, const int wide, const int unit, const gradient_job *j,
                            const float *x, const size_t *row, float *sums)
{
    const int most = unit == 1 ? GRADIENT_PLAIN : wide == 1 ? GRADIENT_ONE : GRADIENT_FULL;
    if (rows <= most)
        correlate_tile(rows <= most ? rows : 1, wide, unit, j, x, row, sums);
}

INLINE void correlate_rows(int rows, const int wide, const int unit, const gradient_job *j,
                           const float *x, const size_t *row, float *sums)
{
    switch (rows) {
    case 1:
        correlate_up_to(1, wide, unit, j, x, row, sums);
        break;
    case 2:
        correlate_up_to(2, wide, unit, j, x, row, sums);
        break;
    case 3:
        correlate_up_to(3, wide, unit, j, x, row, sums);
        break;
    case 4:
        correlate_up_to(4, wide, unit, j, x, row, sums);
        break;
    case 5:
        correlate_up_to(5, wide, unit, j, x, row, sums);
        break;
    case 6:
        correlate_up_to(6, wide, unit, j, x, row, sums);
        break;
    case 7:
        correlate_up_to(7, wide, unit, j, x, row, sums);
        break;
    case 8:
        correlate_up_to(8, wide, unit, j, x, row, sums);
        break;
    case 9:
        correlate_up_to(9, wide, unit, j, x, row, sums);
        break;
    case 10:
        correlate_up_to(10, wide, unit, j, x, row, sums);
        break;
    case 11:
        correlate_up_to(11, wide, unit, j, x, row, sums);
        break;
    case 12:
        correlate_up_to(12, wide, unit, j, x, row, sums);
        break;
    case 13:
        correlate_up_to(13, wide, unit, j, x, row, sums);
        break;
    case 14:
        correlate_up_to(14, wide, unit, j, x, row, sums);
        break;
    case 15:
        correlate_up_to(15, wide, unit, j, x, row, sums);
        break;
    case 16:
        correlate_up_to(16, wide, unit, j, x, row, sums);
        break;
    }
}

/* Instances by [plain input][all blocks of a panel]. */
typedef void apply_kernel(int pixels, const job *j, const float *x, float *y, const size_t *at);

static void apply_one(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, 1, 16, j, x, y, at);
}

static void apply_full(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, DIRECT_BLOCKS, 16, j, x, y, at);
}

static void apply_plain_one(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, 1, 1, j, x, y, at);
}

static void apply_plain_full(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, DIRECT_BLOCKS, 1, j, x, y, at);
}

static apply_kernel *const apply_kernels[2][2] = {{apply_one, apply_full},
                                                  {apply_plain_one, apply_plain_full}};

typedef void correlate_kernel(int rows, const gradient_job *j, const float *x, const size_t *row,
                              float *sums);

static void correlate_one(int rows, const gradient_job *j, const float *x, const size_t *row,
                          float *sums)
{
    correlate_rows(rows, 1, 16, j, x, row, sums);
}

static void correlate_full(int rows, const gradient_job *j, const float *x, const size_t *row,
                           float *sums)
{
    correlate_rows(rows, DIRECT_BLOCKS, 16, j, x, row, sums);
}

static void correlate_plain_one(int rows, const gradient_job *j, const float *x, const size_t *row,
                                float *sums)
{
    correlate_rows(rows, 1, 1, j, x, row, sums);
}

static void correlate_plain_full(int rows, const gradient_job *j, const float *x, const size_t *row,
                                 float *sums)
{
    correlate_rows(rows, DIRECT_BLOCKS, 1, j, x, row, sums);
}

static correlate_kernel *const correlate_kernels[2][2] = {
    {correlate_one, correlate_full}, {correlate_plain_one, correlate_plain_full}};

#endif
