/* winograd_transforms.h - the one-dimensional transforms of F(4, 3), F(2, 5) and their
 * transposes at the points 0, 1, -1, 2, -2 and infinity, on vectors. Included by
 * winograd_tiles.h alone, after a vector header. Names as in Lavin and Gray 2016: B for inputs,
 * G for kernels, A for outputs. */
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
INLINE void input_transform(const vec *d, vec *to)
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

/* 5 -> 6. */
INLINE void kernel_5(const vec *g, vec *to)
{
    const vec sixth = vec_set(1.0f / 6.0f), third = vec_set(1.0f / 3.0f);
    const vec p = (g[0] + g[2] + g[4]) * sixth, q = (g[1] + g[3]) * sixth;
    const vec u = vec_fma(vec_set(1.0f / 24.0f), g[0], more(g[2], 4, g[4]) * sixth);
    const vec w = vec_fma(vec_set(1.0f / 12.0f), g[1], g[3] * third);
    to[0] = g[0] * vec_set(0.25f);
    to[1] = vec_set(0) - p - q;
    to[2] = q - p;
    to[3] = u + w;
    to[4] = u - w;
    to[5] = g[4];
}

/* Products -> outputs, transpose of A: 6 -> 4. */
INLINE void output_4(const vec *m, vec *to)
{
    const vec p = m[1] + m[2], q = m[1] - m[2], u = m[3] + m[4], w = m[3] - m[4];
    to[0] = m[0] + p + u;
    to[1] = more(q, 2, w);
    to[2] = more(p, 4, u);
    to[3] = more(q + m[5], 8, w);
}

/* 6 -> 2. */
INLINE void output_2(const vec *m, vec *to)
{
    to[0] = m[0] + (m[1] + m[2]) + (m[3] + m[4]);
    to[1] = more(m[1] - m[2] + m[5], 2, m[3] - m[4]);
}

/* Gradients of outputs, A: 4 -> 6. */
INLINE void output_gradient_4(const vec *y, vec *to)
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

/* 2 -> 6. */
INLINE void output_gradient_2(const vec *y, vec *to)
{
    to[0] = y[0];
    to[1] = y[0] + y[1];
    to[2] = y[0] - y[1];
    to[3] = more(y[0], 2, y[1]);
    to[4] = less(y[0], 2, y[1]);
    to[5] = y[1];
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

/* 6 -> 5. */
INLINE void kernel_gradient_5(const vec *m, vec *to)
{
    const vec sixth = vec_set(1.0f / 6.0f);
    const vec p = m[1] + m[2], q = m[2] - m[1], u = m[3] + m[4], w = m[3] - m[4];
    to[0] = vec_fma(vec_set(1.0f / 24.0f), u, vec_fma(vec_set(0.25f), m[0], p * -sixth));
    to[1] = vec_fma(sixth, q, w * vec_set(1.0f / 12.0f));
    to[2] = (u - p) * sixth;
    to[3] = more(q, 2, w) * sixth;
    to[4] = vec_fma(sixth, less(u * vec_set(4), 1, p), m[5]);
}

#endif
