/* dropout.c - zero a value with probability p while training, scale the rest by 1/(1-p)
 * (Srivastava et al. 2014, "inverted" form). The draw is a function of seed, layer, epoch,
 * sample and element: not of ranks, shards or the place in a batch. Four channels of a pixel share
 * one: of value (c, p) of P pixels it is word c % 4 of number c / 4 * P + p. */
#include "layers/layer.h"

#include <string.h>

static oc_status plan(oc_layer *layer)
{
    if (!(layer->config.probability >= 0 && layer->config.probability < 1))
        return oc_fail(OC_ERR_USAGE, "model: %s: probability %g; expected 0 to below 1",
                       layer->name, layer->config.probability);
    layer->out = layer->in;
    layer->in_place = 1;
    return OC_OK;
}

typedef struct draws {
    oc_random_key key;
    uint32_t sample, epoch;
    double limit;
    float scale;
} draws;

/* One to four values, of which `channels` exist. */
static void mask(const draws *d, size_t number, size_t values, size_t channels, const float *in,
                 float *out)
{
    const oc_random4 draw = oc_random_at(d->key, (uint32_t)number, d->sample, d->epoch, 0);
    for (size_t lane = 0; lane < values; lane++)
        out[lane] =
            lane >= channels || (double)draw.word[lane] < d->limit ? 0.0f : in[lane] * d->scale;
}

/* One sample: blocks of `width` channels; only without blocks the last may be shorter. */
static void mask_sample(const draws *d, oc_shape shape, const float *in, float *out)
{
    const size_t channels = (size_t)shape.dim[0], width = shape.blocked ? OC_BLOCK : 4;
    const size_t pixels = shape.blocked ? (size_t)shape.dim[1] * (size_t)shape.dim[2] : 1;
    const size_t all = oc_shape_floats(shape);
    size_t e = 0;
    for (size_t block = 0; e < all; block += width)
        for (size_t p = 0; p < pixels; p++)
            for (size_t c = block; c < block + width; c += 4, e += 4)
                mask(d, c / 4 * pixels + p, all - e < 4 ? all - e : 4,
                     c < channels ? channels - c : 0, in + e, out + e);
}

/* out = in, masked and scaled: the same for values forward and gradients backward. */
static void apply(const oc_layer *layer, const oc_pass *pass, const float *in, float *out)
{
    const size_t all = oc_shape_floats(layer->in);
    draws d = {.key = oc_random_make_key(pass->seed, OC_PURPOSE_DROPOUT, layer->index),
               .epoch = pass->epoch,
               .limit = layer->config.probability * 0x1p32,
               .scale = (float)(1.0 / (1.0 - layer->config.probability))};
    for (size_t i = 0; i < (size_t)pass->n; i++) {
        d.sample = pass->sample[i];
        mask_sample(&d, layer->in, in + i * all, out + i * all);
    }
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    if (pass->training && layer->config.probability > 0)
        apply(layer, pass, pass->x, pass->y);
    else if (pass->y != pass->x)
        memcpy(pass->y, pass->x, (size_t)pass->n * oc_shape_floats(layer->in) * sizeof(float));
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    if (!pass->dx)
        return;
    if (layer->config.probability > 0)
        apply(layer, pass, pass->dy, pass->dx);
    else if (pass->dx != pass->dy)
        memcpy(pass->dx, pass->dy, (size_t)pass->n * oc_shape_floats(layer->in) * sizeof(float));
}

const oc_layer_ops oc_layer_dropout = {
    .name = "dropout", .plan = plan, .forward = forward, .backward = backward};
