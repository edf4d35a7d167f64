/* add.c - the sum of two or more inputs of one shape: where branches of a residual network meet
 * (He et al. 2015, "Deep Residual Learning"). Added from the first to the last. */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    char first[OC_SHAPE_TEXT], other[OC_SHAPE_TEXT];
    for (int i = 1; i < layer->inputs; i++)
        if (!oc_shape_equal(layer->ins[i], layer->in))
            return oc_fail(OC_ERR_USAGE, "model: %s: inputs %s and %s; expected the same shape",
                           layer->name, oc_shape_text(layer->in, first),
                           oc_shape_text(layer->ins[i], other));
    layer->out = layer->in;
    layer->in_place = layer->passes_gradient = 1;
    return OC_OK;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const oc_elementwise_ops *ops = oc_unit_get()->elementwise;
    const size_t count = (size_t)pass->n * oc_shape_floats(layer->out);
    const int last = layer->inputs - 1;
    ops->sum(count, pass->xs[0], pass->xs[1], layer->config.relu && last == 1, pass->y);
    for (int i = 2; i <= last; i++)
        ops->sum(count, pass->y, pass->xs[i], layer->config.relu && last == i, pass->y);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    for (int i = 0; i < layer->inputs; i++)
        if (pass->dxs[i] && pass->dxs[i] != pass->dy)
            memcpy(pass->dxs[i], pass->dy,
                   (size_t)pass->n * oc_shape_floats(layer->out) * sizeof(float));
}

const oc_layer_ops oc_layer_add = {.name = "add",
                                   .plan = plan,
                                   .forward = forward,
                                   .backward = backward,
                                   .many_inputs = 1,
                                   .fuses_relu = 1};
