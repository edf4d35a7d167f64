/* local_response_norm.c - local response normalisation (Krizhevsky et al. 2012) as Caffe has it:
 *   y = x / s^beta,  s = k + alpha / N * sum of x^2 over the N values around it,
 * in `size` neighbouring channels or in a square of `size` x `size` pixels of its own channel;
 * what lies outside counts as 0. (Caffe takes k only across channels, and 1 within.)
 *   x, y (n, C, H, W) in blocks of 16 channels; kept: s
 * Loops run over whole rows of such blocks, for the compiler's vectors. */
#include "layers/layer.h"

#include <math.h>
#include <string.h>

static size_t lower(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How far the neighbourhood reaches, in channels; none beyond them counts. */
static size_t reach_across(const oc_layer *layer)
{
    return lower((size_t)layer->config.size / 2, (size_t)layer->in.dim[0]);
}

/* Floats of sum_around's line: a pixel's channels with zeros on either side, or one block. */
static size_t line_floats(const oc_layer *layer)
{
    const oc_shape in = layer->in;
    return layer->config.within_channel
               ? (size_t)in.dim[1] * (size_t)in.dim[2] * OC_BLOCK
               : (size_t)oc_block_count(in.dim[0]) * OC_BLOCK + 2 * reach_across(layer);
}

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
    layer->saved_per_sample = oc_shape_floats(layer->in);
    layer->scratch = 2 * oc_shape_floats(layer->in) + line_floats(layer);
    return OC_OK;
}

static void add_to(size_t count, const float *restrict in, float *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] += in[i];
}

/* out = the sum of `in` over each value's neighbourhood; one sample. Pixel by pixel: its channels
 * in a line, so that all sums are sums of shifted lines. */
static void sum_across(const oc_layer *layer, const float *in, float *out, float *line)
{
    const size_t reach = reach_across(layer), blocks = (size_t)oc_block_count(layer->in.dim[0]);
    const size_t pixels = (size_t)layer->in.dim[1] * (size_t)layer->in.dim[2];
    memset(line, 0, line_floats(layer) * sizeof *line);
    for (size_t p = 0; p < pixels; p++) {
        for (size_t b = 0; b < blocks; b++)
            memcpy(line + reach + b * OC_BLOCK, in + (b * pixels + p) * OC_BLOCK,
                   OC_BLOCK * sizeof *line);
        for (size_t b = 0; b < blocks; b++) {
            const float *from = line + b * OC_BLOCK;
            float sum[OC_BLOCK];
            memcpy(sum, from, sizeof sum);
            for (size_t d = 1; d <= 2 * reach; d++)
                for (size_t l = 0; l < OC_BLOCK; l++)
                    sum[l] += from[d + l];
            memcpy(out + (b * pixels + p) * OC_BLOCK, sum, sizeof sum);
        }
    }
}

/* Likewise, of a square in each plane: first along the rows into `rows`, then along the columns. */
static void sum_within(const oc_layer *layer, const float *in, float *out, float *rows)
{
    const size_t height = (size_t)layer->in.dim[1], width = (size_t)layer->in.dim[2];
    const size_t reach = (size_t)layer->config.size / 2, row = width * OC_BLOCK;
    for (int b = 0; b < oc_block_count(layer->in.dim[0]); b++, in += height * row) {
        memcpy(rows, in, height * row * sizeof *rows);
        for (size_t h = 0; h < height; h++)
            for (size_t d = 1; d <= reach && d < width; d++) {
                const size_t step = d * OC_BLOCK;
                add_to(row - step, in + h * row, rows + h * row + step);
                add_to(row - step, in + h * row + step, rows + h * row);
            }
        for (size_t h = 0; h < height; h++, out += row) {
            const size_t top = h > reach ? h - reach : 0, bottom = lower(h + reach, height - 1);
            memcpy(out, rows + top * row, row * sizeof *out);
            for (size_t i = top + 1; i <= bottom; i++)
                add_to(row, rows + i * row, out);
        }
    }
}

static void sum_around(const oc_layer *layer, const float *in, float *out, float *line)
{
    if (layer->config.within_channel)
        sum_within(layer, in, out, line);
    else
        sum_across(layer, in, out, line);
}

/* out = s^-beta; the usual 3/4 by roots, which vectors have. */
static void take_powers(size_t count, const float *restrict s, double beta, float *restrict out)
{
    if (beta == 0.75)
        for (size_t i = 0; i < count; i++) {
            const float root = sqrtf(s[i]);
            out[i] = 1.0f / (root * sqrtf(root));
        }
    else
        for (size_t i = 0; i < count; i++)
            out[i] = powf(s[i], -(float)beta);
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
    const size_t count = oc_shape_floats(layer->in);
    const float share = share_of(&layer->config), k = (float)layer->config.k;
    float *restrict block = pass->scratch;
    for (size_t i = 0; i < (size_t)pass->n; i++) {
        const float *restrict x = pass->x + i * count;
        float *restrict y = pass->y + i * count, *restrict s = pass->saved + i * count;
        for (size_t e = 0; e < count; e++)
            block[e] = x[e] * x[e];
        sum_around(layer, block, s, block + count);
        for (size_t e = 0; e < count; e++)
            s[e] = k + share * s[e];
        take_powers(count, s, layer->config.beta, block);
        for (size_t e = 0; e < count; e++)
            y[e] = x[e] * block[e];
    }
}

/* dx = dy / s^beta - 2 beta alpha / N * x * (sum of dy x / s^(beta + 1) over the neighbourhood) */
static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const size_t count = oc_shape_floats(layer->in);
    const float factor = 2.0f * (float)layer->config.beta * share_of(&layer->config);
    float *restrict power = pass->scratch, *restrict block = power + count;
    for (size_t i = 0; i < (size_t)pass->n && pass->dx; i++) {
        const float *restrict x = pass->x + i * count, *restrict dy = pass->dy + i * count;
        const float *restrict s = pass->saved + i * count;
        float *restrict dx = pass->dx + i * count;
        take_powers(count, s, layer->config.beta, power);
        for (size_t e = 0; e < count; e++)
            block[e] = dy[e] * x[e] * power[e] / s[e];
        sum_around(layer, block, dx, block + count);
        for (size_t e = 0; e < count; e++)
            dx[e] = dy[e] * power[e] - factor * x[e] * dx[e];
    }
}

const oc_layer_ops oc_layer_local_response_norm = {
    .name = "local_response_norm", .plan = plan, .forward = forward, .backward = backward};
