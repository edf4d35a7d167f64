/* max_pool.c - the largest value in a sliding window; padding never wins.
 *   x (n, C, H, W) -> y (n, C, OH, OW), in blocks; kept: the place of each winner in its window */
#include "layers/layer.h"

static oc_status plan(oc_layer *layer)
{
    oc_status status = oc_layer_fit_window(layer);
    if (status != OC_OK)
        return status;
    const oc_window *w = &layer->window;
    /* A window wholly in the padding would have no value; nor one behind it, which ceil_mode
     * does not give. */
    if (w->pad_h * 2 > w->kernel_h || w->pad_w * 2 > w->kernel_w)
        return oc_fail(OC_ERR_USAGE, "model: %s: padding %dx%d is more than half the kernel %dx%d",
                       layer->name, w->pad_h, w->pad_w, w->kernel_h, w->kernel_w);
    if ((double)w->kernel_h * w->kernel_w > OC_LARGEST_POOL)
        return oc_fail(OC_ERR_USAGE, "model: %s: kernel %dx%d; expected up to %d places",
                       layer->name, w->kernel_h, w->kernel_w, OC_LARGEST_POOL);
    layer->out = oc_shape_blocked(w->channels, w->out_h, w->out_w);
    layer->saved_per_sample =
        oc_shape_floats(layer->out) * sizeof(uint16_t) / sizeof(float); /* 16 to a pixel */
    return OC_OK;
}

static uint16_t *winners(const oc_pass *pass)
{
    return (uint16_t *)(void *)pass->saved;
}

static size_t maps_of(const oc_layer *layer, const oc_pass *pass)
{
    return (size_t)pass->n * (size_t)oc_block_count(layer->in.dim[0]);
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    oc_unit_get()->elementwise->max_pool(&layer->window, maps_of(layer, pass), pass->x, pass->y,
                                         winners(pass));
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->dx)
        oc_unit_get()->elementwise->max_pool_backward(&layer->window, maps_of(layer, pass),
                                                      winners(pass), pass->dy, pass->dx);
}

const oc_layer_ops oc_layer_max_pool = {
    .name = "max_pool", .plan = plan, .forward = forward, .backward = backward};
