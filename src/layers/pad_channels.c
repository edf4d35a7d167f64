/* pad_channels.c - the shortcut without parameters of He et al. 2015 (option A): every
 * stride-th pixel, and channels of zeros, half of them (rounded down) before the input's.
 *   x (n, C, H, W) -> y (n, channels, ceil(H / stride), ceil(W / stride)) */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    const oc_layer_config *config = &layer->config;
    char text[OC_SHAPE_TEXT];
    if (layer->in.rank != 3)
        return oc_fail(OC_ERR_USAGE, "model: %s: input %s; expected channels x height x width",
                       layer->name, oc_shape_text(layer->in, text));
    if (config->channels < layer->in.dim[0] || config->stride[0] < 1 || config->stride[1] < 1)
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: %d channels of %d, stride %dx%d; expected at least as many "
                       "channels and a stride of at least 1",
                       layer->name, config->channels, layer->in.dim[0], config->stride[0],
                       config->stride[1]);
    layer->out = oc_shape3(config->channels, (layer->in.dim[1] - 1) / config->stride[0] + 1,
                           (layer->in.dim[2] - 1) / config->stride[1] + 1);
    return OC_OK;
}

/* Where input channel c of sample i lies among the output's planes. */
static size_t plane_of(const oc_layer *layer, size_t i, size_t c)
{
    const size_t inputs = (size_t)layer->in.dim[0], outputs = (size_t)layer->out.dim[0];
    const size_t pixels = (size_t)layer->out.dim[1] * (size_t)layer->out.dim[2];
    return (i * outputs + (outputs - inputs) / 2 + c) * pixels;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t width = (size_t)layer->in.dim[2], out_width = (size_t)layer->out.dim[2];
    const size_t plane = (size_t)layer->in.dim[1] * width;
    const size_t down = (size_t)layer->config.stride[0], right = (size_t)layer->config.stride[1];
    const float *x = pass->x;
    memset(pass->y, 0, (size_t)pass->n * oc_shape_count(layer->out) * sizeof(float));
    for (size_t i = 0; i < (size_t)pass->n; i++)
        for (size_t c = 0; c < (size_t)layer->in.dim[0]; c++, x += plane) {
            float *y = pass->y + plane_of(layer, i, c);
            for (size_t h = 0; h < (size_t)layer->out.dim[1]; h++, y += out_width)
                for (size_t w = 0; w < out_width; w++)
                    y[w] = x[h * down * width + w * right];
        }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    const size_t width = (size_t)layer->in.dim[2], out_width = (size_t)layer->out.dim[2];
    const size_t plane = (size_t)layer->in.dim[1] * width;
    const size_t down = (size_t)layer->config.stride[0], right = (size_t)layer->config.stride[1];
    float *dx = pass->dx;
    memset(dx, 0, (size_t)pass->n * oc_shape_count(layer->in) * sizeof(float));
    for (size_t i = 0; i < (size_t)pass->n; i++)
        for (size_t c = 0; c < (size_t)layer->in.dim[0]; c++, dx += plane) {
            const float *dy = pass->dy + plane_of(layer, i, c);
            for (size_t h = 0; h < (size_t)layer->out.dim[1]; h++, dy += out_width)
                for (size_t w = 0; w < out_width; w++)
                    dx[h * down * width + w * right] = dy[w];
        }
}

const oc_layer_ops oc_layer_pad_channels = {
    .name = "pad_channels", .plan = plan, .forward = forward, .backward = backward};
