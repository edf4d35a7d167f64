/* vector_generic.h - the few vector operations that kernels are written in, for any
 * processor: vectors of four floats as gcc and clang know them. */
#ifndef OC_KERNELS_ISA_VECTOR_GENERIC_H
#define OC_KERNELS_ISA_VECTOR_GENERIC_H

#include "kernels/isa/inline.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef float vec __attribute__((vector_size(16)));

enum {
    LANES = 4,        /* floats in a vec */
    PANEL_BLOCKS = 1, /* blocks of 16 outputs that a micro-kernel makes at once */
    MOST_ROWS = 2,    /* rows that it makes at once: 8 sums in 16 registers */
    GRADIENT_ROWS = 2 /* the same for weight gradients, where rows are channels, 16 in a block */
};

INLINE vec vec_load(const float *from)
{
    vec a;
    memcpy(&a, from, sizeof a);
    return a;
}

INLINE void vec_store(float *to, vec a)
{
    memcpy(to, &a, sizeof a);
}

INLINE vec vec_set(float a)
{
    return (vec){a, a, a, a};
}

INLINE vec vec_fma(vec a, vec b, vec c)
{
    return a * b + c; /* two roundings: not every processor has one instruction for it */
}

/* 16 rows of 4 floats, `stride` apart -> 4 rows of 16. */
INLINE void take_16x4(const float *from, size_t stride, float *to)
{
    for (size_t r = 0; r < 16; r++)
        for (size_t i = 0; i < 4; i++)
            to[16 * i + r] = from[r * stride + i];
}

/* The way back; with `add`, adds to what is there. */
INLINE void put_16x4(const float *from, float *to, size_t stride, int add)
{
    for (size_t r = 0; r < 16; r++)
        for (size_t i = 0; i < 4; i++)
            to[r * stride + i] = from[16 * i + r] + (add ? to[r * stride + i] : 0.0f);
}

/* What follows is for loops over elements. A mask chooses lane by lane. */
typedef int32_t vec_mask __attribute__((vector_size(16)));

INLINE vec_mask vec_above(vec a, vec b) /* a > b */
{
    return a > b;
}

INLINE vec_mask vec_equal(vec a, vec b)
{
    return a == b;
}

/* May b take the place of a, which came first, as the largest? A NaN wins, once. */
INLINE vec_mask vec_wins(vec b, vec a)
{
    return ~(b <= a) & (a == a);
}

INLINE vec vec_select(vec_mask mask, vec yes, vec no)
{
    return (vec)((mask & (vec_mask)yes) | (~mask & (vec_mask)no));
}

/* 0 where a < 0; a NaN stays. */
INLINE vec vec_relu(vec a)
{
    return (vec)(~(a < vec_set(0)) & (vec_mask)a);
}

/* Whole numbers below 2^16, as floats, to LANES numbers of 16 bits; and back. */
INLINE void vec_put_numbers(uint16_t *to, vec a)
{
    for (int i = 0; i < LANES; i++)
        to[i] = (uint16_t)a[i];
}

INLINE vec vec_take_numbers(const uint16_t *from)
{
    return (vec){(float)from[0], (float)from[1], (float)from[2], (float)from[3]};
}

/* LANES words of 32 bits, for which the compiler knows the operators. */
typedef uint32_t words __attribute__((vector_size(16)));

/* The 64 bits of each product, in halves. */
INLINE void words_multiply(words a, uint32_t by, words *high, words *low)
{
    words upper = {0}, lower = {0};
    for (int i = 0; i < LANES; i++) {
        const uint64_t product = (uint64_t)a[i] * by;
        upper[i] = (uint32_t)(product >> 32);
        lower[i] = (uint32_t)product;
    }
    *high = upper;
    *low = lower;
}

#endif
