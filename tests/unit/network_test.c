/* network_test.c - whole networks: gradients against finite differences, sizes, shards, errors. */
#include "harness.h"

#include "base/hash.h"
#include "losses/loss.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 10, SAMPLES = 4 };

/* A built network with everything one shard needs. */
typedef struct bench {
    oc_network *network;
    oc_workspace workspace;
    oc_arena arena;
    float *parameters, *gradients, *state, *statistics, *images;
    int32_t labels[SAMPLES];
    uint32_t sample[SAMPLES];
    size_t pixels;
} bench;

static void fill(float *out, size_t count, uint32_t stream)
{
    oc_fill_normal(out, count, 3, stream);
}

static bench bench_open(const oc_model_config *config, oc_shape input)
{
    bench b = {.pixels = oc_shape_count(input)};
    CU_ASSERT_EQUAL_FATAL(oc_model_build(&b.network, config, NULL, input, CLASSES), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_workspace_create(&b.workspace, b.network, SAMPLES, OC_FOR_TRAINING),
                          OC_OK);
    const size_t offset[] = {oc_arena_reserve(&b.arena, b.network->parameter_count),
                             oc_arena_reserve(&b.arena, b.network->parameter_count),
                             oc_arena_reserve(&b.arena, b.network->state_count),
                             oc_arena_reserve(&b.arena, b.network->state_count),
                             oc_arena_reserve(&b.arena, SAMPLES * b.pixels)};
    CU_ASSERT_EQUAL_FATAL(oc_arena_commit(&b.arena, "test"), OC_OK);
    b.parameters = oc_arena_floats(&b.arena, offset[0]);
    b.gradients = oc_arena_floats(&b.arena, offset[1]);
    b.state = oc_arena_floats(&b.arena, offset[2]);
    b.statistics = oc_arena_floats(&b.arena, offset[3]);
    b.images = oc_arena_floats(&b.arena, offset[4]);
    oc_network_initialise(b.network, 7, b.parameters, b.state);
    fill(b.images, SAMPLES * b.pixels, 1);
    for (int i = 0; i < SAMPLES; i++) {
        b.labels[i] = i * 3 % CLASSES;
        b.sample[i] = (uint32_t)(100 - 7 * i);
    }
    return b;
}

static void bench_close(bench *b)
{
    oc_arena_free(&b->arena);
    oc_workspace_destroy(&b->workspace);
    oc_network_destroy(b->network);
}

static oc_shard shard_of(const bench *b, int first, int n, int training)
{
    return (oc_shard){.n = n,
                      .images = b->images + (size_t)first * b->pixels,
                      .sample = b->sample + first,
                      .seed = 9,
                      .epoch = 2,
                      .training = training};
}

/* Sum of losses in training mode; the gradient is left where backward looks for it. */
static double loss_of(bench *b)
{
    const oc_shard shard = shard_of(b, 0, SAMPLES, 1);
    const float *outputs = oc_network_forward(b->network, &b->workspace, &shard, b->parameters,
                                              b->state, b->statistics);
    return oc_loss_apply(OC_LOSS_SOFTMAX_CROSS_ENTROPY, SAMPLES, CLASSES, outputs, b->labels, 1.0f,
                         oc_network_output_gradient(b->network, &b->workspace, 0))
        .loss;
}

/* A digest of every choice in the last forward pass: winners of pools, signs of relus. Where it
 * changes, the loss has a kink and no difference quotient is right. */
static uint64_t choices(const bench *b)
{
    uint64_t digest = 0;
    for (int i = 0; i < b->network->layers; i++) {
        const oc_layer *layer = &b->network->layer[i];
        const size_t count = SAMPLES * oc_shape_floats(layer->out);
        if (strstr(layer->ops->name, "max_pool"))
            digest = digest * 31 + oc_hash64(b->workspace.saved[i],
                                             SAMPLES * layer->saved_per_sample * sizeof(float));
        for (size_t k = 0; k < count && strcmp(layer->ops->name, "relu") == 0; k++)
            digest = digest * 31 + (b->workspace.output[i][k] > 0);
    }
    return digest;
}

/* Along `direction`, `count` parameters from `at`: the derivative of the loss by differences of
 * fourth order. The step is halved until no kink lies within; NAN if one always does. */
static double slope(bench *b, size_t at, size_t count, const float *direction, double step)
{
    float *moved = b->parameters + at, *kept = malloc(count * sizeof *kept);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
    memcpy(kept, moved, count * sizeof *kept);
    double found = NAN;
    for (int halvings = 0; halvings < 6 && isnan(found); halvings++, step /= 2) {
        const double places[4] = {-step, -step / 2, step / 2, step};
        double loss[4];
        uint64_t digest[4];
        for (int p = 0; p < 4; p++) {
            for (size_t i = 0; i < count; i++)
                moved[i] = kept[i] + (float)places[p] * direction[i];
            loss[p] = loss_of(b);
            digest[p] = choices(b);
        }
        if (digest[0] == digest[1] && digest[1] == digest[2] && digest[2] == digest[3])
            found = (8 * (loss[2] - loss[1]) - (loss[3] - loss[0])) / (6 * step);
    }
    memcpy(moved, kept, count * sizeof *kept);
    free(kept);
    return found;
}

static double dot(const float *a, const float *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* 1 if they could be compared. */
static int compare(const oc_network_tensor *tensor, const char *what, double found, double expected,
                   double tolerance)
{
    if (fabs(found - expected) > tolerance) {
        printf("%s, %s: %g, expected %g +- %g\n", tensor->name, what, found, expected, tolerance);
        CU_FAIL("gradient");
    }
    return !isnan(expected);
}

/* One tensor: along its gradient, where the loss changes most, and a random sample of its
 * elements. */
static void check_tensor(bench *b, const oc_network_tensor *tensor, uint32_t stream)
{
    enum { CHOSEN = 12 };
    const size_t count = oc_shape_count(tensor->shape);
    const float *gradient = b->gradients + tensor->offset, one = 1;
    const oc_random_key key = oc_random_make_key(4, OC_PURPOSE_TEST, stream);
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)gradient[i]));
    const double steepest = dot(gradient, gradient, count);
    int compared = 0;
    if (largest > 1e-4) /* else the loss does not depend on this tensor */
        compared += compare(tensor, "along the gradient", steepest,
                            slope(b, tensor->offset, count, gradient, 4e-3 / sqrt(steepest)),
                            5e-3 * steepest);
    for (uint32_t i = 0; i < CHOSEN; i++) {
        const size_t at = oc_random_at(key, i, 0, 0, 0).word[0] % count;
        compared +=
            compare(tensor, "one element", (double)gradient[at],
                    slope(b, tensor->offset + at, 1, &one, 4e-3), 5e-3 * fmax(largest, 0.2));
    }
    if (compared < CHOSEN / 2) {
        printf("%s: only %d of %d could be compared\n", tensor->name, compared, CHOSEN + 1);
        CU_FAIL("too few");
    }
}

static void check_model(const oc_model_config *config, oc_shape input, int without)
{
    bench b = bench_open(config, input);
    const oc_shard shard = shard_of(&b, 0, SAMPLES, 1);
    int flat = 0;
    loss_of(&b);
    oc_network_backward(b.network, &b.workspace, &shard, b.parameters, b.gradients);
    for (int i = 0; i < oc_network_parameters(b.network); i++) {
        const oc_network_tensor tensor = oc_network_parameter(b.network, i);
        check_tensor(&b, &tensor, (uint32_t)i);
        const float *gradient = b.gradients + tensor.offset;
        flat += dot(gradient, gradient, oc_shape_count(tensor.shape)) < 1e-8;
    }
    CU_ASSERT_EQUAL(flat, without);
    bench_close(&b);
}

static oc_model_config mlp(int batch_norm, double dropout)
{
    return (oc_model_config){.kind = OC_MODEL_MLP,
                             .hidden = {23, 17},
                             .hidden_count = 2,
                             .batch_norm = batch_norm,
                             .dropout = dropout};
}

static void mlp_gradients(void)
{
    for (int batch_norm = 0; batch_norm < 2; batch_norm++) {
        const oc_model_config config = mlp(batch_norm, batch_norm ? 0.25 : 0);
        /* A constant before batch-norm is taken off again: two biases without gradient. */
        check_model(&config, oc_shape3(2, 5, 3), batch_norm ? 2 : 0);
    }
}

static void lenet_gradients(void)
{
    for (int batch_norm = 0; batch_norm < 2; batch_norm++) {
        const oc_model_config config = {
            .kind = OC_MODEL_LENET, .batch_norm = batch_norm, .dropout = batch_norm ? 0.25 : 0};
        /* Likewise the biases of conv1, conv2, fc1, bn1 and bn2, which pools pass on. */
        check_model(&config, oc_shape3(1, 16, 16), batch_norm ? 5 : 0);
    }
}

/* Parameters and multiply-adds as the papers, Caffe and torchvision count them. */
static void sizes(void)
{
    static const struct {
        oc_model_config config;
        oc_shape input;
        int classes;
        size_t parameters;
        double multiply_adds;
    } rows[] = {
        {{.kind = OC_MODEL_LENET}, {3, {1, 28, 28}, 0}, 10, 431080, 2293000},
        {{.kind = OC_MODEL_MLP, .hidden = {512, 512}, .hidden_count = 2},
         {3, {1, 28, 28}, 0},
         10,
         669706,
         668672},
        {{.kind = OC_MODEL_MNIST_CNN}, {3, {1, 28, 28}, 0}, 10, 1663370, 12273152},
        {{.kind = OC_MODEL_CIFAR_FULL}, {3, {3, 32, 32}, 0}, 10, 89578, 12298240},
        {{.kind = OC_MODEL_RESNET9}, {3, {3, 32, 32}, 0}, 10, 6573120, 379261952},
        {{.kind = OC_MODEL_AIRBENCH}, {3, {3, 32, 32}, 0}, 10, 1971640, 118147360},
        {{.kind = OC_MODEL_RESNET20}, {3, {3, 32, 32}, 0}, 10, 269722, 40551040},
        {{.kind = OC_MODEL_RESNET32}, {3, {3, 32, 32}, 0}, 10, 464154, 68862592},
        {{.kind = OC_MODEL_RESNET44}, {3, {3, 32, 32}, 0}, 10, 658586, 97174144},
        {{.kind = OC_MODEL_RESNET56}, {3, {3, 32, 32}, 0}, 10, 853018, 125485696},
        {{.kind = OC_MODEL_RESNET110}, {3, {3, 32, 32}, 0}, 10, 1727962, 252887680},
        {{.kind = OC_MODEL_WIDE_RESNET, .depth = 28, .width = 10},
         {3, {3, 32, 32}, 0},
         10,
         36479194,
         5243328768},
        {{.kind = OC_MODEL_RESNET18}, {3, {3, 224, 224}, 0}, 1000, 11689512, 1814073344},
        {{.kind = OC_MODEL_RESNET34}, {3, {3, 224, 224}, 0}, 1000, 21797672, 3663761408},
        {{.kind = OC_MODEL_RESNET50}, {3, {3, 224, 224}, 0}, 1000, 25557032, 4089184256},
    };
    int counted[OC_MODEL_COUNT] = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        oc_network *network = NULL;
        CU_ASSERT_EQUAL_FATAL(
            oc_model_build(&network, &rows[i].config, NULL, rows[i].input, rows[i].classes), OC_OK);
        const double products = oc_network_multiply_adds(network);
        if (oc_network_size(network) != rows[i].parameters || products != rows[i].multiply_adds) {
            printf("%s: %zu parameters, %.0f multiply-adds\n", oc_model_name(rows[i].config.kind),
                   oc_network_size(network), products);
            CU_FAIL("counts");
        }
        CU_ASSERT(oc_shape_equal(oc_network_output(network), oc_shape1(rows[i].classes)));
        oc_network_destroy(network);
        counted[rows[i].config.kind]++;
    }
    for (int kind = 0; kind < OC_MODEL_COUNT; kind++)
        CU_ASSERT(counted[kind] > 0 || kind == OC_MODEL_LAYERS);
    const oc_model_config lenet = {.kind = OC_MODEL_LENET};
    bench b = bench_open(&lenet, oc_shape3(1, 28, 28));
    CU_ASSERT_EQUAL(oc_network_parameters(b.network), 8);
    CU_ASSERT_EQUAL(oc_network_states(b.network), 0);
    CU_ASSERT_STRING_EQUAL(oc_network_parameter(b.network, 0).name, "conv1.weight");
    CU_ASSERT_STRING_EQUAL(oc_network_parameter(b.network, 7).name, "fc2.bias");
    bench_close(&b);
}

/* Where the last of these tensors ends; each begins where the one before has ended, or later. */
static size_t end_of(const oc_network *n, int all, oc_network_tensor at(const oc_network *, int))
{
    size_t end = 0;
    for (int i = 0; i < all; i++) {
        CU_ASSERT(at(n, i).offset >= end);
        end = at(n, i).offset + oc_shape_count(at(n, i).shape);
    }
    return end;
}

static void tensors_do_not_overlap(void)
{
    const oc_model_config config = {.kind = OC_MODEL_LENET, .batch_norm = 1};
    bench b = bench_open(&config, oc_shape3(1, 28, 28));
    const oc_network *const n = b.network;
    CU_ASSERT(end_of(n, oc_network_parameters(n), oc_network_parameter) <= n->parameter_count);
    CU_ASSERT(end_of(n, oc_network_states(n), oc_network_state) <= n->state_count);
    CU_ASSERT_EQUAL(oc_network_states(n), 6);
    bench_close(&b);
}

/* Evaluation of a shard and of its parts: a sample's outputs do not depend on its company.
 * Within rounding, not bit for bit: BLAS may choose another kernel for fewer rows. */
static void parts_of_a_shard(void)
{
    for (int batch_norm = 0; batch_norm < 2; batch_norm++) {
        const oc_model_config config = {
            .kind = OC_MODEL_LENET, .batch_norm = batch_norm, .dropout = 0.5};
        bench b = bench_open(&config, oc_shape3(1, 28, 28));
        float whole[SAMPLES * CLASSES];
        oc_shard shard = shard_of(&b, 0, SAMPLES, 0);
        shard.sample = NULL; /* not needed in evaluation */
        memcpy(whole,
               oc_network_forward(b.network, &b.workspace, &shard, b.parameters, b.state, NULL),
               sizeof whole);
        for (int first = 0; first < SAMPLES; first += SAMPLES / 2) {
            shard = shard_of(&b, first, SAMPLES / 2, 0);
            const float *part =
                oc_network_forward(b.network, &b.workspace, &shard, b.parameters, b.state, NULL);
            for (int i = 0; i < SAMPLES / 2 * CLASSES; i++)
                CU_ASSERT_DOUBLE_EQUAL(part[i], whole[first * CLASSES + i], 1e-6);
        }
        bench_close(&b);
    }
}

/* The same shard twice, with other work in between: the same bits. */
static void repeatable(void)
{
    const oc_model_config config = {.kind = OC_MODEL_LENET, .batch_norm = 1, .dropout = 0.5};
    bench b = bench_open(&config, oc_shape3(1, 28, 28));
    const size_t count = b.network->parameter_count;
    float *first = malloc(count * sizeof *first);
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    for (int round = 0; round < 2; round++) {
        const oc_shard shard = shard_of(&b, 0, SAMPLES, 1), other = shard_of(&b, 1, 2, 0);
        oc_network_forward(b.network, &b.workspace, &other, b.parameters, b.state, NULL);
        memset(b.gradients, 0, count * sizeof *b.gradients);
        loss_of(&b);
        oc_network_backward(b.network, &b.workspace, &shard, b.parameters, b.gradients);
        if (round == 0)
            memcpy(first, b.gradients, count * sizeof *first);
    }
    CU_ASSERT(memcmp(first, b.gradients, count * sizeof *first) == 0);
    free(first);
    bench_close(&b);
}

static void errors(void)
{
    const struct {
        oc_model_config config;
        oc_shape input;
        const char *says[2];
    } wrong[] = {
        {{.kind = OC_MODEL_LENET}, {3, {1, 12, 12}, 0}, {"conv2", "kernel of 5"}},
        {{.kind = OC_MODEL_LENET}, {3, {1, 4, 28}, 0}, {"conv1", "height"}},
        {{.kind = OC_MODEL_LENET}, {3, {1, 28, 13}, 0}, {"conv2", "width"}},
        {{.kind = OC_MODEL_LENET}, {3, {0, 28, 28}, 0}, {"conv1", "0x28x28"}},
        {{.kind = OC_MODEL_LENET, .dropout = 1}, {3, {1, 28, 28}, 0}, {"dropout", "probability 1"}},
        {{.kind = OC_MODEL_LENET, .classes = 11}, {3, {1, 28, 28}, 0}, {"11", "10"}},
        {{.kind = OC_MODEL_MLP, .hidden = {0}, .hidden_count = 1}, {3, {1, 2, 2}, 0}, {"fc1", "0"}},
        {{.kind = OC_MODEL_MLP}, {3, {1, 65536, 65536}, 0}, {"flatten", "2^30"}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        oc_network *network = NULL;
        oc_fail(OC_OK, "nothing");
        CU_ASSERT_EQUAL(oc_model_build(&network, &wrong[i].config, NULL, wrong[i].input, CLASSES),
                        OC_ERR_USAGE);
        CU_ASSERT_PTR_NULL(network);
        if (!strstr(oc_message(), wrong[i].says[0]) || !strstr(oc_message(), wrong[i].says[1])) {
            printf("%zu: \"%s\"\n", i, oc_message());
            CU_FAIL("message");
        }
    }
    oc_network_destroy(NULL);
}

static void names(void)
{
    for (int kind = 0; kind < OC_MODEL_COUNT; kind++)
        CU_ASSERT_EQUAL(oc_model_find(oc_model_name(kind)), kind);
    CU_ASSERT_EQUAL(oc_model_find("lenet6"), -1);
}

static const oc_case cases[] = {
    {"gradients of mlp", mlp_gradients},
    {"gradients of lenet", lenet_gradients},
    {"parameter counts", sizes},
    {"tensors do not overlap", tensors_do_not_overlap},
    {"parts of a shard", parts_of_a_shard},
    {"repeatable to the bit", repeatable},
    {"errors", errors},
    {"names", names},
};

int main(void)
{
    return OC_RUN_CASES("network", cases);
}
