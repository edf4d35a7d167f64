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
    oc_unit_get()->elementwise->leaky_relu((size_t)pass->n * oc_shape_floats(layer->in),
                                           (float)layer->config.factor, pass->x, pass->y);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->dx)
        oc_unit_get()->elementwise->leaky_relu_backward(
            (size_t)pass->n * oc_shape_floats(layer->in), (float)layer->config.factor, pass->y,
            pass->dy, pass->dx);
}

const oc_layer_ops oc_layer_leaky_relu = {
    .name = "leaky_relu", .plan = plan, .forward = forward, .backward = backward};
