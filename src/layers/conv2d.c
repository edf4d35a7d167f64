/* conv2d.c - convolution (cross-correlation, as every framework means it) with any kernel,
 * stride and padding. How it is computed: kernels/conv.h.
 *   x (n, C, H, W), weight (O, C, KH, KW), bias (O) -> y (n, O, OH, OW)
 * x in blocks, or plain as images come: then there is no gradient of it. */
#include "layers/layer.h"

#include <stdio.h>

enum { WEIGHT, BIAS };

/* Pairs of outputs, each an eigenvector of patches and its negative. */
static oc_status check_whitening(const oc_layer *layer)
{
    const oc_window *w = &layer->window;
    const double values = (double)w->channels * w->kernel_h * w->kernel_w;
    const int outputs = layer->config.channels;
    if (layer->config.initial != OC_INITIAL_WHITEN)
        return OC_OK;
    if (w->kernel_h > w->height || w->kernel_w > w->width)
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: initial: whiten, kernel %dx%d on images of %dx%d; expected one "
                       "that fits inside them",
                       layer->name, w->kernel_h, w->kernel_w, w->height, w->width);
    if (values > OC_MOST_WHITENED || outputs % 2 || outputs > 2 * values)
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: initial: whiten, %d outputs from patches of %.0f values; "
                       "expected patches of at most %d, and an even number of outputs up to twice "
                       "their values",
                       layer->name, outputs, values, OC_MOST_WHITENED);
    return OC_OK;
}

static oc_status plan(oc_layer *layer)
{
    oc_status status = oc_layer_fit_window(layer);
    if (status == OC_OK)
        status = check_whitening(layer);
    if (status != OC_OK)
        return status;
    const oc_window *w = &layer->window;
    const int outputs = layer->config.channels;
    const double columns = (double)w->channels * w->kernel_h * w->kernel_w * w->out_h * w->out_w;
    if (outputs < 1 || outputs > 1 << 20)
        return oc_fail(OC_ERR_USAGE, "model: %s: %d output channels; expected 1 to %d", layer->name,
                       outputs, 1 << 20);
    if (columns > 0x1p30 || (double)outputs * w->channels * w->kernel_h * w->kernel_w > 0x1p30)
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: %d channels of %dx%d, kernel %dx%d, %d outputs: more than 2^30 "
                       "values in a column matrix or a weight",
                       layer->name, w->channels, w->height, w->width, w->kernel_h, w->kernel_w,
                       outputs);
    layer->out = oc_shape_blocked(outputs, w->out_h, w->out_w);
    oc_layer_add_parameter(layer, "weight",
                           oc_shape4(outputs, w->channels, w->kernel_h, w->kernel_w), 1);
    if (!layer->config.no_bias)
        oc_layer_add_parameter(layer, "bias", oc_shape1(outputs), 0);
    char what[OC_LAYER_NAME + 16];
    snprintf(what, sizeof what, "model: %s", layer->name);
    layer->conv = (oc_conv){.window = *w,
                            .outputs = outputs,
                            .plain_input = !layer->in.blocked,
                            .algorithm = layer->config.algorithm};
    status = oc_conv_plan(&layer->conv, what);
    layer->multiplies = layer->conv.algorithm == OC_CONV_IM2COL;
    layer->prepared = layer->conv.prepared;
    layer->scratch = layer->conv.scratch;
    layer->backward_reads = OC_READS_INPUT;
    return status;
}

static void initialise(const oc_layer *layer, oc_random_key key, float *parameter, float *state)
{
    (void)state;
    const oc_window *w = &layer->window;
    const size_t fan_in = (size_t)w->channels * (size_t)w->kernel_h * (size_t)w->kernel_w;
    oc_layer_fill(layer, key, fan_in, parameter);
}

static void prepare(const oc_layer *layer, int dx, const float *parameter, float *prepared)
{
    oc_conv_prepare(&layer->conv, dx, parameter + layer->parameter[WEIGHT].offset, prepared);
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const float *bias =
        layer->config.no_bias ? NULL : pass->parameter + layer->parameter[BIAS].offset;
    oc_conv_forward(&layer->conv, pass->n, pass->x,
                    pass->parameter + layer->parameter[WEIGHT].offset, pass->prepared, bias,
                    pass->y, pass->scratch);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    float *bias_gradient =
        layer->config.no_bias ? NULL : pass->gradient + layer->parameter[BIAS].offset;
    oc_conv_backward_weights(&layer->conv, pass->n, pass->x, pass->dy,
                             pass->gradient + layer->parameter[WEIGHT].offset, bias_gradient,
                             pass->scratch);
    if (pass->dx && layer->in.blocked)
        oc_conv_backward_data(&layer->conv, pass->n, pass->dy,
                              pass->parameter + layer->parameter[WEIGHT].offset, pass->prepared,
                              pass->dx, pass->scratch);
}

static double multiply_adds(const oc_layer *layer)
{
    const oc_window *w = &layer->window;
    return (double)oc_shape_count(layer->out) * w->channels * w->kernel_h * w->kernel_w;
}

static double work(const oc_layer *layer, int backward, int dx)
{
    return backward ? oc_conv_backward_work(&layer->conv, dx && layer->in.blocked)
                    : oc_conv_work(&layer->conv);
}

const oc_layer_ops oc_layer_conv2d = {.name = "conv2d",
                                      .plan = plan,
                                      .initialise = initialise,
                                      .forward = forward,
                                      .backward = backward,
                                      .prepare = prepare,
                                      .takes_plain = 1,
                                      .multiply_adds = multiply_adds,
                                      .work = work};
