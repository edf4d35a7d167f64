/* global_max_pool.c - the largest value of each channel, the first one in row order when equal;
 * a NaN wins. x (n, C, H, W) -> y (n, C); kept: where the winner lies in its plane. */
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

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    const size_t planes = (size_t)pass->n * (size_t)layer->in.dim[0];
    int32_t *winner = (int32_t *)(void *)pass->saved;
    const float *x = pass->x;
    for (size_t plane = 0; plane < planes; plane++, x += pixels) {
        size_t best = 0;
        for (size_t p = 1; p < pixels; p++)
            if (!(x[p] <= x[best]) && x[best] == x[best])
                best = p;
        winner[plane] = (int32_t)best;
        pass->y[plane] = x[best];
    }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    const size_t planes = (size_t)pass->n * (size_t)layer->in.dim[0];
    const int32_t *winner = (const int32_t *)(const void *)pass->saved;
    memset(pass->dx, 0, planes * pixels * sizeof(float));
    for (size_t plane = 0; plane < planes; plane++)
        pass->dx[plane * pixels + (size_t)winner[plane]] = pass->dy[plane];
}

const oc_layer_ops oc_layer_global_max_pool = {
    .name = "global_max_pool", .plan = plan, .forward = forward, .backward = backward};
