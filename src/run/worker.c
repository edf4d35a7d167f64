/* worker.c - see worker.h. */
#include "run/worker.h"

oc_status oc_worker_create(oc_worker *worker, const oc_network *network, int shards, int n,
                           size_t end, oc_worker_use use, const oc_worker *first)
{
    *worker = (oc_worker){0};
    const size_t outputs =
        oc_arena_reserve(&worker->arena, (size_t)n * oc_shape_count(oc_network_output(network)));
    const size_t count = (size_t)shards;
    const size_t ends = oc_arena_reserve(&worker->arena, count * end);
    const size_t shard = oc_arena_reserve_bytes(&worker->arena, count * sizeof *worker->shard);
    const size_t batch = oc_arena_reserve_bytes(&worker->arena, count * sizeof *worker->batch);
    const size_t place = oc_arena_reserve_bytes(&worker->arena, count * sizeof *worker->place);
    const size_t each = oc_arena_reserve_bytes(&worker->arena, count * sizeof *worker->end);
    const size_t loss = oc_arena_reserve_bytes(&worker->arena, count * sizeof *worker->loss);
    const size_t views = oc_arena_reserve(
        &worker->arena, use.has_views ? (size_t)n * oc_shape_count(network->input) : 0);
    const oc_status status = oc_arena_commit(&worker->arena, "outputs of a shard");
    if (status != OC_OK)
        return status;
    worker->outputs = oc_arena_floats(&worker->arena, outputs);
    if (use.has_views)
        worker->views = oc_arena_floats(&worker->arena, views);
    worker->ends = oc_arena_floats(&worker->arena, ends);
    worker->shard = oc_arena_at(&worker->arena, shard);
    worker->batch = oc_arena_at(&worker->arena, batch);
    worker->place = oc_arena_at(&worker->arena, place);
    worker->end = oc_arena_at(&worker->arena, each);
    worker->loss = oc_arena_at(&worker->arena, loss);
    return oc_workspace_create_beside(&worker->workspace, network, shards, n, use.use,
                                      first ? &first->workspace : NULL);
}

void oc_worker_destroy(oc_worker *worker)
{
    oc_workspace_destroy(&worker->workspace);
    oc_arena_free(&worker->arena);
    *worker = (oc_worker){0};
}
