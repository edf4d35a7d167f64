/* linear.c - fully connected layer.
 *   x (n, I), weight (O, I), bias (O) -> y (n, O) = x weight^T + bias */
#include "layers/layer.h"

#include <string.h>

enum { WEIGHT, BIAS };

static oc_status plan(oc_layer *layer)
{
    char text[OC_SHAPE_TEXT];
    const int outputs = layer->config.channels;
    if (layer->in.rank != 1)
        return oc_fail(OC_ERR_USAGE, "model: %s: input %s; expected one dimension (flatten first)",
                       layer->name, oc_shape_text(layer->in, text));
    const int inputs = layer->in.dim[0];
    if (outputs < 1 || (double)outputs * inputs > 0x1p30)
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: %d inputs, %d outputs: expected at least one "
                       "output and at most 2^30 weights",
                       layer->name, inputs, outputs);
    layer->out = oc_shape1(outputs);
    oc_layer_add_parameter(layer, "weight", oc_shape2(outputs, inputs), 1);
    if (!layer->config.no_bias)
        oc_layer_add_parameter(layer, "bias", oc_shape1(outputs), 0);
    return OC_OK;
}

static void initialise(const oc_layer *layer, oc_random_key key, float *parameter, float *state)
{
    (void)state;
    for (int slot = 0; slot < layer->parameters; slot++)
        oc_layer_fill_uniform(layer, key, slot, (size_t)layer->in.dim[0], parameter);
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const int inputs = layer->in.dim[0], outputs = layer->out.dim[0];
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset;
    if (!layer->config.no_bias)
        for (int i = 0; i < pass->n; i++)
            memcpy(pass->y + (size_t)i * (size_t)outputs,
                   pass->parameter + layer->parameter[BIAS].offset,
                   (size_t)outputs * sizeof(float));
    oc_kernels_get()->gemm(0, 1, pass->n, outputs, inputs, pass->x, inputs, weight, inputs,
                           layer->config.no_bias ? 0.0f : 1.0f, pass->y, outputs);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const int inputs = layer->in.dim[0], outputs = layer->out.dim[0];
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset;
    oc_kernels_get()->gemm(1, 0, outputs, inputs, pass->n, pass->dy, outputs, pass->x, inputs, 1.0f,
                           pass->gradient + layer->parameter[WEIGHT].offset, inputs);
    if (!layer->config.no_bias) {
        float *gradient = pass->gradient + layer->parameter[BIAS].offset;
        for (int i = 0; i < pass->n; i++)
            for (int o = 0; o < outputs; o++)
                gradient[o] += pass->dy[(size_t)i * (size_t)outputs + (size_t)o];
    }
    if (pass->dx)
        oc_kernels_get()->gemm(0, 0, pass->n, inputs, outputs, pass->dy, outputs, weight, inputs,
                               0.0f, pass->dx, inputs);
}

const oc_layer_ops oc_layer_linear = {"linear", plan, initialise, forward, backward, NULL};
