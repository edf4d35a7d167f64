/* inspect_model.c - see inspect_model.h. */
#include "cli/inspect_model.h"

#include "recipe/recipe.h"

#include <stdio.h>
#include <string.h>

/* A named model goes through a recipe too: for its defaults, --set and the messages. */
static oc_status read_recipe(const oc_inspect_model *request, oc_recipe *recipe)
{
    static const char rest[] = "data: {file: none}\ntrain: {epochs: 1}\n"
                               "schedule: {name: constant, lr: 1}\n";
    if (request->recipe)
        return oc_recipe_load(recipe, request->recipe, request->sets, request->set_count);
    char named[OC_LAYER_NAME + 8];
    const char *sets[OC_INSPECT_SETS + 1] = {named};
    if (strlen(request->name) >= OC_LAYER_NAME)
        return oc_fail(OC_ERR_USAGE, "--model: no model has such a long name");
    snprintf(named, sizeof named, "model=%s", request->name);
    for (size_t i = 0; i < request->set_count; i++)
        sets[i + 1] = request->sets[i];
    return oc_recipe_parse(recipe, rest, sizeof rest - 1, "--model", "/", sets,
                           request->set_count + 1);
}

/* "1,234,567" */
static const char *grouped(double number, char text[32])
{
    char digits[32];
    const size_t length = (size_t)snprintf(digits, sizeof digits, "%.0f", number);
    size_t out = 0;
    for (size_t i = 0; i < length && out < 30; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[out++] = ',';
        text[out++] = digits[i];
    }
    text[out] = '\0';
    return text;
}

static void print_layer(const oc_network *network, int i)
{
    const oc_layer *layer = &network->layer[i];
    char shape[OC_SHAPE_TEXT], parameters[32], products[32];
    size_t count = 0;
    for (int t = 0; t < layer->parameters; t++)
        count += oc_shape_count(layer->parameter[t].shape);
    const double work = layer->ops->multiply_adds ? layer->ops->multiply_adds(layer) : 0;
    const int fused = oc_network_fused_into(network, i);
    char type[2 * OC_LAYER_NAME];
    snprintf(type, sizeof type, fused == OC_NETWORK_NONE ? "%s" : "%s (in %s)", layer->ops->name,
             fused == OC_NETWORK_NONE ? "" : network->layer[fused].name);
    printf("%-19s %-19s %-12s %11s %14s\n", layer->name, type, oc_shape_text(layer->out, shape),
           count ? grouped((double)count, parameters) : "-",
           work > 0 ? grouped(work, products) : "-");
    if (layer->inputs == 1 && network->from[i][0] == i - 1)
        return;
    printf("  from");
    for (int k = 0; k < layer->inputs; k++) {
        const int from = network->from[i][k];
        printf("%s %s", k ? "," : "",
               from == OC_NETWORK_INPUT ? "input" : network->layer[from].name);
    }
    printf("\n");
}

static oc_status print_memory(const oc_network *network, int batch)
{
    static const struct {
        const char *name;
        size_t offset;
    } parts[] = {
        {"outputs of layers", offsetof(oc_memory_use, outputs)},
        {"computed again in backward", offsetof(oc_memory_use, anew)},
        {"kept for backward besides", offsetof(oc_memory_use, saved)},
        {"gradients of outputs", offsetof(oc_memory_use, gradients)},
        {"scratch", offsetof(oc_memory_use, scratch)},
        {"all, sharing what is dead", offsetof(oc_memory_use, total)},
    };
    oc_memory_use training, evaluation;
    oc_status status = oc_workspace_measure(network, batch, OC_FOR_TRAINING, &training);
    if (status == OC_OK)
        status = oc_workspace_measure(network, batch, OC_FOR_EVALUATION, &evaluation);
    if (status != OC_OK)
        return status;
    printf("\nmemory in bytes, %d sample%s at once\n", batch, batch == 1 ? "" : "s");
    printf("  %-28s %20s %20s\n", "", "training", "evaluation");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t bytes[2];
        char left[32], right[32];
        memcpy(&bytes[0], (const char *)&training + parts[i].offset, sizeof bytes[0]);
        memcpy(&bytes[1], (const char *)&evaluation + parts[i].offset, sizeof bytes[1]);
        printf("  %-28s %20s %20s\n", parts[i].name, grouped((double)bytes[0], left),
               grouped((double)bytes[1], right));
    }
    return OC_OK;
}

oc_status oc_cli_inspect_model(const oc_inspect_model *request)
{
    oc_recipe recipe;
    oc_network *network = NULL;
    char text[OC_SHAPE_TEXT], number[32];
    oc_status status = read_recipe(request, &recipe);
    if (status != OC_OK)
        return status;
    const int kind = recipe.model.kind;
    const oc_shape input = request->input.rank ? request->input : oc_model_usual_input(kind);
    const int classes = request->classes       ? request->classes
                        : recipe.model.classes ? (int)recipe.model.classes
                                               : oc_model_usual_classes(kind);
    status = oc_model_build(&network, &recipe.model, &recipe.compute.network, input, classes);
    if (status != OC_OK)
        return status;
    printf("%s for %s (channels x height x width), %d classes\n\n", oc_model_name(kind),
           oc_shape_text(input, text), classes);
    printf("%-19s %-19s %-12s %11s %14s\n", "layer", "type", "output", "parameters",
           "multiply-adds");
    for (int i = 0; i < network->layers; i++)
        print_layer(network, i);
    printf("\n%-14s %15s\n", "parameters", grouped((double)oc_network_size(network), number));
    printf("%-14s %15s  a sample, forward\n", "multiply-adds",
           grouped(oc_network_multiply_adds(network), number));
    status = print_memory(network, request->batch);
    oc_network_destroy(network);
    return status;
}
