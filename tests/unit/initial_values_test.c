/* initial_values_test.c - what a network's parameters begin as: distributions, and a function of
 * the seed alone. LeNet's first numbers are in golden_formula_test.c. */
#include "harness.h"

#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 10 };

/* A network and its initial values. */
typedef struct bench {
    oc_network *network;
    float *parameters, *state;
} bench;

static bench bench_open(const oc_model_config *config, oc_shape input)
{
    bench b = {0};
    CU_ASSERT_EQUAL_FATAL(oc_model_build(&b.network, config, NULL, input, CLASSES), OC_OK);
    b.parameters = calloc(b.network->parameter_count + b.network->state_count, sizeof(float));
    CU_ASSERT_PTR_NOT_NULL_FATAL(b.parameters);
    b.state = b.parameters + b.network->parameter_count;
    oc_network_initialise(b.network, 7, b.parameters, b.state);
    return b;
}

static void bench_close(bench *b)
{
    free(b->parameters);
    oc_network_destroy(b->network);
}

static void initial_values(void)
{
    const oc_model_config config = {.kind = OC_MODEL_LENET, .batch_norm = 1};
    bench a = bench_open(&config, oc_shape3(1, 28, 28)), b = bench_open(&config, a.network->input);
    const size_t bytes = a.network->parameter_count * sizeof(float);
    CU_ASSERT(memcmp(a.parameters, b.parameters, bytes) == 0);
    oc_network_initialise(b.network, 8, b.parameters, b.state);
    CU_ASSERT(memcmp(a.parameters, b.parameters, bytes) != 0);
    const oc_network_tensor weight = oc_network_parameter(a.network, 0); /* 20x1x5x5 */
    double largest = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < 500; i++) {
        const double w = (double)a.parameters[weight.offset + i];
        largest = fmax(largest, fabs(w));
        sum += w;
        squares += w * w;
    }
    CU_ASSERT(largest <= 0.2 && largest > 0.19); /* uniform within 1/sqrt(25) */
    CU_ASSERT(fabs(sum / 500) < 0.02);
    CU_ASSERT_DOUBLE_EQUAL(squares / 500, 0.04 / 3, 0.002);
    /* Different layers draw different numbers: compare what fan-in scales. */
    const oc_network_tensor other = oc_network_parameter(a.network, 4); /* conv2, fan-in 500 */
    CU_ASSERT_STRING_EQUAL(other.name, "conv2.weight");
    CU_ASSERT(fabs((double)a.parameters[weight.offset] * 5 -
                   (double)a.parameters[other.offset] * sqrt(500)) > 1e-3);
    bench_close(&a);
    bench_close(&b);
}

/* Is a tensor normal with this deviation? Moments up to the fourth, of enough numbers. */
static void check_normal(const bench *b, const oc_network_tensor *tensor, double deviation)
{
    const size_t count = oc_shape_count(tensor->shape);
    double sum = 0, squares = 0, fourth = 0;
    for (size_t i = 0; i < count; i++) {
        const double w = (double)b->parameters[tensor->offset + i] / deviation;
        sum += w;
        squares += w * w;
        fourth += w * w * w * w;
    }
    CU_ASSERT(count > 30000);
    CU_ASSERT_DOUBLE_EQUAL(sum / (double)count, 0, 0.02);
    CU_ASSERT_DOUBLE_EQUAL(squares / (double)count, 1, 0.03);
    CU_ASSERT_DOUBLE_EQUAL(fourth / (double)count, 3, 0.25);
}

static void check_zero(const bench *b, const oc_network_tensor *tensor)
{
    for (size_t i = 0; i < oc_shape_count(tensor->shape); i++)
        CU_ASSERT_EQUAL(b->parameters[tensor->offset + i], 0);
}

/* He et al. 2015: normal, with deviation sqrt(2 / fan-in); biases 0. */
static void he_values(void)
{
    const oc_model_config config = {.kind = OC_MODEL_RESNET20};
    bench b = bench_open(&config, oc_shape3(3, 32, 32));
    const int tensors = oc_network_parameters(b.network);
    const oc_network_tensor weight = oc_network_parameter(b.network, tensors - 5); /* 64x64x3x3 */
    const oc_network_tensor bias = oc_network_parameter(b.network, tensors - 1);
    CU_ASSERT_STRING_EQUAL(weight.name, "s3b3_conv2.weight");
    CU_ASSERT_STRING_EQUAL(bias.name, "fc.bias");
    check_normal(&b, &weight, sqrt(2.0 / 576));
    check_zero(&b, &bias);
    bench_close(&b);
}

/* Does a batch_norm tensor begin as all zeros, or all ones? */
static void check_gamma(const bench *b, int zero, int *zeros)
{
    for (int i = 0; i < oc_network_parameters(b->network); i++) {
        const oc_network_tensor tensor = oc_network_parameter(b->network, i);
        const int last = strstr(tensor.name, zero == 2 ? "bn2.weight" : "bn3.weight") != NULL;
        const size_t length = strlen(tensor.name);
        if (!strstr(tensor.name, "bn") || strcmp(tensor.name + length - 6, "weight") != 0)
            continue;
        for (size_t j = 0; j < oc_shape_count(tensor.shape); j++)
            CU_ASSERT_EQUAL(b->parameters[tensor.offset + j], (zero && last) ? 0 : 1);
        *zeros += zero && last;
    }
}

/* Goyal et al. 2017: a residual block begins as its shortcut; its projection is not touched. */
static void zero_gamma(void)
{
    static const struct {
        int kind, side, number, blocks; /* `number` of the last batch_norm of a block */
    } rows[] = {{OC_MODEL_RESNET20, 32, 2, 9},
                {OC_MODEL_RESNET18, 64, 2, 8},
                {OC_MODEL_RESNET50, 64, 3, 16}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int zero = 0; zero < 2; zero++) {
            const oc_model_config config = {.kind = rows[i].kind, .zero_gamma = zero};
            bench b = bench_open(&config, oc_shape3(3, rows[i].side, rows[i].side));
            int zeros = 0;
            check_gamma(&b, zero ? rows[i].number : 0, &zeros);
            CU_ASSERT_EQUAL(zeros, zero ? rows[i].blocks : 0);
            bench_close(&b);
        }
}

/* One linear layer that begins as its own configuration says. */
static oc_model_config one_linear(oc_layer_config layer)
{
    return (oc_model_config){
        .kind = OC_MODEL_LAYERS,
        .layers = 2,
        .layer = {{.kind = OC_LAYER_FLATTEN, .name = "flatten", .inputs = 1, .from = {-1}},
                  {.kind = OC_LAYER_LINEAR, .name = "fc", .inputs = 1, .config = layer}}};
}

/* A deviation of its own, whatever the fan-in: 10 x 3072. */
static void normal_values(void)
{
    const oc_model_config config =
        one_linear((oc_layer_config){.initial = OC_INITIAL_NORMAL, .deviation = 0.3});
    bench b = bench_open(&config, oc_shape3(3, 32, 32));
    const oc_network_tensor weight = oc_network_parameter(b.network, 0);
    const oc_network_tensor bias = oc_network_parameter(b.network, 1);
    check_normal(&b, &weight, 0.3);
    check_zero(&b, &bias);
    bench_close(&b);
}

/* A weight (outputs, inputs, area): output i passes input i on, the others are uniform. */
static void check_identity(const bench *b, const char *name, size_t centre)
{
    for (int t = 0; t < oc_network_parameters(b->network); t++) {
        const oc_network_tensor tensor = oc_network_parameter(b->network, t);
        if (strcmp(tensor.name, name) != 0)
            continue;
        const size_t inputs = (size_t)tensor.shape.dim[1], rows = (size_t)tensor.shape.dim[0];
        const size_t row = oc_shape_count(tensor.shape) / rows, area = row / inputs;
        size_t wrong = 0, inside = 0;
        for (size_t i = 0; i < rows * row; i++) {
            const size_t at = i % row;
            const float w = b->parameters[tensor.offset + i];
            if (i / row < inputs)
                wrong += w != (at == i / row * area + centre ? 1.0f : 0.0f);
            else
                inside += w != 0 && fabs((double)w) <= 1 / sqrt((double)row);
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(inside, rows > inputs ? (rows - inputs) * row : 0);
        return;
    }
    CU_FAIL("no such tensor");
}

/* More outputs than inputs, as many, and fewer (of a linear layer, which has no kernel). */
static void identities(void)
{
    const oc_model_config airbench = {.kind = OC_MODEL_AIRBENCH};
    bench b = bench_open(&airbench, oc_shape3(3, 32, 32));
    CU_ASSERT_EQUAL(oc_network_size(b.network), 1971640);
    check_identity(&b, "block1_conv1.weight", 4);
    check_identity(&b, "block3_conv2.weight", 4);
    bench_close(&b);
    const oc_model_config linear = one_linear((oc_layer_config){.initial = OC_INITIAL_DIRAC});
    b = bench_open(&linear, oc_shape3(1, 3, 5));
    check_identity(&b, "fc.weight", 0);
    const oc_network_tensor bias = oc_network_parameter(b.network, 1);
    check_zero(&b, &bias);
    bench_close(&b);
}

/* What cannot be whitened is found when the network is built. */
static void whitening_refused(void)
{
    static const struct {
        int outputs, kernel, from_input;
        const char *says;
    } rows[] = {{24, 33, 1, "kernel 33x33 on images of 32x32"},
                {25, 2, 1, "25 outputs from patches of 12 values"},
                {26, 2, 1, "26 outputs from patches of 12 values"},
                {24, 14, 1, "24 outputs from patches of 588 values"},
                {24, 2, 0, "second: initial: whiten, but it reads another layer"},
                {24, 2, 1, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        oc_network *network = NULL;
        const oc_layer_config config = {.channels = rows[i].outputs,
                                        .kernel = {rows[i].kernel, rows[i].kernel},
                                        .stride = {1, 1},
                                        .pad = {1, 1},
                                        .initial = OC_INITIAL_WHITEN,
                                        .epsilon = 1e-4};
        CU_ASSERT_EQUAL_FATAL(oc_network_create(&network, oc_shape3(3, 32, 32)), OC_OK);
        oc_status status = OC_OK;
        if (!rows[i].from_input)
            status = oc_network_add(network, OC_LAYER_RELU, "first", NULL);
        if (status == OC_OK)
            status = oc_network_add(network, OC_LAYER_CONV2D, "second", &config);
        if (status == OC_OK)
            status = oc_network_check(network);
        CU_ASSERT_EQUAL(status, rows[i].says ? OC_ERR_USAGE : OC_OK);
        if (rows[i].says)
            CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), rows[i].says));
        oc_network_destroy(network);
    }
}

static const oc_case cases[] = {
    {"initial values are a function of the seed", initial_values},
    {"He's initial values", he_values},
    {"normal initial values", normal_values},
    {"the last gamma of a block", zero_gamma},
    {"identities", identities},
    {"what cannot be whitened", whitening_refused},
};

int main(void)
{
    return OC_RUN_CASES("initial_values", cases);
}
