/* leaky_relu.c - y = x above 0, factor * x below (Maas et al. 2013), in place. */
#include "layers/layer.h"

#include <math.h>

static oc_status plan(oc_layer *layer)
{
    /* A factor below 0 would hide from backward on which side x was. */
    if (!(layer->config.factor >= 0) || !isfinite(layer->config.factor))
        return oc_fail(OC_ERR_USAGE, "model: %s: factor %g; expected 0 or above", layer->name,
                       layer->config.factor);
    layer->out = layer->in;
    layer->in_place = 1;
    layer->backward_reads = OC_READS_OUTPUT;
    return OC_OK;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const float factor = (float)layer->config.factor;
    const size_t count = (size_t)pass->n * oc_shape_count(layer->in);
    for (size_t i = 0; i < count; i++)
        pass->y[i] = pass->x[i] > 0.0f ? pass->x[i] : factor * pass->x[i];
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const float factor = (float)layer->config.factor;
    const size_t count = (size_t)pass->n * oc_shape_count(layer->in);
    for (size_t i = 0; i < count && pass->dx; i++)
        pass->dx[i] = pass->y[i] > 0.0f ? pass->dy[i] : factor * pass->dy[i];
}

const oc_layer_ops oc_layer_leaky_relu = {
    .name = "leaky_relu", .plan = plan, .forward = forward, .backward = backward};
