/* conv_check.h - the bench of conv_test.c: a convolution of any shape with random numbers, its
 * three passes as sums in double precision written out plainly, and how far what runs may be from
 * them. */
#ifndef OC_TESTS_CONV_CHECK_H
#define OC_TESTS_CONV_CHECK_H

#include "harness.h"

#include "base/random.h"
#include "kernels/blocks.h"
#include "kernels/conv/conv.h"
#include "tensor/tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Errors relative to the root mean square of the exact numbers: an ordinary sum of k floats in
 * any order has an error of about sqrt(k) roundings of 6e-8 (Higham, "Accuracy and stability of
 * numerical algorithms", 2002, chapter 4), and k is a few thousand at most before sums are added
 * up. F(4x4, 3x3) and F(2x2, 5x5) lose about one digit to their transforms (Lavin and Gray
 * 2016): 3e-6 and at worst 4e-5 were measured. */
typedef struct bounds {
    double rms, worst;
} bounds;
static const bounds ordinary = {2e-6, 3e-5}, winograd = {4e-6, 1e-4};

typedef struct shape {
    int n, channels, height, width, outputs, kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
} shape;

/* A convolution with its own exactly sized blocks, so that AddressSanitizer sees overruns. */
typedef struct bench {
    oc_conv conv;
    int n;
    size_t in, out, taps; /* floats of x, y and the weights */
    float *x, *dy, *weights, *bias, *y, *dx, *dw, *db, *prepared, *scratch;
    double *exact_y, *exact_dx, *exact_dw, *exact_db;
} bench;

static float *floats(size_t count)
{
    float *made = malloc((count ? count : 1) * sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    return made;
}

static double *zeros(size_t count)
{
    double *made = calloc(count, sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    return made;
}

static float *normal(size_t count, uint32_t stream)
{
    float *made = floats(count);
    oc_fill_normal(made, count, 3, stream);
    return made;
}

static oc_conv conv_of(const shape *s, oc_conv_algorithm algorithm)
{
    oc_conv conv = {.window = {.channels = s->channels,
                               .height = s->height,
                               .width = s->width,
                               .kernel_h = s->kernel_h,
                               .kernel_w = s->kernel_w,
                               .stride_h = s->stride_h,
                               .stride_w = s->stride_w,
                               .pad_h = s->pad_h,
                               .pad_w = s->pad_w},
                    .outputs = s->outputs,
                    .algorithm = algorithm};
    CU_ASSERT_EQUAL_FATAL(oc_window_fit(&conv.window, "it"), OC_OK);
    return conv;
}

/* One row of outputs and one tap that reads the row `in`: y and both gradients, in double. `from`
 * to `end`: the outputs whose pixel is inside. Not checked by sanitizers, which would take most of
 * the time; the blocks are the sums' own. */
__attribute__((no_sanitize("address", "undefined"))) static void
exact_row(const bench *b, size_t out, ptrdiff_t in, size_t tap, int from, int end)
{
    const ptrdiff_t step = b->conv.window.stride_w;
    const double weight = (double)b->weights[tap];
    const float *const x = b->x + in, *const dy = b->dy + out;
    double *const restrict y = b->exact_y + out, *const restrict dx = b->exact_dx + in, sum = 0;
    for (int ow = from; ow < end; ow++) {
        y[ow] += (double)x[ow * step] * weight;
        dx[ow * step] += (double)dy[ow] * weight;
        sum += (double)dy[ow] * (double)x[ow * step];
    }
    b->exact_dw[tap] += sum;
}

/* A row of outputs of one channel, all taps of all channels. */
static void exact_outputs(const bench *b, int i, int o, int oh)
{
    const oc_window *w = &b->conv.window;
    const size_t out = (size_t)((i * b->conv.outputs + o) * w->out_h + oh) * (size_t)w->out_w;
    for (int ow = 0; ow < w->out_w; ow++) {
        b->exact_y[out + (size_t)ow] = (double)b->bias[o];
        b->exact_db[o] += (double)b->dy[out + (size_t)ow];
    }
    for (int c = 0; c < w->channels; c++)
        for (int kh = 0; kh < w->kernel_h; kh++)
            for (int kw = 0; kw < w->kernel_w; kw++) {
                const int h = oh * w->stride_h + kh - w->pad_h, left = kw - w->pad_w;
                if (h < 0 || h >= w->height)
                    continue;
                int from = 0, end = w->out_w;
                while (from < end && from * w->stride_w + left < 0)
                    from++;
                while (from < end && (end - 1) * w->stride_w + left >= w->width)
                    end--;
                exact_row(b, out,
                          (ptrdiff_t)(((i * w->channels + c) * w->height + h) * w->width) + left,
                          (size_t)(((o * w->channels + c) * w->kernel_h + kh) * w->kernel_w + kw),
                          from, end);
            }
}

static bench bench_open(const shape *s)
{
    bench b = {.conv = conv_of(s, OC_CONV_IM2COL), .n = s->n};
    const oc_window *w = &b.conv.window;
    b.in = (size_t)(s->n * s->channels * s->height * s->width);
    b.out = (size_t)(s->n * s->outputs * w->out_h * w->out_w);
    b.taps = (size_t)(s->outputs * s->channels * s->kernel_h * s->kernel_w);
    b.x = normal(b.in, 1);
    b.dy = normal(b.out, 2);
    b.weights = normal(b.taps, 3);
    b.bias = normal((size_t)s->outputs, 4);
    b.y = floats(b.out);
    b.dx = floats(b.in);
    b.dw = floats(b.taps);
    b.db = floats((size_t)s->outputs);
    b.exact_y = zeros(b.out);
    b.exact_dx = zeros(b.in);
    b.exact_dw = zeros(b.taps);
    b.exact_db = zeros((size_t)s->outputs);
    for (int i = 0; i < s->n; i++)
        for (int o = 0; o < s->outputs; o++)
            for (int oh = 0; oh < w->out_h; oh++)
                exact_outputs(&b, i, o, oh);
    return b;
}

static void bench_close(bench *b)
{
    void *const blocks[] = {b->x,  b->dy, b->weights, b->bias,     b->y,        b->dx,
                            b->dw, b->db, b->exact_y, b->exact_dx, b->exact_dw, b->exact_db};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
}

static void spoil(float *block, size_t count)
{
    memset(block, 0xff, count * sizeof *block); /* NaN: whoever reads it shows */
}

static size_t in_pixels(const oc_conv *c)
{
    return (size_t)c->window.height * (size_t)c->window.width;
}

static size_t out_pixels(const oc_conv *c)
{
    return (size_t)c->window.out_h * (size_t)c->window.out_w;
}

static size_t blocked_size(int n, int channels, size_t pixels)
{
    return (size_t)(n * oc_block_count(channels) * OC_BLOCK) * pixels;
}

static float *blocked(int n, int channels, size_t pixels, const float *plain)
{
    float *made = floats(blocked_size(n, channels, pixels));
    oc_to_blocks(n, channels, pixels, plain, made);
    return made;
}

/* Out of the blocks, which end here; where there is no channel there is a zero. */
static void take_out(int n, int channels, size_t pixels, float *from, float *plain)
{
    int wrong = 0;
    const size_t size = blocked_size(n, channels, pixels);
    oc_from_blocks(n, channels, pixels, from, plain);
    for (size_t i = 0; i < size; i++) {
        const size_t block = i / (pixels * OC_BLOCK) % (size_t)oc_block_count(channels);
        wrong += block * OC_BLOCK + i % OC_BLOCK >= (size_t)channels && from[i] != 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(from);
}

static float *input_of(const bench *b)
{
    const oc_conv *c = &b->conv;
    float *x =
        c->plain_input ? floats(b->in) : blocked(b->n, c->window.channels, in_pixels(c), b->x);
    if (c->plain_input)
        memcpy(x, b->x, b->in * sizeof *x);
    return x;
}

static void forward(const bench *b, int n, const float *bias, float *y)
{
    const oc_conv *c = &b->conv;
    float *x = input_of(b), *out = floats(blocked_size(n, c->outputs, out_pixels(c)));
    spoil(out, blocked_size(n, c->outputs, out_pixels(c)));
    spoil(b->scratch, c->scratch);
    oc_conv_forward(c, n, x, b->weights, b->prepared, bias, out, b->scratch);
    take_out(n, c->outputs, out_pixels(c), out, y);
    free(x);
}

static void backward(const bench *b, float *bias_gradient)
{
    const oc_conv *c = &b->conv;
    const oc_window *w = &c->window;
    float *x = input_of(b), *dy = blocked(b->n, c->outputs, out_pixels(c), b->dy);
    if (!c->plain_input) {
        const size_t size = blocked_size(b->n, w->channels, in_pixels(c));
        float *dx = floats(size);
        spoil(dx, size);
        spoil(b->scratch, c->scratch);
        oc_conv_backward_data(c, b->n, dy, b->weights, b->prepared, dx, b->scratch);
        take_out(b->n, w->channels, in_pixels(c), dx, b->dx);
    }
    spoil(b->scratch, c->scratch);
    oc_conv_backward_weights(c, b->n, x, dy, b->dw, bias_gradient, b->scratch);
    free(x);
    free(dy);
}

static void prepare(bench *b, int for_backward)
{
    const oc_conv *c = &b->conv;
    b->prepared = floats(c->prepared);
    b->scratch = floats(c->scratch);
    spoil(b->prepared, c->prepared);
    oc_conv_prepare(c, for_backward, b->weights, b->prepared);
}

static void forget(bench *b)
{
    free(b->prepared);
    free(b->scratch);
}

/* All passes with b->conv as planned; gradients start from zero. */
static void run(bench *b)
{
    const oc_conv *c = &b->conv;
    memset(b->dw, 0, b->taps * sizeof *b->dw);
    memset(b->db, 0, (size_t)c->outputs * sizeof *b->db);
    prepare(b, !c->plain_input);
    forward(b, b->n, b->bias, b->y);
    backward(b, b->db);
    forget(b);
}

/* Errors are relative to the results' root mean square, or to what sums of so many terms (products
 * of standard normal numbers) have on average: one or two sums that happen to come out near zero
 * are no measure of what was rounded on the way. */
static void check(const bench *b, const char *what, const float *found, const double *exact,
                  size_t count, double terms, bounds allowed)
{
    double size = 0, error = 0, worst = 0;
    for (size_t i = 0; i < count; i++) {
        const double e = fabs((double)found[i] - exact[i]);
        size += exact[i] * exact[i];
        error += e * e;
        if (!(e <= worst)) /* a NaN is the worst */
            worst = e;
    }
    const double rms = fmax(sqrt(size / (double)count) + 1e-3, sqrt(terms));
    error = sqrt(error / (double)count) / rms;
    worst /= rms;
    if (!(error <= allowed.rms) || !(worst <= allowed.worst)) {
        const oc_window *w = &b->conv.window;
        char text[OC_CONV_TEXT];
        printf("%s, %s: n %d, %dx%dx%d, kernel %dx%d, %d outputs: error %.2g rms, %.2g worst\n",
               oc_conv_describe(&b->conv, text), what, b->n, w->channels, w->height, w->width,
               w->kernel_h, w->kernel_w, b->conv.outputs, error, worst);
        CU_FAIL("beyond the bound");
    }
}

static void check_passes(bench *b)
{
    const bounds allowed = b->conv.algorithm == OC_CONV_WINOGRAD ? winograd : ordinary;
    const oc_window *w = &b->conv.window;
    const double taps = (double)w->kernel_h * w->kernel_w;
    const double sums = (double)b->n * (double)out_pixels(&b->conv); /* behind one weight or bias */
    run(b);
    check(b, "forward", b->y, b->exact_y, b->out, taps * w->channels, allowed);
    if (!b->conv.plain_input)
        check(b, "backward data", b->dx, b->exact_dx, b->in, taps * b->conv.outputs, allowed);
    check(b, "backward weights", b->dw, b->exact_dw, b->taps, sums, allowed);
    check(b, "backward bias", b->db, b->exact_db, (size_t)b->conv.outputs, sums, ordinary);
}

#endif
