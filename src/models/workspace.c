/* workspace.c - the memory in which shards go through a network, as memory_plan.c planned it. */
#include "base/memory.h"
#include "models/memory_plan.h"

#include <stdlib.h>

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
                       "%.1f GiB: %s",
                       plan->n * (size_t)plan->shards, (double)total / 0x1p30,
                       (double)installed / 0x1p30,
                       plan->shards > 1 ? "take fewer shards at once (compute.side_by_side); with "
                                          "batch_norm.sync or ghost use more ranks"
                                        : "make shards smaller (batch.shards)");
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

oc_status oc_workspace_create_beside(oc_workspace *workspace, const oc_network *network, int shards,
                                     int max_n, oc_workspace_use use, const oc_workspace *owner)
{
    oc_memory_plan plan;
    *workspace = (oc_workspace){.shards = shards, .max_n = max_n};
    oc_status status = oc_memory_plan_create(&plan, network, shards, max_n, use);
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

oc_status oc_workspace_create(oc_workspace *workspace, const oc_network *network, int max_n,
                              oc_workspace_use use)
{
    return oc_workspace_create_beside(workspace, network, 1, max_n, use, NULL);
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
