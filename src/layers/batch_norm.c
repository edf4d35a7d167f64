/* batch_norm.c - batch normalisation (Ioffe and Szegedy 2015) over one shard: "ghost" batch
 * normalisation (Hoffer et al. 2017), so that it does not depend on the number of ranks. Or over
 * several shards: what is measured of each is joined in an order of the caller's (pass->joined).
 *   x (n, C, ...) -> y = (x - mean) / sqrt(variance + epsilon) * weight + bias, a channel
 * With config.no_scale there is no weight: it is 1.
 * Running mean and unbiased variance move towards the mean over all shards of a step.
 * Held (its parameters are frozen) it computes with the running ones in training too.
 * Kept: mean and 1/deviation of the shard, (2, C). With config.relu y = max(y, 0); backward finds
 * where that was by computing y once more. */
#include "layers/layer.h"

#include <math.h>
#include <string.h>

enum { MEAN, VARIANCE };

/* Where channel c's weight and bias lie. */
static size_t weight_at(const oc_layer *layer, size_t c)
{
    return layer->parameter[0].offset + c;
}

static size_t bias_at(const oc_layer *layer, size_t c)
{
    return layer->parameter[layer->parameters - 1].offset + c;
}

static oc_status plan(oc_layer *layer)
{
    if (layer->in.rank != 1 && layer->in.rank != 3)
        return oc_fail(OC_ERR_USAGE, "model: %s: %d dimensions; expected 1 or 3", layer->name,
                       layer->in.rank);
    if (!(layer->config.epsilon > 0) || !(layer->config.rate > 0 && layer->config.rate <= 1))
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: epsilon %g, rate %g; expected above 0, and a rate up to 1",
                       layer->name, layer->config.epsilon, layer->config.rate);
    if (layer->config.no_scale && layer->config.zero_weight)
        return oc_fail(OC_ERR_USAGE,
                       "model: %s: zero_weight, but with scale: false there are no weights",
                       layer->name);
    const int channels = layer->in.dim[0];
    layer->out = layer->in;
    if (!layer->config.no_scale)
        oc_layer_add_parameter(layer, "weight", oc_shape1(channels), 0);
    oc_layer_add_parameter(layer, "bias", oc_shape1(channels), 0);
    oc_layer_add_state(layer, "running_mean", oc_shape1(channels));
    oc_layer_add_state(layer, "running_variance", oc_shape1(channels));
    layer->backward_reads = OC_READS_INPUT;
    layer->in_place = 1;
    layer->saved_fixed = 2 * (size_t)channels;
    layer->sums = 2 * (size_t)channels;
    return OC_OK;
}

static void initialise(const oc_layer *layer, oc_random_key key, float *parameter, float *state)
{
    (void)key;
    const float weight = layer->config.zero_weight ? 0.0f : 1.0f;
    for (size_t c = 0; c < (size_t)layer->in.dim[0]; c++) {
        if (!layer->config.no_scale)
            parameter[weight_at(layer, c)] = weight;
        parameter[bias_at(layer, c)] = 0.0f;
        state[layer->state[MEAN].offset + c] = 0.0f;
        state[layer->state[VARIANCE].offset + c] = 1.0f;
    }
}

/* Where 16 channels (or the last few) of the shard lie. */
typedef struct block {
    oc_channels c;
    size_t first;  /* channel */
    size_t lanes;  /* channels that there are */
    size_t offset; /* of the first number */
} block;

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static block block_at(const oc_layer *layer, int n, size_t first)
{
    const size_t channels = (size_t)layer->in.dim[0], lanes = least(OC_BLOCK, channels - first);
    const size_t stride = oc_shape_floats(layer->in);
    if (layer->in.rank == 1)
        return (block){{(size_t)n, 1, stride, lanes}, first, lanes, first};
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    return (block){{(size_t)n, pixels, stride, OC_BLOCK}, first, lanes, first * pixels};
}

/* What forward computes with: zeros where there is no channel, so that y is 0 there. */
static oc_norm norm_of(const oc_layer *layer, const oc_pass *pass, const block *b)
{
    const float *weight =
        layer->config.no_scale ? NULL : pass->parameter + weight_at(layer, b->first);
    const float *bias = pass->parameter + bias_at(layer, b->first);
    const float *mean = pass->saved + b->first, *inverse = mean + layer->in.dim[0];
    oc_norm norm = {.relu = layer->config.relu};
    for (size_t i = 0; i < b->lanes; i++) {
        norm.mean[i] = mean[i];
        norm.scale[i] = weight ? inverse[i] * weight[i] : inverse[i];
        norm.shift[i] = bias[i];
    }
    return norm;
}

static double pixels_of(const oc_layer *layer)
{
    return layer->in.rank == 1 ? 1 : (double)layer->in.dim[1] * (double)layer->in.dim[2];
}

/* Mean and 1/deviation of these channels, of the shard, of all that are joined, or the running
 * ones, to be kept. */
static void find_moments(const oc_layer *layer, const oc_pass *pass, const block *b)
{
    const size_t mean_at = layer->state[MEAN].offset + b->first;
    const size_t variance_at = layer->state[VARIANCE].offset + b->first;
    const double count = (pass->joined ? pass->joined_n : (double)b->c.n) * (double)b->c.pixels;
    float *kept_mean = pass->saved + b->first, *kept_inverse = kept_mean + layer->in.dim[0];
    double mean[OC_BLOCK], variance[OC_BLOCK];
    const int measures = pass->training && !pass->held;
    if (measures && !pass->joined)
        oc_unit_get()->elementwise->moments(&b->c, pass->x + b->offset, mean, variance);
    for (size_t i = 0; i < b->lanes; i++) {
        if (pass->held && pass->statistics)
            pass->statistics[mean_at + i] = pass->statistics[variance_at + i] = 0;
        if (measures && pass->joined) {
            mean[i] = pass->joined[b->first + i];
            variance[i] = pass->joined[(size_t)layer->in.dim[0] + b->first + i] / count;
        }
        if (measures) {
            const double unbiased = count > 1 ? variance[i] * count / (count - 1) : variance[i];
            pass->statistics[mean_at + i] = (float)mean[i];
            pass->statistics[variance_at + i] = (float)unbiased;
        } else {
            mean[i] = (double)pass->state[mean_at + i];
            variance[i] = (double)pass->state[variance_at + i];
        }
        kept_mean[i] = (float)mean[i];
        kept_inverse[i] = (float)(1.0 / sqrt(variance[i] + layer->config.epsilon));
    }
}

/* Block by block, so that the second time the numbers are read they may still be in cache. */
static void forward(const oc_layer *layer, const oc_pass *pass)
{
    for (size_t first = 0; first < (size_t)layer->in.dim[0]; first += OC_BLOCK) {
        const block b = block_at(layer, pass->n, first);
        if (!pass->again)
            find_moments(layer, pass, &b);
        const oc_norm norm = norm_of(layer, pass, &b);
        oc_unit_get()->elementwise->normalise(&b.c, &norm, pass->x + b.offset, pass->y + b.offset);
    }
}

/* sum(dy) and sum(dy h) of these channels, see backward. */
static void find_sums(const oc_layer *layer, const oc_pass *pass, const block *b,
                      const oc_norm *norm, double *sum, double *product)
{
    const size_t channels = (size_t)layer->in.dim[0];
    const float *inverse = pass->saved + channels + b->first;
    if (pass->joined && !pass->held) {
        memcpy(sum, pass->sums + b->first, b->lanes * sizeof *sum);
        memcpy(product, pass->sums + channels + b->first, b->lanes * sizeof *product);
        return;
    }
    oc_unit_get()->elementwise->norm_sums(&b->c, norm, pass->x + b->offset, pass->dy + b->offset,
                                          sum, product);
    for (size_t i = 0; i < b->lanes; i++)
        product[i] *= (double)inverse[i];
}

/* Of each channel, forward: the mean and the sum of squares of what differs from it; back: sum(dy)
 * and sum(dy h). */
static void measure(const oc_layer *layer, const oc_pass *pass, int back)
{
    const size_t channels = (size_t)layer->in.dim[0];
    for (size_t first = 0; first < channels; first += OC_BLOCK) {
        const block b = block_at(layer, pass->n, first);
        double one[OC_BLOCK], two[OC_BLOCK];
        if (back) {
            const oc_norm norm = norm_of(layer, pass, &b);
            oc_pass alone = *pass;
            alone.joined = NULL;
            find_sums(layer, &alone, &b, &norm, one, two);
        } else {
            oc_unit_get()->elementwise->moments(&b.c, pass->x + b.offset, one, two);
            for (size_t i = 0; i < b.lanes; i++)
                two[i] *= (double)b.c.n * (double)b.c.pixels;
        }
        memcpy(pass->sums + first, one, b.lanes * sizeof *one);
        memcpy(pass->sums + channels + first, two, b.lanes * sizeof *two);
    }
}

/* Forward: Chan, Golub and LeVeque 1979, which takes no difference of large sums. */
static void join(const oc_layer *layer, int back, double *left, double n, const double *right,
                 double more)
{
    const size_t channels = (size_t)layer->in.dim[0];
    const double share = more / (n + more), both = n * share * pixels_of(layer);
    double *const square = left + channels;
    for (size_t i = 0; i < channels; i++) {
        if (back) {
            left[i] += right[i];
            square[i] += right[channels + i];
            continue;
        }
        const double apart = right[i] - left[i];
        left[i] += apart * share;
        square[i] += right[channels + i] + apart * apart * both;
    }
}

/* Held: dx = weight * inverse * dy. Else with h = (x - mean) * inverse and N values a channel:
 * dweight = sum(dy h), dbias = sum(dy),
 * dx = weight * inverse * (dy - dbias / N - h * dweight / N), where dweight, dbias and N are of all
 * that are joined. */
static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const oc_elementwise_ops *ops = oc_unit_get()->elementwise;
    for (size_t first = 0; first < (size_t)layer->in.dim[0]; first += OC_BLOCK) {
        const block b = block_at(layer, pass->n, first);
        const oc_norm norm = norm_of(layer, pass, &b);
        const double n = pass->joined ? pass->joined_n : (double)b.c.n;
        const double count = n * (double)b.c.pixels;
        const float *inverse = pass->saved + layer->in.dim[0] + first;
        const float *x = pass->x + b.offset, *dy = pass->dy + b.offset;
        oc_norm_gradient gradient = {{0}, {0}, {0}};
        double sum[OC_BLOCK], product[OC_BLOCK];
        find_sums(layer, pass, &b, &norm, sum, product);
        const double *all_sum = pass->joined ? pass->joined + first : sum;
        const double *all_product = pass->joined ? all_sum + layer->in.dim[0] : product;
        for (size_t i = 0; i < b.lanes; i++) {
            const double scale = (double)norm.scale[i];
            if (!layer->config.no_scale)
                pass->gradient[weight_at(layer, first + i)] += (float)product[i];
            pass->gradient[bias_at(layer, first + i)] += (float)sum[i];
            gradient.by_dy[i] = norm.scale[i];
            if (pass->held)
                continue;
            gradient.by_x[i] = (float)(-scale * (double)inverse[i] * all_product[i] / count);
            gradient.constant[i] = (float)(-scale * all_sum[i] / count);
        }
        if (pass->dx)
            ops->norm_backward(&b.c, &norm, &gradient, x, dy, pass->dx + b.offset);
    }
}

const oc_layer_ops oc_layer_batch_norm = {.name = "batch_norm",
                                          .plan = plan,
                                          .initialise = initialise,
                                          .forward = forward,
                                          .backward = backward,
                                          .measure = measure,
                                          .join = join,
                                          .fuses_relu = 1,
                                          .repeats = 1};
