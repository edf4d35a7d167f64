/* pad_channels.c - the shortcut without parameters of He et al. 2015 (option A): every
 * stride-th pixel, and channels of zeros, half of them (rounded down) before the input's.
 *   x (n, C, H, W) -> y (n, channels, ceil(H / stride), ceil(W / stride)) */
#include "layers/lanes.h"
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

/* The pixels that are taken of x, and where they lie in y. */
static oc_lanes_grid grid_of(const oc_layer *layer)
{
    const size_t width = (size_t)layer->in.dim[2] * OC_BLOCK;
    const size_t out_width = (size_t)layer->out.dim[2] * OC_BLOCK;
    return (oc_lanes_grid){.height = (size_t)layer->out.dim[1],
                           .width = (size_t)layer->out.dim[2],
                           .in_row = (size_t)layer->config.stride[0] * width,
                           .in_pixel = (size_t)layer->config.stride[1] * OC_BLOCK,
                           .in_plane = (size_t)layer->in.dim[1] * width,
                           .out_row = out_width,
                           .out_pixel = OC_BLOCK,
                           .out_plane = (size_t)layer->out.dim[1] * out_width};
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const oc_lanes_grid grid = grid_of(layer);
    const size_t in = oc_shape_floats(layer->in), out = oc_shape_floats(layer->out);
    const size_t inputs = (size_t)layer->in.dim[0], before = (size_t)layer->out.dim[0] - inputs;
    memset(pass->y, 0, (size_t)pass->n * out * sizeof(float));
    for (size_t i = 0; i < (size_t)pass->n; i++)
        oc_lanes_move(&grid, pass->x + i * in, 0, pass->y + i * out, before / 2, inputs);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const oc_lanes_grid g = grid_of(layer);
    const oc_lanes_grid back = {.height = g.height,
                                .width = g.width,
                                .in_row = g.out_row,
                                .in_pixel = g.out_pixel,
                                .in_plane = g.out_plane,
                                .out_row = g.in_row,
                                .out_pixel = g.in_pixel,
                                .out_plane = g.in_plane};
    const size_t in = oc_shape_floats(layer->in), out = oc_shape_floats(layer->out);
    const size_t inputs = (size_t)layer->in.dim[0], before = (size_t)layer->out.dim[0] - inputs;
    if (!pass->dx)
        return;
    memset(pass->dx, 0, (size_t)pass->n * in * sizeof(float));
    for (size_t i = 0; i < (size_t)pass->n; i++)
        oc_lanes_move(&back, pass->dy + i * out, before / 2, pass->dx + i * in, 0, inputs);
}

const oc_layer_ops oc_layer_pad_channels = {
    .name = "pad_channels", .plan = plan, .forward = forward, .backward = backward};
