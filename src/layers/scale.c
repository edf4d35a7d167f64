/* scale.c - every value times a constant: y = factor * x. */
#include "layers/layer.h"

#include <math.h>

static oc_status plan(oc_layer *layer)
{
    if (!isfinite(layer->config.factor))
        return oc_fail(OC_ERR_USAGE, "model: %s: factor %g; expected a finite number", layer->name,
                       layer->config.factor);
    layer->out = layer->in;
    layer->in_place = 1;
    return OC_OK;
}

static void multiply(const oc_layer *layer, int n, const float *in, float *out)
{
    const float factor = (float)layer->config.factor;
    const size_t count = (size_t)n * oc_shape_floats(layer->in);
    for (size_t i = 0; i < count; i++)
        out[i] = factor * in[i];
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    multiply(layer, pass->n, pass->x, pass->y);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->dx)
        multiply(layer, pass->n, pass->dy, pass->dx);
}

const oc_layer_ops oc_layer_scale = {
    .name = "scale", .plan = plan, .forward = forward, .backward = backward};
