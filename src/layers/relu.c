/* relu.c - rectified linear unit, element by element, in place. */
#include "layers/layer.h"

static oc_status plan(oc_layer *layer)
{
    layer->out = layer->in;
    layer->in_place = 1;
    layer->backward_reads = OC_READS_OUTPUT;
    return OC_OK;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    oc_unit_get()->elementwise->relu((size_t)pass->n * oc_shape_floats(layer->in), pass->x,
                                     pass->y);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->dx)
        oc_unit_get()->elementwise->relu_backward((size_t)pass->n * oc_shape_floats(layer->in),
                                                  pass->y, pass->dy, pass->dx);
}

const oc_layer_ops oc_layer_relu = {
    .name = "relu", .plan = plan, .forward = forward, .backward = backward};
