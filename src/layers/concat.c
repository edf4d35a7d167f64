/* concat.c - inputs of one height and width (or of one dimension), one behind the other along
 * the channels. */
#include "layers/lanes.h"
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    char first[OC_SHAPE_TEXT], other[OC_SHAPE_TEXT];
    double channels = 0;
    layer->out = layer->in;
    for (int i = 0; i < layer->inputs; i++) {
        oc_shape alike = layer->ins[i];
        alike.dim[0] = layer->in.dim[0];
        channels += layer->ins[i].dim[0];
        if (!oc_shape_equal(alike, layer->in))
            return oc_fail(OC_ERR_USAGE,
                           "model: %s: inputs %s and %s; expected them to differ in channels only",
                           layer->name, oc_shape_text(layer->in, first),
                           oc_shape_text(layer->ins[i], other));
    }
    if (channels > 0x1p30)
        return oc_fail(OC_ERR_USAGE, "model: %s: %.0f channels; expected at most 2^30", layer->name,
                       channels);
    layer->out.dim[0] = (int)channels;
    return OC_OK;
}

/* The shorter row of each sample out of, or into, the longer. */
static void copy_rows(int n, size_t in, size_t out, const float *from, float *to)
{
    for (int i = 0; i < n; i++)
        memcpy(to + (size_t)i * out, from + (size_t)i * in, (in < out ? in : out) * sizeof(float));
}

/* The last block of each sample's channels, when they do not fill it. */
static void clear_padding(oc_shape shape, int n, float *image)
{
    const size_t plane = (size_t)shape.dim[1] * (size_t)shape.dim[2] * OC_BLOCK;
    const size_t size = oc_shape_floats(shape);
    for (size_t i = 0; shape.dim[0] % OC_BLOCK && i < (size_t)n; i++)
        memset(image + (i + 1) * size - plane, 0, plane * sizeof *image);
}

static oc_lanes_grid grid_of(const oc_layer *layer)
{
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    return (oc_lanes_grid){.height = 1,
                           .width = pixels,
                           .in_pixel = OC_BLOCK,
                           .in_plane = pixels * OC_BLOCK,
                           .out_pixel = OC_BLOCK,
                           .out_plane = pixels * OC_BLOCK};
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t out = oc_shape_floats(layer->out);
    const oc_lanes_grid grid = grid_of(layer);
    size_t at = 0;
    if (layer->out.blocked)
        clear_padding(layer->out, pass->n, pass->y);
    for (int k = 0; k < layer->inputs; at += (size_t)layer->ins[k++].dim[0]) {
        const size_t in = oc_shape_floats(layer->ins[k]), channels = (size_t)layer->ins[k].dim[0];
        if (!layer->out.blocked)
            copy_rows(pass->n, in, out, pass->xs[k], pass->y + at);
        for (size_t i = 0; layer->out.blocked && i < (size_t)pass->n; i++)
            oc_lanes_move(&grid, pass->xs[k] + i * in, 0, pass->y + i * out, at, channels);
    }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t out = oc_shape_floats(layer->out);
    const oc_lanes_grid grid = grid_of(layer);
    size_t at = 0;
    for (int k = 0; k < layer->inputs; at += (size_t)layer->ins[k++].dim[0]) {
        const size_t in = oc_shape_floats(layer->ins[k]), channels = (size_t)layer->ins[k].dim[0];
        if (!pass->dxs[k])
            continue;
        if (!layer->out.blocked) {
            copy_rows(pass->n, out, in, pass->dy + at, pass->dxs[k]);
            continue;
        }
        clear_padding(layer->ins[k], pass->n, pass->dxs[k]);
        for (size_t i = 0; i < (size_t)pass->n; i++)
            oc_lanes_move(&grid, pass->dy + i * out, at, pass->dxs[k] + i * in, 0, channels);
    }
}

const oc_layer_ops oc_layer_concat = {
    .name = "concat", .plan = plan, .forward = forward, .backward = backward, .many_inputs = 1};
