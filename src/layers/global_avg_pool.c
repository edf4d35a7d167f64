/* global_avg_pool.c - the mean of each channel: x (n, C, H, W) -> y (n, C). */
#include "layers/layer.h"

static oc_status plan(oc_layer *layer)
{
    char text[OC_SHAPE_TEXT];
    if (layer->in.rank != 3)
        return oc_fail(OC_ERR_USAGE, "model: %s: input %s; expected channels x height x width",
                       layer->name, oc_shape_text(layer->in, text));
    layer->out = oc_shape1(layer->in.dim[0]);
    return OC_OK;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    const size_t planes = (size_t)pass->n * (size_t)layer->in.dim[0];
    const float *x = pass->x;
    for (size_t plane = 0; plane < planes; plane++, x += pixels) {
        double sum = 0;
        for (size_t p = 0; p < pixels; p++)
            sum += (double)x[p];
        pass->y[plane] = (float)(sum / (double)pixels);
    }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    const size_t planes = (size_t)pass->n * (size_t)layer->in.dim[0];
    float *dx = pass->dx;
    for (size_t plane = 0; plane < planes; plane++, dx += pixels) {
        const float part = pass->dy[plane] / (float)pixels;
        for (size_t p = 0; p < pixels; p++)
            dx[p] = part;
    }
}

const oc_layer_ops oc_layer_global_avg_pool = {
    .name = "global_avg_pool", .plan = plan, .forward = forward, .backward = backward};
