/* silu.c - sigmoid linear unit, also called swish (Elfwing et al. 2017): y = x * s(x) with
 * s(x) = 1 / (1 + exp(-x)). */
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
    oc_unit_get()->elementwise->silu((size_t)pass->n * oc_shape_floats(layer->in), pass->x,
                                     pass->y);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->dx)
        oc_unit_get()->elementwise->silu_backward((size_t)pass->n * oc_shape_floats(layer->in),
                                                  pass->x, pass->dy, pass->dx);
}

const oc_layer_ops oc_layer_silu = {
    .name = "silu", .plan = plan, .forward = forward, .backward = backward};
