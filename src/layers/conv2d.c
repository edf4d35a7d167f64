/* conv2d.c - convolution (cross-correlation, as every framework means it) with any kernel,
 * stride and padding, by im2col and one matrix product an image.
 *   x (n, C, H, W), weight (O, C, KH, KW), bias (O) -> y (n, O, OH, OW) */
#include "layers/layer.h"

#include <string.h>

enum { WEIGHT, BIAS };

static oc_status plan(oc_layer *layer)
{
    oc_status status = oc_layer_fit_window(layer);
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
    layer->out = oc_shape3(outputs, w->out_h, w->out_w);
    oc_layer_add_parameter(layer, "weight",
                           oc_shape4(outputs, w->channels, w->kernel_h, w->kernel_w), 1);
    if (!layer->config.no_bias)
        oc_layer_add_parameter(layer, "bias", oc_shape1(outputs), 0);
    layer->scratch = (size_t)columns;
    layer->backward_reads = OC_READS_INPUT;
    return OC_OK;
}

static void initialise(const oc_layer *layer, oc_random_key key, float *parameter, float *state)
{
    (void)state;
    const oc_window *w = &layer->window;
    const size_t fan_in = (size_t)w->channels * (size_t)w->kernel_h * (size_t)w->kernel_w;
    oc_layer_fill(layer, key, fan_in, parameter);
}

/* A 1x1 kernel with stride 1 and no padding: the image is its own column matrix. */
static int is_pointwise(const oc_window *w)
{
    return w->kernel_h == 1 && w->kernel_w == 1 && w->stride_h == 1 && w->stride_w == 1 &&
           w->pad_h == 0 && w->pad_w == 0;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const oc_kernels *kernels = oc_kernels_get();
    const oc_window *w = &layer->window;
    const int outputs = layer->out.dim[0], pixels = w->out_h * w->out_w;
    const int depth = w->channels * w->kernel_h * w->kernel_w; /* rows of the column matrix */
    const size_t in = oc_shape_count(layer->in), out = oc_shape_count(layer->out);
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset; /* (O, depth) */
    for (int i = 0; i < pass->n; i++) {
        const float *image = pass->x + (size_t)i * in;
        float *y = pass->y + (size_t)i * out; /* (O, pixels) */
        const float *columns = image;         /* (depth, pixels) */
        if (!is_pointwise(w)) {
            kernels->im2col(w, image, pass->scratch);
            columns = pass->scratch;
        }
        if (!layer->config.no_bias) {
            const float *bias = pass->parameter + layer->parameter[BIAS].offset;
            for (int o = 0; o < outputs; o++)
                for (int p = 0; p < pixels; p++)
                    y[(size_t)o * (size_t)pixels + (size_t)p] = bias[o];
        }
        kernels->gemm(0, 0, outputs, pixels, depth, weight, depth, columns, pixels,
                      layer->config.no_bias ? 0.0f : 1.0f, y, pixels);
    }
}

/* Sums in lanes, so that the compiler may use vectors. */
static void add_bias_gradient(int outputs, int pixels, const float *dy, float *gradient)
{
    enum { LANES = 16 };
    for (int o = 0; o < outputs; o++, dy += pixels) {
        float sum[LANES] = {0};
        int p = 0;
        for (; p + LANES <= pixels; p += LANES)
            for (int lane = 0; lane < LANES; lane++)
                sum[lane] += dy[p + lane];
        for (; p < pixels; p++)
            sum[0] += dy[p];
        for (int lane = 1; lane < LANES; lane++)
            sum[0] += sum[lane];
        gradient[o] += sum[0];
    }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const oc_kernels *kernels = oc_kernels_get();
    const oc_window *w = &layer->window;
    const int outputs = layer->out.dim[0], pixels = w->out_h * w->out_w;
    const int depth = w->channels * w->kernel_h * w->kernel_w;
    const size_t in = oc_shape_count(layer->in), out = oc_shape_count(layer->out);
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset; /* (O, depth) */
    float *weight_gradient = pass->gradient + layer->parameter[WEIGHT].offset;
    for (int i = 0; i < pass->n; i++) {
        const float *image = pass->x + (size_t)i * in;
        const float *dy = pass->dy + (size_t)i * out; /* (O, pixels) */
        const float *columns = image;                 /* (depth, pixels) */
        if (!is_pointwise(w)) {
            kernels->im2col(w, image, pass->scratch);
            columns = pass->scratch;
        }
        kernels->gemm(0, 1, outputs, depth, pixels, dy, pixels, columns, pixels, 1.0f,
                      weight_gradient, depth);
        if (!layer->config.no_bias)
            add_bias_gradient(outputs, pixels, dy, pass->gradient + layer->parameter[BIAS].offset);
        if (!pass->dx)
            continue;
        float *dx = pass->dx + (size_t)i * in;
        if (is_pointwise(w)) {
            kernels->gemm(1, 0, depth, pixels, outputs, weight, depth, dy, pixels, 0.0f, dx,
                          pixels);
            continue;
        }
        kernels->gemm(1, 0, depth, pixels, outputs, weight, depth, dy, pixels, 0.0f, pass->scratch,
                      pixels);
        memset(dx, 0, in * sizeof *dx);
        kernels->col2im(w, pass->scratch, dx);
    }
}

static double multiply_adds(const oc_layer *layer)
{
    const oc_window *w = &layer->window;
    return (double)oc_shape_count(layer->out) * w->channels * w->kernel_h * w->kernel_w;
}

const oc_layer_ops oc_layer_conv2d = {.name = "conv2d",
                                      .plan = plan,
                                      .initialise = initialise,
                                      .forward = forward,
                                      .backward = backward,
                                      .multiply_adds = multiply_adds};
