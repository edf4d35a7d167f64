/* golden_models_test.c - whole residual networks against PyTorch in double precision: outputs, and
 * the gradient of every tensor. The numbers and the script that made them are in tests/golden. */
#include "golden.h"
#include "harness.h"

#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 2, CLASSES = 10, MOST = 128 };

static float *floats(size_t count)
{
    float *made = calloc(count + 1, sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    return made;
}

/* As models_golden.py: by the tensor's number, its dimensions and what it is. */
static void set_parameters(const oc_network *network, float *parameters)
{
    for (int t = 0; t < oc_network_parameters(network); t++) {
        const oc_network_tensor tensor = oc_network_parameter(network, t);
        const size_t count = oc_shape_count(tensor.shape);
        const int is_norm = strstr(tensor.name, "bn.weight") || strstr(tensor.name, "bn1.weight") ||
                            strstr(tensor.name, "bn2.weight");
        double shift = is_norm ? 0.5 : -0.1, scale = is_norm ? 1 : 0.2;
        if (tensor.shape.rank > 1) {
            shift = -sqrt(6.0 * tensor.shape.dim[0] / (double)count);
            scale = -2 * shift;
        }
        oc_golden_fill(parameters + tensor.offset, count, 1000003U * (uint32_t)t, shift, scale);
    }
}

static int check_values(const char *model, const char *what, double tolerance, const double *found,
                        size_t count)
{
    double expected[MOST];
    int wrong = oc_golden_tensor("models_golden.csv", model, what, expected, MOST) != count;
    for (size_t i = 0; i < count; i++)
        if (!(fabs(found[i] - expected[i]) <= tolerance * (fabs(expected[i]) + 0.05))) {
            printf("%s: %s %zu: %.9g, expected %.9g\n", model, what, i, found[i], expected[i]);
            wrong++;
        }
    return wrong;
}

/* Gradients by what suits the processor are compared more loosely: a rounding error of 1e-6 lets a
 * value beside a relu's kink or in a pool's near tie go the other way, and what flows back with
 * it. */
static void check_model(int kind, oc_conv_algorithm algorithm, double tolerance)
{
    const oc_model_config config = {.kind = kind};
    const oc_network_options options = {.conv = (int)algorithm};
    const char *name = oc_model_name(kind);
    oc_network *network = NULL;
    oc_workspace w;
    CU_ASSERT_EQUAL_FATAL(
        oc_model_build(&network, &config, &options, oc_shape3(3, 32, 32), CLASSES), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_workspace_create(&w, network, N, OC_FOR_TRAINING), OC_OK);
    float *parameters = floats(network->parameter_count);
    float *gradients = floats(network->parameter_count);
    float *state = floats(2 * network->state_count), *images = floats(N * 3 * 32 * 32);
    double found[MOST];
    set_parameters(network, parameters);
    oc_golden_fill(images, N * 3 * 32 * 32, 500000000, -1, 2);
    const oc_shard shard = {.n = N, .images = images, .training = 1};
    const float *y =
        oc_network_forward(network, &w, &shard, parameters, state, state + network->state_count);
    for (size_t i = 0; i < N * CLASSES; i++)
        found[i] = (double)y[i];
    CU_ASSERT_EQUAL(check_values(name, "y", 2e-4, found, N * CLASSES), 0);
    oc_golden_fill(oc_network_output_gradient(network, &w, 0), N * CLASSES, 600000000, -1, 2);
    oc_network_backward(network, &w, &shard, parameters, gradients);
    const int tensors = oc_network_parameters(network);
    for (int t = 0; t < tensors; t++) {
        const oc_network_tensor tensor = oc_network_parameter(network, t);
        double sum = 0;
        for (size_t i = 0; i < oc_shape_count(tensor.shape); i++)
            sum += (double)gradients[tensor.offset + i] * (double)gradients[tensor.offset + i];
        found[t] = sqrt(sum);
    }
    CU_ASSERT_EQUAL(check_values(name, "gradient_norm", tolerance, found, (size_t)tensors), 0);
    free(parameters);
    free(gradients);
    free(state);
    free(images);
    oc_workspace_destroy(&w);
    oc_network_destroy(network);
}

/* Convolutions that are plain sums, and whichever suit. */
static void check_ways(int kind)
{
    check_model(kind, OC_CONV_DIRECT, 2e-4);
    check_model(kind, OC_CONV_AUTO, 5e-3);
}

static void resnet9(void)
{
    check_ways(OC_MODEL_RESNET9);
}

static void resnet20(void)
{
    check_ways(OC_MODEL_RESNET20);
}

static void airbench(void)
{
    check_ways(OC_MODEL_AIRBENCH);
}

static const oc_case cases[] = {
    {"resnet9", resnet9},
    {"resnet20", resnet20},
    {"airbench", airbench},
};

int main(void)
{
    return OC_RUN_CASES("golden_models", cases);
}
