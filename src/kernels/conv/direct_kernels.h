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

INLINE void apply_pixels(int pixels, const int wide, const int unit, const int apart, const job *j,
                         const float *x, float *y, const size_t *at)
{
    switch (pixels) {
    case 1:
        apply_up_to(1, wide, unit, apart, j, x, y, at);
        break;
    case 2:
        apply_up_to(2, wide, unit, apart, j, x, y, at);
        break;
    case 3:
        apply_up_to(3, wide, unit, apart, j, x, y, at);
        break;
    case 4:
        apply_up_to(4, wide, unit, apart, j, x, y, at);
        break;
    case 5:
        apply_up_to(5, wide, unit, apart, j, x, y, at);
        break;
    case 6:
        apply_up_to(6, wide, unit, apart, j, x, y, at);
        break;
    case 7:
        apply_up_to(7, wide, unit, apart, j, x, y, at);
        break;
    case 8:
        apply_up_to(8, wide, unit, apart, j, x, y, at);
        break;
    case 9:
        apply_up_to(9, wide, unit, apart, j, x, y, at);
        break;
    case 10:
        apply_up_to(10, wide, unit, apart, j, x, y, at);
        break;
    case 11:
        apply_up_to(11, wide, unit, apart, j, x, y, at);
        break;
    case 12:
        apply_up_to(12, wide, unit, apart, j, x, y, at);
        break;
    case 13:
        apply_up_to(13, wide, unit, apart, j, x, y, at);
        break;
    case 14:
        apply_up_to(14, wide, unit, apart, j, x, y, at);
        break;
    case 15:
        apply_up_to(15, wide, unit, apart, j, x, y, at);
        break;
    case 16:
        apply_up_to(16, wide, unit, apart, j, x, y, at);
        break;
    case 17:
        apply_up_to(17, wide, unit, apart, j, x, y, at);
        break;
    case 18:
        apply_up_to(18, wide, unit, apart, j, x, y, at);
        break;
    case 19:
        apply_up_to(19, wide, unit, apart, j, x, y, at);
        break;
    case 20:
        apply_up_to(20, wide, unit, apart, j, x, y, at);
        break;
    case 21:
        apply_up_to(21, wide, unit, apart, j, x, y, at);
        break;
    case 22:
        apply_up_to(22, wide, unit, apart, j, x, y, at);
        break;
    case 23:
        apply_up_to(23, wide, unit, apart, j, x, y, at);
        break;
    case 24:
        apply_up_to(24, wide, unit, apart, j, x, y, at);
        break;
    case 25:
        apply_up_to(25, wide, unit, apart, j, x, y, at);
        break;
    case 26:
        apply_up_to(26, wide, unit, apart, j, x, y, at);
        break;
    case 27:
        apply_up_to(27, wide, unit, apart, j, x, y, at);
        break;
    case 28:
        apply_up_to(28, wide, unit, apart, j, x, y, at);
        break;
    }
}

INLINE void correlate_up_to(const int rows, const int wide, const int unit, const int apart,
                            const gradient_job *j, const float *x, const size_t *row, float *sums)
{
    const int most = unit == 1 ? GRADIENT_PLAIN : wide == 1 ? GRADIENT_ONE : GRADIENT_FULL;
    if (rows <= most)
        correlate_tile(rows <= most ? rows : 1, wide, unit, apart, j, x, row, sums);
}

INSTANCE void correlate_rows(int rows, const int wide, const int unit, const int apart,
                             const gradient_job *j, const float *x, const size_t *row, float *sums)
{
    switch (rows) {
    case 1:
        correlate_up_to(1, wide, unit, apart, j, x, row, sums);
        break;
    case 2:
        correlate_up_to(2, wide, unit, apart, j, x, row, sums);
        break;
    case 3:
        correlate_up_to(3, wide, unit, apart, j, x, row, sums);
        break;
    case 4:
        correlate_up_to(4, wide, unit, apart, j, x, row, sums);
        break;
    case 5:
        correlate_up_to(5, wide, unit, apart, j, x, row, sums);
        break;
    case 6:
        correlate_up_to(6, wide, unit, apart, j, x, row, sums);
        break;
    case 7:
        correlate_up_to(7, wide, unit, apart, j, x, row, sums);
        break;
    case 8:
        correlate_up_to(8, wide, unit, apart, j, x, row, sums);
        break;
    case 9:
        correlate_up_to(9, wide, unit, apart, j, x, row, sums);
        break;
    case 10:
        correlate_up_to(10, wide, unit, apart, j, x, row, sums);
        break;
    case 11:
        correlate_up_to(11, wide, unit, apart, j, x, row, sums);
        break;
    case 12:
        correlate_up_to(12, wide, unit, apart, j, x, row, sums);
        break;
    case 13:
        correlate_up_to(13, wide, unit, apart, j, x, row, sums);
        break;
    case 14:
        correlate_up_to(14, wide, unit, apart, j, x, row, sums);
        break;
    case 15:
        correlate_up_to(15, wide, unit, apart, j, x, row, sums);
        break;
    case 16:
        correlate_up_to(16, wide, unit, apart, j, x, row, sums);
        break;
    }
}

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
