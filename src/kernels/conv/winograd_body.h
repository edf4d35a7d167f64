/* winograd_body.h - the micro-kernels of the Winograd products, written once for any vector
 * unit. Included by winograd_passes.h alone, after a vector header.
 *
 * Channels lie in blocks of 16: strips [plane][block][tile][16] or [block][plane][tile][16], as
 * their steps say. Prepared weights: [panel][plane][channel][16 or 32 outputs]. */
#ifndef OC_KERNELS_CONV_WINOGRAD_BODY_H
#define OC_KERNELS_CONV_WINOGRAD_BODY_H

#include "kernels/conv/winograd.h"
#include "kernels/conv/winograd_tiles.h"

/* Floats: a page, where the processor's own reading ahead stops. Past the end it does nothing. */
enum { AHEAD = 1024 };

/* `rows` tiles x `blocks` blocks of outputs, summed over all channels.
 * v: [block of channels][tile][16]; u: [channel][blocks * 16]; m: [block][tile][16]. */
INSTANCE void multiply_rows(const int rows, const int blocks, int channels, const float *v,
                            const float *u, float *m, strip s)
{
    const int parts = blocks * PARTS;
    vec sum[MOST_ROWS][PANEL_BLOCKS * PARTS];
    UNROLLED(16)
    for (int r = 0; r < rows; r++) {
        UNROLLED(4)
        for (int p = 0; p < parts; p++)
            sum[r][p] = vec_set(0);
    }
    for (; channels > 0; channels -= 16, v += s.v.block) {
        const int count = channels < 16 ? channels : 16;
        for (int c = 0; c < count; c++, u += parts * LANES) {
            vec b[PANEL_BLOCKS * PARTS];
            UNROLLED(4)
            for (int p = 0; p < parts; p++)
                b[p] = vec_load(u + p * LANES);
            UNROLLED(2)
            for (int p = 0; p < blocks; p++)
                __builtin_prefetch(u + AHEAD + 16 * p);
            UNROLLED(16)
            for (int r = 0; r < rows; r++) {
                const vec a = vec_set(v[16 * r + c]);
                UNROLLED(4)
                for (int p = 0; p < parts; p++)
                    sum[r][p] = vec_fma(a, b[p], sum[r][p]);
            }
        }
    }
    UNROLLED(16)
    for (int r = 0; r < rows; r++) {
        UNROLLED(4)
        for (int p = 0; p < parts; p++)
            vec_store(m + (size_t)(p / PARTS) * s.m.block + 16 * r + (p % PARTS) * LANES,
                      sum[r][p]);
    }
}

/* The same for a number of rows known only now, up to MOST_ROWS. */
INSTANCE void multiply_some(int rows, const int blocks, int channels, const float *v,
                            const float *u, float *m, strip s)
{
    switch (rows) {
    case 1:
        multiply_rows(1, blocks, channels, v, u, m, s);
        break;
    case 2:
        multiply_rows(2, blocks, channels, v, u, m, s);
        break;
    case 3:
        multiply_rows(smaller(3, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 4:
        multiply_rows(smaller(4, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 5:
        multiply_rows(smaller(5, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 6:
        multiply_rows(smaller(6, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 7:
        multiply_rows(smaller(7, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 8:
        multiply_rows(smaller(8, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 9:
        multiply_rows(smaller(9, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 10:
        multiply_rows(smaller(10, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 11:
        multiply_rows(smaller(11, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 12:
        multiply_rows(smaller(12, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    case 13:
        multiply_rows(smaller(13, MOST_ROWS), blocks, channels, v, u, m, s);
        break;
    default:
        multiply_rows(MOST_ROWS, blocks, channels, v, u, m, s);
    }
}

/* All tiles of a strip by one panel, in one plane, in groups of about as many rows. */
INSTANCE void multiply_panel(const int blocks, strip s, int channels, const float *v,
                             const float *u, float *m)
{
    int left = s.tiles;
    for (int groups = (left + MOST_ROWS - 1) / MOST_ROWS; groups > 0; groups--) {
        const int rows = (left + groups - 1) / groups;
        multiply_some(rows, blocks, channels, v, u, m, s);
        left -= rows;
        v += 16 * rows;
        m += 16 * rows;
    }
}

static void multiply_one(strip s, int channels, const float *v, const float *u, float *m)
{
    multiply_panel(1, s, channels, v, u, m);
}

static void multiply_two(strip s, int channels, const float *v, const float *u, float *m)
{
    multiply_panel(PANEL_BLOCKS, s, channels, v, u, m);
}

/* Gradient micro-kernel: `rows` channels x `blocks` blocks of outputs, summed over the tiles.
 * v: [tile][16]; z: [block][tile][16]; u: [channel][blocks * 16]. */
INSTANCE void correlate_rows(const int rows, const int blocks, strip s, const float *v,
                             const float *z, float *u)
{
    const int parts = blocks * PARTS;
    vec sum[GRADIENT_ROWS][PANEL_BLOCKS * PARTS];
    UNROLLED(16)
    for (int r = 0; r < rows; r++) {
        UNROLLED(4)
        for (int p = 0; p < parts; p++)
            sum[r][p] = vec_set(0);
    }
    for (int t = 0; t < s.tiles; t++, v += 16, z += 16) {
        vec b[PANEL_BLOCKS * PARTS];
        UNROLLED(4)
        for (int p = 0; p < parts; p++)
            b[p] = vec_load(z + (size_t)(p / PARTS) * s.m.block + (p % PARTS) * LANES);
        UNROLLED(16)
        for (int r = 0; r < rows; r++) {
            const vec a = vec_set(v[r]);
            UNROLLED(4)
            for (int p = 0; p < parts; p++)
                sum[r][p] = vec_fma(a, b[p], sum[r][p]);
        }
    }
    UNROLLED(16)
    for (int r = 0; r < rows; r++) {
        UNROLLED(4)
        for (int p = 0; p < parts; p++)
            vec_store(u + (r * parts + p) * LANES, sum[r][p]);
    }
}

/* 16 channels by one panel, in one plane. */
INSTANCE void correlate_panel(const int blocks, strip s, const float *v, const float *z, float *u)
{
    enum { LEFT = 16 % GRADIENT_ROWS };
    int c = 0;
    for (; c + GRADIENT_ROWS <= 16; c += GRADIENT_ROWS)
        correlate_rows(GRADIENT_ROWS, blocks, s, v + c, z, u + 16 * blocks * c);
    if (LEFT > 0)
        correlate_rows(LEFT, blocks, s, v + c, z, u + 16 * blocks * c);
}

static void correlate_one(strip s, const float *v, const float *z, float *u)
{
    correlate_panel(1, s, v, z, u);
}

static void correlate_two(strip s, const float *v, const float *z, float *u)
{
    correlate_panel(PANEL_BLOCKS, s, v, z, u);
}

#endif
