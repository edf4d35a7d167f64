/* global_avg_pool.c - the mean of each channel: x (n, C, H, W) in blocks -> y (n, C). */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    char text[OC_SHAPE_TEXT];
    if (layer->in.rank != 3)
        return oc_fail(OC_ERR_USAGE, "model: %s: input %s; expected channels x height x width",
                       layer->name, oc_shape_text(layer->in, text));
    layer->out = oc_shape1(layer->in.dim[0]);
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
    const float *x = pass->x;
    float *y = pass->y, mean[OC_BLOCK];
    for (int i = 0; i < pass->n; i++, y += channels)
        for (size_t first = 0; first < channels; first += OC_BLOCK, x += pixels * OC_BLOCK) {
            oc_unit_get()->elementwise->map_mean(pixels, x, mean);
            memcpy(y + first, mean, least(OC_BLOCK, channels - first) * sizeof *y);
        }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    const size_t channels = (size_t)layer->in.dim[0];
    const float *dy = pass->dy;
    float *dx = pass->dx;
    for (int i = 0; i < pass->n; i++, dy += channels)
        for (size_t first = 0; first < channels; first += OC_BLOCK) {
            float part[OC_BLOCK] = {0};
            for (size_t c = 0; c < least(OC_BLOCK, channels - first); c++)
                part[c] = dy[first + c] / (float)pixels;
            for (size_t p = 0; p < pixels; p++, dx += OC_BLOCK)
                memcpy(dx, part, sizeof part);
        }
}

const oc_layer_ops oc_layer_global_avg_pool = {
    .name = "global_avg_pool", .plan = plan, .forward = forward, .backward = backward};
