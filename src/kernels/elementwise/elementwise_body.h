/* elementwise_body.h - the element-wise kernels, written once for any vector unit: plain loops
 * here; normalisation, pools, blocks and activations in the headers below. A file that makes an
 * instance includes a vector header, then this, and names a table. */
#ifndef OC_KERNELS_ELEMENTWISE_ELEMENTWISE_BODY_H
#define OC_KERNELS_ELEMENTWISE_ELEMENTWISE_BODY_H

#include "kernels/elementwise/elementwise.h"

#include <math.h>
#include <string.h>

enum {
    PARTS = OC_MAP / LANES, /* vectors in a pixel */
    UNROLL = LANES / 4,     /* pixels at once, so that 4 sums are under way */
    RUN = 128               /* pixels that are summed in floats */
};

/* The last few elements, as many as are left. */
INLINE vec tail_load(const float *from, size_t left)
{
    float line[LANES] = {0};
    memcpy(line, from, left * sizeof *line);
    return vec_load(line);
}

INLINE void tail_store(float *to, vec a, size_t left)
{
    float line[LANES];
    vec_store(line, a);
    memcpy(to, line, left * sizeof *line);
}

static void relu(size_t count, const float *x, float *y)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(y + i, vec_relu(vec_load(x + i)));
    if (i < count)
        tail_store(y + i, vec_relu(tail_load(x + i, count - i)), count - i);
}

/* factor * dy where y is not above 0. */
INLINE vec below(vec y, vec dy, vec factor)
{
    return vec_select(vec_above(y, vec_set(0)), dy, dy * factor);
}

INLINE vec where_above(vec y, vec dy)
{
    return vec_select(vec_above(y, vec_set(0)), dy, vec_set(0));
}

static void relu_backward(size_t count, const float *y, const float *dy, float *dx)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(dx + i, where_above(vec_load(y + i), vec_load(dy + i)));
    if (i < count)
        tail_store(dx + i, where_above(tail_load(y + i, count - i), tail_load(dy + i, count - i)),
                   count - i);
}

static void leaky_relu_backward(size_t count, float factor, const float *y, const float *dy,
                                float *dx)
{
    const vec f = vec_set(factor);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(dx + i, below(vec_load(y + i), vec_load(dy + i), f));
    if (i < count)
        tail_store(dx + i, below(tail_load(y + i, count - i), tail_load(dy + i, count - i), f),
                   count - i);
}

static void leaky_relu(size_t count, float factor, const float *x, float *y)
{
    leaky_relu_backward(count, factor, x, x, y);
}

static void sum(size_t count, const float *a, const float *b, int clamp, float *out)
{
    size_t i = 0;
    if (clamp)
        for (; i + LANES <= count; i += LANES)
            vec_store(out + i, vec_relu(vec_load(a + i) + vec_load(b + i)));
    else
        for (; i + LANES <= count; i += LANES)
            vec_store(out + i, vec_load(a + i) + vec_load(b + i));
    if (i < count) {
        vec last = tail_load(a + i, count - i) + tail_load(b + i, count - i);
        if (clamp)
            last = vec_relu(last);
        tail_store(out + i, last, count - i);
    }
}

static void scale(size_t count, float factor, const float *x, float *y)
{
    const vec f = vec_set(factor);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(y + i, vec_load(x + i) * f);
    if (i < count)
        tail_store(y + i, tail_load(x + i, count - i) * f, count - i);
}

/* No fused multiply-adds: the bits are those of every other table. */
INLINE void sgd_step(vec *w, vec g, vec *v, vec rate, vec momentum, vec decay, int nesterov)
{
    g = g + decay * *w;
    *v = momentum * *v + g;
    if (nesterov)
        g = g + momentum * *v;
    else
        g = *v;
    *w = *w - rate * g;
}

INSTANCE void sgd_all(size_t count, float *w, const float *g, float *v, float rate, float momentum,
                      float decay, int nesterov)
{
    const vec r = vec_set(rate), m = vec_set(momentum), d = vec_set(decay);
    for (size_t i = 0; i < count; i += LANES) {
        const size_t left = count - i;
        if (left >= LANES) {
            vec weight = vec_load(w + i), speed = vec_load(v + i);
            sgd_step(&weight, vec_load(g + i), &speed, r, m, d, nesterov);
            vec_store(w + i, weight);
            vec_store(v + i, speed);
        } else {
            vec weight = tail_load(w + i, left), speed = tail_load(v + i, left);
            sgd_step(&weight, tail_load(g + i, left), &speed, r, m, d, nesterov);
            tail_store(w + i, weight, left);
            tail_store(v + i, speed, left);
        }
    }
}

static void sgd(size_t count, float *w, const float *g, float *v, float rate, float momentum,
                float decay, int nesterov)
{
    if (nesterov)
        sgd_all(count, w, g, v, rate, momentum, decay, 1);
    else
        sgd_all(count, w, g, v, rate, momentum, decay, 0);
}

static int all_finite(size_t count, const float *x)
{
    enum { SUMS = 4 };
    const vec zero = vec_set(0);
    vec sums[SUMS] = {zero, zero, zero, zero}; /* x * 0 is 0, or NaN where x is not finite */
    size_t i = 0;
    for (; i + SUMS * LANES <= count; i += SUMS * LANES)
        for (size_t s = 0; s < SUMS; s++)
            sums[s] = sums[s] + vec_load(x + i + s * LANES) * zero;
    for (; i < count; i += LANES)
        sums[0] = sums[0] + tail_load(x + i, count - i < LANES ? count - i : LANES) * zero;
    float lanes[LANES], total = 0;
    vec_store(lanes, sums[0] + sums[1] + sums[2] + sums[3]);
    for (size_t lane = 0; lane < LANES; lane++)
        total += lanes[lane];
    return !isnan(total);
}

#include "kernels/elementwise/activation_kernels.h"
#include "kernels/elementwise/elementwise_blocks.h"
#include "kernels/elementwise/elementwise_norm.h"
#include "kernels/elementwise/elementwise_pools.h"

#define OC_ELEMENTWISE_OPS(unit)                                                                   \
    {                                                                                              \
        .name = unit, .relu = relu, .relu_backward = relu_backward, .leaky_relu = leaky_relu,      \
        .leaky_relu_backward = leaky_relu_backward, .gelu = gelu, .gelu_backward = gelu_backward,  \
        .silu = silu, .silu_backward = silu_backward, .sum = sum, .scale = scale,                  \
        .moments = moments, .normalise = normalise, .norm_sums = norm_sums,                        \
        .norm_backward = norm_backward, .max_pool = max_pool,                                      \
        .max_pool_backward = max_pool_backward, .avg_pool = avg_pool,                              \
        .avg_pool_backward = avg_pool_backward, .map_mean = map_mean, .map_largest = map_largest,  \
        .to_blocks = to_blocks, .from_blocks = from_blocks, .sgd = sgd, .all_finite = all_finite   \
    }

#endif
