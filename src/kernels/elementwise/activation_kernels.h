/* activation_kernels.h - activations that need an exponential, exact to float's last digits: the
 * Gaussian error linear unit and the sigmoid linear unit. Included by elementwise_body.h alone.
 *
 * gelu: with a = |x|, the density D(a) of the standard normal and its distribution function P:
 * P(-a) = D(a) M(a), M Mills' ratio, which with t = 1 / (1 + 0.26 a) is t times a polynomial in t.
 * Its coefficients, and those of the exponential, are least maximum relative errors, fitted in
 * double precision: 1.6e-8 for M on [0, 12.5], 2e-9 for the exponential.
 *
 * silu: with e = exp(-|x|), the sigmoid is 1 / (1 + e) or, below 0, e / (1 + e), and its slope
 * e / (1 + e)^2: nothing overflows and no digits are lost. */
#ifndef OC_KERNELS_ELEMENTWISE_ACTIVATION_KERNELS_H
#define OC_KERNELS_ELEMENTWISE_ACTIVATION_KERNELS_H

typedef uint32_t vec_bits __attribute__((vector_size(LANES * sizeof(float))));

/* Highest power first. */
INLINE vec polynomial(const float *c, size_t count, vec x)
{
    vec sum = vec_set(c[0]);
    UNROLLED(16)
    for (size_t i = 1; i < count; i++)
        sum = vec_fma(sum, x, vec_set(c[i]));
    return sum;
}

/* e^x for x from -80 to 0; a NaN stays. x = n ln 2 + r, and n is added to the exponent's bits: they
 * are the lowest of a float near 1.5 * 2^23. */
INLINE vec exponential(vec x)
{
    static const float c[] = {0.00138369155f, 0.00837481424f, 0.0416682241f, 0.166664202f,
                              0.499999921f,   1.00000004f,    1.0f};
    const vec near = vec_set(12582912.0f), n = vec_fma(x, vec_set(1.44269504f), near);
    const vec whole = n - near;
    const vec r =
        vec_fma(whole, vec_set(2.12194440e-4f), vec_fma(whole, vec_set(-0.693359375f), x));
    const vec_bits power = ((vec_bits)n + 127) << 23;
    return polynomial(c, sizeof c / sizeof c[0], r) * (vec)power;
}

/* P(x), and x * D(x). */
INLINE vec normal_parts(vec x, vec *density)
{
    static const float c[] = {0.0785862335f, -0.393490855f, 0.652131115f,
                              -0.403579576f, 0.421150327f,  0.120198005f,
                              0.260284247f,  0.257931313f,  0.260103309f};
    const vec zero = vec_set(0), one = vec_set(1), most = vec_set(12.5f);
    const vec_mask is_above = vec_above(x, zero);
    const vec size = vec_select(vec_above(zero, x), zero - x, x);
    const vec_mask is_far = vec_above(size, most); /* where D is 0 for all that is added to it */
    const vec a = vec_select(is_far, most, size);
    const vec t = one / vec_fma(a, vec_set(0.26f), one);
    const vec d = exponential(a * a * vec_set(-0.5f)) * vec_set(0.398942280f);
    const vec below = vec_select(is_far, zero, d * t * polynomial(c, sizeof c / sizeof c[0], t));
    *density = vec_select(is_far, zero, d * vec_select(is_above, a, zero - a));
    return vec_select(is_above, one - below, below);
}

INLINE vec gelu_one(vec x)
{
    vec density;
    return x * normal_parts(x, &density);
}

INLINE vec gelu_backward_one(vec x, vec dy)
{
    vec density;
    const vec p = normal_parts(x, &density);
    return dy * (p + density);
}

/* s(x), and x s'(x). */
INLINE vec sigmoid_parts(vec x, vec *slope)
{
    const vec zero = vec_set(0), one = vec_set(1), most = vec_set(80);
    const vec size = vec_select(vec_above(zero, x), zero - x, x);
    const vec_mask is_far = vec_above(size, most); /* where e is 0 for all that is added to it */
    const vec e = vec_select(is_far, zero, exponential(zero - vec_select(is_far, most, size)));
    const vec above = one / (one + e), below = e * above;
    *slope = vec_select(is_far, zero, x * (below * above));
    return vec_select(vec_above(x, zero), above, below);
}

INLINE vec silu_one(vec x)
{
    vec slope;
    return x * sigmoid_parts(x, &slope);
}

INLINE vec silu_backward_one(vec x, vec dy)
{
    vec slope;
    const vec s = sigmoid_parts(x, &slope);
    return dy * (s + slope);
}

/* y = one(x), and dx = one(x, dy), of every element. */
INLINE void map(size_t count, const float *x, float *y, vec (*one)(vec))
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(y + i, one(vec_load(x + i)));
    if (i < count)
        tail_store(y + i, one(tail_load(x + i, count - i)), count - i);
}

INLINE void map_backward(size_t count, const float *x, const float *dy, float *dx,
                         vec (*one)(vec, vec))
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(dx + i, one(vec_load(x + i), vec_load(dy + i)));
    if (i < count)
        tail_store(dx + i, one(tail_load(x + i, count - i), tail_load(dy + i, count - i)),
                   count - i);
}

static void gelu(size_t count, const float *x, float *y)
{
    map(count, x, y, gelu_one);
}

static void gelu_backward(size_t count, const float *x, const float *dy, float *dx)
{
    map_backward(count, x, dy, dx, gelu_backward_one);
}

static void silu(size_t count, const float *x, float *y)
{
    map(count, x, y, silu_one);
}

static void silu_backward(size_t count, const float *x, const float *dy, float *dx)
{
    map_backward(count, x, dy, dx, silu_backward_one);
}

#endif
