/* concat.c - inputs of one height and width (or of one dimension), one behind the other along
 * the channels. */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    char first[OC_SHAPE_TEXT], other[OC_SHAPE_TEXT];
    double channels = 0;
    layer->out = layer->in;
    for (int i = 0; i < layer->inputs; i++) {
        oc_shape alike = layer->ins[i];
        alike.dim[0] = layer->in.dim[0];
        channels += layer->ins[i].dim[0];
        if (!oc_shape_equal(alike, layer->in))
            return oc_fail(OC_ERR_USAGE,
                           "model: %s: inputs %s and %s; expected them to differ in channels only",
                           layer->name, oc_shape_text(layer->in, first),
                           oc_shape_text(layer->ins[i], other));
    }
    if (channels > 0x1p30)
        return oc_fail(OC_ERR_USAGE, "model: %s: %.0f channels; expected at most 2^30", layer->name,
                       channels);
    layer->out.dim[0] = (int)channels;
    return OC_OK;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t out = oc_shape_count(layer->out);
    size_t at = 0;
    for (int k = 0; k < layer->inputs; k++) {
        const size_t in = oc_shape_count(layer->ins[k]);
        for (size_t i = 0; i < (size_t)pass->n; i++)
            memcpy(pass->y + i * out + at, pass->xs[k] + i * in, in * sizeof(float));
        at += in;
    }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t out = oc_shape_count(layer->out);
    size_t at = 0;
    for (int k = 0; k < layer->inputs; k++) {
        const size_t in = oc_shape_count(layer->ins[k]);
        for (size_t i = 0; i < (size_t)pass->n && pass->dxs[k]; i++)
            memcpy(pass->dxs[k] + i * in, pass->dy + i * out + at, in * sizeof(float));
        at += in;
    }
}

const oc_layer_ops oc_layer_concat = {
    .name = "concat", .plan = plan, .forward = forward, .backward = backward, .many_inputs = 1};
