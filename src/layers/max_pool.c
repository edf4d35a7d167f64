/* max_pool.c - the largest value in a sliding window; padding never wins.
 *   x (n, C, H, W) -> y (n, C, OH, OW); kept: the index of each winner in its plane */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    oc_status status = oc_layer_fit_window(layer);
    if (status != OC_OK)
        return status;
    const oc_window *w = &layer->window;
    /* A window wholly in the padding would have no value. */
    if (w->pad_h * 2 > w->kernel_h || w->pad_w * 2 > w->kernel_w)
        return oc_fail(OC_ERR_USAGE, "model: %s: padding %dx%d is more than half the kernel %dx%d",
                       layer->name, w->pad_h, w->pad_w, w->kernel_h, w->kernel_w);
    layer->out = oc_shape3(w->channels, w->out_h, w->out_w);
    layer->saved_per_sample = oc_shape_count(layer->out); /* an int32_t each */
    return OC_OK;
}

static int32_t *winners(const oc_pass *pass)
{
    return (int32_t *)(void *)pass->saved;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t in = oc_shape_count(layer->in), out = oc_shape_count(layer->out);
    for (size_t i = 0; i < (size_t)pass->n; i++)
        oc_kernels_get()->max_pool(&layer->window, pass->x + i * in, pass->y + i * out,
                                   winners(pass) + i * out);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    const size_t in = oc_shape_count(layer->in), out = oc_shape_count(layer->out);
    const size_t plane_in = in / (size_t)layer->in.dim[0],
                 plane_out = out / (size_t)layer->in.dim[0];
    memset(pass->dx, 0, (size_t)pass->n * in * sizeof(float));
    for (size_t plane = 0; plane < (size_t)pass->n * (size_t)layer->in.dim[0]; plane++) {
        const float *dy = pass->dy + plane * plane_out;
        const int32_t *index = winners(pass) + plane * plane_out;
        float *dx = pass->dx + plane * plane_in;
        for (size_t o = 0; o < plane_out; o++)
            dx[index[o]] += dy[o];
    }
}

const oc_layer_ops oc_layer_max_pool = {"max_pool", plan, NULL, forward, backward, NULL};
