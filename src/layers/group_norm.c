/* group_norm.c - group normalisation (Wu and He 2018): mean and variance of each sample over
 * groups of neighbouring channels. No running statistics; the same in evaluation.
 *   x (n, C, ...) -> y = (x - mean) / sqrt(variance + epsilon) * weight + bias, a channel
 * Kept: mean and 1/deviation of each sample's groups, (n, G, 2). */
#include "layers/layer.h"

#include <math.h>

enum { WEIGHT, BIAS };

static oc_status plan(oc_layer *layer)
{
    const int channels = layer->in.dim[0], groups = layer->config.groups;
    if (layer->in.rank != 1 && layer->in.rank != 3)
        return oc_fail(OC_ERR_USAGE, "model: %s: %d dimensions; expected 1 or 3", layer->name,
                       layer->in.rank);
    if (groups < 1 || channels % groups != 0)
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: %d groups of %d channels; expected a divisor of the channels",
                       layer->name, groups, channels);
    if (!(layer->config.epsilon > 0))
        return oc_fail(OC_ERR_USAGE, "model: %s: epsilon %g; expected above 0", layer->name,
                       layer->config.epsilon);
    layer->out = layer->in;
    layer->in_place = 1;
    layer->backward_reads = OC_READS_INPUT;
    oc_layer_add_parameter(layer, "weight", oc_shape1(channels), 0);
    oc_layer_add_parameter(layer, "bias", oc_shape1(channels), 0);
    layer->saved_per_sample = 2 * (size_t)groups;
    return OC_OK;
}

static void initialise(const oc_layer *layer, oc_random_key key, float *parameter, float *state)
{
    (void)key;
    (void)state;
    for (size_t c = 0; c < (size_t)layer->in.dim[0]; c++) {
        parameter[layer->parameter[WEIGHT].offset + c] = 1.0f;
        parameter[layer->parameter[BIAS].offset + c] = 0.0f;
    }
}

/* How a sample is cut: groups of `channels` channels of `pixels` values. */
typedef struct cut {
    size_t groups, channels, pixels, values;
} cut;

static cut cut_of(const oc_layer *layer)
{
    const size_t groups = (size_t)layer->config.groups, channels = (size_t)layer->in.dim[0];
    const size_t all = oc_shape_count(layer->in);
    return (cut){groups, channels / groups, all / channels, all / groups};
}

static void measure(const float *x, size_t count, double *mean, double *variance)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i];
    *mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += ((double)x[i] - *mean) * ((double)x[i] - *mean);
    *variance = squares / (double)count;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const cut k = cut_of(layer);
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset;
    const float *bias = pass->parameter + layer->parameter[BIAS].offset;
    const size_t all = (size_t)pass->n * k.groups;
    for (size_t group = 0; group < all; group++) {
        const float *x = pass->x + group * k.values;
        float *y = pass->y + group * k.values;
        double mean, variance;
        measure(x, k.values, &mean, &variance);
        const double inverse = 1.0 / sqrt(variance + layer->config.epsilon);
        pass->saved[2 * group] = (float)mean;
        pass->saved[2 * group + 1] = (float)inverse;
        for (size_t c = 0; c < k.channels; c++) {
            const size_t channel = group % k.groups * k.channels + c;
            const float m = (float)mean, scale = (float)inverse * weight[channel];
            for (size_t p = 0; p < k.pixels; p++)
                y[c * k.pixels + p] = (x[c * k.pixels + p] - m) * scale + bias[channel];
        }
    }
}

/* With h = (x - mean) * inverse, g = dy * weight and N values a group:
 * dx = inverse * (g - sum(g) / N - h * sum(g h) / N). */
static void backward_group(const oc_layer *layer, const oc_pass *pass, size_t group)
{
    const cut k = cut_of(layer);
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset;
    float *dweight = pass->gradient + layer->parameter[WEIGHT].offset;
    float *dbias = pass->gradient + layer->parameter[BIAS].offset;
    const float *x = pass->x + group * k.values, *dy = pass->dy + group * k.values;
    const float mean = pass->saved[2 * group], inverse = pass->saved[2 * group + 1];
    const size_t first = group % k.groups * k.channels;
    double sum = 0, product = 0;
    for (size_t c = 0; c < k.channels; c++) {
        double channel_sum = 0, channel_product = 0;
        for (size_t p = c * k.pixels; p < (c + 1) * k.pixels; p++) {
            channel_sum += (double)dy[p];
            channel_product += (double)dy[p] * (double)((x[p] - mean) * inverse);
        }
        dbias[first + c] += (float)channel_sum;
        dweight[first + c] += (float)channel_product;
        sum += channel_sum * (double)weight[first + c];
        product += channel_product * (double)weight[first + c];
    }
    if (!pass->dx)
        return;
    const float mean_sum = (float)(sum / (double)k.values);
    const float mean_product = (float)(product / (double)k.values);
    float *dx = pass->dx + group * k.values;
    for (size_t c = 0; c < k.channels; c++)
        for (size_t p = c * k.pixels; p < (c + 1) * k.pixels; p++)
            dx[p] = inverse *
                    (dy[p] * weight[first + c] - mean_sum - (x[p] - mean) * inverse * mean_product);
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t all = (size_t)pass->n * (size_t)layer->config.groups;
    for (size_t group = 0; group < all; group++)
        backward_group(layer, pass, group);
}

const oc_layer_ops oc_layer_group_norm = {.name = "group_norm",
                                          .plan = plan,
                                          .initialise = initialise,
                                          .forward = forward,
                                          .backward = backward};
