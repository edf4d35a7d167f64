/* vector_avx512.h - the few vector operations that kernels are written in, for AVX-512.
 * Not a general vector library. */
#ifndef OC_KERNELS_ISA_VECTOR_AVX512_H
#define OC_KERNELS_ISA_VECTOR_AVX512_H

#include "kernels/isa/inline.h"

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

typedef __m512 vec;

enum {
    LANES = 16,       /* floats in a vec */
    PANEL_BLOCKS = 2, /* blocks of 16 outputs that a micro-kernel makes at once */
    MOST_ROWS = 14,   /* rows that it makes at once: 28 sums in 32 registers */
    GRADIENT_ROWS = 8 /* the same for weight gradients, where rows are channels, 16 in a block */
};

INLINE vec vec_load(const float *from)
{
    return _mm512_loadu_ps(from);
}

INLINE void vec_store(float *to, vec a)
{
    _mm512_storeu_ps(to, a);
}

INLINE vec vec_set(float a)
{
    return _mm512_set1_ps(a);
}

INLINE vec vec_fma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

/* Transpose 4x4 floats in each 128-bit lane. */
INLINE void transpose_lanes(vec r[4])
{
    const __m512d a = _mm512_castps_pd(_mm512_unpacklo_ps(r[0], r[1]));
    const __m512d b = _mm512_castps_pd(_mm512_unpackhi_ps(r[0], r[1]));
    const __m512d c = _mm512_castps_pd(_mm512_unpacklo_ps(r[2], r[3]));
    const __m512d d = _mm512_castps_pd(_mm512_unpackhi_ps(r[2], r[3]));
    r[0] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
    r[1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
    r[2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
    r[3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
}

/* 16 rows of 4 floats, `stride` apart -> 4 rows of 16. */
INLINE void take_16x4(const float *from, size_t stride, float *to)
{
    vec r[4];
    for (size_t i = 0; i < 4; i++) { /* row 4 l + i into lane l */
        const float *row = from + i * stride;
        r[i] = _mm512_castps128_ps512(_mm_loadu_ps(row));
        r[i] = _mm512_insertf32x4(r[i], _mm_loadu_ps(row + 4 * stride), 1);
        r[i] = _mm512_insertf32x4(r[i], _mm_loadu_ps(row + 8 * stride), 2);
        r[i] = _mm512_insertf32x4(r[i], _mm_loadu_ps(row + 12 * stride), 3);
    }
    transpose_lanes(r);
    for (size_t i = 0; i < 4; i++)
        vec_store(to + 16 * i, r[i]);
}

/* The way back; with `add`, adds to what is there. */
INLINE void put_16x4(const float *from, float *to, size_t stride, int add)
{
    vec r[4];
    for (size_t i = 0; i < 4; i++)
        r[i] = vec_load(from + 16 * i);
    transpose_lanes(r);
    for (size_t i = 0; i < 4; i++) {
        const __m128 row[4] = {_mm512_castps512_ps128(r[i]), _mm512_extractf32x4_ps(r[i], 1),
                               _mm512_extractf32x4_ps(r[i], 2), _mm512_extractf32x4_ps(r[i], 3)};
        for (size_t l = 0; l < 4; l++) {
            float *at = to + (4 * l + i) * stride;
            _mm_storeu_ps(at, add ? _mm_add_ps(_mm_loadu_ps(at), row[l]) : row[l]);
        }
    }
}

/* What follows is for loops over elements. A mask chooses lane by lane. */
typedef __mmask16 vec_mask;

INLINE vec_mask vec_above(vec a, vec b) /* a > b */
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}

INLINE vec_mask vec_equal(vec a, vec b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}

/* May b take the place of a, which came first, as the largest? A NaN wins, once. */
INLINE vec_mask vec_wins(vec b, vec a)
{
    return _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(a, a, _CMP_ORD_Q), b, a, _CMP_NLE_UQ);
}

INLINE vec vec_select(vec_mask mask, vec yes, vec no)
{
    return _mm512_mask_blend_ps(mask, no, yes);
}

/* 0 where a < 0; a NaN stays. */
INLINE vec vec_relu(vec a)
{
    return _mm512_max_ps(_mm512_setzero_ps(), a); /* the second one if either is a NaN */
}

/* Whole numbers below 2^16, as floats, to LANES numbers of 16 bits; and back. */
INLINE void vec_put_numbers(uint16_t *to, vec a)
{
    _mm256_storeu_si256((__m256i *)(void *)to, _mm512_cvtepi32_epi16(_mm512_cvttps_epi32(a)));
}

INLINE vec vec_take_numbers(const uint16_t *from)
{
    const __m256i narrow = _mm256_loadu_si256((const __m256i *)(const void *)from);
    return _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(narrow));
}

/* LANES words of 32 bits, for which the compiler knows the operators. */
typedef uint32_t words __attribute__((vector_size(64)));

/* The 64 bits of each product, in halves. */
INLINE void words_multiply(words a, uint32_t by, words *high, words *low)
{
    const __m512i m = _mm512_set1_epi32((int)by), even = _mm512_mul_epu32((__m512i)a, m);
    const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64((__m512i)a, 32), m);
    *low = (words)_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
    *high = (words)_mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd);
}

#endif
