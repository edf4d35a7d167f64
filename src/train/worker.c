/* worker.c - see worker.h. */
#include "train/worker.h"

oc_status oc_worker_create(oc_worker *worker, const oc_network *network, int n,
                           const oc_worker *first)
{
    const size_t count = (size_t)n;
    *worker = (oc_worker){0};
    const size_t images = oc_arena_reserve(&worker->arena, count * oc_shape_count(network->input));
    const size_t labels = oc_arena_reserve_bytes(&worker->arena, count * sizeof *worker->labels);
    const size_t sample = oc_arena_reserve_bytes(&worker->arena, count * sizeof *worker->sample);
    const size_t image = oc_shape_count(network->input);
    const size_t first_spare = oc_arena_reserve(&worker->arena, image);
    const size_t second_spare = oc_arena_reserve(&worker->arena, image);
    const size_t second = oc_arena_reserve_bytes(&worker->arena, count * sizeof *worker->second);
    const size_t share = oc_arena_reserve(&worker->arena, count);
    const size_t outputs =
        oc_arena_reserve(&worker->arena, count * oc_shape_count(oc_network_output(network)));
    const oc_status status = oc_arena_commit(&worker->arena, "a shard of images");
    if (status != OC_OK)
        return status;
    worker->images = oc_arena_floats(&worker->arena, images);
    worker->labels = oc_arena_at(&worker->arena, labels);
    worker->sample = oc_arena_at(&worker->arena, sample);
    worker->spare[0] = oc_arena_floats(&worker->arena, first_spare);
    worker->spare[1] = oc_arena_floats(&worker->arena, second_spare);
    worker->second = oc_arena_at(&worker->arena, second);
    worker->share = oc_arena_floats(&worker->arena, share);
    worker->outputs = oc_arena_floats(&worker->arena, outputs);
    return oc_workspace_create_beside(&worker->workspace, network, n, OC_FOR_TRAINING,
                                      first ? &first->workspace : NULL);
}

void oc_worker_destroy(oc_worker *worker)
{
    oc_workspace_destroy(&worker->workspace);
    oc_arena_free(&worker->arena);
    *worker = (oc_worker){0};
}
