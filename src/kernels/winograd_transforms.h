/* winograd_transforms.h - the one-dimensional transforms of F(4, 3) and F(3, 4) at the points
 * 0, 1, -1, 2, -2 and infinity, on vectors. Included by winograd_body.h alone, after a vector
 * header. Names as in Lavin and Gray 2016: B for inputs, G for kernels, A for outputs. */
#ifndef OC_KERNELS_WINOGRAD_TRANSFORMS_H
#define OC_KERNELS_WINOGRAD_TRANSFORMS_H

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

/* Inputs: 6 -> 6. */
INLINE void input_transform(const vec d[6], vec out[6])
{
    const vec a = less(d[4], 4, d[2]), b = less(d[3], 4, d[1]);
    const vec c = d[4] - d[2], e = d[3] - d[1];
    out[0] = more(less(d[4], 5, d[2]), 4, d[0]);
    out[1] = a + b;
    out[2] = a - b;
    out[3] = more(c, 2, e);
    out[4] = less(c, 2, e);
    out[5] = more(less(d[5], 5, d[3]), 4, d[1]);
}

/* Kernels: 3 -> 6. */
INLINE void kernel_transform(const vec g[3], vec out[6])
{
    const vec sixth = vec_set(1.0f / 6.0f), twelfth = vec_set(1.0f / 12.0f);
    const vec p = (g[0] + g[2]) * sixth, q = g[1] * sixth;
    const vec u = vec_fma(vec_set(1.0f / 24.0f), g[0], g[2] * sixth), w = g[1] * twelfth;
    out[0] = g[0] * vec_set(0.25f);
    out[1] = vec_set(0) - p - q;
    out[2] = q - p;
    out[3] = u + w;
    out[4] = u - w;
    out[5] = g[2];
}

/* Products -> outputs: 6 -> 4. */
INLINE void output_transform(const vec m[6], vec out[4])
{
    const vec p = m[1] + m[2], q = m[1] - m[2], u = m[3] + m[4], w = m[3] - m[4];
    out[0] = m[0] + p + u;
    out[1] = more(q, 2, w);
    out[2] = more(p, 4, u);
    out[3] = more(q + m[5], 8, w);
}

/* Gradients of outputs: 4 -> 6, the transpose of the above. */
INLINE void output_gradient_transform(const vec y[4], vec out[6])
{
    const vec p = y[0] + y[2], q = y[1] + y[3];
    const vec u = more(y[0], 4, y[2]), w = more(y[1] + y[1], 8, y[3]);
    out[0] = y[0];
    out[1] = p + q;
    out[2] = p - q;
    out[3] = u + w;
    out[4] = u - w;
    out[5] = y[3];
}

/* Products -> gradient of kernels: 6 -> 3, the transpose of kernel_transform. */
INLINE void kernel_gradient_transform(const vec m[6], vec out[3])
{
    const vec sixth = vec_set(1.0f / 6.0f), twelfth = vec_set(1.0f / 12.0f);
    const vec p = m[1] + m[2], q = m[2] - m[1], u = m[3] + m[4], w = m[3] - m[4];
    out[0] = vec_fma(vec_set(1.0f / 24.0f), u, vec_fma(vec_set(0.25f), m[0], p * -sixth));
    out[1] = vec_fma(sixth, q, twelfth * w);
    out[2] = vec_fma(sixth, u - p, m[5]);
}

#endif
