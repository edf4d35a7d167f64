/* golden_test.c - onecycle against PyTorch in double precision: single layers, the loss, and 20
 * steps of lenet with the 1cycle schedule. The numbers and the scripts that made them are in
 * tests/golden. */
#include "golden.h"
#include "harness.h"

#include "kernels/blocks.h"
#include "losses/loss.h"
#include "models/model.h"
#include "optimizers/optimizer.h"
#include "schedules/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 10, MOST = 4096 };

/* The largest difference from a tensor of layers_golden.csv; infinite if the counts differ. */
static double difference(const char *layer, const char *tensor, const float *found, size_t count)
{
    static double expected[MOST];
    double worst = oc_golden_tensor("layers_golden.csv", layer, tensor, expected, MOST) == count
                       ? 0
                       : INFINITY;
    for (size_t i = 0; i < count && count <= MOST; i++) {
        const double error = fabs((double)found[i] - expected[i]);
        worst = isnan(error) ? INFINITY : fmax(worst, error);
    }
    if (!(worst < 1e-5))
        printf("%s.%s: %g away\n", layer, tensor, worst);
    return worst;
}

/* Where the numbers of an input come from, see layers_golden.py. */
typedef struct formula {
    uint32_t offset;
    double shift, scale;
} formula;

typedef struct golden_layer {
    const char *name;
    oc_layer_kind kind;
    int n;
    oc_shape in;
    oc_layer_config config;
    formula x, dy, parameter[OC_LAYER_TENSORS];
    const char *gradient[OC_LAYER_TENSORS]; /* names in the file */
} golden_layer;

/* clang-format off */
static const golden_layer layers[] = {
    {"conv2d", OC_LAYER_CONV2D, 2, {3, {3, 7, 9}, 0}, {.channels = 4, .kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}},
     {4000000, -1, 2}, {4300000, -1, 2}, {{4100000, -0.5, 1}, {4200000, -0.5, 1}}, {"dweight", "dbias"}},
    {"batch_norm", OC_LAYER_BATCH_NORM, 4, {3, {3, 5, 3}, 0}, {.epsilon = 1e-5, .rate = 0.1},
     {1000000, -1, 3}, {1300000, -1, 2}, {{1100000, 0.5, 1}, {1200000, -0.5, 1}}, {"dgamma", "dbeta"}},
    {"max_pool", OC_LAYER_MAX_POOL, 2, {3, {3, 7, 6}, 0}, {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}},
     {3000000, -1, 2}, {3300000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"avg_pool", OC_LAYER_AVG_POOL, 2, {3, {3, 7, 6}, 0}, {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}},
     {2000000, -1, 2}, {2300000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"max_pool_ceil", OC_LAYER_MAX_POOL, 2, {3, {3, 8, 5}, 0}, {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = 1},
     {6000000, -1, 2}, {6300000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"avg_pool_ceil", OC_LAYER_AVG_POOL, 2, {3, {3, 8, 5}, 0}, {.kernel = {3, 2}, .stride = {2, 2}, .pad = {1, 1}, .ceil_mode = 1},
     {6500000, -1, 2}, {6800000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"global_avg_pool", OC_LAYER_GLOBAL_AVG_POOL, 3, {3, {4, 3, 5}, 0}, {0},
     {7000000, -1, 2}, {7300000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"global_max_pool", OC_LAYER_GLOBAL_MAX_POOL, 3, {3, {4, 3, 5}, 0}, {0},
     {7500000, -1, 2}, {7800000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"lrn_across", OC_LAYER_LOCAL_RESPONSE_NORM, 2, {3, {7, 3, 2}, 0}, {.size = 5, .alpha = 2, .beta = 0.75, .k = 1.5},
     {8000000, -1, 2}, {8300000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"lrn_within", OC_LAYER_LOCAL_RESPONSE_NORM, 2, {3, {3, 5, 4}, 0}, {.size = 3, .alpha = 1.5, .beta = 0.75, .k = 1, .within_channel = 1},
     {8500000, -1, 2}, {8800000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"group_norm", OC_LAYER_GROUP_NORM, 3, {3, {6, 3, 4}, 0}, {.groups = 3, .epsilon = 1e-5},
     {9000000, -1, 3}, {9300000, -1, 2}, {{9100000, 0.5, 1}, {9200000, -0.5, 1}}, {"dgamma", "dbeta"}},
    {"leaky_relu", OC_LAYER_LEAKY_RELU, 2, {1, {31}, 0}, {.factor = 0.1},
     {9500000, -5, 10}, {9600000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"gelu", OC_LAYER_GELU, 2, {1, {31}, 0}, {0},
     {9700000, -5, 10}, {9800000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"silu", OC_LAYER_SILU, 2, {1, {31}, 0}, {0},
     {9900000, -5, 10}, {9950000, -1, 2}, {{0, 0, 0}}, {NULL}},
    {"pad_channels", OC_LAYER_PAD_CHANNELS, 2, {3, {3, 5, 4}, 0}, {.channels = 8, .stride = {2, 2}},
     {10000000, -1, 2}, {10300000, -1, 2}, {{0, 0, 0}}, {NULL}},
};
/* clang-format on */

static void fill(float *out, size_t count, formula f)
{
    oc_golden_fill(out, count, f.offset, f.shift, f.scale);
}

/* Zeroed floats out of one arena that lives as long as the test program's case. */
typedef struct memory {
    float *base, *next, *end;
} memory;

static memory memory_open(void)
{
    enum { FLOATS = 1 << 22 };
    float *base = calloc(FLOATS, sizeof *base);
    CU_ASSERT_PTR_NOT_NULL_FATAL(base);
    return (memory){base, base, base + FLOATS};
}

static float *take(memory *m, size_t count)
{
    CU_ASSERT_FATAL(count <= (size_t)(m->end - m->next));
    m->next += count;
    return m->next - count;
}

/* n of a shape by the formula; compared with the file. Both have numbers row by row. */
static void fill_shape(float *out, int n, oc_shape shape, formula f)
{
    float plain[MOST];
    const size_t count = (size_t)n * oc_shape_count(shape);
    CU_ASSERT_FATAL(count <= MOST);
    fill(shape.blocked ? plain : out, count, f);
    if (shape.blocked)
        oc_to_blocks(n, shape.dim[0], (size_t)shape.dim[1] * (size_t)shape.dim[2], plain, out);
}

static double shape_difference(const char *layer, const char *tensor, const float *found, int n,
                               oc_shape shape)
{
    float plain[MOST];
    const size_t count = (size_t)n * oc_shape_count(shape);
    CU_ASSERT_FATAL(count <= MOST);
    if (shape.blocked)
        oc_from_blocks(n, shape.dim[0], (size_t)shape.dim[1] * (size_t)shape.dim[2], found, plain);
    return difference(layer, tensor, shape.blocked ? plain : found, count);
}

static void check_batch_norm_state(const oc_layer *layer, oc_pass *pass)
{
    float *mean = pass->statistics + layer->state[0].offset;
    float *variance = pass->statistics + layer->state[1].offset;
    const float rate = (float)layer->config.rate;
    for (int c = 0; c < layer->in.dim[0]; c++) { /* from mean 0 and variance 1 */
        mean[c] *= rate;
        variance[c] = 1 - rate + rate * variance[c];
    }
    const size_t channels = (size_t)layer->in.dim[0];
    CU_ASSERT(difference("batch_norm", "running_mean", mean, channels) < 1e-6);
    CU_ASSERT(difference("batch_norm", "running_variance", variance, channels) < 1e-6);
    pass->training = 0;
    pass->state = pass->statistics;
    layer->ops->forward(layer, pass);
    CU_ASSERT(shape_difference("batch_norm", "y_eval", pass->y, pass->n, layer->out) < 1e-5);
}

static void check_layer(const golden_layer *golden)
{
    oc_layer layer = {0};
    oc_shape shape = golden->in;
    shape.blocked = shape.rank == 3;
    CU_ASSERT_EQUAL_FATAL(
        oc_layer_plan(&layer, golden->kind, golden->name, &shape, 1, &golden->config), OC_OK);
    const size_t n = (size_t)golden->n, in = n * oc_shape_floats(layer.in),
                 out = n * oc_shape_floats(layer.out);
    memory m = memory_open();
    float *x = take(&m, in), *y = take(&m, out), *dy = take(&m, out), *dx = take(&m, in);
    float *parameter = take(&m, layer.parameter_count), *gradient = take(&m, layer.parameter_count);
    fill_shape(x, golden->n, layer.in, golden->x);
    fill_shape(dy, golden->n, layer.out, golden->dy);
    for (int t = 0; t < layer.parameters; t++)
        fill(parameter + layer.parameter[t].offset, oc_shape_count(layer.parameter[t].shape),
             golden->parameter[t]);
    oc_pass pass = {.training = 1,
                    .n = golden->n,
                    .x = x,
                    .y = y,
                    .dy = dy,
                    .dx = dx,
                    .parameter = parameter,
                    .gradient = gradient,
                    .statistics = take(&m, layer.state_count),
                    .saved = take(&m, n * layer.saved_per_sample + layer.saved_fixed),
                    .scratch = take(&m, layer.scratch)};
    float *prepared = take(&m, layer.prepared);
    pass.prepared = prepared;
    if (layer.ops->prepare)
        layer.ops->prepare(&layer, 1, parameter, prepared);
    layer.ops->forward(&layer, &pass);
    CU_ASSERT(shape_difference(golden->name, "y", y, golden->n, layer.out) < 1e-5);
    layer.ops->backward(&layer, &pass);
    CU_ASSERT(shape_difference(golden->name, "dx", dx, golden->n, layer.in) < 1e-5);
    for (int t = 0; t < layer.parameters; t++)
        CU_ASSERT(difference(golden->name, golden->gradient[t],
                             gradient + layer.parameter[t].offset,
                             oc_shape_count(layer.parameter[t].shape)) < 1e-5);
    if (golden->kind == OC_LAYER_BATCH_NORM)
        check_batch_norm_state(&layer, &pass);
    free(m.base);
}

static void single_layers(void)
{
    for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
        check_layer(&layers[i]);
}

static void cross_entropy(void)
{
    float x[5 * 7], dx[5 * 7];
    int32_t labels[5];
    oc_golden_fill(x, 5 * 7, 5000000, -4, 8);
    for (uint32_t i = 0; i < 5; i++)
        labels[i] = (int32_t)(oc_golden_hash(5100000 + i) % 7);
    const double sum =
        oc_loss_apply(OC_LOSS_SOFTMAX_CROSS_ENTROPY, 5, 7, x, labels, 1.0f / 5, dx).loss;
    double expected = 0;
    CU_ASSERT_EQUAL(
        oc_golden_tensor("layers_golden.csv", "softmax_cross_entropy", "loss", &expected, 1), 1);
    CU_ASSERT_DOUBLE_EQUAL(sum / 5, expected, 1e-9);
    CU_ASSERT(difference("softmax_cross_entropy", "dx", dx, 5 * 7) < 1e-7);
}

/* lenet in training. */
typedef struct bench {
    oc_network *network;
    oc_workspace workspace;
    memory memory;
    float *parameters, *gradients, *shard_gradients, *velocity, *images;
    int32_t labels[OC_GOLDEN_BATCH];
    uint32_t sample[OC_GOLDEN_BATCH];
} bench;

static bench bench_open(int conv)
{
    const oc_network_options options = {.conv = conv};
    const oc_model_config config = {.kind = OC_MODEL_LENET};
    bench b = {.memory = memory_open()};
    CU_ASSERT_EQUAL_FATAL(
        oc_model_build(&b.network, &config, &options, oc_shape3(1, 28, 28), CLASSES), OC_OK);
    CU_ASSERT_EQUAL_FATAL(
        oc_workspace_create(&b.workspace, b.network, OC_GOLDEN_BATCH, OC_FOR_TRAINING), OC_OK);
    const size_t count = b.network->parameter_count;
    b.parameters = take(&b.memory, count);
    b.gradients = take(&b.memory, count);
    b.shard_gradients = take(&b.memory, count);
    b.velocity = take(&b.memory, count);
    b.images = take(&b.memory, (size_t)OC_GOLDEN_BATCH * OC_GOLDEN_PIXELS);
    CU_ASSERT_EQUAL_FATAL(oc_network_parameters(b.network), 8);
    for (int i = 0; i < 8; i += 2) { /* biases stay 0 */
        const oc_network_tensor weight = oc_network_parameter(b.network, i);
        const size_t size = oc_shape_count(weight.shape);
        oc_golden_weights(b.parameters + weight.offset, size, (uint32_t)i / 2,
                          size / (size_t)weight.shape.dim[0]);
    }
    return b;
}

static void bench_close(bench *b)
{
    free(b->memory.base);
    oc_workspace_destroy(&b->workspace);
    oc_network_destroy(b->network);
}

/* Sums over the batch, the gradient of the mean: each shard alone, then added in order. */
static oc_loss_sums gradient_of_batch(bench *b, int shards)
{
    const size_t count = b->network->parameter_count;
    const int n = OC_GOLDEN_BATCH / shards;
    oc_loss_sums sums = {0, 0};
    memset(b->gradients, 0, count * sizeof(float));
    for (int s = 0; s < shards; s++) {
        const oc_shard shard = {.n = n,
                                .images = b->images + (size_t)(s * n) * OC_GOLDEN_PIXELS,
                                .sample = b->sample,
                                .training = 1};
        const float *outputs =
            oc_network_forward(b->network, &b->workspace, &shard, b->parameters, NULL, NULL);
        const oc_loss_sums part = oc_loss_apply(
            OC_LOSS_SOFTMAX_CROSS_ENTROPY, n, CLASSES, outputs, b->labels + s * n,
            1.0f / OC_GOLDEN_BATCH, oc_network_output_gradient(b->network, &b->workspace, 0));
        sums.loss += part.loss;
        sums.correct += part.correct;
        memset(b->shard_gradients, 0, count * sizeof(float));
        oc_network_backward(b->network, &b->workspace, &shard, b->parameters, b->shard_gradients);
        for (size_t i = 0; i < count; i++)
            b->gradients[i] += b->shard_gradients[i];
    }
    return sums;
}

static void update(bench *b, oc_schedule_point point)
{
    const oc_optimizer_config config = {.kind = OC_OPTIMIZER_SGD, .weight_decay = 5e-4};
    for (int i = 0; i < oc_network_parameters(b->network); i++) {
        const oc_network_tensor tensor = oc_network_parameter(b->network, i);
        const oc_update one = {.count = oc_shape_count(tensor.shape),
                               .parameter = b->parameters + tensor.offset,
                               .gradient = b->gradients + tensor.offset,
                               .slot = {b->velocity + tensor.offset},
                               .learning_rate = point.learning_rate,
                               .momentum = point.momentum,
                               .weight_decay = tensor.is_weight ? config.weight_decay : 0};
        oc_optimizer_update(&config, &one);
    }
}

/* Norms of all tensors of a flat block against a column of lenet_golden_tensors.csv. */
static void check_norms(const bench *b, const float *block, int column, double tolerance)
{
    double rows[8 * OC_GOLDEN_TENSOR_COLUMNS];
    CU_ASSERT_EQUAL_FATAL(
        oc_golden_numbers("lenet_golden_tensors.csv", OC_GOLDEN_TENSOR_COLUMNS, rows, 8), 8);
    for (int i = 0; i < 8; i++) {
        const oc_network_tensor tensor = oc_network_parameter(b->network, i);
        const double *row = rows + i * OC_GOLDEN_TENSOR_COLUMNS;
        CU_ASSERT_EQUAL_FATAL((double)oc_shape_count(tensor.shape), row[1]);
        double squares = 0;
        for (size_t k = 0; k < oc_shape_count(tensor.shape); k++)
            squares += (double)block[tensor.offset + k] * (double)block[tensor.offset + k];
        CU_ASSERT_DOUBLE_EQUAL(sqrt(squares), row[column], tolerance * row[column]);
    }
}

static void train(int shards, int conv, double tolerance)
{
    enum { COLUMNS = OC_GOLDEN_LENET_COLUMNS };
    double rows[OC_GOLDEN_STEPS * COLUMNS];
    CU_ASSERT_EQUAL_FATAL(oc_golden_numbers("lenet_golden.csv", COLUMNS, rows, OC_GOLDEN_STEPS),
                          OC_GOLDEN_STEPS);
    const oc_schedule_config config = {.kind = OC_SCHEDULE_ONECYCLE,
                                       .lr = {.last = 0.05},
                                       .div_factor = 25,
                                       .pct_start = 0.3,
                                       .momentum = {0.95, 0.85}};
    oc_schedule schedule;
    CU_ASSERT_EQUAL_FATAL(oc_schedule_create(&schedule, &config, OC_GOLDEN_STEPS, 1), OC_OK);
    bench b = bench_open(conv);
    for (uint32_t step = 0; step < OC_GOLDEN_STEPS; step++) {
        const double *row = rows + step * COLUMNS;
        oc_schedule_point point;
        CU_ASSERT_EQUAL_FATAL(oc_schedule_at(&schedule, step, &point), OC_OK);
        CU_ASSERT_DOUBLE_EQUAL(point.learning_rate, row[4], 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(point.momentum, row[5], 1e-12);
        oc_golden_batch(step, b.images, b.labels);
        const oc_loss_sums sums = gradient_of_batch(&b, shards);
        CU_ASSERT_DOUBLE_EQUAL(sums.loss / OC_GOLDEN_BATCH, row[1], tolerance);
        CU_ASSERT_DOUBLE_EQUAL((double)sums.correct / OC_GOLDEN_BATCH, row[3],
                               1.01 / OC_GOLDEN_BATCH); /* one near tie may fall the other way */
        if (step == 0)
            check_norms(&b, b.gradients, 2, tolerance);
        update(&b, point);
    }
    check_norms(&b, b.parameters, 3, tolerance);
    bench_close(&b);
}

/* Convolutions that are plain sums; and whichever suit, which may err a little more, so that near
 * ties in pools fall the other way. How far that carries depends on the processor's roundings too:
 * with plain sums, pixels moved by up to 3e-6 move the norms of the biases by 6e-4, by up to 1e-5
 * by 9e-3. */
static void train_ways(int shards)
{
    train(shards, OC_CONV_DIRECT, 1e-4);
    train(shards, OC_CONV_AUTO, 5e-3);
}

static void lenet_one_shard(void)
{
    train_ways(1);
}

static void lenet_two_shards(void)
{
    train_ways(2);
}

static const oc_case cases[] = {
    {"single layers", single_layers},
    {"softmax cross-entropy", cross_entropy},
    {"20 steps of lenet, one shard of 64", lenet_one_shard},
    {"20 steps of lenet, two shards of 32", lenet_two_shards},
};

int main(void)
{
    return OC_RUN_CASES("golden", cases);
}
