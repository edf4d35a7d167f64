/* group_norm.c - group normalisation (Wu and He 2018): mean and variance of each sample over
 * groups of neighbouring channels. No running statistics; the same in evaluation.
 *   x (n, C, ...) -> y = (x - mean) / sqrt(variance + epsilon) * weight + bias, a channel
 * Kept: mean and 1/deviation of each sample's groups, (n, G, 2). */
#include "layers/layer.h"

#include <math.h>
#include <string.h>

enum { WEIGHT, BIAS };

enum { LANE_FLOATS = 8 }; /* of each channel, in scratch: two doubles, four floats */

static size_t padded(int channels)
{
    return (size_t)oc_block_count(channels) * OC_BLOCK;
}

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
    layer->scratch = LANE_FLOATS * padded(channels);
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

/* A sample: groups of channels in blocks of 16, side by side. One dimension is blocks of one pixel,
 * of which the last may have fewer lanes. The arrays hold a number for each channel, 0 where there
 * is none. */
typedef struct cut {
    size_t groups, members; /* members: channels of a group */
    size_t all, blocks, pixels;
    int blocked;
    double *sum, *product;
    float *mean, *inverse, *weight, *bias;
} cut;

static cut cut_of(const oc_layer *layer, const oc_pass *pass)
{
    const oc_shape in = layer->in;
    const size_t all = (size_t)in.dim[0], groups = (size_t)layer->config.groups;
    const size_t length = padded(in.dim[0]);
    double *sums = (double *)(void *)pass->scratch;
    float *lanes = pass->scratch + 4 * length;
    memset(pass->scratch, 0, LANE_FLOATS * length * sizeof(float));
    memcpy(lanes + 2 * length, pass->parameter + layer->parameter[WEIGHT].offset,
           all * sizeof(float));
    memcpy(lanes + 3 * length, pass->parameter + layer->parameter[BIAS].offset,
           all * sizeof(float));
    return (cut){.groups = groups,
                 .members = all / groups,
                 .all = all,
                 .blocks = length / OC_BLOCK,
                 .pixels = in.blocked ? (size_t)in.dim[1] * (size_t)in.dim[2] : 1,
                 .blocked = in.blocked,
                 .sum = sums,
                 .product = sums + length,
                 .mean = lanes,
                 .inverse = lanes + length,
                 .weight = lanes + 2 * length,
                 .bias = lanes + 3 * length};
}

static size_t lanes_of(const cut *k, size_t first)
{
    return k->blocked || k->all - first >= OC_BLOCK ? OC_BLOCK : k->all - first;
}

/* What follows works on one block of `pixels`, from channel `first` on. In place is fine. */
static inline void sum_block(const cut *k, size_t first, size_t lanes, const float *x)
{
    double sum[OC_BLOCK] = {0};
    for (size_t p = 0; p < k->pixels; p++, x += OC_BLOCK)
        for (size_t l = 0; l < lanes; l++)
            sum[l] += (double)x[l];
    memcpy(k->sum + first, sum, sizeof sum);
}

static inline void sum_squares(const cut *k, size_t first, size_t lanes, const float *x)
{
    double sum[OC_BLOCK] = {0}, mean[OC_BLOCK];
    memcpy(mean, k->product + first, sizeof mean);
    for (size_t p = 0; p < k->pixels; p++, x += OC_BLOCK)
        for (size_t l = 0; l < lanes; l++)
            sum[l] += ((double)x[l] - mean[l]) * ((double)x[l] - mean[l]);
    memcpy(k->sum + first, sum, sizeof sum);
}

static inline void normalise(const cut *k, size_t first, size_t lanes, const float *x, float *y)
{
    float mean[OC_BLOCK], scale[OC_BLOCK], bias[OC_BLOCK], v[OC_BLOCK];
    for (size_t l = 0; l < OC_BLOCK; l++) {
        mean[l] = k->mean[first + l];
        scale[l] = k->inverse[first + l] * k->weight[first + l];
        bias[l] = k->bias[first + l];
    }
    for (size_t p = 0; p < k->pixels; p++, x += OC_BLOCK, y += OC_BLOCK) {
        for (size_t l = 0; l < lanes; l++)
            v[l] = (x[l] - mean[l]) * scale[l] + bias[l];
        memcpy(y, v, lanes * sizeof *y);
    }
}

/* Of dy and dy * h. */
static inline void sum_products(const cut *k, size_t first, size_t lanes, const float *x,
                                const float *dy)
{
    double sum[OC_BLOCK] = {0}, product[OC_BLOCK] = {0};
    float mean[OC_BLOCK], inverse[OC_BLOCK];
    memcpy(mean, k->mean + first, sizeof mean);
    memcpy(inverse, k->inverse + first, sizeof inverse);
    for (size_t p = 0; p < k->pixels; p++, x += OC_BLOCK, dy += OC_BLOCK)
        for (size_t l = 0; l < lanes; l++) {
            sum[l] += (double)dy[l];
            product[l] += (double)dy[l] * (double)((x[l] - mean[l]) * inverse[l]);
        }
    memcpy(k->sum + first, sum, sizeof sum);
    memcpy(k->product + first, product, sizeof product);
}

/* sum, product: by now the group's sum(g) / N and sum(g h) / N. */
static inline void apply_gradient(const cut *k, size_t first, size_t lanes, const float *x,
                                  const float *dy, float *dx)
{
    float mean[OC_BLOCK], inverse[OC_BLOCK], weight[OC_BLOCK], sum[OC_BLOCK], product[OC_BLOCK];
    float v[OC_BLOCK];
    for (size_t l = 0; l < OC_BLOCK; l++) {
        mean[l] = k->mean[first + l];
        inverse[l] = k->inverse[first + l];
        weight[l] = k->weight[first + l];
        sum[l] = (float)k->sum[first + l];
        product[l] = (float)k->product[first + l];
    }
    for (size_t p = 0; p < k->pixels; p++, x += OC_BLOCK, dy += OC_BLOCK, dx += OC_BLOCK) {
        for (size_t l = 0; l < lanes; l++)
            v[l] = inverse[l] *
                   (dy[l] * weight[l] - sum[l] - (x[l] - mean[l]) * inverse[l] * product[l]);
        memcpy(dx, v, lanes * sizeof *dx);
    }
}

/* One of those over all blocks of a sample: full ones with a constant number of lanes. */
typedef enum work { SUM, SQUARES, NORMALISE, PRODUCTS, GRADIENT } work;

static inline void do_block(const cut *k, work what, size_t first, size_t lanes, const float *x,
                            const float *dy, float *out)
{
    if (what == SUM)
        sum_block(k, first, lanes, x);
    else if (what == SQUARES)
        sum_squares(k, first, lanes, x);
    else if (what == NORMALISE)
        normalise(k, first, lanes, x, out);
    else if (what == PRODUCTS)
        sum_products(k, first, lanes, x, dy);
    else
        apply_gradient(k, first, lanes, x, dy, out);
}

static void do_sample(const cut *k, work what, const float *x, const float *dy, float *out)
{
    for (size_t b = 0; b < k->blocks; b++) {
        const size_t first = b * OC_BLOCK, at = first * k->pixels, lanes = lanes_of(k, first);
        const float *dy_at = dy ? dy + at : NULL;
        float *out_at = out ? out + at : NULL;
        if (lanes == OC_BLOCK)
            do_block(k, what, first, OC_BLOCK, x + at, dy_at, out_at);
        else
            do_block(k, what, first, lanes, x + at, dy_at, out_at);
    }
}

/* The sum of a group's channels, each times its weight if `weighted`, over the group's values. */
static double group_mean(const cut *k, size_t group, const double *sums, int weighted)
{
    double sum = 0;
    for (size_t c = group * k->members; c < (group + 1) * k->members; c++)
        sum += sums[c] * (weighted ? (double)k->weight[c] : 1.0);
    return sum / (double)(k->members * k->pixels);
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const cut k = cut_of(layer, pass);
    const size_t count = oc_shape_floats(layer->in);
    for (size_t i = 0; i < (size_t)pass->n; i++) {
        const float *x = pass->x + i * count;
        float *saved = pass->saved + i * 2 * k.groups;
        do_sample(&k, SUM, x, NULL, NULL);
        for (size_t group = 0; group < k.groups; group++) {
            const double mean = group_mean(&k, group, k.sum, 0);
            saved[2 * group] = (float)mean;
            for (size_t c = group * k.members; c < (group + 1) * k.members; c++) {
                k.product[c] = mean;
                k.mean[c] = (float)mean;
            }
        }
        do_sample(&k, SQUARES, x, NULL, NULL);
        for (size_t group = 0; group < k.groups; group++) {
            const double variance = group_mean(&k, group, k.sum, 0);
            saved[2 * group + 1] = (float)(1.0 / sqrt(variance + layer->config.epsilon));
            for (size_t c = group * k.members; c < (group + 1) * k.members; c++)
                k.inverse[c] = saved[2 * group + 1];
        }
        do_sample(&k, NORMALISE, x, NULL, pass->y + i * count);
    }
}

/* With h = (x - mean) * inverse, g = dy * weight and N values a group:
 * dx = inverse * (g - sum(g) / N - h * sum(g h) / N). */
static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const cut k = cut_of(layer, pass);
    const size_t count = oc_shape_floats(layer->in);
    float *dweight = pass->gradient + layer->parameter[WEIGHT].offset;
    float *dbias = pass->gradient + layer->parameter[BIAS].offset;
    for (size_t i = 0; i < (size_t)pass->n; i++) {
        const float *x = pass->x + i * count, *dy = pass->dy + i * count;
        const float *saved = pass->saved + i * 2 * k.groups;
        for (size_t c = 0; c < k.all; c++) {
            k.mean[c] = saved[c / k.members * 2];
            k.inverse[c] = saved[c / k.members * 2 + 1];
        }
        do_sample(&k, PRODUCTS, x, dy, NULL);
        for (size_t c = 0; c < k.all; c++) {
            dbias[c] += (float)k.sum[c];
            dweight[c] += (float)k.product[c];
        }
        for (size_t group = 0; group < k.groups; group++) {
            const double sum = group_mean(&k, group, k.sum, 1);
            const double product = group_mean(&k, group, k.product, 1);
            for (size_t c = group * k.members; c < (group + 1) * k.members; c++) {
                k.sum[c] = sum;
                k.product[c] = product;
            }
        }
        if (pass->dx)
            do_sample(&k, GRADIENT, x, dy, pass->dx + i * count);
    }
}

const oc_layer_ops oc_layer_group_norm = {.name = "group_norm",
                                          .plan = plan,
                                          .initialise = initialise,
                                          .forward = forward,
                                          .backward = backward};
