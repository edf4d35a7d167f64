/* vector_avx2.h - the few vector operations that kernels are written in, for AVX2 and
 * FMA. Not a general vector library. */
#ifndef OC_KERNELS_ISA_VECTOR_AVX2_H
#define OC_KERNELS_ISA_VECTOR_AVX2_H

#include "kernels/isa/inline.h"

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

typedef __m256 vec;

enum {
    LANES = 8,        /* floats in a vec */
    PANEL_BLOCKS = 1, /* blocks of 16 outputs that a micro-kernel makes at once */
    MOST_ROWS = 6,    /* rows that it makes at once: 12 sums in 16 registers */
    GRADIENT_ROWS = 6 /* the same for weight gradients, where rows are channels, 16 in a block */
};

INLINE vec vec_load(const float *from)
{
    return _mm256_loadu_ps(from);
}

INLINE void vec_store(float *to, vec a)
{
    _mm256_storeu_ps(to, a);
}

INLINE vec vec_set(float a)
{
    return _mm256_set1_ps(a);
}

INLINE vec vec_fma(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

/* Transpose 4x4 floats in each 128-bit lane. */
INLINE void transpose_lanes(vec r[4])
{
    const __m256d a = _mm256_castps_pd(_mm256_unpacklo_ps(r[0], r[1]));
    const __m256d b = _mm256_castps_pd(_mm256_unpackhi_ps(r[0], r[1]));
    const __m256d c = _mm256_castps_pd(_mm256_unpacklo_ps(r[2], r[3]));
    const __m256d d = _mm256_castps_pd(_mm256_unpackhi_ps(r[2], r[3]));
    r[0] = _mm256_castpd_ps(_mm256_unpacklo_pd(a, c));
    r[1] = _mm256_castpd_ps(_mm256_unpackhi_pd(a, c));
    r[2] = _mm256_castpd_ps(_mm256_unpacklo_pd(b, d));
    r[3] = _mm256_castpd_ps(_mm256_unpackhi_pd(b, d));
}

/* 16 rows of 4 floats, `stride` apart -> 4 rows of 16. */
INLINE void take_16x4(const float *from, size_t stride, float *to)
{
    for (size_t half = 0; half < 2; half++, from += 8 * stride, to += 8) {
        vec r[4];
        for (size_t i = 0; i < 4; i++) { /* row 4 l + i into lane l */
            const float *row = from + i * stride;
            r[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row)),
                                        _mm_loadu_ps(row + 4 * stride), 1);
        }
        transpose_lanes(r);
        for (size_t i = 0; i < 4; i++)
            vec_store(to + 16 * i, r[i]);
    }
}

/* The way back; with `add`, adds to what is there. */
INLINE void put_16x4(const float *from, float *to, size_t stride, int add)
{
    for (size_t half = 0; half < 2; half++, from += 8, to += 8 * stride) {
        vec r[4];
        for (size_t i = 0; i < 4; i++)
            r[i] = vec_load(from + 16 * i);
        transpose_lanes(r);
        for (size_t i = 0; i < 4; i++) {
            const __m128 row[2] = {_mm256_castps256_ps128(r[i]), _mm256_extractf128_ps(r[i], 1)};
            for (size_t l = 0; l < 2; l++) {
                float *at = to + (4 * l + i) * stride;
                _mm_storeu_ps(at, add ? _mm_add_ps(_mm_loadu_ps(at), row[l]) : row[l]);
            }
        }
    }
}

/* What follows is for loops over elements. A mask chooses lane by lane. */
typedef __m256 vec_mask;

INLINE vec_mask vec_above(vec a, vec b) /* a > b */
{
    return _mm256_cmp_ps(a, b, _CMP_GT_OQ);
}

INLINE vec_mask vec_equal(vec a, vec b)
{
    return _mm256_cmp_ps(a, b, _CMP_EQ_OQ);
}

/* May b take the place of a, which came first, as the largest? A NaN wins, once. */
INLINE vec_mask vec_wins(vec b, vec a)
{
    return _mm256_and_ps(_mm256_cmp_ps(b, a, _CMP_NLE_UQ), _mm256_cmp_ps(a, a, _CMP_ORD_Q));
}

INLINE vec vec_select(vec_mask mask, vec yes, vec no)
{
    return _mm256_blendv_ps(no, yes, mask);
}

/* 0 where a < 0; a NaN stays. */
INLINE vec vec_relu(vec a)
{
    return _mm256_max_ps(_mm256_setzero_ps(), a); /* the second one if either is a NaN */
}

/* Whole numbers below 2^16, as floats, to LANES numbers of 16 bits; and back. */
INLINE void vec_put_numbers(uint16_t *to, vec a)
{
    const __m256i wide = _mm256_cvttps_epi32(a);
    const __m128i low = _mm256_castsi256_si128(wide), high = _mm256_extracti128_si256(wide, 1);
    _mm_storeu_si128((__m128i *)(void *)to, _mm_packus_epi32(low, high));
}

INLINE vec vec_take_numbers(const uint16_t *from)
{
    const __m128i narrow = _mm_loadu_si128((const __m128i *)(const void *)from);
    return _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(narrow));
}

/* LANES words of 32 bits, for which the compiler knows the operators. */
typedef uint32_t words __attribute__((vector_size(32)));

/* The 64 bits of each product, in halves. */
INLINE void words_multiply(words a, uint32_t by, words *high, words *low)
{
    const __m256i m = _mm256_set1_epi32((int)by), even = _mm256_mul_epu32((__m256i)a, m);
    const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64((__m256i)a, 32), m);
    *low = (words)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
    *high = (words)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}

#endif
