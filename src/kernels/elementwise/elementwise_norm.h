/* elementwise_norm.h - batch normalisation of 16 channels of a shard. Included by
 * elementwise_body.h alone. `full`: all 16 lanes are there, a constant at every call. */
#ifndef OC_KERNELS_ELEMENTWISE_ELEMENTWISE_NORM_H
#define OC_KERNELS_ELEMENTWISE_ELEMENTWISE_NORM_H

INLINE vec pixel_load(const float *from, size_t part, int full, size_t lanes)
{
    float line[OC_MAP] = {0};
    if (full)
        return vec_load(from + part * LANES);
    memcpy(line, from, lanes * sizeof *line);
    return vec_load(line + part * LANES);
}

INLINE void pixel_store(float *to, const vec *pixel, int full, size_t lanes)
{
    float line[OC_MAP];
    for (size_t part = 0; part < PARTS; part++)
        vec_store((full ? to : line) + part * LANES, pixel[part]);
    if (!full)
        memcpy(to, line, lanes * sizeof *line);
}

/* A run: about RUN pixels, of one image or of several whole ones. */
typedef struct run {
    size_t samples, pixels, stride;
} run;

/* Images that one run takes. */
INLINE size_t samples_in_run(const oc_channels *c)
{
    return c->pixels < RUN ? RUN / c->pixels : 1;
}

INLINE size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* UNROLL sums for each part, added to one. */
INLINE void join(vec sums[UNROLL][PARTS], float *out)
{
    for (size_t part = 0; part < PARTS; part++) {
        vec total = sums[0][part];
        for (size_t u = 1; u < UNROLL; u++)
            total = total + sums[u][part];
        vec_store(out + part * LANES, total);
    }
}

INLINE void clear(vec sums[UNROLL][PARTS])
{
    for (size_t u = 0; u < UNROLL; u++)
        for (size_t part = 0; part < PARTS; part++)
            sums[u][part] = vec_set(0);
}

/* sum(x - shift), or with `square` sum((x - shift)^2). */
INLINE void add_pixel(const float *x, const vec *s, int square, int full, size_t lanes, vec *sums)
{
    UNROLLED(4)
    for (size_t part = 0; part < PARTS; part++) {
        const vec d = pixel_load(x, part, full, lanes) - s[part];
        if (square)
            sums[part] = vec_fma(d, d, sums[part]);
        else
            sums[part] = sums[part] + d;
    }
}

INSTANCE void run_sum(const run *r, const float *x, const float *shift, int square, int full,
                      size_t lanes, float *out)
{
    vec sums[UNROLL][PARTS], s[PARTS];
    clear(sums);
    for (size_t part = 0; part < PARTS; part++)
        s[part] = vec_load(shift + part * LANES);
    for (size_t i = 0; i < r->samples; i++, x += r->stride) {
        size_t p = 0;
        for (; p + UNROLL <= r->pixels; p += UNROLL) {
            UNROLLED(4)
            for (size_t u = 0; u < UNROLL; u++)
                add_pixel(x + (p + u) * OC_MAP, s, square, full, lanes, sums[u]);
        }
        for (; p < r->pixels; p++)
            add_pixel(x + p * OC_MAP, s, square, full, lanes, sums[0]);
    }
    join(sums, out);
}

/* What is known of the pixels so far: their mean, and the sum of squares around it. */
typedef struct so_far {
    double count, mean[OC_MAP], squares[OC_MAP];
} so_far;

INSTANCE void add_run(so_far *all, const run *r, const float *x, int full, size_t lanes)
{
    float shift[OC_MAP] = {0}, near[OC_MAP], sums[OC_MAP], squares[OC_MAP];
    memcpy(shift, x, (full ? OC_MAP : lanes) * sizeof *shift); /* the first pixel */
    run_sum(r, x, shift, 0, full, lanes, sums);
    const double count = (double)r->samples * (double)r->pixels, share = 1 / count;
    for (size_t c = 0; c < OC_MAP; c++)
        near[c] = (float)((double)shift[c] + (double)sums[c] * share);
    run_sum(r, x, near, 1, full, lanes, squares);
    const double total = all->count + count, part = count / total, cross = all->count * part;
    for (size_t c = 0; c < OC_MAP; c++) {
        const double mean = (double)shift[c] + (double)sums[c] * share;
        const double off = mean - (double)near[c], step = mean - all->mean[c];
        all->squares[c] += (double)squares[c] - count * off * off + step * step * cross;
        all->mean[c] += step * part;
    }
    all->count = total;
}

INSTANCE void moments_of(const oc_channels *c, const float *x, int full, double *mean,
                         double *variance)
{
    so_far all = {0};
    const size_t group = samples_in_run(c);
    for (size_t i = 0; i < c->n; i += group)
        for (size_t p = 0; p < c->pixels; p += RUN) {
            const run r = {least(group, c->n - i), least(RUN, c->pixels - p), c->stride};
            add_run(&all, &r, x + i * c->stride + p * OC_MAP, full, c->lanes);
        }
    for (size_t lane = 0; lane < OC_MAP; lane++) {
        mean[lane] = all.mean[lane];
        variance[lane] =
            all.squares[lane] > 0 || isnan(all.squares[lane]) ? all.squares[lane] / all.count : 0;
    }
}

static void moments(const oc_channels *c, const float *x, double *mean, double *variance)
{
    if (c->lanes == OC_MAP)
        moments_of(c, x, 1, mean, variance);
    else
        moments_of(c, x, 0, mean, variance);
}

/* The numbers of a norm in registers. */
typedef struct norm_vectors {
    vec mean[PARTS], scale[PARTS], shift[PARTS];
} norm_vectors;

INLINE norm_vectors load_norm(const oc_norm *norm)
{
    norm_vectors v;
    for (size_t part = 0; part < PARTS; part++) {
        v.mean[part] = vec_load(norm->mean + part * LANES);
        v.scale[part] = vec_load(norm->scale + part * LANES);
        v.shift[part] = vec_load(norm->shift + part * LANES);
    }
    return v;
}

/* y from x - mean: the one place where it is computed, forward and backward. */
INLINE vec affine(const norm_vectors *v, size_t part, vec d)
{
    return vec_fma(d, v->scale[part], v->shift[part]);
}

INSTANCE void normalise_all(const oc_channels *c, const oc_norm *norm, const float *x, float *y,
                            int clamp, int full)
{
    const norm_vectors v = load_norm(norm);
    for (size_t i = 0; i < c->n; i++, x += c->stride, y += c->stride)
        for (size_t p = 0; p < c->pixels * OC_MAP; p += OC_MAP) {
            vec out[PARTS];
            for (size_t part = 0; part < PARTS; part++) {
                const vec d = pixel_load(x + p, part, full, c->lanes) - v.mean[part];
                const vec a = affine(&v, part, d);
                out[part] = clamp ? vec_relu(a) : a;
            }
            pixel_store(y + p, out, full, c->lanes);
        }
}

static void normalise(const oc_channels *c, const oc_norm *norm, const float *x, float *y)
{
    if (c->lanes < OC_MAP)
        normalise_all(c, norm, x, y, norm->relu, 0);
    else if (norm->relu)
        normalise_all(c, norm, x, y, 1, 1);
    else
        normalise_all(c, norm, x, y, 0, 1);
}

/* dy, or 0 where relu made y 0. */
INLINE vec gradient_at(const norm_vectors *v, size_t part, vec d, vec dy, int clamp)
{
    return clamp ? where_above(affine(v, part, d), dy) : dy;
}

INLINE void add_products(const norm_vectors *v, const float *x, const float *dy, int clamp,
                         int full, size_t lanes, vec *sums, vec *moved)
{
    UNROLLED(4)
    for (size_t part = 0; part < PARTS; part++) {
        const vec d = pixel_load(x, part, full, lanes) - v->mean[part];
        const vec g = gradient_at(v, part, d, pixel_load(dy, part, full, lanes), clamp);
        sums[part] = sums[part] + g;
        moved[part] = vec_fma(g, d, moved[part]);
    }
}

INSTANCE void run_products(const run *r, const norm_vectors *v, const float *x, const float *dy,
                           int clamp, int full, size_t lanes, float *out, float *products)
{
    vec sums[UNROLL][PARTS], moved[UNROLL][PARTS];
    clear(sums);
    clear(moved);
    for (size_t i = 0; i < r->samples; i++, x += r->stride, dy += r->stride) {
        size_t p = 0;
        for (; p + UNROLL <= r->pixels; p += UNROLL) {
            UNROLLED(4)
            for (size_t u = 0; u < UNROLL; u++)
                add_products(v, x + (p + u) * OC_MAP, dy + (p + u) * OC_MAP, clamp, full, lanes,
                             sums[u], moved[u]);
        }
        for (; p < r->pixels; p++)
            add_products(v, x + p * OC_MAP, dy + p * OC_MAP, clamp, full, lanes, sums[0], moved[0]);
    }
    join(sums, out);
    join(moved, products);
}

INSTANCE void norm_sums_of(const oc_channels *c, const oc_norm *norm, const float *x,
                           const float *dy, int clamp, int full, double *total, double *product)
{
    const norm_vectors v = load_norm(norm);
    const size_t group = samples_in_run(c);
    for (size_t lane = 0; lane < OC_MAP; lane++)
        total[lane] = product[lane] = 0;
    for (size_t i = 0; i < c->n; i += group)
        for (size_t p = 0; p < c->pixels; p += RUN) {
            const run r = {least(group, c->n - i), least(RUN, c->pixels - p), c->stride};
            const size_t at = i * c->stride + p * OC_MAP;
            float sums[OC_MAP], products[OC_MAP];
            run_products(&r, &v, x + at, dy + at, clamp, full, c->lanes, sums, products);
            for (size_t lane = 0; lane < OC_MAP; lane++) {
                total[lane] += (double)sums[lane];
                product[lane] += (double)products[lane];
            }
        }
}

static void norm_sums(const oc_channels *c, const oc_norm *norm, const float *x, const float *dy,
                      double *total, double *product)
{
    if (c->lanes < OC_MAP)
        norm_sums_of(c, norm, x, dy, norm->relu, 0, total, product);
    else if (norm->relu)
        norm_sums_of(c, norm, x, dy, 1, 1, total, product);
    else
        norm_sums_of(c, norm, x, dy, 0, 1, total, product);
}

INSTANCE void norm_backward_of(const oc_channels *c, const oc_norm *norm,
                               const oc_norm_gradient *gradient, const float *x, const float *dy,
                               float *dx, int clamp, int full)
{
    const norm_vectors v = load_norm(norm);
    vec by_dy[PARTS], by_x[PARTS], constant[PARTS];
    for (size_t part = 0; part < PARTS; part++) {
        by_dy[part] = vec_load(gradient->by_dy + part * LANES);
        by_x[part] = vec_load(gradient->by_x + part * LANES);
        constant[part] = vec_load(gradient->constant + part * LANES);
    }
    for (size_t i = 0; i < c->n; i++, x += c->stride, dy += c->stride, dx += c->stride)
        for (size_t p = 0; p < c->pixels * OC_MAP; p += OC_MAP) {
            vec out[PARTS];
            for (size_t part = 0; part < PARTS; part++) {
                const vec d = pixel_load(x + p, part, full, c->lanes) - v.mean[part];
                const vec g =
                    gradient_at(&v, part, d, pixel_load(dy + p, part, full, c->lanes), clamp);
                out[part] = vec_fma(by_x[part], d, vec_fma(by_dy[part], g, constant[part]));
            }
            pixel_store(dx + p, out, full, c->lanes);
        }
}

static void norm_backward(const oc_channels *c, const oc_norm *norm,
                          const oc_norm_gradient *gradient, const float *x, const float *dy,
                          float *dx)
{
    if (c->lanes < OC_MAP)
        norm_backward_of(c, norm, gradient, x, dy, dx, norm->relu, 0);
    else if (norm->relu)
        norm_backward_of(c, norm, gradient, x, dy, dx, 1, 1);
    else
        norm_backward_of(c, norm, gradient, x, dy, dx, 0, 1);
}

#endif
