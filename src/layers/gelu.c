/* gelu.c - Gaussian error linear unit (Hendrycks and Gimpel 2016), exact: y = x * P(x), P the
 * distribution function of the standard normal. */
#include "kernels/unit.h"
#include "layers/layer.h"

static oc_status plan(oc_layer *layer)
{
    layer->out = layer->in;
    layer->in_place = 1;
    layer->backward_reads = OC_READS_INPUT;
    return OC_OK;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    oc_unit_get()->elementwise->gelu((size_t)pass->n * oc_shape_floats(layer->in), pass->x,
                                     pass->y);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->dx)
        oc_unit_get()->elementwise->gelu_backward((size_t)pass->n * oc_shape_floats(layer->in),
                                                  pass->x, pass->dy, pass->dx);
}

const oc_layer_ops oc_layer_gelu = {
    .name = "gelu", .plan = plan, .forward = forward, .backward = backward};
