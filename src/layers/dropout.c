/* dropout.c - zero a value with probability p while training, scale the rest by 1/(1-p)
 * (Srivastava et al. 2014, "inverted" form). The draw is a function of seed, layer, epoch,
 * sample and element: not of ranks, shards or the place in a batch. */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    if (!(layer->config.probability >= 0 && layer->config.probability < 1))
        return oc_fail(OC_ERR_USAGE, "model: %s: probability %g; expected 0 to below 1",
                       layer->name, layer->config.probability);
    layer->out = layer->in;
    return OC_OK;
}

/* out = in, masked and scaled: the same for values forward and gradients backward. */
static void apply(const oc_layer *layer, const oc_pass *pass, const float *in, float *out)
{
    const size_t count = oc_shape_count(layer->in);
    const float scale = (float)(1.0 / (1.0 - layer->config.probability));
    const double limit = layer->config.probability * 0x1p32;
    const oc_random_key key = oc_random_make_key(pass->seed, OC_PURPOSE_DROPOUT, layer->index);
    for (size_t i = 0; i < (size_t)pass->n; i++, in += count, out += count)
        for (size_t e = 0; e < count; e += 4) {
            const oc_random4 draw =
                oc_random_at(key, (uint32_t)(e / 4), pass->sample[i], pass->epoch, 0);
            for (size_t lane = 0; lane < 4 && e + lane < count; lane++)
                out[e + lane] = (double)draw.word[lane] < limit ? 0.0f : in[e + lane] * scale;
        }
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->training && layer->config.probability > 0)
        apply(layer, pass, pass->x, pass->y);
    else
        memcpy(pass->y, pass->x, (size_t)pass->n * oc_shape_count(layer->in) * sizeof(float));
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    if (layer->config.probability > 0)
        apply(layer, pass, pass->dy, pass->dx);
    else
        memcpy(pass->dx, pass->dy, (size_t)pass->n * oc_shape_count(layer->in) * sizeof(float));
}

const oc_layer_ops oc_layer_dropout = {"dropout", plan, NULL, forward, backward, NULL};
