/* local_response_norm.c - local response normalisation (Krizhevsky et al. 2012) as Caffe has it:
 *   y = x / s^beta,  s = k + alpha / N * sum of x^2 over the N values around it,
 * in `size` neighbouring channels or in a square of `size` x `size` pixels of its own channel;
 * what lies outside counts as 0. (Caffe takes k only across channels, and 1 within.)
 *   x, y (n, C, H, W); kept: s */
#include "layers/layer.h"

#include <math.h>

static oc_status plan(oc_layer *layer)
{
    const oc_layer_config *config = &layer->config;
    char text[OC_SHAPE_TEXT];
    if (layer->in.rank != 3)
        return oc_fail(OC_ERR_USAGE, "model: %s: input %s; expected channels x height x width",
                       layer->name, oc_shape_text(layer->in, text));
    if (config->size < 1 || config->size > 1023 || config->size % 2 == 0)
        return oc_fail(OC_ERR_USAGE, "model: %s: size %d; expected an odd number from 1 to 1023",
                       layer->name, config->size);
    if (!(config->alpha >= 0) || !(config->k > 0) || !(config->beta >= 0) ||
        !isfinite(config->alpha + config->k + config->beta))
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: alpha %g, beta %g, k %g; expected 0 or above, and k above 0",
                       layer->name, config->alpha, config->beta, config->k);
    layer->out = layer->in;
    layer->backward_reads = OC_READS_INPUT;
    layer->saved_per_sample = layer->scratch = oc_shape_count(layer->in);
    return OC_OK;
}

static int lower(int a, int b)
{
    return a < b ? a : b;
}

/* out = the sum of `in` over each value's neighbourhood; one sample. */
static void sum_across(const oc_layer *layer, const float *in, float *out)
{
    const int channels = layer->in.dim[0], reach = layer->config.size / 2;
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    for (int c = 0; c < channels; c++, out += pixels) {
        const int first = c > reach ? c - reach : 0, last = lower(c + reach, channels - 1);
        for (size_t p = 0; p < pixels; p++)
            out[p] = in[(size_t)first * pixels + p];
        for (int other = first + 1; other <= last; other++)
            for (size_t p = 0; p < pixels; p++)
                out[p] += in[(size_t)other * pixels + p];
    }
}

static void sum_within(const oc_layer *layer, const float *in, float *out)
{
    const int height = layer->in.dim[1], width = layer->in.dim[2], reach = layer->config.size / 2;
    for (int c = 0; c < layer->in.dim[0]; c++, in += (size_t)height * (size_t)width)
        for (int h = 0; h < height; h++)
            for (int w = 0; w < width; w++) {
                const int top = h > reach ? h - reach : 0, bottom = lower(h + reach, height - 1);
                const int left = w > reach ? w - reach : 0, right = lower(w + reach, width - 1);
                float sum = 0;
                for (int i = top; i <= bottom; i++)
                    for (int j = left; j <= right; j++)
                        sum += in[(size_t)i * (size_t)width + (size_t)j];
                *out++ = sum;
            }
}

static void sum_around(const oc_layer *layer, const float *in, float *out)
{
    if (layer->config.within_channel)
        sum_within(layer, in, out);
    else
        sum_across(layer, in, out);
}

/* alpha / N */
static float share_of(const oc_layer_config *config)
{
    const double count =
        config->within_channel ? (double)config->size * config->size : config->size;
    return (float)(config->alpha / count);
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t count = oc_shape_count(layer->in);
    const float share = share_of(&layer->config), beta = (float)layer->config.beta;
    const float k = (float)layer->config.k;
    for (size_t i = 0; i < (size_t)pass->n; i++) {
        const float *x = pass->x + i * count;
        float *y = pass->y + i * count, *s = pass->saved + i * count;
        for (size_t e = 0; e < count; e++)
            pass->scratch[e] = x[e] * x[e];
        sum_around(layer, pass->scratch, s);
        for (size_t e = 0; e < count; e++) {
            s[e] = k + share * s[e];
            y[e] = x[e] * powf(s[e], -beta);
        }
    }
}

/* dx = dy / s^beta - 2 beta alpha / N * x * (sum of dy x / s^(beta + 1) over the neighbourhood) */
static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t count = oc_shape_count(layer->in);
    const float share = share_of(&layer->config), beta = (float)layer->config.beta;
    for (size_t i = 0; i < (size_t)pass->n && pass->dx; i++) {
        const float *x = pass->x + i * count, *dy = pass->dy + i * count;
        const float *s = pass->saved + i * count;
        float *dx = pass->dx + i * count;
        for (size_t e = 0; e < count; e++)
            pass->scratch[e] = dy[e] * x[e] * powf(s[e], -beta - 1.0f);
        sum_around(layer, pass->scratch, dx);
        for (size_t e = 0; e < count; e++)
            dx[e] = dy[e] * powf(s[e], -beta) - 2.0f * beta * share * x[e] * dx[e];
    }
}

const oc_layer_ops oc_layer_local_response_norm = {
    .name = "local_response_norm", .plan = plan, .forward = forward, .backward = backward};
