/* network_options_test.c - whole models computed in other ways: relus in the layer before, outputs
 * made again in backward, convolutions by an algorithm of choice. What must not change does not
 * change by a bit. Random graphs: graph_test.c. */
#include "harness.h"

#include "losses/loss.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 3, CLASSES = 10 };

static float *numbers(size_t count, uint32_t stream)
{
    float *made = calloc(count + 1, sizeof *made);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    oc_fill_normal(made, stream ? count : 0, 4, stream); /* stream 0: zeros */
    return made;
}

/* One step of training, and evaluation with the statistics of that. */
typedef struct result {
    double loss, evaluated;
    float *gradients, *statistics;
    size_t parameters, states;
    oc_memory_use memory;
    int layers, relus, fused, anew;
    size_t convolutions[OC_CONV_ALGORITHMS];
} result;

static void count_layers(const oc_network *network, const oc_workspace *w, result *r)
{
    r->layers = network->layers;
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        r->relus += strcmp(layer->ops->name, "relu") == 0;
        r->fused += oc_network_fused_into(network, i) != OC_NETWORK_NONE;
        r->anew += w->anew[i] != OC_NETWORK_NONE;
        if (strcmp(layer->ops->name, "conv2d") == 0)
            r->convolutions[layer->conv.algorithm]++;
    }
}

static result run(const oc_model_config *config, oc_shape input, const oc_network_options *options)
{
    oc_network *network = NULL;
    oc_workspace w;
    static const uint32_t sample[SAMPLES] = {8, 1, 30};
    static const int32_t labels[SAMPLES] = {7, 0, 3};
    CU_ASSERT_EQUAL_FATAL(oc_model_build(&network, config, options, input, CLASSES), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_workspace_create(&w, network, SAMPLES, OC_FOR_TRAINING), OC_OK);
    result r = {
        .memory = w.memory, .parameters = network->parameter_count, .states = network->state_count};
    float *parameters = numbers(r.parameters, 0), *state = numbers(r.states, 0);
    float *images = numbers(SAMPLES * oc_shape_count(input), 1);
    r.gradients = numbers(r.parameters, 0);
    r.statistics = numbers(r.states, 0);
    oc_network_initialise(network, 5, parameters, state);
    oc_shard shard = {
        .n = SAMPLES, .images = images, .sample = sample, .seed = 6, .epoch = 1, .training = 1};
    const float *y = oc_network_forward(network, &w, &shard, parameters, state, r.statistics);
    r.loss = oc_loss_apply(OC_LOSS_SOFTMAX_CROSS_ENTROPY, SAMPLES, CLASSES, y, labels, 1.0f,
                           oc_network_output_gradient(network, &w, 0))
                 .loss;
    oc_network_backward(network, &w, &shard, parameters, r.gradients);
    shard.training = 0;
    y = oc_network_forward(network, &w, &shard, parameters, state, NULL);
    r.evaluated =
        oc_loss_apply(OC_LOSS_SOFTMAX_CROSS_ENTROPY, SAMPLES, CLASSES, y, labels, 1.0f, NULL).loss;
    count_layers(network, &w, &r);
    free(parameters);
    free(state);
    free(images);
    oc_workspace_destroy(&w);
    oc_network_destroy(network);
    return r;
}

static void result_close(result *r)
{
    free(r->gradients);
    free(r->statistics);
}

static int same(const result *a, const result *b)
{
    return a->layers == b->layers && memcmp(&a->loss, &b->loss, sizeof a->loss) == 0 &&
           memcmp(&a->evaluated, &b->evaluated, sizeof a->loss) == 0 &&
           memcmp(a->gradients, b->gradients, a->parameters * sizeof(float)) == 0 &&
           memcmp(a->statistics, b->statistics, a->states * sizeof(float)) == 0;
}

static const struct {
    oc_model_config config;
    oc_shape input;
    int separate; /* relus that no layer before can do */
    int anew;     /* outputs that a later layer's backward reads, so made again with low memory */
} models[] = {
    {{.kind = OC_MODEL_MLP, .hidden = {20, 9}, .hidden_count = 2, .batch_norm = 1},
     {3, {1, 6, 5}, 0},
     0,
     2},
    {{.kind = OC_MODEL_LENET, .batch_norm = 1, .dropout = 0.3}, {3, {1, 28, 28}, 0}, 0, 0},
    {{.kind = OC_MODEL_LENET}, {3, {1, 28, 28}, 0}, 1, 0},
    {{.kind = OC_MODEL_CIFAR_FULL}, {3, {3, 32, 32}, 0}, 3, 0},
    {{.kind = OC_MODEL_RESNET9}, {3, {3, 32, 32}, 0}, 0, 3},
    {{.kind = OC_MODEL_RESNET20}, {3, {3, 16, 16}, 0}, 0, 10},
    {{.kind = OC_MODEL_WIDE_RESNET, .depth = 10, .width = 2, .dropout = 0.2},
     {3, {3, 16, 16}, 0},
     0,
     3},
    {{.kind = OC_MODEL_RESNET50}, {3, {3, 32, 32}, 0}, 0, 32},
};

static void same_bits(void)
{
    const oc_network_options bare = {.bare_relu = 1}, low = {.low_memory = 1};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        result apart = run(&models[i].config, models[i].input, &bare);
        result fused = run(&models[i].config, models[i].input, NULL);
        result again = run(&models[i].config, models[i].input, &low);
        const char *name = oc_model_name(models[i].config.kind);
        CU_ASSERT(isfinite(fused.loss) && fused.loss > 0);
        CU_ASSERT(apart.fused == 0 && fused.fused == fused.relus - models[i].separate);
        CU_ASSERT_EQUAL(again.fused, fused.fused);
        CU_ASSERT(fused.anew == 0 && again.anew == models[i].anew);
        CU_ASSERT(again.anew ? again.memory.total < fused.memory.total
                             : again.memory.total == fused.memory.total);
        CU_ASSERT((again.memory.anew > 0) == (again.anew > 0) && fused.memory.anew == 0);
        if (!same(&apart, &fused) || !same(&apart, &again)) {
            printf("%s: fused %s, again %s\n", name, same(&apart, &fused) ? "same" : "different",
                   same(&apart, &again) ? "same" : "different");
            CU_FAIL("other bits");
        }
        result_close(&apart);
        result_close(&fused);
        result_close(&again);
    }
}

/* The wish is for all that can; the others are as without it. */
static void convolutions(void)
{
    const oc_model_config resnet = {.kind = OC_MODEL_RESNET20};
    const oc_shape input = oc_shape3(3, 16, 16);
    result automatic = run(&resnet, input, NULL);
    const size_t all = 19;
    for (int wish = OC_CONV_AUTO + 1; wish < OC_CONV_ALGORITHMS; wish++) {
        const oc_network_options options = {.conv = wish};
        result r = run(&resnet, input, &options);
        /* Winograd's way is not for strides of 2, nor for images as they come. */
        CU_ASSERT_EQUAL(r.convolutions[wish], wish == OC_CONV_WINOGRAD ? all - 3 : all);
        CU_ASSERT_DOUBLE_EQUAL(r.loss, automatic.loss, 1e-4 * automatic.loss);
        CU_ASSERT_EQUAL(r.convolutions[OC_CONV_AUTO], 0);
        result_close(&r);
    }
    result_close(&automatic);
}

/* A shape that nobody can do is the same error with a wish as without. */
static void errors(void)
{
    const oc_model_config lenet = {.kind = OC_MODEL_LENET};
    const oc_network_options options = {.conv = OC_CONV_WINOGRAD};
    oc_network *network = NULL;
    CU_ASSERT_EQUAL(oc_model_build(&network, &lenet, &options, oc_shape3(1, 9, 9), CLASSES),
                    OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "conv2: height: the kernel of 5 is larger"));
    CU_ASSERT_PTR_NULL(network);
}

static const oc_case cases[] = {
    {"fused or computed again: the same bits", same_bits},
    {"an algorithm for all convolutions", convolutions},
    {"errors are those of the shape", errors},
};

int main(void)
{
    return OC_RUN_CASES("network_options", cases);
}
