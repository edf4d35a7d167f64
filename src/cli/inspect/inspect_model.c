/* inspect_model.c - see inspect_model.h. */
#include "cli/inspect/inspect_model.h"

#include "cli/common/report.h"

#include <stdio.h>
#include <string.h>

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
           count ? oc_grouped((double)count, parameters) : "-",
           work > 0 ? oc_grouped(work, products) : "-");
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
        {"recomputed in backward", offsetof(oc_memory_use, anew)},
        {"also kept for backward", offsetof(oc_memory_use, saved)},
        {"gradients of outputs", offsetof(oc_memory_use, gradients)},
        {"scratch", offsetof(oc_memory_use, scratch)},
        {"total, with memory reused", offsetof(oc_memory_use, total)},
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
        printf("  %-28s %20s %20s\n", parts[i].name, oc_grouped((double)bytes[0], left),
               oc_grouped((double)bytes[1], right));
    }
    return OC_OK;
}

oc_status oc_cli_inspect_model(const oc_inspect_model *request)
{
    oc_recipe recipe;
    oc_network *network = NULL;
    char text[OC_SHAPE_TEXT], number[32];
    oc_status status = oc_cli_model_recipe(&request->model, &recipe);
    if (status != OC_OK)
        return status;
    const int kind = recipe.model.kind;
    const oc_shape input = oc_cli_model_input(&request->model, &recipe);
    const int classes = oc_cli_model_classes(&request->model, &recipe);
    status = oc_model_build(&network, &recipe.model, &recipe.compute.network, input, classes);
    if (status != OC_OK)
        return status;
    printf("%s for %s (channels x height x width), %d classes\n\n", oc_model_name(kind),
           oc_shape_text(input, text), classes);
    printf("%-19s %-19s %-12s %11s %14s\n", "layer", "type", "output", "parameters",
           "multiply-adds");
    for (int i = 0; i < network->layers; i++)
        print_layer(network, i);
    printf("\n%-14s %15s\n", "parameters", oc_grouped((double)oc_network_size(network), number));
    printf("%-14s %15s  per sample, forward\n", "multiply-adds",
           oc_grouped(oc_network_multiply_adds(network), number));
    status = print_memory(network, request->batch);
    oc_network_destroy(network);
    return status;
}
