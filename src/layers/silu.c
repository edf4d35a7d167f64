/* silu.c - sigmoid linear unit, also called swish (Elfwing et al. 2017): y = x * s(x) with
 * s(x) = 1 / (1 + exp(-x)). */
#include "layers/layer.h"

#include <math.h>

static oc_status plan(oc_layer *layer)
{
    layer->out = layer->in;
    layer->in_place = 1;
    layer->backward_reads = OC_READS_INPUT;
    return OC_OK;
}

static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t count = (size_t)pass->n * oc_shape_floats(layer->in);
    for (size_t i = 0; i < count; i++)
        pass->y[i] = pass->x[i] * sigmoid(pass->x[i]);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t count = (size_t)pass->n * oc_shape_floats(layer->in);
    for (size_t i = 0; i < count && pass->dx; i++) {
        const float x = pass->x[i], s = sigmoid(x);
        pass->dx[i] = pass->dy[i] * (s * (1.0f + x * (1.0f - s)));
    }
}

const oc_layer_ops oc_layer_silu = {
    .name = "silu", .plan = plan, .forward = forward, .backward = backward};
