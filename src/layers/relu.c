/* relu.c - rectified linear unit, element by element, in place. */
#include "layers/layer.h"

static oc_status plan(oc_layer *layer)
{
    layer->out = layer->in;
    layer->in_place = 1; /* backward looks at the output only */
    return OC_OK;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    oc_kernels_get()->relu((size_t)pass->n * oc_shape_count(layer->in), pass->x, pass->y);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->dx)
        oc_kernels_get()->relu_backward((size_t)pass->n * oc_shape_count(layer->in), pass->y,
                                        pass->dy, pass->dx);
}

const oc_layer_ops oc_layer_relu = {"relu", plan, NULL, forward, backward, NULL};
