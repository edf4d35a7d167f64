/* elementwise_test.c - the element-wise kernels of every vector unit that runs here against the
 * plain ones, bit for bit where no sum can be ordered otherwise and else within a stated bound of
 * double; and the plain ones against definitions written out here. */
#include "elementwise_check.h"

#include "tensor/tensor.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_specials(float *x, size_t count)
{
    const float special[] = {0.0f,      -0.0f,   1e-45f, -1e-45f, INFINITY,
                             -INFINITY, FLT_MAX, NAN,    -1.0f};
    for (size_t i = 0; i < count; i++)
        if (i % 2)
            x[i] = special[i / 2 % (sizeof special / sizeof special[0])];
}

/* Equal numbers, or NaN both. */
static size_t different(const float *a, const float *b, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong += !(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])));
    return wrong;
}

static void check_activations(const oc_elementwise_ops *ops)
{
    for (size_t count = 0; count <= LONGEST; count++) {
        float *x = normal(count, 1, 0, 1), *dy = normal(count, 2, 0, 1);
        float *y = floats(count), *dx = floats(count), *expected = floats(count);
        if (count % 3)
            add_specials(x, count);
        size_t wrong = 0;
        ops->relu(count, x, y);
        for (size_t i = 0; i < count; i++) {
            const float expected_y = x[i] <= 0 ? 0.0f : x[i];
            wrong += different(&y[i], &expected_y, 1);
        }
        ops->relu_backward(count, y, dy, dx);
        for (size_t i = 0; i < count; i++)
            wrong += dx[i] != (x[i] > 0 ? dy[i] : 0.0f);
        ops->leaky_relu(count, 0.25f, x, y);
        plain->leaky_relu(count, 0.25f, x, expected);
        wrong += different(y, expected, count);
        ops->leaky_relu_backward(count, 0.25f, y, dy, dx);
        plain->leaky_relu_backward(count, 0.25f, y, dy, expected);
        wrong += different(dx, expected, count);
        ops->relu(count, x, y); /* in place */
        memcpy(expected, x, count * sizeof *x);
        ops->relu(count, expected, expected);
        wrong += different(y, expected, count);
        CU_ASSERT_EQUAL(wrong, 0);
        free(x);
        free(dy);
        free(y);
        free(dx);
        free(expected);
    }
}

static void activations(void)
{
    each(check_activations);
}

static void check_sums(const oc_elementwise_ops *ops)
{
    for (size_t count = 0; count <= LONGEST; count++) {
        float *a = normal(count, 3, 0, 1), *b = normal(count, 4, 0, 1), *out = floats(count);
        add_specials(a, count);
        size_t wrong = 0;
        for (int relu = 0; relu < 2; relu++) {
            ops->sum(count, a, b, relu, out);
            for (size_t i = 0; i < count; i++) {
                const float both = a[i] + b[i], y = relu && both < 0 ? 0.0f : both;
                wrong += different(&out[i], &y, 1);
            }
        }
        ops->scale(count, -1.5f, a, out);
        for (size_t i = 0; i < count; i++) {
            const float y = -1.5f * a[i];
            wrong += different(&out[i], &y, 1);
        }
        CU_ASSERT_EQUAL(wrong, 0);
        free(a);
        free(b);
        free(out);
    }
}

static void sums(void)
{
    each(check_sums);
}

static void check_sgd(const oc_elementwise_ops *ops)
{
    for (size_t count = 0; count <= LONGEST; count++)
        for (int nesterov = 0; nesterov < 2; nesterov++) {
            float *w = normal(count, 5, 0, 1), *g = normal(count, 6, 0, 1);
            float *v = normal(count, 7, 0, 1), *w2 = normal(count, 5, 0, 1);
            float *v2 = normal(count, 7, 0, 1), *w0 = normal(count, 5, 0, 1);
            float *v0 = normal(count, 7, 0, 1);
            ops->sgd(count, w, g, v, 0.1f, 0.9f, 0.01f, nesterov);
            plain->sgd(count, w2, g, v2, 0.1f, 0.9f, 0.01f, nesterov);
            CU_ASSERT(same_bits(w, w2, count) && same_bits(v, v2, count));
            size_t wrong = 0;
            for (size_t i = 0; i < count; i++) {
                const double gradient = (double)g[i] + 0.01 * (double)w0[i];
                const double speed = 0.9 * (double)v0[i] + gradient;
                const double step = nesterov ? gradient + 0.9 * speed : speed;
                wrong += !(fabs((double)v[i] - speed) < 1e-6);
                wrong += !(fabs((double)w[i] - ((double)w0[i] - 0.1 * step)) < 1e-6);
            }
            CU_ASSERT_EQUAL(wrong, 0);
            float *const all[] = {w, g, v, w2, v2, w0, v0};
            for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
                free(all[i]);
        }
}

static void sgd(void)
{
    each(check_sgd);
}

static void check_all_finite(const oc_elementwise_ops *ops)
{
    const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (size_t count = 0; count <= LONGEST; count++) {
        float *x = normal(count, 8, 0, 1);
        for (size_t i = 0; i < count; i += 3)
            x[i] = i % 2 ? FLT_MAX : -FLT_MAX;
        CU_ASSERT(ops->all_finite(count, x));
        for (size_t i = 0; i < count; i++) {
            const float kept = x[i];
            x[i] = bad[i % 4];
            CU_ASSERT(!ops->all_finite(count, x));
            x[i] = kept;
        }
        free(x);
    }
}

static void all_finite(void)
{
    each(check_all_finite);
}

/* Images of the shard, pixels, further floats between images, lanes. */
static const oc_channels layouts[] = {
    {1, 1, 16, 16},   {2, 1, 23, 7},     {300, 1, 17, 1},    {129, 1, 48, 16},     {3, 5, 80, 16},
    {5, 49, 900, 16}, {32, 16, 256, 16}, {2, 300, 4800, 16}, {3, 1025, 16400, 16},
};
enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

static size_t span(const oc_channels *c)
{
    return (c->n - 1) * c->stride + (c->pixels - 1) * 16 + c->lanes;
}

static void compare_moments(const oc_elementwise_ops *ops, const oc_channels *c, const float *x)
{
    double mean[16], variance[16], true_mean[16], true_variance[16];
    ops->moments(c, x, mean, variance);
    plain->moments(c, x, true_mean, true_variance);
    int wrong = 0;
    for (size_t i = 0; i < c->lanes; i++) {
        const double deviation = sqrt(true_variance[i]);
        wrong += !(fabs(mean[i] - true_mean[i]) <= 4e-6 * deviation + 1e-12);
        wrong += !(fabs(variance[i] - true_variance[i]) <= 4e-6 * true_variance[i]);
        wrong += variance[i] < 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Mean within 4e-6 deviations, variance to 4e-6, whatever the mean. */
static void check_moments(const oc_elementwise_ops *ops)
{
    for (int i = 0; i < LAYOUTS; i++) {
        const oc_channels *c = &layouts[i];
        const size_t count = span(c);
        float *x = normal(count, 10, 0.5f, 2), *far = normal(count, 11, 1000, 1);
        compare_moments(ops, c, x);
        compare_moments(ops, c, far);
        for (size_t k = 0; k < count && k < c->stride; k++)
            far[k] = 0; /* the first image is unlike the others */
        compare_moments(ops, c, far);
        for (size_t k = 0; k < count; k++)
            far[k] = -7.3f; /* and no variance at all */
        compare_moments(ops, c, far);
        double mean[16], variance[16];
        x[0] = NAN;
        ops->moments(c, x, mean, variance);
        CU_ASSERT(isnan(mean[0]) && isnan(variance[0]));
        CU_ASSERT(c->lanes == 1 || !isnan(mean[1]));
        x[0] = INFINITY;
        ops->moments(c, x, mean, variance);
        CU_ASSERT(!isfinite(mean[0]) && !isfinite(variance[0]));
        free(x);
        free(far);
    }
}

static void moments(void)
{
    each(check_moments);
}

static oc_norm some_norm(int relu)
{
    oc_norm norm = {.relu = relu};
    for (int i = 0; i < 16; i++) {
        norm.mean[i] = 0.3f * (float)i - 2;
        norm.scale[i] = i % 5 ? 0.7f - 0.1f * (float)i : 0; /* both signs, and none */
        norm.shift[i] = i % 4 ? 0.05f * (float)i : 0;
    }
    return norm;
}

static void compare_norm(const oc_elementwise_ops *ops, const oc_channels *c, const oc_norm *norm,
                         float *x, const float *dy)
{
    const size_t count = span(c);
    float *y = floats(count), *near = floats(count), *mask = floats(count), *ones = floats(count);
    float *dx = floats(count), *near_dx = floats(count);
    oc_norm_gradient copy = {{0}, {0}, {0}}, some = {{0}, {0}, {0}};
    for (size_t i = 0; i < 16; i++) {
        copy.by_dy[i] = 1;
        some.by_dy[i] = 0.5f + 0.1f * (float)i;
        some.by_x[i] = -0.2f;
        some.constant[i] = 0.01f * (float)i;
    }
    for (size_t i = 0; i < count; i++)
        ones[i] = 1;
    ops->normalise(c, norm, x, y);
    plain->normalise(c, norm, x, near);
    ops->norm_backward(c, norm, &copy, x, ones, mask);
    ops->norm_backward(c, norm, &some, x, dy, dx);
    double sum[16], product[16], true_sum[16] = {0}, true_product[16] = {0}, size[16] = {0};
    ops->norm_sums(c, norm, x, dy, sum, product);
    size_t wrong = 0;
    for (size_t i = 0; i < c->n; i++)
        for (size_t p = 0; p < c->pixels; p++)
            for (size_t lane = 0; lane < c->lanes; lane++) {
                const size_t k = i * c->stride + p * 16 + lane;
                const float g = norm->relu && !(y[k] > 0) ? 0 : dy[k];
                const double d = (double)x[k] - (double)norm->mean[lane];
                const double expected = (double)some.by_dy[lane] * (double)g +
                                        (double)some.by_x[lane] * d + (double)some.constant[lane];
                wrong += !(fabs((double)y[k] - (double)near[k]) <= 2e-6);
                wrong += mask[k] != (norm->relu && !(y[k] > 0) ? 0.0f : 1.0f);
                wrong += !(fabs((double)dx[k] - expected) <= 3e-6);
                true_sum[lane] += (double)g;
                true_product[lane] += (double)g * d;
                size[lane] += fabs((double)g) * (1 + fabs(d));
            }
    for (size_t lane = 0; lane < c->lanes; lane++) {
        wrong += !(fabs(sum[lane] - true_sum[lane]) <= 1e-6 * size[lane]);
        wrong += !(fabs(product[lane] - true_product[lane]) <= 1e-6 * size[lane]);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    memcpy(near, x, count * sizeof *x);
    memcpy(near_dx, dy, count * sizeof *dy);
    ops->norm_backward(c, norm, &some, x, near_dx, near_dx); /* in place */
    ops->normalise(c, norm, near, near);
    for (size_t k = 0; k < c->lanes; k++)
        CU_ASSERT(same_bits(near + k, y + k, 1) && same_bits(near_dx + k, dx + k, 1));
    float *const all[] = {y, near, mask, ones, dx, near_dx};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]);
}

/* With relu the mask of backward is that of forward exactly, found from x. */
static void check_norm(const oc_elementwise_ops *ops)
{
    for (int i = 0; i < LAYOUTS; i++)
        for (int relu = 0; relu < 2; relu++) {
            const oc_channels *c = &layouts[i];
            const oc_norm norm = some_norm(relu);
            float *x = normal(span(c), 12, 0, 1), *dy = normal(span(c), 13, 0, 1);
            for (size_t k = 0; k < span(c); k += 3)
                x[k] = norm.mean[k % c->stride % 16]; /* y = shift, which may be 0 */
            compare_norm(ops, c, &norm, x, dy);
            x[0] = NAN;
            float *y = floats(span(c));
            ops->normalise(c, &norm, x, y);
            CU_ASSERT(isnan(y[0]));
            free(x);
            free(dy);
            free(y);
        }
}

static void norm(void)
{
    each(check_norm);
}

static void check_blocks(const oc_elementwise_ops *ops)
{
    static const int channels[] = {1, 3, 15, 16, 17, 33};
    static const size_t sizes[] = {1, 2, 15, 16, 17, 49, 64, 1000};
    enum { N = 2 };
    for (size_t k = 0; k < 6; k++)
        for (size_t s = 0; s < 8; s++) {
            const size_t c = (size_t)channels[k], pixels = sizes[s], blocks = (c + 15) / 16;
            const size_t count = N * c * pixels;
            float *rows = normal(count, 14, 0, 1), *back = floats(count);
            float *blocked = floats(N * blocks * 16 * pixels);
            ops->to_blocks(N, (int)c, pixels, rows, blocked);
            size_t wrong = 0;
            for (size_t i = 0; i < N; i++)
                for (size_t b = 0; b < blocks * 16; b++)
                    for (size_t p = 0; p < pixels; p++)
                        wrong += blocked[((i * blocks + b / 16) * pixels + p) * 16 + b % 16] !=
                                 (b < c ? rows[(i * c + b) * pixels + p] : 0.0f);
            CU_ASSERT_EQUAL(wrong, 0);
            ops->from_blocks(N, (int)c, pixels, blocked, back);
            CU_ASSERT(same_bits(rows, back, count));
            free(rows);
            free(back);
            free(blocked);
        }
}

static void blocks(void)
{
    each(check_blocks);
}

static const oc_case cases[] = {
    {"relu, leaky relu and their gradients", activations},
    {"sums and multiples", sums},
    {"sgd: the same bits everywhere", sgd},
    {"all_finite sees every place", all_finite},
    {"moments: no cancellation", moments},
    {"normalise, with relu and without, and back", norm},
    {"into blocks and back", blocks},
};

int main(void)
{
    return OC_RUN_CASES("elementwise", cases);
}
