/* batch_norm.c - batch normalisation (Ioffe and Szegedy 2015) over one shard: "ghost" batch
 * normalisation (Hoffer et al. 2017), so that it does not depend on the number of ranks.
 *   x (n, C, ...) -> y = (x - mean) / sqrt(variance + epsilon) * weight + bias, a channel
 * Running mean and unbiased variance move towards the mean over all shards of a step.
 * Kept: mean and 1/deviation of the shard, (2, C). */
#include "layers/layer.h"

#include <math.h>

enum { WEIGHT, BIAS };
enum { MEAN, VARIANCE };

static oc_status plan(oc_layer *layer)
{
    if (layer->in.rank != 1 && layer->in.rank != 3)
        return oc_fail(OC_ERR_USAGE, "model: %s: %d dimensions; expected 1 or 3", layer->name,
                       layer->in.rank);
    if (!(layer->config.epsilon > 0) || !(layer->config.rate > 0 && layer->config.rate <= 1))
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: epsilon %g, rate %g; expected above 0, and a rate up to 1",
                       layer->name, layer->config.epsilon, layer->config.rate);
    const int channels = layer->in.dim[0];
    layer->out = layer->in;
    oc_layer_add_parameter(layer, "weight", oc_shape1(channels), 0);
    oc_layer_add_parameter(layer, "bias", oc_shape1(channels), 0);
    oc_layer_add_state(layer, "running_mean", oc_shape1(channels));
    oc_layer_add_state(layer, "running_variance", oc_shape1(channels));
    layer->saved_fixed = 2 * (size_t)channels;
    return OC_OK;
}

static void initialise(const oc_layer *layer, oc_random_key key, float *parameter, float *state)
{
    (void)key;
    for (int c = 0; c < layer->in.dim[0]; c++) {
        parameter[layer->parameter[WEIGHT].offset + (size_t)c] = 1.0f;
        parameter[layer->parameter[BIAS].offset + (size_t)c] = 0.0f;
        state[layer->state[MEAN].offset + (size_t)c] = 0.0f;
        state[layer->state[VARIANCE].offset + (size_t)c] = 1.0f;
    }
}

/* How the values of one channel lie: n runs of `pixels`, `stride` apart. */
typedef struct channel_runs {
    size_t channels, pixels, stride;
} channel_runs;

static channel_runs runs_of(const oc_layer *layer)
{
    const size_t all = oc_shape_count(layer->in), channels = (size_t)layer->in.dim[0];
    return (channel_runs){channels, all / channels, all};
}

/* Sums in double, in lanes so that the compiler may use vectors. */
enum { LANES = 8 };

static double total(const double *lanes)
{
    double sum = 0;
    for (int lane = 0; lane < LANES; lane++)
        sum += lanes[lane];
    return sum;
}

static void add_values(size_t count, const float *x, double *lanes)
{
    size_t p = 0;
    for (; p + LANES <= count; p += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)x[p + lane];
    for (; p < count; p++)
        lanes[0] += (double)x[p];
}

/* sum((x - mean) * (y - mean_y)): the variance with y = x, a product of two else. */
static void add_products(size_t count, const float *x, double mean, const float *y, double mean_y,
                         double *lanes)
{
    size_t p = 0;
    for (; p + LANES <= count; p += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] += ((double)x[p + lane] - mean) * ((double)y[p + lane] - mean_y);
    for (; p < count; p++)
        lanes[0] += ((double)x[p] - mean) * ((double)y[p] - mean_y);
}

/* Mean and biased variance of channel c in two passes: no cancellation. */
static void measure(const channel_runs *r, const float *x, int n, size_t c, double *mean,
                    double *variance)
{
    const double count = (double)n * (double)r->pixels;
    double sums[LANES] = {0}, squares[LANES] = {0};
    for (size_t i = 0; i < (size_t)n; i++)
        add_values(r->pixels, x + i * r->stride + c * r->pixels, sums);
    *mean = total(sums) / count;
    for (size_t i = 0; i < (size_t)n; i++) {
        const float *run = x + i * r->stride + c * r->pixels;
        add_products(r->pixels, run, *mean, run, *mean, squares);
    }
    *variance = total(squares) / count;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const channel_runs r = runs_of(layer);
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset;
    const float *bias = pass->parameter + layer->parameter[BIAS].offset;
    float *kept_mean = pass->saved, *kept_inverse = pass->saved + r.channels;
    const double count = (double)pass->n * (double)r.pixels;
    for (size_t c = 0; c < r.channels; c++) {
        double mean, variance;
        if (pass->training) {
            measure(&r, pass->x, pass->n, c, &mean, &variance);
            const double unbiased = count > 1 ? variance * count / (count - 1) : variance;
            pass->statistics[layer->state[MEAN].offset + c] = (float)mean;
            pass->statistics[layer->state[VARIANCE].offset + c] = (float)unbiased;
        } else {
            mean = (double)pass->state[layer->state[MEAN].offset + c];
            variance = (double)pass->state[layer->state[VARIANCE].offset + c];
        }
        const double inverse = 1.0 / sqrt(variance + layer->config.epsilon);
        kept_mean[c] = (float)mean;
        kept_inverse[c] = (float)inverse;
        const float m = (float)mean, scale = (float)inverse * weight[c], shift = bias[c];
        for (size_t i = 0; i < (size_t)pass->n; i++) {
            const float *x = pass->x + i * r.stride + c * r.pixels;
            float *y = pass->y + i * r.stride + c * r.pixels;
            for (size_t p = 0; p < r.pixels; p++)
                y[p] = (x[p] - m) * scale + shift;
        }
    }
}

/* Training mode. With h = (x - mean) * inverse and N values a channel:
 * dweight = sum(dy h), dbias = sum(dy),
 * dx = weight * inverse * (dy - dbias / N - h * dweight / N). */
static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const channel_runs r = runs_of(layer);
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset;
    const float *kept_mean = pass->saved, *kept_inverse = pass->saved + r.channels;
    const double count = (double)pass->n * (double)r.pixels;
    for (size_t c = 0; c < r.channels; c++) {
        const float mean = kept_mean[c], inverse = kept_inverse[c];
        double sums[LANES] = {0}, products[LANES] = {0};
        for (size_t i = 0; i < (size_t)pass->n; i++) {
            const float *dy = pass->dy + i * r.stride + c * r.pixels;
            add_values(r.pixels, dy, sums);
            add_products(r.pixels, pass->x + i * r.stride + c * r.pixels, (double)mean, dy, 0,
                         products);
        }
        const double sum = total(sums), product = total(products) * (double)inverse;
        pass->gradient[layer->parameter[WEIGHT].offset + c] += (float)product;
        pass->gradient[layer->parameter[BIAS].offset + c] += (float)sum;
        if (!pass->dx)
            continue;
        const float mean_dy = (float)(sum / count), mean_product = (float)(product / count);
        const float scale = weight[c] * inverse;
        for (size_t i = 0; i < (size_t)pass->n; i++) {
            const float *x = pass->x + i * r.stride + c * r.pixels;
            const float *dy = pass->dy + i * r.stride + c * r.pixels;
            float *dx = pass->dx + i * r.stride + c * r.pixels;
            for (size_t p = 0; p < r.pixels; p++)
                dx[p] = scale * (dy[p] - mean_dy - (x[p] - mean) * inverse * mean_product);
        }
    }
}

const oc_layer_ops oc_layer_batch_norm = {"batch_norm", plan, initialise, forward, backward, NULL};
