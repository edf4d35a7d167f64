/* gelu.c - Gaussian error linear unit (Hendrycks and Gimpel 2016), exact: y = x * P(x), P the
 * distribution function of the standard normal. */
#include "layers/layer.h"

#include <math.h>

static oc_status plan(oc_layer *layer)
{
    layer->out = layer->in;
    layer->in_place = 1;
    layer->backward_reads = OC_READS_INPUT;
    return OC_OK;
}

/* By erfc, which keeps its digits where P is near 0. */
static float distribution(float x)
{
    return 0.5f * erfcf(-0.70710678118654752f * x);
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t count = (size_t)pass->n * oc_shape_floats(layer->in);
    for (size_t i = 0; i < count; i++)
        pass->y[i] = pass->x[i] * distribution(pass->x[i]);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t count = (size_t)pass->n * oc_shape_floats(layer->in);
    for (size_t i = 0; i < count && pass->dx; i++) {
        const float x = pass->x[i];
        const float density = 0.39894228040143268f * expf(-0.5f * x * x);
        pass->dx[i] = pass->dy[i] * (distribution(x) + x * density);
    }
}

const oc_layer_ops oc_layer_gelu = {
    .name = "gelu", .plan = plan, .forward = forward, .backward = backward};
