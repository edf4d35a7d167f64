/* winograd_body.h - the Winograd kernels, written once for any vector unit. A file that makes
 * an instance includes a vector header, then this, and names a table.
 *
 * A strip of tiles is transformed, multiplied and transformed back before the next, so that it
 * stays in cache. Inside, channels lie in blocks of 16: planes [36][block][tile][16]. Prepared
 * weights: [panel][36][channel][16 or 32 outputs]. The walk over tiles: winograd_walk.h. */
#ifndef OC_KERNELS_WINOGRAD_BODY_H
#define OC_KERNELS_WINOGRAD_BODY_H

#include "kernels/winograd.h"
#include "kernels/winograd_transforms.h"
#include "kernels/winograd_walk.h"

enum {
    PLANES = OC_WINOGRAD_PLANES,
    PARTS = 16 / LANES /* vectors in a block of channels */
};

/* Input tiles of one block of channels of one unit -> the planes. */
static void transform_unit(int tiles, const float *const row[6], float *mixed, float *v,
                           size_t plane)
{
    const size_t width = OUT * (size_t)tiles + 2;
    for (size_t i = 0; i < width * PARTS; i++) {
        vec d[6], q[6];
        for (int r = 0; r < 6; r++)
            d[r] = vec_load(row[r] + i * LANES);
        input_transform(d, q);
        for (size_t r = 0; r < 6; r++)
            vec_store(mixed + r * width * 16 + i * LANES, q[r]);
    }
    for (size_t t = 0; t < (size_t)tiles; t++, v += 16)
        for (size_t r = 0; r < 6; r++)
            for (size_t part = 0; part < PARTS; part++) {
                const float *from = mixed + (r * width + OUT * t) * 16 + part * LANES;
                vec d[6], q[6];
                for (size_t i = 0; i < 6; i++)
                    d[i] = vec_load(from + 16 * i);
                input_transform(d, q);
                for (size_t i = 0; i < 6; i++)
                    vec_store(v + (6 * r + i) * plane + part * LANES, q[i]);
            }
}

/* The same for gradients of outputs. */
static void transform_gradient_unit(int tiles, const float *const row[4], float *mixed, float *z,
                                    size_t plane)
{
    const size_t width = OUT * (size_t)tiles;
    for (size_t i = 0; i < width * PARTS; i++) {
        vec y[4], q[6];
        for (int r = 0; r < 4; r++)
            y[r] = vec_load(row[r] + i * LANES);
        output_gradient_transform(y, q);
        for (size_t r = 0; r < 6; r++)
            vec_store(mixed + r * width * 16 + i * LANES, q[r]);
    }
    for (size_t t = 0; t < (size_t)tiles; t++, z += 16)
        for (size_t r = 0; r < 6; r++)
            for (size_t part = 0; part < PARTS; part++) {
                const float *from = mixed + (r * width + OUT * t) * 16 + part * LANES;
                vec y[4], q[6];
                for (size_t i = 0; i < 4; i++)
                    y[i] = vec_load(from + 16 * i);
                output_gradient_transform(y, q);
                for (size_t i = 0; i < 6; i++)
                    vec_store(z + (6 * r + i) * plane + part * LANES, q[i]);
            }
}

/* Products of one block of outputs of one unit -> 4 rows of pixels, (4 tiles, 16) each. */
static void output_unit(int tiles, const float *m, size_t plane, const float bias[16], float *rows)
{
    const size_t width = OUT * (size_t)tiles;
    for (size_t t = 0; t < (size_t)tiles; t++, m += 16)
        for (size_t part = 0; part < PARTS; part++) {
            const vec b = vec_load(bias + part * LANES);
            vec mixed[4][6];
            for (size_t i = 0; i < 6; i++) {
                vec d[6], q[4];
                for (size_t r = 0; r < 6; r++)
                    d[r] = vec_load(m + (6 * r + i) * plane + part * LANES);
                output_transform(d, q);
                for (size_t r = 0; r < 4; r++)
                    mixed[r][i] = q[r];
            }
            for (size_t r = 0; r < 4; r++) {
                vec q[4];
                output_transform(mixed[r], q);
                for (size_t i = 0; i < 4; i++)
                    vec_store(rows + (r * width + OUT * t + i) * 16 + part * LANES, q[i] + b);
            }
        }
}

/* The micro-kernel: `rows` tiles x `blocks` blocks of outputs, summed over all channels.
 * v: [block of channels][tile][16]; u: [channel][blocks * 16]; m: [block][tile][16]. */
INLINE void multiply_rows(const int rows, const int blocks, int channels, const float *v,
                          const float *u, float *m, size_t block)
{
    const int parts = blocks * PARTS;
    vec sum[MOST_ROWS][PANEL_BLOCKS * PARTS];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int p = 0; p < parts; p++)
            sum[r][p] = vec_set(0);
    for (; channels > 0; channels -= 16, v += block) {
        const int count = channels < 16 ? channels : 16;
        for (int c = 0; c < count; c++, u += parts * LANES) {
            vec b[PANEL_BLOCKS * PARTS];
#pragma GCC unroll 4
            for (int p = 0; p < parts; p++)
                b[p] = vec_load(u + p * LANES);
#pragma GCC unroll 16
            for (int r = 0; r < rows; r++) {
                const vec a = vec_set(v[16 * r + c]);
#pragma GCC unroll 4
                for (int p = 0; p < parts; p++)
                    sum[r][p] = vec_fma(a, b[p], sum[r][p]);
            }
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int p = 0; p < parts; p++)
            vec_store(m + (size_t)(p / PARTS) * block + 16 * r + (p % PARTS) * LANES, sum[r][p]);
}

/* All tiles of a strip by one panel, in one plane. `block`: floats from one block to the next. */
INLINE void multiply_panel(const int blocks, int tiles, int channels, const float *v,
                           const float *u, float *m, size_t block)
{
    int t = 0;
    for (; t + MOST_ROWS <= tiles; t += MOST_ROWS)
        multiply_rows(MOST_ROWS, blocks, channels, v + 16 * t, u, m + 16 * t, block);
    for (; MOST_ROWS > 8 && t + 8 <= tiles; t += 8)
        multiply_rows(MOST_ROWS > 8 ? 8 : 1, blocks, channels, v + 16 * t, u, m + 16 * t, block);
    for (; MOST_ROWS > 4 && t + 4 <= tiles; t += 4)
        multiply_rows(MOST_ROWS > 4 ? 4 : 1, blocks, channels, v + 16 * t, u, m + 16 * t, block);
    for (; t < tiles; t++)
        multiply_rows(1, blocks, channels, v + 16 * t, u, m + 16 * t, block);
}

static void multiply_one(int tiles, int channels, const float *v, const float *u, float *m,
                         size_t block)
{
    multiply_panel(1, tiles, channels, v, u, m, block);
}

static void multiply_two(int tiles, int channels, const float *v, const float *u, float *m,
                         size_t block)
{
    multiply_panel(PANEL_BLOCKS, tiles, channels, v, u, m, block);
}

/* Gradient micro-kernel: `rows` channels x `blocks` blocks of outputs, summed over the tiles.
 * v: [tile][16]; z: [block][tile][16]; u: [channel][blocks * 16]. */
INLINE void correlate_rows(const int rows, const int blocks, int tiles, const float *v,
                           const float *z, float *u, size_t block)
{
    const int parts = blocks * PARTS;
    vec sum[GRADIENT_ROWS][PANEL_BLOCKS * PARTS];
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int p = 0; p < parts; p++)
            sum[r][p] = vec_set(0);
    for (int t = 0; t < tiles; t++, v += 16, z += 16) {
        vec b[PANEL_BLOCKS * PARTS];
#pragma GCC unroll 4
        for (int p = 0; p < parts; p++)
            b[p] = vec_load(z + (size_t)(p / PARTS) * block + (p % PARTS) * LANES);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) {
            const vec a = vec_set(v[r]);
#pragma GCC unroll 4
            for (int p = 0; p < parts; p++)
                sum[r][p] = vec_fma(a, b[p], sum[r][p]);
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int p = 0; p < parts; p++)
            vec_store(u + (r * parts + p) * LANES, sum[r][p]);
}

/* 16 channels by one panel, in one plane. */
INLINE void correlate_panel(const int blocks, int tiles, const float *v, const float *z, float *u,
                            size_t block)
{
    enum { LEFT = 16 % GRADIENT_ROWS };
    int c = 0;
    for (; c + GRADIENT_ROWS <= 16; c += GRADIENT_ROWS)
        correlate_rows(GRADIENT_ROWS, blocks, tiles, v + c, z, u + 16 * blocks * c, block);
    if (LEFT > 0)
        correlate_rows(LEFT, blocks, tiles, v + c, z, u + 16 * blocks * c, block);
}

static void correlate_one(int tiles, const float *v, const float *z, float *u, size_t block)
{
    correlate_panel(1, tiles, v, z, u, block);
}

static void correlate_two(int tiles, const float *v, const float *z, float *u, size_t block)
{
    correlate_panel(PANEL_BLOCKS, tiles, v, z, u, block);
}

#endif
