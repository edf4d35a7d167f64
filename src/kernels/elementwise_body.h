/* elementwise_body.h - the element-wise kernels, written once for any vector unit: plain loops
 * here; normalisation, pools and blocks in the headers below. A file that makes an instance
 * includes a vector header, then this, and names a table. */
#ifndef OC_KERNELS_ELEMENTWISE_BODY_H
#define OC_KERNELS_ELEMENTWISE_BODY_H

#include "kernels/elementwise.h"

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

INLINE void sgd_all(size_t count, float *w, const float *g, float *v, float rate, float momentum,
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

/* exp(a), -86 <= a <= 0: 2^n * exp(r), |r| <= log(2) / 2, by the first terms of its series. */
INLINE vec exponential(vec a)
{
    static const float term[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24,
                                 1.0f / 6,    1.0f / 2,   1.0f,       1.0f};
    const float round = 12582912.0f; /* 1.5 * 2^23: its last bit is 1 */
    const vec biased = vec_fma(a, vec_set(1.44269504f), vec_set(round));
    const vec n = biased - vec_set(round);
    vec r = vec_fma(n, vec_set(-0.693359375f), a); /* log(2) in two parts, the first one short */
    r = vec_fma(n, vec_set(2.12194440e-4f), r);
    vec p = vec_set(term[0]);
    for (size_t k = 1; k < sizeof term / sizeof term[0]; k++)
        p = vec_fma(p, r, vec_set(term[k]));
    return vec_times_power(p, biased);
}

INLINE vec exponential_or_zero(vec a)
{
    const vec lowest = vec_set(-86.0f);
    const vec_mask tiny = vec_above(lowest, a);
    return vec_select(tiny, vec_set(0), exponential(vec_select(tiny, lowest, a)));
}

static double add_lanes(vec a)
{
    float lanes[LANES];
    double total = 0;
    vec_store(lanes, a);
    for (size_t lane = 0; lane < LANES; lane++)
        total += (double)lanes[lane];
    return total;
}

static double exponentials(size_t count, const float *x, float top, float *out)
{
    const vec most = vec_set(top);
    double total = 0;
    for (size_t first = 0; first < count; first += RUN * LANES / 4) {
        const size_t last = first + RUN * LANES / 4 < count ? first + RUN * LANES / 4 : count;
        vec run = vec_set(0);
        size_t i = first;
        for (; i + LANES <= last; i += LANES) {
            const vec e = exponential_or_zero(vec_load(x + i) - most);
            vec_store(out + i, e);
            run = run + e;
        }
        total += add_lanes(run);
        if (i < last) {
            tail_store(out + i, exponential_or_zero(tail_load(x + i, last - i) - most), last - i);
            for (; i < last; i++)
                total += (double)out[i];
        }
    }
    return total;
}

#include "kernels/elementwise_blocks.h"
#include "kernels/elementwise_norm.h"
#include "kernels/elementwise_pools.h"

#define OC_ELEMENTWISE_OPS(unit)                                                                   \
    {                                                                                              \
        .name = unit, .relu = relu, .relu_backward = relu_backward, .leaky_relu = leaky_relu,      \
        .leaky_relu_backward = leaky_relu_backward, .sum = sum, .scale = scale,                    \
        .moments = moments, .normalise = normalise, .norm_sums = norm_sums,                        \
        .norm_backward = norm_backward, .max_pool = max_pool,                                      \
        .max_pool_backward = max_pool_backward, .avg_pool = avg_pool,                              \
        .avg_pool_backward = avg_pool_backward, .map_mean = map_mean, .map_largest = map_largest,  \
        .to_blocks = to_blocks, .from_blocks = from_blocks, .sgd = sgd, .all_finite = all_finite,  \
        .exponentials = exponentials                                                               \
    }

#endif
