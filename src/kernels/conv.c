/* conv.c - which algorithm a convolution uses, and the way to it. */
#include "kernels/conv_private.h"

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
#include "kernels/conv.def"
#undef OC_CONV
};

const char *oc_conv_algorithm_name(oc_conv_algorithm algorithm)
{
    return algorithm_names[algorithm];
}

static int winograd_fits(const oc_conv *conv)
{
    const oc_window *w = &conv->window;
    return w->kernel_h == 3 && w->kernel_w == 3 && w->stride_h == 1 && w->stride_w == 1 &&
           w->pad_h <= 2 && w->pad_w <= 2 && !conv->plain_input;
}

static oc_conv_algorithm choose(const oc_conv *conv)
{
    /* Small images are mostly the padding of their tiles. */
    const int pays = conv->window.channels >= FEWEST_CHANNELS && conv->outputs >= FEWEST_CHANNELS &&
                     conv->window.out_h > 2 && conv->window.out_w > 2;
    return winograd_fits(conv) && pays && oc_kernels_get() != &oc_kernels_reference
               ? OC_CONV_WINOGRAD
               : OC_CONV_IM2COL;
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
    conv->forward = (oc_winograd){.channels = w->channels,
                                  .height = w->height,
                                  .width = w->width,
                                  .outputs = conv->outputs,
                                  .out_h = w->out_h,
                                  .out_w = w->out_w,
                                  .pad_h = w->pad_h,
                                  .pad_w = w->pad_w};
    conv->backward = (oc_winograd){.channels = conv->outputs,
                                   .height = w->out_h,
                                   .width = w->out_w,
                                   .outputs = w->channels,
                                   .out_h = w->height,
                                   .out_w = w->width,
                                   .pad_h = 2 - w->pad_h,
                                   .pad_w = 2 - w->pad_w};
    oc_winograd_plan(&conv->forward);
    oc_winograd_plan(&conv->backward);
    conv->prepared = aligned(oc_winograd_prepared(&conv->forward)) +
                     aligned(oc_winograd_prepared(&conv->backward));
    conv->scratch =
        larger(oc_winograd_gradient_scratch(&conv->forward),
               larger(oc_winograd_scratch(&conv->forward), oc_winograd_scratch(&conv->backward)));
}

oc_status oc_conv_plan(oc_conv *conv, const char *what)
{
    const oc_window *w = &conv->window;
    if (conv->algorithm == OC_CONV_AUTO)
        conv->algorithm = choose(conv);
    conv->prepared = 0;
    if (conv->algorithm == OC_CONV_IM2COL) {
        conv->scratch = oc_conv_im2col_scratch(conv);
    } else {
        if (!winograd_fits(conv))
            return oc_fail(
                OC_ERR_USAGE,
                "%s: kernel %dx%d, stride %dx%d, padding %dx%d%s: winograd needs "
                "kernel 3x3, stride 1x1, padding up to 2x2, and is not for a first layer",
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

static float *align(float *scratch)
{
    const uintptr_t past = (uintptr_t)scratch % OC_ALIGNMENT;
    return past ? scratch + (OC_ALIGNMENT - past) / sizeof *scratch : scratch;
}

void oc_conv_prepare(const oc_conv *conv, int backward, const float *weights, float *prepared)
{
    if (conv->algorithm != OC_CONV_WINOGRAD)
        return;
    conv->unit->winograd->prepare(&conv->forward, 0, weights, prepared);
    if (backward)
        conv->unit->winograd->prepare(&conv->backward, 1, weights,
                                      prepared + aligned(oc_winograd_prepared(&conv->forward)));
}

void oc_conv_forward(const oc_conv *conv, int n, const float *x, const float *weights,
                     const float *prepared, const float *bias, float *y, float *scratch)
{
    if (conv->algorithm == OC_CONV_WINOGRAD)
        conv->unit->winograd->apply(&conv->forward, n, x, prepared, bias, y, align(scratch));
    else
        oc_conv_im2col_forward(conv, n, x, weights, bias, y, align(scratch));
}

void oc_conv_backward_data(const oc_conv *conv, int n, const float *dy, const float *weights,
                           const float *prepared, float *dx, float *scratch)
{
    if (conv->algorithm == OC_CONV_WINOGRAD)
        conv->unit->winograd->apply(&conv->backward, n, dy,
                                    prepared + aligned(oc_winograd_prepared(&conv->forward)), NULL,
                                    dx, align(scratch));
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
    else
        oc_conv_im2col_backward_weights(conv, n, x, dy, weight_gradient, align(scratch));
    if (bias_gradient)
        add_bias_gradient(n, conv->outputs, (size_t)conv->window.out_h * (size_t)conv->window.out_w,
                          dy, bias_gradient);
}
