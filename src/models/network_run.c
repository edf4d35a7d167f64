/* network_run.c - one shard through a network: memory, forward, backward. */
#include "base/memory.h"
#include "kernels/blocks.h"
#include "models/memory_plan.h"

#include <stdlib.h>
#include <string.h>

oc_status oc_workspace_measure(const oc_network *network, int max_n, oc_workspace_use use,
                               oc_memory_use *memory)
{
    oc_memory_plan plan;
    const oc_status status = oc_memory_plan_create(&plan, network, max_n, use);
    *memory = status == OC_OK ? plan.memory : (oc_memory_use){0};
    if (status == OC_OK)
        oc_memory_plan_destroy(&plan);
    return status;
}

static float *at(const oc_workspace *workspace, const oc_memory_plan *plan, int buffer)
{
    return buffer == OC_NO_BUFFER ? NULL
                                  : oc_arena_floats(&workspace->arena, plan->buffer[buffer].offset);
}

static void point(oc_workspace *workspace, const oc_memory_plan *plan)
{
    for (int i = 0; i < plan->network->layers; i++) {
        workspace->output[i] = at(workspace, plan, plan->output[i]);
        workspace->again[i] = at(workspace, plan, plan->again[i]);
        workspace->anew[i] = plan->anew[i];
        workspace->saved[i] = at(workspace, plan, plan->saved[i]);
        workspace->dy[i] = at(workspace, plan, plan->dy[i]);
        for (int k = 0; k < OC_LAYER_INPUTS; k++) {
            const oc_gradient_plan *step = &plan->gradient[i][k];
            workspace->gradient[i][k] = (oc_gradient_step){
                .dx = at(workspace, plan, step->dx),
                .added = at(workspace, plan, step->added),
                .fresh = at(workspace, plan, step->fresh),
                .sum = at(workspace, plan, step->sum),
            };
        }
    }
    workspace->input = at(workspace, plan, plan->input);
    workspace->scratch = at(workspace, plan, plan->scratch);
}

/* Outputs and the like, and behind them the prepared parameters unless `owner` has them. */
static oc_status allocate(oc_workspace *workspace, const oc_memory_plan *plan,
                          const oc_workspace *owner)
{
    const size_t layers = (size_t)plan->network->layers, total = plan->memory.total;
    const size_t installed = oc_memory_installed();
    if (total > installed)
        return oc_fail(OC_ERR_USAGE,
                       "model: %zu samples at once need %.1f GiB of activations; this machine has "
                       "%.1f GiB: make shards smaller (batch.shards)",
                       plan->n, (double)total / 0x1p30, (double)installed / 0x1p30);
    workspace->output = calloc(layers, sizeof *workspace->output);
    workspace->again = calloc(layers, sizeof *workspace->again);
    workspace->anew = calloc(layers, sizeof *workspace->anew);
    workspace->saved = calloc(layers, sizeof *workspace->saved);
    workspace->dy = calloc(layers, sizeof *workspace->dy);
    workspace->gradient = calloc(layers, sizeof *workspace->gradient);
    if (!workspace->output || !workspace->again || !workspace->anew || !workspace->saved ||
        !workspace->dy || !workspace->gradient)
        return oc_fail(OC_ERR_MEMORY, "model: no memory");
    oc_arena_reserve_bytes(&workspace->arena, total);
    const size_t prepared =
        oc_arena_reserve(&workspace->arena, owner ? 0 : plan->network->prepared_count);
    const oc_status status = oc_arena_commit(&workspace->arena, "activations");
    if (status == OC_OK)
        workspace->prepared =
            owner ? owner->prepared : oc_arena_floats(&workspace->arena, prepared);
    return status;
}

oc_status oc_workspace_create_beside(oc_workspace *workspace, const oc_network *network, int max_n,
                                     oc_workspace_use use, const oc_workspace *owner)
{
    oc_memory_plan plan;
    *workspace = (oc_workspace){.max_n = max_n};
    oc_status status = oc_memory_plan_create(&plan, network, max_n, use);
    if (status != OC_OK)
        return status;
    workspace->memory = plan.memory;
    status = allocate(workspace, &plan, owner);
    if (status == OC_OK)
        point(workspace, &plan);
    else
        oc_workspace_destroy(workspace);
    oc_memory_plan_destroy(&plan);
    return status;
}

oc_status oc_network_reserve(const oc_network *network, int threads)
{
    for (int i = 0; i < network->layers; i++)
        if (network->layer[i].multiplies)
            return oc_kernels_reserve(threads);
    return OC_OK;
}

oc_status oc_workspace_create(oc_workspace *workspace, const oc_network *network, int max_n,
                              oc_workspace_use use)
{
    return oc_workspace_create_beside(workspace, network, max_n, use, NULL);
}

void oc_workspace_destroy(oc_workspace *workspace)
{
    oc_arena_free(&workspace->arena);
    free(workspace->output);
    free(workspace->again);
    free(workspace->anew);
    free(workspace->saved);
    free(workspace->dy);
    free(workspace->gradient);
    *workspace = (oc_workspace){0};
}

/* What forward and backward have in common for layer i; `output`: where outputs lie by then. */
static oc_pass pass_of(const oc_network *network, const oc_workspace *workspace,
                       const oc_shard *shard, const float *parameters, float *const *output, int i)
{
    oc_pass pass = {
        .training = shard->training,
        .held = shard->mode && (shard->mode[i] & OC_LAYER_HELD),
        .n = shard->n,
        .y = output[i],
        .parameter = parameters + network->parameter_offset[i],
        .prepared = workspace->prepared + network->prepared_offset[i],
        .saved = workspace->saved[i],
        .scratch = workspace->scratch,
        .seed = shard->seed,
        .epoch = shard->epoch,
        .sample = shard->sample,
    };
    for (int k = 0; k < network->layer[i].inputs; k++) {
        const int from = network->from[i][k];
        if (from != OC_NETWORK_INPUT)
            pass.xs[k] = output[from];
        else
            pass.xs[k] = network->layer[i].ins[k].blocked ? workspace->input : shard->images;
    }
    return pass;
}

void oc_network_prepare_part(const oc_network *network, oc_workspace *workspace, int training,
                             const float *parameters, int part, int parts)
{
    const size_t total = network->prepared_count;
    const size_t first = total * (size_t)part / (size_t)parts;
    const size_t last = total * ((size_t)part + 1) / (size_t)parts;
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        const size_t at = network->prepared_offset[i];
        if (layer->ops->prepare && layer->prepared && at >= first && at < last)
            layer->ops->prepare(layer, training && workspace->gradient[i][0].dx != NULL,
                                parameters + network->parameter_offset[i],
                                workspace->prepared + at);
    }
}

void oc_network_prepare(const oc_network *network, oc_workspace *workspace, int training,
                        const float *parameters)
{
    oc_network_prepare_part(network, workspace, training, parameters, 0, 1);
}

const float *oc_network_forward(const oc_network *network, oc_workspace *workspace,
                                const oc_shard *shard, const float *parameters, const float *state,
                                float *statistics)
{
    if (!shard->prepared)
        oc_network_prepare(network, workspace, shard->training, parameters);
    double since = oc_profile_start(workspace->profile);
    if (workspace->input)
        oc_to_blocks(shard->n, network->input.dim[0],
                     (size_t)network->input.dim[1] * (size_t)network->input.dim[2], shard->images,
                     workspace->input);
    for (int i = 0; i < network->layers; i++) {
        oc_pass pass = pass_of(network, workspace, shard, parameters, workspace->output, i);
        if (network->layer[i].is_view && pass.y == pass.x)
            continue;
        if (state)
            pass.state = state + network->state_offset[i];
        if (statistics)
            pass.statistics = statistics + network->state_offset[i];
        network->layer[i].ops->forward(&network->layer[i], &pass);
        since = oc_profile_lap(workspace->profile, 2 * (size_t)i, since);
    }
    return workspace->output[network->layers - 1];
}

float *oc_network_output_gradient(const oc_network *network, oc_workspace *workspace)
{
    return workspace->dy[network->layers - 1];
}

/* An output that several layers read: their gradients are added as backward meets them, last
 * layer first, so the order is the network's alone. */
static void add_up(const oc_layer *layer, const oc_gradient_step *steps, int n)
{
    for (int k = 0; k < layer->inputs; k++)
        if (steps[k].added)
            oc_layer_sum((size_t)n * oc_shape_floats(layer->ins[k]), steps[k].added, steps[k].fresh,
                         steps[k].sum);
}

/* What backward of layer i looks at and forward did not keep. */
static void compute_again(const oc_network *network, const oc_workspace *workspace,
                          const oc_shard *shard, const float *parameters, int i)
{
    for (int before = 0; before < i; before++) {
        if (workspace->anew[before] != i)
            continue;
        oc_pass pass = pass_of(network, workspace, shard, parameters, workspace->again, before);
        pass.again = 1;
        network->layer[before].ops->forward(&network->layer[before], &pass);
    }
}

/* Backward of one layer -> its gradients, in `gradient` or added to `left` unless that is NULL. */
static void backward_layer(const oc_network *network, const oc_workspace *workspace,
                           const oc_shard *shard, const float *parameters, int i, float *gradient,
                           float *left)
{
    const oc_layer *layer = &network->layer[i];
    if (network->options.low_memory)
        compute_again(network, workspace, shard, parameters, i);
    if (!layer->passes_gradient) {
        oc_pass pass = pass_of(network, workspace, shard, parameters, workspace->again, i);
        pass.gradient = gradient;
        pass.left = left;
        pass.dy = workspace->dy[i];
        for (int k = 0; k < layer->inputs; k++)
            pass.dxs[k] = workspace->gradient[i][k].dx;
        layer->ops->backward(layer, &pass);
    }
    add_up(layer, workspace->gradient[i], shard->n);
}

void oc_network_backward(const oc_network *network, oc_workspace *workspace, const oc_shard *shard,
                         const float *parameters, float *gradients)
{
    const oc_gradient_sum *sum = shard->sum;
    double since = oc_profile_start(workspace->profile);
    for (int i = network->layers - 1; i >= 0; i--) {
        const oc_layer *layer = &network->layer[i];
        const size_t at = network->parameter_offset[i];
        const int idle = shard->mode && (shard->mode[i] & OC_LAYER_IDLE);
        const int runs = network->learns[i] && workspace->dy[i] && !idle;
        const int adds = runs && sum && sum->left && shard->n <= layer->adds_up_to;
        if (!runs || !layer->ops->writes_gradient) /* cleared here it stays in cache */
            memset(gradients + at, 0, layer->parameter_count * sizeof *gradients);
        if (runs) {
            backward_layer(network, workspace, shard, parameters, i, gradients + at,
                           adds ? sum->left + at : NULL);
            since = oc_profile_lap(workspace->profile, 2 * (size_t)i + 1, since);
        }
        if (sum && layer->parameter_count > 0) {
            sum->ready(sum->data, at, layer->parameter_count, adds);
            since = oc_profile_start(workspace->profile);
        }
    }
}
