/* conv.c - which algorithm a convolution uses, and the way to it. */
#include "kernels/conv/conv_private.h"

#include "base/arena.h"
#include "tensor/tensor.h"

#include <stdint.h>
#include <stdio.h>

enum {
    ALIGNED = OC_ALIGNMENT / sizeof(float),
    /* Fewer than this and blocks of 16 channels are mostly padding. */
    FEWEST_CHANNELS = 8
};

static const char *const algorithm_names[OC_CONV_ALGORITHMS] = {
#define OC_CONV(algorithm, name) [OC_CONV_##algorithm] = name,
#include "kernels/conv/conv.def"
#undef OC_CONV
};

const char *oc_conv_algorithm_name(oc_conv_algorithm algorithm)
{
    return algorithm_names[algorithm];
}

static int winograd_fits(const oc_conv *conv)
{
    const oc_window *w = &conv->window;
    return (w->kernel_h == 3 || w->kernel_h == 5) && w->kernel_w == w->kernel_h &&
           w->stride_h == 1 && w->stride_w == 1 && w->pad_h < w->kernel_h &&
           w->pad_w < w->kernel_w && !conv->plain_input;
}

static oc_conv_algorithm choose(const oc_conv *conv)
{
    /* Small images are mostly the padding of their tiles. */
    const int pays = conv->window.channels >= FEWEST_CHANNELS && conv->outputs >= FEWEST_CHANNELS &&
                     conv->window.out_h > 2 && conv->window.out_w > 2;
    if (oc_kernels_get() == &oc_kernels_reference)
        return OC_CONV_IM2COL;
    return winograd_fits(conv) && pays ? OC_CONV_WINOGRAD : OC_CONV_DIRECT;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t aligned(size_t count)
{
    return (count + ALIGNED - 1) / ALIGNED * ALIGNED;
}

static void plan_winograd(oc_conv *conv)
{
    const oc_window *w = &conv->window;
    conv->unit = oc_unit_get();
    conv->forward = (oc_winograd){.kernel = w->kernel_h,
                                  .channels = w->channels,
                                  .height = w->height,
                                  .width = w->width,
                                  .outputs = conv->outputs,
                                  .out_h = w->out_h,
                                  .out_w = w->out_w,
                                  .pad_h = w->pad_h,
                                  .pad_w = w->pad_w};
    conv->backward = (oc_winograd){.kernel = w->kernel_h,
                                   .channels = conv->outputs,
                                   .height = w->out_h,
                                   .width = w->out_w,
                                   .outputs = w->channels,
                                   .out_h = w->height,
                                   .out_w = w->width,
                                   .pad_h = w->kernel_h - 1 - w->pad_h,
                                   .pad_w = w->kernel_w - 1 - w->pad_w,
                                   .rotate = 1};
    oc_winograd_plan(&conv->forward);
    oc_winograd_plan(&conv->backward);
    conv->prepared = aligned(oc_winograd_prepared(&conv->forward)) +
                     aligned(oc_winograd_prepared(&conv->backward));
    conv->scratch =
        larger(oc_winograd_gradient_scratch(&conv->forward),
               larger(oc_winograd_scratch(&conv->forward), oc_winograd_scratch(&conv->backward)));
}

static oc_direct_side side_of(int in, int out, int kernel, int stride, int pad, int back)
{
    return (oc_direct_side){.in = back ? out : in,
                            .out = back ? in : out,
                            .kernel = kernel,
                            .pad = pad,
                            .stride = stride,
                            .back = back};
}

static oc_direct direct_way(const oc_conv *conv, int back)
{
    const oc_window *w = &conv->window;
    oc_direct way = {.channels = back ? conv->outputs : w->channels,
                     .outputs = back ? w->channels : conv->outputs,
                     .unit = conv->plain_input && !back ? 1 : OC_BLOCK,
                     .h = side_of(w->height, w->out_h, w->kernel_h, w->stride_h, w->pad_h, back),
                     .w = side_of(w->width, w->out_w, w->kernel_w, w->stride_w, w->pad_w, back)};
    oc_direct_plan(&way);
    return way;
}

static void plan_direct(oc_conv *conv)
{
    conv->unit = oc_unit_get();
    conv->direct = direct_way(conv, 0);
    conv->direct_back = direct_way(conv, 1);
    conv->prepared =
        aligned(oc_direct_prepared(&conv->direct)) + oc_direct_prepared(&conv->direct_back);
    conv->scratch =
        larger(oc_direct_gradient_scratch(&conv->direct),
               larger(oc_direct_scratch(&conv->direct), oc_direct_scratch(&conv->direct_back)));
}

oc_status oc_conv_plan(oc_conv *conv, const char *what)
{
    const oc_window *w = &conv->window;
    if (conv->algorithm == OC_CONV_AUTO)
        conv->algorithm = choose(conv);
    conv->prepared = 0;
    if (conv->algorithm == OC_CONV_IM2COL) {
        conv->scratch = oc_conv_im2col_scratch(conv);
    } else if (conv->algorithm == OC_CONV_DIRECT) {
        plan_direct(conv);
    } else {
        if (!winograd_fits(conv))
            return oc_fail(
                OC_ERR_USAGE,
                "%s: kernel %dx%d, stride %dx%d, padding %dx%d%s: winograd needs "
                "kernel 3x3 or 5x5, stride 1x1, padding less than the kernel, and is not for a "
                "first layer",
                what, w->kernel_h, w->kernel_w, w->stride_h, w->stride_w, w->pad_h, w->pad_w,
                conv->plain_input ? ", first layer" : "");
        plan_winograd(conv);
    }
    conv->scratch += ALIGNED; /* room to align */
    return OC_OK;
}

const char *oc_conv_describe(const oc_conv *conv, char *text)
{
    const char *name = algorithm_names[conv->algorithm];
    if (conv->algorithm == OC_CONV_IM2COL)
        snprintf(text, OC_CONV_TEXT, "%s", name);
    else
        snprintf(text, OC_CONV_TEXT, "%s %s", name, conv->unit->name);
    return text;
}

/* One pass in the direct way. */
static double direct_work(const oc_conv *conv)
{
    const oc_window *w = &conv->window;
    return (double)conv->outputs * w->out_h * w->out_w * w->channels * w->kernel_h * w->kernel_w;
}

static double winograd_work(const oc_winograd *way)
{
    return oc_winograd_products(way) * way->channels * way->outputs;
}

double oc_conv_work(const oc_conv *conv)
{
    return conv->algorithm == OC_CONV_WINOGRAD ? winograd_work(&conv->forward) : direct_work(conv);
}

double oc_conv_backward_work(const oc_conv *conv, int dx)
{
    const int winograd = conv->algorithm == OC_CONV_WINOGRAD;
    const double of_x = winograd ? winograd_work(&conv->backward) : direct_work(conv);
    return oc_conv_work(conv) + (dx ? of_x : 0);
}

static float *align(float *scratch)
{
    const uintptr_t past = (uintptr_t)scratch % OC_ALIGNMENT;
    return past ? scratch + (OC_ALIGNMENT - past) / sizeof *scratch : scratch;
}

void oc_conv_prepare(const oc_conv *conv, int backward, const float *weights, float *prepared)
{
    if (conv->algorithm == OC_CONV_DIRECT) {
        conv->unit->direct->prepare(&conv->direct, weights, prepared);
        if (backward)
            conv->unit->direct->prepare(&conv->direct_back, weights,
                                        prepared + aligned(oc_direct_prepared(&conv->direct)));
    }
    if (conv->algorithm != OC_CONV_WINOGRAD)
        return;
    if (!conv->forward.fresh)
        conv->unit->winograd->prepare(&conv->forward, weights, prepared);
    if (backward && !conv->backward.fresh)
        conv->unit->winograd->prepare(&conv->backward, weights,
                                      prepared + aligned(oc_winograd_prepared(&conv->forward)));
}

void oc_conv_forward(const oc_conv *conv, int n, const float *x, const float *weights,
                     const float *prepared, const float *bias, float *y, float *scratch)
{
    if (conv->algorithm == OC_CONV_WINOGRAD)
        conv->unit->winograd->apply(&conv->forward, n, x, conv->forward.fresh ? weights : prepared,
                                    bias, y, align(scratch));
    else if (conv->algorithm == OC_CONV_DIRECT)
        conv->unit->direct->apply(&conv->direct, n, x, prepared, bias, y, align(scratch));
    else
        oc_conv_im2col_forward(conv, n, x, weights, bias, y, align(scratch));
}

void oc_conv_backward_data(const oc_conv *conv, int n, const float *dy, const float *weights,
                           const float *prepared, float *dx, float *scratch)
{
    if (conv->algorithm == OC_CONV_WINOGRAD)
        conv->unit->winograd->apply(&conv->backward, n, dy,
                                    conv->backward.fresh
                                        ? weights
                                        : prepared + aligned(oc_winograd_prepared(&conv->forward)),
                                    NULL, dx, align(scratch));
    else if (conv->algorithm == OC_CONV_DIRECT)
        conv->unit->direct->apply(&conv->direct_back, n, dy,
                                  prepared + aligned(oc_direct_prepared(&conv->direct)), NULL, dx,
                                  align(scratch));
    else
        oc_conv_im2col_backward_data(conv, n, dy, weights, dx, align(scratch));
}

static void add_bias_gradient(int n, int outputs, size_t pixels, const float *dy, float *gradient)
{
    for (int i = 0; i < n; i++)
        for (int first = 0; first < outputs; first += OC_BLOCK) {
            float sum[OC_BLOCK] = {0};
            for (size_t p = 0; p < pixels; p++, dy += OC_BLOCK)
                for (int o = 0; o < OC_BLOCK; o++)
                    sum[o] += dy[o];
            for (int o = first; o < outputs && o < first + OC_BLOCK; o++)
                gradient[o] += sum[o - first];
        }
}

void oc_conv_backward_weights(const oc_conv *conv, int n, const float *x, const float *dy,
                              float *weight_gradient, float *bias_gradient, float *scratch)
{
    if (conv->algorithm == OC_CONV_WINOGRAD)
        conv->unit->winograd->add_weight_gradient(&conv->forward, n, x, dy, weight_gradient,
                                                  align(scratch));
    else if (conv->algorithm == OC_CONV_DIRECT)
        conv->unit->direct->add_weight_gradient(&conv->direct, n, x, dy, weight_gradient,
                                                align(scratch));
    else
        oc_conv_im2col_backward_weights(conv, n, x, dy, weight_gradient, align(scratch));
    if (bias_gradient)
        add_bias_gradient(n, conv->outputs, (size_t)conv->window.out_h * (size_t)conv->window.out_w,
                          dy, bias_gradient);
}
