/* linear.c - fully connected layer.
 *   x (n, I), weight (O, I), bias (O) -> y (n, O) = x weight^T + bias
 * By the products of dense.h where the vector unit has them, else by those of kernels.h. */
#include "layers/layer.h"

#include "kernels/unit.h"

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
    layer->backward_reads = OC_READS_INPUT;
    layer->dense = oc_unit_get()->dense;
    layer->multiplies = !layer->dense;
    if (layer->dense) {
        layer->prepared = oc_dense_packed(inputs, outputs) + oc_dense_packed(outputs, inputs);
        layer->scratch = oc_dense_scratch();
        layer->adds_up_to = OC_DENSE_SAMPLES;
        layer->side_by_side = OC_DENSE_ROWS;
    }
    oc_layer_add_parameter(layer, "weight", oc_shape2(outputs, inputs), 1);
    if (!layer->config.no_bias)
        oc_layer_add_parameter(layer, "bias", oc_shape1(outputs), 0);
    return OC_OK;
}

static void initialise(const oc_layer *layer, oc_random_key key, float *parameter, float *state)
{
    (void)state;
    oc_layer_fill(layer, key, (size_t)layer->in.dim[0], parameter);
}

/* What forward reads, and behind it what backward does. */
static void prepare(const oc_layer *layer, int dx, const float *parameter, float *prepared)
{
    const int inputs = layer->in.dim[0], outputs = layer->out.dim[0];
    const float *weight = parameter + layer->parameter[WEIGHT].offset;
    if (!layer->dense)
        return;
    layer->dense->pack(inputs, outputs, 1, weight, prepared);
    if (dx)
        layer->dense->pack(outputs, inputs, 0, weight, prepared + oc_dense_packed(inputs, outputs));
}

static int shards_of(const oc_pass *pass)
{
    return pass->shards > 1 ? pass->shards : 1;
}

static void forward(const oc_layer *layer, const oc_pass *pass)
{
    const int inputs = layer->in.dim[0], outputs = layer->out.dim[0];
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset;
    const float *bias =
        layer->config.no_bias ? NULL : pass->parameter + layer->parameter[BIAS].offset;
    if (layer->dense) {
        const oc_dense_rows rows = {shards_of(pass), pass->n, pass->x_next, pass->y_next};
        layer->dense->apply(&rows, inputs, outputs, pass->x, pass->prepared, bias, pass->y);
        return;
    }
    for (int i = 0; bias && i < pass->n; i++)
        memcpy(pass->y + (size_t)i * (size_t)outputs, bias, (size_t)outputs * sizeof(float));
    /* BLAS adds up a row of a product in an order that depends on how many rows there are. What is
     * said of a sample must not depend on those beside it. */
    const int at_once = pass->training ? pass->n : 1;
    for (int i = 0; i < pass->n; i += at_once)
        oc_kernels_get()->gemm(0, 1, at_once, outputs, inputs, pass->x + (size_t)i * (size_t)inputs,
                               inputs, weight, inputs, bias ? 1.0f : 0.0f,
                               pass->y + (size_t)i * (size_t)outputs, outputs);
}

/* 16 outputs: each shard's sum, and these added as a binary counter does. */
static void sum_of_shards(const oc_pass *pass, size_t outputs, size_t first, size_t count,
                          float *sum)
{
    float waiting[OC_DENSE_LEVELS][OC_BLOCK];
    int depth = 0;
    for (int shard = 0; shard < shards_of(pass); shard++) {
        const float *dy = pass->dy + (size_t)shard * pass->y_next + first;
        float *to = waiting[depth++];
        memcpy(to, dy, count * sizeof *to);
        for (size_t i = 1; i < (size_t)pass->n; i++)
            for (size_t o = 0; o < count; o++)
                to[o] += dy[i * outputs + o];
        for (int pairs = shard + 1; !(pairs & 1); pairs >>= 1, depth--)
            for (size_t o = 0; o < count; o++)
                waiting[depth - 2][o] += waiting[depth - 1][o];
    }
    memcpy(sum, waiting[0], count * sizeof *sum);
}

static void bias_gradient(const oc_layer *layer, const oc_pass *pass)
{
    const size_t outputs = (size_t)layer->out.dim[0], at = layer->parameter[BIAS].offset;
    for (size_t first = 0; first < outputs; first += OC_BLOCK) {
        const size_t count = outputs - first < OC_BLOCK ? outputs - first : OC_BLOCK;
        float *sum = pass->gradient + at + first;
        sum_of_shards(pass, outputs, first, count, sum);
        for (size_t o = 0; pass->left && o < count; o++)
            pass->left[at + first + o] += sum[o];
    }
}

static void backward(const oc_layer *layer, const oc_pass *pass)
{
    const int inputs = layer->in.dim[0], outputs = layer->out.dim[0];
    const float *weight = pass->parameter + layer->parameter[WEIGHT].offset;
    float *gradient = (pass->left ? pass->left : pass->gradient) + layer->parameter[WEIGHT].offset;
    const oc_dense_rows rows = {shards_of(pass), pass->n, pass->x_next, pass->y_next};
    const oc_dense_rows back = {shards_of(pass), pass->n, pass->y_next, pass->x_next};
    if (layer->dense)
        layer->dense->weight_gradient(&rows, outputs, inputs, pass->x, pass->dy, pass->left != NULL,
                                      gradient, pass->scratch);
    else
        oc_kernels_get()->gemm(1, 0, outputs, inputs, pass->n, pass->dy, outputs, pass->x, inputs,
                               0.0f, gradient, inputs);
    if (!layer->config.no_bias)
        bias_gradient(layer, pass);
    if (pass->dx && layer->dense)
        layer->dense->apply(&back, outputs, inputs, pass->dy,
                            pass->prepared + oc_dense_packed(inputs, outputs), NULL, pass->dx);
    else if (pass->dx)
        oc_kernels_get()->gemm(0, 0, pass->n, inputs, outputs, pass->dy, outputs, weight, inputs,
                               0.0f, pass->dx, inputs);
}

static double multiply_adds(const oc_layer *layer)
{
    return (double)layer->in.dim[0] * layer->out.dim[0];
}

const oc_layer_ops oc_layer_linear = {.name = "linear",
                                      .plan = plan,
                                      .initialise = initialise,
                                      .forward = forward,
                                      .backward = backward,
                                      .prepare = prepare,
                                      .writes_gradient = 1,
                                      .multiply_adds = multiply_adds};
