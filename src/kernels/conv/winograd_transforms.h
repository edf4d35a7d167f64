/* winograd_transforms.h - the one-dimensional transforms of F(4, 3), F(4, 5) and their
 * transposes on vectors, at the points 0, 1, -1, 2, -2, infinity, for F(4, 5) 1/2 and -1/2
 * besides. Included by winograd_tiles.h alone, after a vector header. Names as in Lavin and Gray
 * 2016: B for inputs, G for kernels, A for outputs. */
#ifndef OC_KERNELS_CONV_WINOGRAD_TRANSFORMS_H
#define OC_KERNELS_CONV_WINOGRAD_TRANSFORMS_H

/* One row or column -> one, of the lengths that the name says. */
typedef void (*transform)(const vec *from, vec *to);

/* a - b * c */
INLINE vec less(vec a, float b, vec c)
{
    return vec_fma(vec_set(-b), c, a);
}

/* a + b * c */
INLINE vec more(vec a, float b, vec c)
{
    return vec_fma(vec_set(b), c, a);
}

/* Inputs, transpose of B: 6 -> 6. */
INLINE void input_6(const vec *d, vec *to)
{
    const vec a = less(d[4], 4, d[2]), b = less(d[3], 4, d[1]);
    const vec c = d[4] - d[2], e = d[3] - d[1];
    to[0] = more(less(d[4], 5, d[2]), 4, d[0]);
    to[1] = a + b;
    to[2] = a - b;
    to[3] = more(c, 2, e);
    to[4] = less(c, 2, e);
    to[5] = more(less(d[5], 5, d[3]), 4, d[1]);
}

/* 8 -> 8. */
INLINE void input_8(const vec *d, vec *to)
{
    const vec p = less(d[2] + d[6], 4.25f, d[4]), q = less(d[1] + d[5], 4.25f, d[3]);
    const vec u = less(more(d[6], 0.25f, d[2]), 1.25f, d[4]);
    const vec w = more(less(d[1] * vec_set(0.5f), 2.5f, d[3]), 2, d[5]);
    const vec e = less(more(d[6], 4, d[2]), 5, d[4]);
    const vec h = more(less(d[1] + d[1], 2.5f, d[3]), 0.5f, d[5]);
    to[0] = more(d[0] - d[6], 5.25f, d[4] - d[2]);
    to[1] = p + q;
    to[2] = p - q;
    to[3] = u + w;
    to[4] = u - w;
    to[5] = e + h;
    to[6] = e - h;
    to[7] = more(d[7] - d[1], 5.25f, d[3] - d[5]);
}

/* Kernels, G: 3 -> 6. */
INLINE void kernel_3(const vec *g, vec *to)
{
    const vec sixth = vec_set(1.0f / 6.0f), twelfth = vec_set(1.0f / 12.0f);
    const vec p = (g[0] + g[2]) * sixth, q = g[1] * sixth;
    const vec u = vec_fma(vec_set(1.0f / 24.0f), g[0], g[2] * sixth), w = g[1] * twelfth;
    to[0] = g[0] * vec_set(0.25f);
    to[1] = vec_set(0) - p - q;
    to[2] = q - p;
    to[3] = u + w;
    to[4] = u - w;
    to[5] = g[2];
}

/* 5 -> 8. */
INLINE void kernel_5(const vec *g, vec *to)
{
    const vec at_1 = vec_set(-2.0f / 9.0f), at_2 = vec_set(1.0f / 90.0f);
    const vec at_half = vec_set(2.0f / 45.0f); /* of g by 16 */
    const vec p = (g[0] + g[2] + g[4]) * at_1, q = (g[1] + g[3]) * at_1;
    const vec u = more(more(g[0], 4, g[2]), 16, g[4]) * at_2;
    const vec w = more(g[1] + g[1], 8, g[3]) * at_2;
    const vec e = more(more(g[4], 4, g[2]), 16, g[0]) * at_half;
    const vec h = more(g[3] + g[3], 8, g[1]) * at_half;
    to[0] = g[0];
    to[1] = p + q;
    to[2] = p - q;
    to[3] = u + w;
    to[4] = u - w;
    to[5] = e + h;
    to[6] = e - h;
    to[7] = g[4];
}

/* Products -> outputs, transpose of A: 6 -> 4. */
INLINE void output_6_to_4(const vec *m, vec *to)
{
    const vec p = m[1] + m[2], q = m[1] - m[2], u = m[3] + m[4], w = m[3] - m[4];
    to[0] = m[0] + p + u;
    to[1] = more(q, 2, w);
    to[2] = more(p, 4, u);
    to[3] = more(q + m[5], 8, w);
}

/* 8 -> 4. */
INLINE void output_8_to_4(const vec *m, vec *to)
{
    const vec p = m[1] + m[2], q = m[1] - m[2], u = m[3] + m[4], w = m[3] - m[4];
    const vec e = m[5] + m[6], h = m[5] - m[6];
    to[0] = m[0] + p + u + e;
    to[1] = more(more(q, 2, w), 0.5f, h);
    to[2] = more(more(p, 4, u), 0.25f, e);
    to[3] = more(more(q + m[7], 8, w), 0.125f, h);
}

/* Gradients of outputs, A: 4 -> 6. */
INLINE void gradient_4_to_6(const vec *y, vec *to)
{
    const vec p = y[0] + y[2], q = y[1] + y[3];
    const vec u = more(y[0], 4, y[2]), w = more(y[1] + y[1], 8, y[3]);
    to[0] = y[0];
    to[1] = p + q;
    to[2] = p - q;
    to[3] = u + w;
    to[4] = u - w;
    to[5] = y[3];
}

/* 4 -> 8. */
INLINE void gradient_4_to_8(const vec *y, vec *to)
{
    const vec p = y[0] + y[2], q = y[1] + y[3];
    const vec u = more(y[0], 4, y[2]), w = more(y[1] + y[1], 8, y[3]);
    const vec e = more(y[0], 0.25f, y[2]), h = more(y[1] * vec_set(0.5f), 0.125f, y[3]);
    to[0] = y[0];
    to[1] = p + q;
    to[2] = p - q;
    to[3] = u + w;
    to[4] = u - w;
    to[5] = e + h;
    to[6] = e - h;
    to[7] = y[3];
}

/* Products -> gradient of kernels, transpose of G: 6 -> 3. */
INLINE void kernel_gradient_3(const vec *m, vec *to)
{
    const vec sixth = vec_set(1.0f / 6.0f), twelfth = vec_set(1.0f / 12.0f);
    const vec p = m[1] + m[2], q = m[2] - m[1], u = m[3] + m[4], w = m[3] - m[4];
    to[0] = vec_fma(vec_set(1.0f / 24.0f), u, vec_fma(vec_set(0.25f), m[0], p * -sixth));
    to[1] = vec_fma(sixth, q, twelfth * w);
    to[2] = vec_fma(sixth, u - p, m[5]);
}

/* 8 -> 5. */
INLINE void kernel_gradient_5(const vec *m, vec *to)
{
    const vec at_1 = vec_set(-2.0f / 9.0f), at_2 = vec_set(1.0f / 90.0f);
    const vec at_half = vec_set(2.0f / 45.0f);
    const vec p = (m[1] + m[2]) * at_1, q = (m[1] - m[2]) * at_1;
    const vec u = (m[3] + m[4]) * at_2, w = (m[3] - m[4]) * at_2;
    const vec e = (m[5] + m[6]) * at_half, h = (m[5] - m[6]) * at_half;
    to[0] = more(m[0] + p + u, 16, e);
    to[1] = more(more(q, 2, w), 8, h);
    to[2] = more(more(p, 4, u), 4, e);
    to[3] = more(more(q, 8, w), 2, h);
    to[4] = more(p + e + m[7], 16, u);
}

#endif
