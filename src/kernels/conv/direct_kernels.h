/* direct_kernels.h - the instances of the micro-kernels of the direct convolutions, by what is
 * known only at run time. Included by direct_pack.h alone. */
#ifndef OC_KERNELS_CONV_DIRECT_KERNELS_H
#define OC_KERNELS_CONV_DIRECT_KERNELS_H

#include "kernels/conv/direct_body.h"

/* Sizes beyond what the unit makes are not compiled. */
INLINE void apply_up_to(const int pixels, const int wide, const int unit, const int apart,
                        const job *j, const float *x, float *y, const size_t *at)
{
    const int most = wide == 1 ? DIRECT_PIXELS_ONE : DIRECT_PIXELS;
    if (pixels <= most)
        apply_tile(pixels <= most ? pixels : 1, wide, unit, apart, j, x, y, at);
}

#define INSTANCE_OF(n)                                                                             \
    case n:                                                                                        \
        apply_up_to(n, wide, unit, apart, j, x, y, at);                                            \
        break;

INLINE void apply_pixels(int pixels, const int wide, const int unit, const int apart, const job *j,
                         const float *x, float *y, const size_t *at)
{
    switch (pixels) {
        INSTANCE_OF(1)
        INSTANCE_OF(2)
        INSTANCE_OF(3)
        INSTANCE_OF(4)
        INSTANCE_OF(5)
        INSTANCE_OF(6)
        INSTANCE_OF(7)
        INSTANCE_OF(8)
        INSTANCE_OF(9)
        INSTANCE_OF(10)
        INSTANCE_OF(11)
        INSTANCE_OF(12)
        INSTANCE_OF(13)
        INSTANCE_OF(14)
        INSTANCE_OF(15)
        INSTANCE_OF(16)
        INSTANCE_OF(17)
        INSTANCE_OF(18)
        INSTANCE_OF(19)
        INSTANCE_OF(20)
        INSTANCE_OF(21)
        INSTANCE_OF(22)
        INSTANCE_OF(23)
        INSTANCE_OF(24)
        INSTANCE_OF(25)
        INSTANCE_OF(26)
        INSTANCE_OF(27)
        INSTANCE_OF(28)
    }
}

INLINE void correlate_up_to(const int rows, const int wide, const int unit, const int apart,
                            const gradient_job *j, const float *x, const size_t *row, float *sums)
{
    const int most = unit == 1 ? GRADIENT_PLAIN : wide == 1 ? GRADIENT_ONE : GRADIENT_FULL;
    if (rows <= most)
        correlate_tile(rows <= most ? rows : 1, wide, unit, apart, j, x, row, sums);
}

#undef INSTANCE_OF
#define INSTANCE_OF(n)                                                                             \
    case n:                                                                                        \
        correlate_up_to(n, wide, unit, apart, j, x, row, sums);                                    \
        break;

INSTANCE void correlate_rows(int rows, const int wide, const int unit, const int apart,
                             const gradient_job *j, const float *x, const size_t *row, float *sums)
{
    switch (rows) {
        INSTANCE_OF(1)
        INSTANCE_OF(2)
        INSTANCE_OF(3)
        INSTANCE_OF(4)
        INSTANCE_OF(5)
        INSTANCE_OF(6)
        INSTANCE_OF(7)
        INSTANCE_OF(8)
        INSTANCE_OF(9)
        INSTANCE_OF(10)
        INSTANCE_OF(11)
        INSTANCE_OF(12)
        INSTANCE_OF(13)
        INSTANCE_OF(14)
        INSTANCE_OF(15)
        INSTANCE_OF(16)
    }
}

#undef INSTANCE_OF

typedef void apply_kernel(int pixels, const job *j, const float *x, float *y, const size_t *at);
typedef void correlate_kernel(int rows, const gradient_job *j, const float *x, const size_t *row,
                              float *sums);

static void apply_one(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, 1, 16, 16, j, x, y, at);
}

static void correlate_one(int rows, const gradient_job *j, const float *x, const size_t *row,
                          float *sums)
{
    correlate_rows(rows, 1, 16, 16, j, x, row, sums);
}

static void apply_full(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, DIRECT_BLOCKS, 16, 16, j, x, y, at);
}

static void correlate_full(int rows, const gradient_job *j, const float *x, const size_t *row,
                           float *sums)
{
    correlate_rows(rows, DIRECT_BLOCKS, 16, 16, j, x, row, sums);
}

static void apply_strided_one(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, 1, 16, 32, j, x, y, at);
}

static void correlate_strided_one(int rows, const gradient_job *j, const float *x,
                                  const size_t *row, float *sums)
{
    correlate_rows(rows, 1, 16, 32, j, x, row, sums);
}

static void apply_strided_full(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, DIRECT_BLOCKS, 16, 32, j, x, y, at);
}

static void correlate_strided_full(int rows, const gradient_job *j, const float *x,
                                   const size_t *row, float *sums)
{
    correlate_rows(rows, DIRECT_BLOCKS, 16, 32, j, x, row, sums);
}

static void apply_plain_one(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, 1, 1, 1, j, x, y, at);
}

static void correlate_plain_one(int rows, const gradient_job *j, const float *x, const size_t *row,
                                float *sums)
{
    correlate_rows(rows, 1, 1, 1, j, x, row, sums);
}

static void apply_plain_full(int pixels, const job *j, const float *x, float *y, const size_t *at)
{
    apply_pixels(pixels, DIRECT_BLOCKS, 1, 1, j, x, y, at);
}

static void correlate_plain_full(int rows, const gradient_job *j, const float *x, const size_t *row,
                                 float *sums)
{
    correlate_rows(rows, DIRECT_BLOCKS, 1, 1, j, x, row, sums);
}

static void apply_plain_strided_one(int pixels, const job *j, const float *x, float *y,
                                    const size_t *at)
{
    apply_pixels(pixels, 1, 1, 2, j, x, y, at);
}

static void correlate_plain_strided_one(int rows, const gradient_job *j, const float *x,
                                        const size_t *row, float *sums)
{
    correlate_rows(rows, 1, 1, 2, j, x, row, sums);
}

static void apply_plain_strided_full(int pixels, const job *j, const float *x, float *y,
                                     const size_t *at)
{
    apply_pixels(pixels, DIRECT_BLOCKS, 1, 2, j, x, y, at);
}

static void correlate_plain_strided_full(int rows, const gradient_job *j, const float *x,
                                         const size_t *row, float *sums)
{
    correlate_rows(rows, DIRECT_BLOCKS, 1, 2, j, x, row, sums);
}

/* [plain images][pixels apart - 1][all blocks of a panel] */
static apply_kernel *const apply_kernels[2][2][2] = {
    {{apply_one, apply_full}, {apply_strided_one, apply_strided_full}},
    {{apply_plain_one, apply_plain_full}, {apply_plain_strided_one, apply_plain_strided_full}}};

static correlate_kernel *const correlate_kernels[2][2][2] = {
    {{correlate_one, correlate_full}, {correlate_strided_one, correlate_strided_full}},
    {{correlate_plain_one, correlate_plain_full},
     {correlate_plain_strided_one, correlate_plain_strided_full}}};

#endif
