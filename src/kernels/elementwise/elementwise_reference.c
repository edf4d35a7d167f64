/* elementwise_reference.c - the element-wise kernels in plain C, written to be read: what the
 * others are compared with. Sums are in double. */
#include "kernels/elementwise/elementwise.h"

#include "tensor/tensor.h"

#include <math.h>
#include <string.h>

static int least(int a, int b)
{
    return a < b ? a : b;
}

oc_patch oc_window_patch(const oc_window *w, int oh, int ow)
{
    const int top = oh * w->stride_h - w->pad_h, left = ow * w->stride_w - w->pad_w;
    const int bottom = least(top + w->kernel_h, w->height + w->pad_h);
    const int right = least(left + w->kernel_w, w->width + w->pad_w);
    return (oc_patch){.top = top < 0 ? 0 : top,
                      .bottom = least(bottom, w->height),
                      .left = left < 0 ? 0 : left,
                      .right = least(right, w->width),
                      .first_row = top,
                      .first_column = left,
                      .area = (bottom - top) * (right - left)};
}

int oc_window_tiles(const oc_window *w)
{
    return w->pad_h == 0 && w->pad_w == 0 && w->kernel_h == w->stride_h &&
           w->kernel_w == w->stride_w && w->out_h * w->stride_h >= w->height &&
           w->out_w * w->stride_w >= w->width;
}

static void relu(size_t count, const float *x, float *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] < 0.0f ? 0.0f : x[i];
}

static void relu_backward(size_t count, const float *y, const float *dy, float *dx)
{
    for (size_t i = 0; i < count; i++)
        dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
}

static void leaky_relu(size_t count, float factor, const float *x, float *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] > 0.0f ? x[i] : factor * x[i];
}

static void leaky_relu_backward(size_t count, float factor, const float *y, const float *dy,
                                float *dx)
{
    for (size_t i = 0; i < count; i++)
        dx[i] = y[i] > 0.0f ? dy[i] : factor * dy[i];
}

/* By erfc, which keeps its digits where P is near 0. */
static double distribution(double x)
{
    return 0.5 * erfc(-0.70710678118654752440 * x);
}

static void gelu(size_t count, const float *x, float *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = (float)((double)x[i] * distribution((double)x[i]));
}

static void gelu_backward(size_t count, const float *x, const float *dy, float *dx)
{
    for (size_t i = 0; i < count; i++) {
        const double at = (double)x[i], density = 0.39894228040143267794 * exp(-0.5 * at * at);
        const double slope = distribution(at) + (density > 0 ? at * density : 0); /* not inf * 0 */
        dx[i] = (float)((double)dy[i] * slope);
    }
}

static void silu(size_t count, const float *x, float *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = (float)((double)x[i] / (1 + exp(-(double)x[i])));
}

static void silu_backward(size_t count, const float *x, const float *dy, float *dx)
{
    for (size_t i = 0; i < count; i++) {
        const double at = (double)x[i], s = 1 / (1 + exp(-at)), slope = s * (1 - s);
        dx[i] = (float)((double)dy[i] * (s + (slope > 0 ? at * slope : 0))); /* not inf * 0 */
    }
}

static void sum(size_t count, const float *a, const float *b, int clamp, float *out)
{
    for (size_t i = 0; i < count; i++) {
        const float both = a[i] + b[i];
        out[i] = clamp && both < 0.0f ? 0.0f : both;
    }
}

static void scale(size_t count, float factor, const float *x, float *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = factor * x[i];
}

/* Where lane c of pixel p of image i lies. */
static size_t at(const oc_channels *c, size_t i, size_t p, size_t lane)
{
    return i * c->stride + p * OC_MAP + lane;
}

static void moments(const oc_channels *c, const float *x, double *mean, double *variance)
{
    const double count = (double)c->n * (double)c->pixels;
    for (size_t lane = 0; lane < c->lanes; lane++) {
        double total = 0, squares = 0;
        for (size_t i = 0; i < c->n; i++)
            for (size_t p = 0; p < c->pixels; p++)
                total += (double)x[at(c, i, p, lane)];
        for (size_t i = 0; i < c->n; i++)
            for (size_t p = 0; p < c->pixels; p++) {
                const double d = (double)x[at(c, i, p, lane)] - total / count;
                squares += d * d;
            }
        mean[lane] = total / count;
        variance[lane] = squares / count;
    }
}

static float affine(const oc_norm *norm, size_t lane, float x)
{
    return (x - norm->mean[lane]) * norm->scale[lane] + norm->shift[lane];
}

static void normalise(const oc_channels *c, const oc_norm *norm, const float *x, float *y)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t p = 0; p < c->pixels; p++)
            for (size_t lane = 0; lane < c->lanes; lane++) {
                const float a = affine(norm, lane, x[at(c, i, p, lane)]);
                y[at(c, i, p, lane)] = norm->relu && a < 0.0f ? 0.0f : a;
            }
}

static float gradient_at(const oc_norm *norm, size_t lane, float x, float dy)
{
    return norm->relu && !(affine(norm, lane, x) > 0.0f) ? 0.0f : dy;
}

static void norm_sums(const oc_channels *c, const oc_norm *norm, const float *x, const float *dy,
                      double *total, double *product)
{
    for (size_t lane = 0; lane < c->lanes; lane++) {
        total[lane] = product[lane] = 0;
        for (size_t i = 0; i < c->n; i++)
            for (size_t p = 0; p < c->pixels; p++) {
                const size_t k = at(c, i, p, lane);
                const double g = (double)gradient_at(norm, lane, x[k], dy[k]);
                total[lane] += g;
                product[lane] += g * ((double)x[k] - (double)norm->mean[lane]);
            }
    }
}

static void norm_backward(const oc_channels *c, const oc_norm *norm,
                          const oc_norm_gradient *gradient, const float *x, const float *dy,
                          float *dx)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t p = 0; p < c->pixels; p++)
            for (size_t lane = 0; lane < c->lanes; lane++) {
                const size_t k = at(c, i, p, lane);
                dx[k] = gradient->by_dy[lane] * gradient_at(norm, lane, x[k], dy[k]) +
                        gradient->by_x[lane] * (x[k] - norm->mean[lane]) + gradient->constant[lane];
            }
}

/* Does b take the place of a, which came first? */
static int wins(float b, float a)
{
    return !isnan(a) && !(b <= a);
}

static size_t pixels_in(const oc_window *w)
{
    return (size_t)w->height * (size_t)w->width;
}

static size_t pixel_of(const oc_window *w, int row, int column)
{
    return ((size_t)row * (size_t)w->width + (size_t)column) * OC_MAP;
}

static void max_pool(const oc_window *w, size_t maps, const float *x, float *y, uint16_t *place)
{
    for (size_t m = 0; m < maps; m++, x += pixels_in(w) * OC_MAP)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++)
                for (size_t lane = 0; lane < OC_MAP; lane++) {
                    const oc_patch p = oc_window_patch(w, oh, ow);
                    int row = p.top, column = p.left;
                    for (int h = p.top; h < p.bottom; h++)
                        for (int v = p.left; v < p.right; v++)
                            if (wins(x[pixel_of(w, h, v) + lane],
                                     x[pixel_of(w, row, column) + lane])) {
                                row = h;
                                column = v;
                            }
                    *y++ = x[pixel_of(w, row, column) + lane];
                    *place++ =
                        (uint16_t)((row - p.first_row) * w->kernel_w + column - p.first_column);
                }
}

static void max_pool_backward(const oc_window *w, size_t maps, const uint16_t *place,
                              const float *dy, float *dx)
{
    memset(dx, 0, maps * pixels_in(w) * OC_MAP * sizeof *dx);
    for (size_t m = 0; m < maps; m++, dx += pixels_in(w) * OC_MAP)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++)
                for (size_t lane = 0; lane < OC_MAP; lane++, place++) {
                    const oc_patch p = oc_window_patch(w, oh, ow);
                    const int row = p.first_row + *place / w->kernel_w;
                    const int column = p.first_column + *place % w->kernel_w;
                    dx[pixel_of(w, row, column) + lane] += *dy++;
                }
}

static void avg_pool(const oc_window *w, size_t maps, const float *x, float *y)
{
    for (size_t m = 0; m < maps; m++, x += pixels_in(w) * OC_MAP)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++)
                for (size_t lane = 0; lane < OC_MAP; lane++) {
                    const oc_patch p = oc_window_patch(w, oh, ow);
                    double total = 0;
                    for (int h = p.top; h < p.bottom; h++)
                        for (int v = p.left; v < p.right; v++)
                            total += (double)x[pixel_of(w, h, v) + lane];
                    *y++ = (float)(total / p.area);
                }
}

static void avg_pool_backward(const oc_window *w, size_t maps, const float *dy, float *dx)
{
    memset(dx, 0, maps * pixels_in(w) * OC_MAP * sizeof *dx);
    for (size_t m = 0; m < maps; m++, dx += pixels_in(w) * OC_MAP)
        for (int oh = 0; oh < w->out_h; oh++)
            for (int ow = 0; ow < w->out_w; ow++)
                for (size_t lane = 0; lane < OC_MAP; lane++, dy++) {
                    const oc_patch p = oc_window_patch(w, oh, ow);
                    for (int h = p.top; h < p.bottom; h++)
                        for (int v = p.left; v < p.right; v++)
                            dx[pixel_of(w, h, v) + lane] += *dy / (float)p.area;
                }
}

static void map_mean(size_t pixels, const float *x, float *mean)
{
    for (size_t lane = 0; lane < OC_MAP; lane++) {
        double total = 0;
        for (size_t p = 0; p < pixels; p++)
            total += (double)x[p * OC_MAP + lane];
        mean[lane] = (float)(total / (double)pixels);
    }
}

static void map_largest(size_t pixels, const float *x, float *largest, int32_t *pixel)
{
    for (size_t lane = 0; lane < OC_MAP; lane++) {
        size_t best = 0;
        for (size_t p = 1; p < pixels; p++)
            if (wins(x[p * OC_MAP + lane], x[best * OC_MAP + lane]))
                best = p;
        largest[lane] = x[best * OC_MAP + lane];
        pixel[lane] = (int32_t)best;
    }
}

static void to_blocks(int n, int channels, size_t pixels, const float *plain, float *blocked)
{
    const size_t blocks = (size_t)oc_block_count(channels), there = (size_t)channels;
    for (size_t i = 0; i < (size_t)n; i++)
        for (size_t c = 0; c < blocks * OC_MAP; c++)
            for (size_t p = 0; p < pixels; p++)
                blocked[((i * blocks + c / OC_MAP) * pixels + p) * OC_MAP + c % OC_MAP] =
                    c < there ? plain[(i * there + c) * pixels + p] : 0.0f;
}

static void from_blocks(int n, int channels, size_t pixels, const float *blocked, float *plain)
{
    const size_t blocks = (size_t)oc_block_count(channels), there = (size_t)channels;
    for (size_t i = 0; i < (size_t)n; i++)
        for (size_t c = 0; c < there; c++)
            for (size_t p = 0; p < pixels; p++)
                plain[(i * there + c) * pixels + p] =
                    blocked[((i * blocks + c / OC_MAP) * pixels + p) * OC_MAP + c % OC_MAP];
}

static void sgd(size_t count, float *w, const float *g, float *v, float rate, float momentum,
                float decay, int nesterov)
{
    for (size_t i = 0; i < count; i++) {
        const float gradient = g[i] + decay * w[i];
        v[i] = momentum * v[i] + gradient;
        w[i] -= rate * (nesterov ? gradient + momentum * v[i] : v[i]);
    }
}

static int all_finite(size_t count, const float *x)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(x[i]))
            return 0;
    return 1;
}

const oc_elementwise_ops oc_elementwise_reference = {
    .name = "reference",
    .relu = relu,
    .relu_backward = relu_backward,
    .leaky_relu = leaky_relu,
    .leaky_relu_backward = leaky_relu_backward,
    .gelu = gelu,
    .gelu_backward = gelu_backward,
    .silu = silu,
    .silu_backward = silu_backward,
    .sum = sum,
    .scale = scale,
    .moments = moments,
    .normalise = normalise,
    .norm_sums = norm_sums,
    .norm_backward = norm_backward,
    .max_pool = max_pool,
    .max_pool_backward = max_pool_backward,
    .avg_pool = avg_pool,
    .avg_pool_backward = avg_pool_backward,
    .map_mean = map_mean,
    .map_largest = map_largest,
    .to_blocks = to_blocks,
    .from_blocks = from_blocks,
    .sgd = sgd,
    .all_finite = all_finite,
};
