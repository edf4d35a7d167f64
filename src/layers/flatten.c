/* flatten.c - (C, H, W) seen as one dimension. The numbers stay where they are. */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    layer->out = oc_shape1((int)oc_shape_count(layer->in));
    layer->in_place = 1;
    return OC_OK;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->y != pass->x)
        memcpy(pass->y, pass->x, (size_t)pass->n * oc_shape_count(layer->in) * sizeof(float));
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->dx && pass->dx != pass->dy)
        memcpy(pass->dx, pass->dy, (size_t)pass->n * oc_shape_count(layer->in) * sizeof(float));
}

const oc_layer_ops oc_layer_flatten = {"flatten", plan, NULL, forward, backward, NULL};
