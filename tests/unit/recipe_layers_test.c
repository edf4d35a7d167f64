/* recipe_layers_test.c - networks written in the recipe: the same as the models they spell out,
 * writing and reading back, and what is refused. */
#include "recipe/recipe.h"

#include "tests/harness.h"
#include "tests/unit/recipe_check.h"

#include <stdlib.h>
#include <string.h>

static const char rest[] = "data: {file: set.h5}\ntrain: {epochs: 3}\nschedule: {max_lr: 0.05}\n";

static const char lenet[] =
    "model:\n"
    "  layers:\n"
    "    - {type: conv2d, name: conv1, channels: 20, kernel: 5, stride: 1, pad: 0}\n"
    "    - {type: max_pool, kernel: [2, 2], stride: 2}\n"
    "    - type: conv2d\n"
    "      channels: 50\n"
    "      kernel: [5, 5]\n"
    "    - {type: max_pool, kernel: 2, stride: 2}\n"
    "    - flatten\n"
    "    - {type: linear, outputs: 500}\n"
    "    - relu\n"
    "    - {type: linear, name: last}\n";

/* A residual network by name and from: wide_resnet with depth 10 and width 1. */
static const char residual[] =
    "model:\n"
    "  layers:\n"
    "    - {type: conv2d, name: conv, channels: 16, kernel: 3, pad: 1, bias: false, initial: he}\n"
    "    - {type: batch_norm, name: bn1}\n"
    "    - {type: relu, name: r1}\n"
    "    - {type: conv2d, name: c11, channels: 16, kernel: 3, pad: 1, bias: false, initial: he}\n"
    "    - batch_norm\n"
    "    - relu\n"
    "    - {type: conv2d, name: c12, channels: 16, kernel: 3, pad: 1, bias: false, initial: he}\n"
    "    - {type: add, name: a1, from: [c12, conv]}\n"
    "    - batch_norm\n"
    "    - {type: relu, name: r2}\n"
    "    - {type: conv2d, channels: 32, kernel: 3, stride: 2, pad: 1, bias: false, initial: he}\n"
    "    - batch_norm\n"
    "    - relu\n"
    "    - {type: conv2d, name: c22, channels: 32, kernel: 3, pad: 1, bias: false, initial: he}\n"
    "    - {type: conv2d, name: p2, channels: 32, kernel: 1, stride: 2, bias: false, initial: he,\n"
    "       from: r2}\n"
    "    - {type: add, from: [c22, p2]}\n"
    "    - batch_norm\n"
    "    - {type: relu, name: r3}\n"
    "    - {type: conv2d, channels: 64, kernel: 3, stride: 2, pad: 1, bias: false, initial: he}\n"
    "    - batch_norm\n"
    "    - relu\n"
    "    - {type: conv2d, name: c32, channels: 64, kernel: 3, pad: 1, bias: false, initial: he}\n"
    "    - {type: conv2d, name: p3, channels: 64, kernel: 1, stride: 2, bias: false, initial: he,\n"
    "       from: [r3]}\n"
    "    - {type: add, from: [c32, p3]}\n"
    "    - batch_norm\n"
    "    - relu\n"
    "    - global_avg_pool\n"
    "    - {type: linear, initial: he}\n";

static oc_recipe *recipe_of(const char *model)
{
    char text[8192];
    oc_recipe *recipe = malloc(sizeof *recipe);
    CU_ASSERT_PTR_NOT_NULL_FATAL(recipe);
    snprintf(text, sizeof text, "%s%s", model, rest);
    const oc_status status = parse(recipe, text, NULL);
    if (status != OC_OK)
        printf("%s\n", oc_message());
    CU_ASSERT_EQUAL_FATAL(status, OC_OK);
    return recipe;
}

/* Weights after initialisation and one step's gradients, all that a hash can tell of. */
static oc_digest digest_of(const oc_model_config *config, oc_shape input)
{
    enum { N = 2, CLASSES = 10 };
    oc_network *network = NULL;
    oc_workspace w;
    oc_digest digest = {0, 0};
    oc_status status = oc_model_build(&network, config, NULL, input, CLASSES);
    if (status != OC_OK)
        printf("%s\n", oc_message());
    CU_ASSERT_EQUAL_FATAL(status, OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_workspace_create(&w, network, N, OC_FOR_TRAINING), OC_OK);
    const size_t parameters = network->parameter_count, states = network->state_count;
    const size_t pixels = N * oc_shape_count(input);
    float *all = calloc(2 * (parameters + states) + pixels, sizeof *all);
    CU_ASSERT_PTR_NOT_NULL_FATAL(all);
    float *gradients = all + parameters, *state = gradients + parameters;
    float *statistics = state + states, *images = statistics + states;
    for (size_t i = 0; i < pixels; i++)
        images[i] = (float)(i * 37 % 101) / 50 - 1;
    oc_network_initialise(network, 5, all, state);
    const uint32_t sample[N] = {3, 8};
    const oc_shard shard = {.n = N, .images = images, .sample = sample, .training = 1};
    oc_network_forward(network, &w, &shard, all, state, statistics);
    for (size_t i = 0; i < N * CLASSES; i++)
        oc_network_output_gradient(network, &w, 0)[i] = (float)i - 9.5f;
    oc_network_backward(network, &w, &shard, all, gradients);
    for (size_t i = 0; i < parameters; i++)
        all[i] -= 0.01f * gradients[i];
    CU_ASSERT_EQUAL(oc_network_hash(network, all, statistics, &digest), OC_OK);
    free(all);
    oc_workspace_destroy(&w);
    oc_network_destroy(network);
    return digest;
}

static void same_as_models(void)
{
    const oc_shape digits = oc_shape3(1, 28, 28), pictures = oc_shape3(3, 16, 16);
    oc_recipe *r = recipe_of(lenet);
    const oc_model_config named = {.kind = OC_MODEL_LENET};
    const oc_model_config wide = {.kind = OC_MODEL_WIDE_RESNET, .depth = 10, .width = 1};
    CU_ASSERT_EQUAL(r->model.kind, OC_MODEL_LAYERS);
    CU_ASSERT_EQUAL(r->model.layers, 8);
    CU_ASSERT_STRING_EQUAL(r->model.layer[1].name, "max_pool2");
    CU_ASSERT(oc_digest_equal(digest_of(&r->model, digits), digest_of(&named, digits)));
    free(r);
    r = recipe_of(residual);
    CU_ASSERT(oc_digest_equal(digest_of(&r->model, pictures), digest_of(&wide, pictures)));
    r->model.layer[7].from[1] = 2; /* the shortcut from elsewhere is another network */
    CU_ASSERT(!oc_digest_equal(digest_of(&r->model, pictures), digest_of(&wide, pictures)));
    free(r);
}

/* Every type of layer, with keys that are not the defaults. */
static const char every[] =
    "model:\n"
    "  name: layers\n"
    "  layers:\n"
    "    - {type: conv2d, channels: 4, kernel: [3, 1], stride: [1, 2], pad: [1, 0], bias: false,\n"
    "       initial: whiten, epsilon: 0.01}\n"
    "    - {type: batch_norm, epsilon: 0.001, rate: 0.25, zero_weight: true}\n"
    "    - {type: batch_norm, name: bare, scale: false}\n"
    "    - {type: group_norm, groups: 2, epsilon: 3e-7}\n"
    "    - {type: leaky_relu, factor: 0.2}\n"
    "    - {type: local_response_norm, size: 3, alpha: 0.30000000000000004, beta: 0.5, k: 2,\n"
    "       region: within_channel}\n"
    "    - {type: max_pool, kernel: 2, stride: 2, ceil_mode: true}\n"
    "    - {type: avg_pool, name: p, kernel: 2, pad: 1}\n"
    "    - {type: pad_channels, name: q, channels: 6, stride: 2}\n"
    "    - {type: pad_channels, channels: 6, stride: 2, from: p}\n"
    "    - {type: concat, from: [q, pad_channels10, q]}\n"
    "    - gelu\n"
    "    - silu\n"
    "    - {type: scale, factor: -2}\n"
    "    - {type: dropout, probability: 0.5}\n"
    "    - {type: global_max_pool, name: m}\n"
    "    - {type: global_avg_pool, from: dropout15}\n"
    "    - {type: add, from: [m, global_avg_pool17]}\n"
    "    - relu\n"
    "    - flatten\n"
    "    - {type: linear, outputs: 10, initial: normal, deviation: 0.25}\n";

static void reads_back(void)
{
    static const char *const models[] = {lenet, residual, every};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        char *text = NULL;
        oc_recipe *r = recipe_of(models[i]), *again = malloc(sizeof *again);
        CU_ASSERT_PTR_NOT_NULL_FATAL(again);
        CU_ASSERT_EQUAL_FATAL(oc_recipe_format(r, &text), OC_OK);
        const oc_status status = oc_recipe_parse(again, text, strlen(text), "again", "/", NULL, 0);
        if (status != OC_OK)
            printf("%s\n%s\n", oc_message(), text);
        CU_ASSERT_EQUAL(status, OC_OK);
        CU_ASSERT(memcmp(r, again, sizeof *r) == 0);
        free(text);
        free(again);
        free(r);
    }
    oc_recipe *r = recipe_of(every);
    int seen[OC_LAYER_COUNT] = {0};
    for (int i = 0; i < r->model.layers; i++)
        seen[r->model.layer[i].kind]++;
    for (int kind = 0; kind < OC_LAYER_COUNT; kind++)
        CU_ASSERT(seen[kind] > 0);
    digest_of(&r->model, oc_shape3(3, 9, 14));
    free(r);
}

static void refused(const char *layers, const char *says)
{
    char text[4096];
    snprintf(text, sizeof text, "model:\n  layers:\n%s%s", layers, rest);
    refused_with(text, NULL, says);
}

static void mistakes(void)
{
    refused("    - relu\n    - {type: conv2d, chanels: 3}\n",
            "r.yaml:4: model.layers.conv2d2.chanels: unknown key; did you mean channels?");
    refused("    - {type: relu, name: a, kernel: 3}\n",
            "r.yaml:3: model.layers.a.kernel: unknown key; relu has type, name, from");
    refused("    - {type: conv2d, kernel: 3}\n",
            "model.layers.conv2d1.channels: is missing, expected a whole number from 1");
    refused("    - {type: conv2d, channels: 3, kernel: 1, epsilon: 0.1}\n",
            "model.layers.conv2d1.epsilon: only applies with initial: whiten");
    refused("    - flatten\n    - {type: linear, initial: whiten}\n",
            "linear2.initial: expected uniform, he, normal or dirac, found \"whiten\"");
    refused("    - {type: conv3d, kernel: 3}\n", "did you mean conv2d?");
    refused("    - {name: a}\n", "r.yaml:3: model.layers: a layer has no type");
    refused("    - {}\n", "has no type");
    refused("    - []\n", "expected a layer such as {type: relu}, found a list");
    refused("    - {type: conv2d, channels: 3, kernel: three}\n", "found \"three\"");
    refused("    - {type: conv2d, channels: 3, kernel: [1, 2, 3]}\n", "a list of 3 values");
    refused("    - {type: conv2d, channels: 0, kernel: 3}\n", "channels: expected a whole number");
    refused("    - {type: conv2d, channels: [3], kernel: {a: 3}}\n", "found a mapping");
    refused("    - {type: dropout, probability: 1}\n", "to below 1, found \"1\"");
    refused("    - {type: linear, deviation: 0.1}\n",
            "r.yaml:3: model.layers.linear1.deviation: only applies with initial: normal");
    refused("    - {type: linear, initial: normal, deviation: 0}\n", "a number above 0");
    refused("    - {type: linear, bias: maybe}\n", "expected true or false, found \"maybe\"");
    refused("    - {type: relu, name: stem}\n    - {type: add, from: [stem, steam]}\n",
            "r.yaml:4: model.layers.add2.from: there is no layer \"steam\" before this one; did "
            "you mean "
            "stem?");
    refused("    - {type: relu, name: a, from: a}\n", "there is no layer \"a\" before this one");
    refused("    - {type: add, from: []}\n", "expected 1 to 8 names, found 0");
    refused("    - {type: relu, name: a}\n    - {type: relu, name: a}\n",
            "r.yaml:4: model.layers: two layers are called a");
    refused("    - {type: relu, name: input}\n", "and not input");
    refused("    - {type: relu, name: a/b}\n", "letters, digits");
    refused("    - {type: relu, name: a, name: b}\n", "model.layers.a.name: given twice");
    refused("    []\n", "found no layers");
    refused_with("model: {layers: 3}\ndata: {file: x}\n", NULL, "expected a list, found a single");
    refused_with("model: {name: lenet, layers: [relu]}\ndata: {file: x}\n", NULL,
                 "does not apply to model lenet, only to model layers");
    refused_with("model: layers\ndata: {file: x}\n", NULL, "model.layers: is missing");
    refused_with(small, "model.layers=[relu]", "does not apply to model lenet");
    char *many = calloc(300, 16);
    CU_ASSERT_PTR_NOT_NULL_FATAL(many);
    for (int i = 0; i < 257; i++)
        strcat(many, "    - relu\n");
    refused(many, "more than 256 layers");
    free(many);
}

static void misfits(void)
{
    static const struct {
        const char *layers, *says;
    } rows[] = {
        {"    - flatten\n    - {type: linear, outputs: 7}\n", "outputs 7; expected 10"},
        {"    - {type: relu, name: a}\n    - flatten\n    - {type: linear, from: a}\n",
         "linear3: input 3x8x8"},
        {"    - flatten\n    - {type: relu, name: b}\n    - {type: linear, from: flatten1}\n",
         "b: no layer reads"},
        {"    - {type: add}\n    - flatten\n    - linear\n", "add1: 1 inputs; expected 2 to 8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[1024];
        oc_network *network = NULL;
        snprintf(text, sizeof text, "model:\n  layers:\n%s", rows[i].layers);
        oc_recipe *r = recipe_of(text);
        CU_ASSERT_EQUAL(oc_model_build(&network, &r->model, NULL, oc_shape3(3, 8, 8), 10),
                        OC_ERR_USAGE);
        if (!strstr(oc_message(), rows[i].says)) {
            printf("\"%s\", expected \"%s\"\n", oc_message(), rows[i].says);
            CU_FAIL("message");
        }
        free(r);
    }
}

int main(void)
{
    static const oc_case cases[] = {
        {"the same as named models", same_as_models},
        {"written and read back", reads_back},
        {"mistakes", mistakes},
        {"layers that do not fit", misfits},
    };
    return OC_RUN_CASES("recipe_layers", cases);
}
