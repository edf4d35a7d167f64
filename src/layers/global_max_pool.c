/* global_max_pool.c - the largest value of each channel, the first one in row order when equal;
 * a NaN wins. x (n, C, H, W) in blocks -> y (n, C); kept: the pixel of each winner. */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    char text[OC_SHAPE_TEXT];
    if (layer->in.rank != 3)
        return oc_fail(OC_ERR_USAGE, "model: %s: input %s; expected channels x height x width",
                       layer->name, oc_shape_text(layer->in, text));
    layer->out = oc_shape1(layer->in.dim[0]);
    layer->saved_per_sample = (size_t)layer->in.dim[0]; /* an int32_t each */
    return OC_OK;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    const size_t channels = (size_t)layer->in.dim[0];
    int32_t *winner = (int32_t *)(void *)pass->saved, pixel[OC_BLOCK];
    const float *x = pass->x;
    float *y = pass->y, largest[OC_BLOCK];
    for (int i = 0; i < pass->n; i++, y += channels, winner += channels)
        for (size_t first = 0; first < channels; first += OC_BLOCK, x += pixels * OC_BLOCK) {
            const size_t lanes = least(OC_BLOCK, channels - first);
            oc_unit_get()->elementwise->map_largest(pixels, x, largest, pixel);
            memcpy(y + first, largest, lanes * sizeof *y);
            memcpy(winner + first, pixel, lanes * sizeof *winner);
        }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    const size_t channels = (size_t)layer->in.dim[0];
    const int32_t *winner = (const int32_t *)(const void *)pass->saved;
    const float *dy = pass->dy;
    float *dx = pass->dx;
    memset(dx, 0, (size_t)pass->n * oc_shape_floats(layer->in) * sizeof *dx);
    for (int i = 0; i < pass->n; i++, dy += channels, winner += channels)
        for (size_t first = 0; first < channels; first += OC_BLOCK, dx += pixels * OC_BLOCK)
            for (size_t c = 0; c < least(OC_BLOCK, channels - first); c++)
                dx[(size_t)winner[first + c] * OC_BLOCK + c] = dy[first + c];
}

const oc_layer_ops oc_layer_global_max_pool = {
    .name = "global_max_pool", .plan = plan, .forward = forward, .backward = backward};
