/* avg_pool.c - the mean of a sliding window. Padding counts as zeros and in the divisor
 * (PyTorch's default, count_include_pad); what reaches over it (ceil_mode) counts in neither.
 *   x (n, C, H, W) -> y (n, C, OH, OW), in blocks */
#include "layers/layer.h"

static oc_status plan(oc_layer *layer)
{
    oc_status status = oc_layer_fit_window(layer);
    if (status != OC_OK)
        return status;
    const oc_window *w = &layer->window;
    layer->out = oc_shape_blocked(w->channels, w->out_h, w->out_w);
    return OC_OK;
}

static size_t maps_of(const oc_layer *layer, const oc_pass *pass)
{
    return (size_t)pass->n * (size_t)oc_block_count(layer->in.dim[0]);
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    oc_unit_get()->elementwise->avg_pool(&layer->window, maps_of(layer, pass), pass->x, pass->y);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->dx)
        oc_unit_get()->elementwise->avg_pool_backward(&layer->window, maps_of(layer, pass),
                                                      pass->dy, pass->dx);
}

const oc_layer_ops oc_layer_avg_pool = {
    .name = "avg_pool", .plan = plan, .forward = forward, .backward = backward};
