/* flatten.c - (C, H, W) as one dimension, row by row. A view where the numbers lie so already;
 * out of blocks of channels they are copied. */
#include "kernels/blocks.h"
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    const oc_shape in = layer->in;
    const size_t count = oc_shape_count(in);
    layer->out = oc_shape1((int)count);
    /* Blocks of one pixel each, none padded, are in order too. */
    const int ordered = !in.blocked || (in.dim[1] * in.dim[2] == 1 && oc_shape_floats(in) == count);
    layer->in_place = layer->is_view = layer->passes_gradient = ordered;
    return OC_OK;
}

static size_t pixels_of(const oc_layer *layer)
{
    return (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    if (!layer->is_view)
        oc_from_blocks(pass->n, layer->in.dim[0], pixels_of(layer), pass->x, pass->y);
    else if (pass->y != pass->x)
        memcpy(pass->y, pass->x, (size_t)pass->n * oc_shape_count(layer->in) * sizeof(float));
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    if (!layer->is_view)
        oc_to_blocks(pass->n, layer->in.dim[0], pixels_of(layer), pass->dy, pass->dx);
    else if (pass->dx != pass->dy)
        memcpy(pass->dx, pass->dy, (size_t)pass->n * oc_shape_count(layer->in) * sizeof(float));
}

const oc_layer_ops oc_layer_flatten = {
    .name = "flatten", .plan = plan, .forward = forward, .backward = backward, .takes_plain = 1};
