/* network_run.c - one shard through a network: memory, forward, backward. */
#include "models/network.h"

#include <stdlib.h>

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Layer 0 reads the caller's images, which it must not change. */
static int shares_input(const oc_network *network, int i)
{
    return i > 0 && network->layer[i].in_place;
}

oc_status oc_workspace_create(oc_workspace *workspace, const oc_network *network, int max_n)
{
    const size_t layers = (size_t)network->layers, n = (size_t)max_n;
    size_t *output = calloc(2 * layers + 1, sizeof *output), *saved = output + layers;
    size_t widest = 0, scratch = 0;
    *workspace = (oc_workspace){.max_n = max_n};
    workspace->output = calloc(layers + 1, sizeof *workspace->output);
    workspace->saved = calloc(layers + 1, sizeof *workspace->saved);
    oc_status status = OC_ERR_INTERNAL;
    if (!output || !workspace->output || !workspace->saved) {
        oc_fail(status, "model: no memory");
        goto cleanup;
    }
    oc_arena *arena = &workspace->arena;
    for (size_t i = 0; i < layers; i++) {
        const oc_layer *layer = &network->layer[i];
        const size_t out = oc_shape_count(layer->out);
        output[i] =
            shares_input(network, (int)i) ? output[i - 1] : oc_arena_reserve(arena, n * out);
        saved[i] = oc_arena_reserve(arena, n * layer->saved_per_sample + layer->saved_fixed);
        widest = larger(widest, out);
        scratch = larger(scratch, layer->scratch);
    }
    const size_t gradient[2] = {oc_arena_reserve(arena, n * widest),
                                oc_arena_reserve(arena, n * widest)};
    const size_t scratch_at = oc_arena_reserve(arena, scratch);
    const size_t prepared_at = oc_arena_reserve(arena, network->prepared_count);
    status = oc_arena_commit(arena, "activations");
    if (status != OC_OK)
        goto cleanup;
    for (size_t i = 0; i < layers; i++) {
        workspace->output[i] = oc_arena_floats(arena, output[i]);
        workspace->saved[i] = oc_arena_floats(arena, saved[i]);
    }
    workspace->gradient[0] = oc_arena_floats(arena, gradient[0]);
    workspace->gradient[1] = oc_arena_floats(arena, gradient[1]);
    workspace->scratch = oc_arena_floats(arena, scratch_at);
    workspace->prepared = oc_arena_floats(arena, prepared_at);
cleanup:
    free(output);
    if (status != OC_OK)
        oc_workspace_destroy(workspace);
    return status;
}

void oc_workspace_destroy(oc_workspace *workspace)
{
    oc_arena_free(&workspace->arena);
    free(workspace->output);
    free(workspace->saved);
    *workspace = (oc_workspace){0};
}

/* What forward and backward have in common for layer i. */
static oc_pass pass_of(const oc_network *network, const oc_workspace *workspace,
                       const oc_shard *shard, const float *parameters, int i)
{
    return (oc_pass){
        .training = shard->training,
        .n = shard->n,
        .x = i ? workspace->output[i - 1] : shard->images,
        .y = workspace->output[i],
        .parameter = parameters + network->parameter_offset[i],
        .prepared = workspace->prepared + network->prepared_offset[i],
        .saved = workspace->saved[i],
        .scratch = workspace->scratch,
        .seed = shard->seed,
        .epoch = shard->epoch,
        .sample = shard->sample,
    };
}

/* Nobody needs the gradient of the images. */
static int wants_dx(int i)
{
    return i > 0;
}

void oc_network_prepare(const oc_network *network, oc_workspace *workspace, int training,
                        const float *parameters)
{
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        if (layer->ops->prepare)
            layer->ops->prepare(layer, training && wants_dx(i),
                                parameters + network->parameter_offset[i],
                                workspace->prepared + network->prepared_offset[i]);
    }
}

const float *oc_network_forward(const oc_network *network, oc_workspace *workspace,
                                const oc_shard *shard, const float *parameters, const float *state,
                                float *statistics)
{
    if (!shard->prepared)
        oc_network_prepare(network, workspace, shard->training, parameters);
    for (int i = 0; i < network->layers; i++) {
        oc_pass pass = pass_of(network, workspace, shard, parameters, i);
        if (state)
            pass.state = state + network->state_offset[i];
        if (statistics)
            pass.statistics = statistics + network->state_offset[i];
        network->layer[i].ops->forward(&network->layer[i], &pass);
    }
    return workspace->output[network->layers - 1];
}

float *oc_network_output_gradient(const oc_network *network, oc_workspace *workspace)
{
    return workspace->gradient[network->layers % 2];
}

void oc_network_backward(const oc_network *network, oc_workspace *workspace, const oc_shard *shard,
                         const float *parameters, float *gradients)
{
    int side = network->layers % 2; /* where dy of the layer at hand lies */
    for (int i = network->layers - 1; i >= 0; i--) {
        oc_pass pass = pass_of(network, workspace, shard, parameters, i);
        pass.gradient = gradients + network->parameter_offset[i];
        pass.dy = workspace->gradient[side];
        if (!network->layer[i].in_place)
            side = 1 - side;
        if (wants_dx(i))
            pass.dx = workspace->gradient[side];
        network->layer[i].ops->backward(&network->layer[i], &pass);
    }
}
