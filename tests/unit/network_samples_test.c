/* network_samples_test.c - what a network says of a sample does not depend, to the bit, on how many
 * samples it is evaluated with, nor on its place among them: so `eval` and `predict` agree. */
#include "harness.h"

#include "models/model.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 33 };

static float *floats(size_t count)
{
    float *made = calloc(count + 1, sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    return made;
}

/* Outputs of all samples, evaluated `n` at once, the rest at the end. */
static void evaluate(const oc_network *network, oc_workspace *workspace, int n, const float *images,
                     const float *parameters, const float *state, float *outputs)
{
    const size_t values = oc_shape_count(network->input);
    const size_t classes = oc_shape_count(oc_network_output(network));
    for (int first = 0; first < MOST; first += n) {
        const int count = MOST - first < n ? MOST - first : n;
        const oc_shard shard = {
            .n = count, .images = images + (size_t)first * values, .prepared = 1};
        const float *found =
            oc_network_forward(network, workspace, &shard, parameters, state, NULL);
        memcpy(outputs + (size_t)first * classes, found, (size_t)count * classes * sizeof *outputs);
    }
}

static void check(const oc_model_config *config, oc_shape input, int classes, int algorithm)
{
    static const int sizes[] = {1, 2, 3, 5, 16, 31};
    const oc_network_options options = {.conv = algorithm};
    oc_network *network = NULL;
    oc_workspace workspace = {0};
    CU_ASSERT_EQUAL_FATAL(oc_model_build(&network, config, &options, input, classes), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_workspace_create(&workspace, network, MOST, OC_FOR_EVALUATION), OC_OK);
    const size_t count = (size_t)MOST * (size_t)classes;
    float *const images = floats((size_t)MOST * oc_shape_count(input));
    float *const parameters = floats(network->parameter_count);
    float *const state = floats(network->state_count);
    float *const expected = floats(count), *const found = floats(count);
    oc_fill_normal(images, (size_t)MOST * oc_shape_count(input), 1, 0);
    oc_network_initialise(network, 1, parameters, state);
    oc_network_prepare(network, &workspace, 0, parameters);
    evaluate(network, &workspace, MOST, images, parameters, state, expected);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        evaluate(network, &workspace, sizes[i], images, parameters, state, found);
        if (memcmp(found, expected, count * sizeof *found) != 0) {
            printf("%s, %d classes, convolution %d: %d samples at once give other bits than %d\n",
                   oc_model_name(config->kind), classes, algorithm, sizes[i], MOST);
            CU_FAIL("bits");
        }
    }
    free(images);
    free(parameters);
    free(state);
    free(expected);
    free(found);
    oc_workspace_destroy(&workspace);
    oc_network_destroy(network);
}

/* Tables: few and many features, odd numbers of them. */
static void tables(void)
{
    static const int features[] = {1, 3, 64, 129};
    static const int outputs[] = {1, 3, 10, 100};
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        for (size_t k = 0; k < sizeof outputs / sizeof outputs[0]; k++) {
            const oc_model_config config = {
                .kind = OC_MODEL_MLP, .hidden = {20, 7, 64}, .hidden_count = 3, .batch_norm = 1};
            const oc_model_config plain = {.kind = OC_MODEL_MLP, .hidden_count = 0};
            check(&config, oc_shape3(features[i], 1, 1), outputs[k], 0);
            check(&plain, oc_shape3(features[i], 1, 1), outputs[k], 0);
        }
}

static void pictures(void)
{
    for (int algorithm = 0; algorithm < OC_CONV_ALGORITHMS; algorithm++) {
        check(&(oc_model_config){.kind = OC_MODEL_LENET}, oc_shape3(1, 16, 16), 10, algorithm);
        check(&(oc_model_config){.kind = OC_MODEL_RESNET20}, oc_shape3(3, 8, 8), 10, algorithm);
    }
    check(&(oc_model_config){.kind = OC_MODEL_CIFAR_FULL}, oc_shape3(3, 16, 16), 7, 0);
}

int main(void)
{
    static const oc_case cases[] = {{"tables", tables}, {"pictures", pictures}};
    return OC_RUN_CASES("network_samples", cases);
}
