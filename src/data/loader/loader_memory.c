/* loader_memory.c - all memory of a loader: its rings of buffers, and what is left of the budget
 * for reading ahead. */
#include "data/loader/loader_private.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MORE = 1, MUCH_MORE = 3 }; /* buffers than a worker has at once, made meanwhile */

static size_t targets_of(const oc_work *work)
{
    const oc_dataset_info *info = oc_dataset_describe(work->config.dataset);
    return info->schema.kind == OC_TARGETS_CLASSES ? 0 : (size_t)info->schema.classes;
}

static uint64_t slot_bytes(const oc_work *work)
{
    return (uint64_t)work->images * ((work->values + targets_of(work)) * sizeof(float) +
                                     2 * sizeof(int32_t) + sizeof(float)) +
           (uint64_t)work->largest * sizeof(uint32_t) +
           (uint64_t)(targets_of(work) > 0 ? 7 : 5) * OC_ALIGNMENT;
}

/* Images to change others in, beside the rings. */
static uint64_t spare_values(const oc_work *work)
{
    return work->config.augment ? work->values : 0;
}

/* How deep the rings are, and what is left for reading ahead. */
static oc_status share_memory(oc_loader *loader, uint64_t *ahead)
{
    const oc_work *work = &loader->work;
    const uint64_t workers = (uint64_t)work->config.workers, memory = work->config.memory;
    const uint64_t least = oc_read_ahead_least(work);
    const int at_once = work->config.at_once > 1 ? work->config.at_once : 1;
    loader->depth = at_once > MUCH_MORE ? 2 * at_once : at_once + MUCH_MORE;
    *ahead = 0;
    if (!loader->streaming)
        return OC_OK; /* the rings are small beside the data */
    while (loader->depth > at_once + MORE &&
           workers * (uint64_t)loader->depth * slot_bytes(work) > memory / 4)
        loader->depth--;
    const uint64_t rings = workers * (uint64_t)loader->depth * slot_bytes(work) +
                           2 * (spare_values(work) * sizeof(float) + OC_ALIGNMENT);
    if (memory < rings + least)
        return oc_fail(OC_ERR_USAGE,
                       "data.memory: %.1f MiB for this rank, but reading ahead takes at least "
                       "%.1f MiB (%d threads, shards of %" PRId64 " samples of %zu bytes)",
                       (double)memory / 1048576, (double)(rings + least) / 1048576,
                       work->config.workers, work->largest, work->sample_bytes);
    /* No more than the data set twice: half is being used while the other half is read. A set that
     * would fit is read where the node's ranks cannot share memory. */
    const uint64_t twice = 2 * oc_dataset_bytes(work->config.dataset, 1);
    const uint64_t most = twice > least ? twice : least;
    *ahead = memory - rings < most ? memory - rings : most;
    return OC_OK;
}

oc_status oc_loader_allocate(oc_loader *loader)
{
    const oc_work *work = &loader->work;
    oc_arena *arena = &loader->arena;
    const size_t n = (size_t)work->images, reads = (size_t)work->largest;
    const size_t workers = (size_t)work->config.workers;
    const size_t line = OC_ALIGNMENT / sizeof(float);
    const size_t stride = (n * work->values + line - 1) / line * line; /* floats of a buffer */
    size_t at[6] = {0};
    uint64_t ahead;
    oc_status status = share_memory(loader, &ahead);
    if (status)
        return status;
    const size_t depth = (size_t)loader->depth, slots = workers * depth;
    const size_t images_at = oc_arena_reserve(arena, slots * stride);
    const size_t labels_at = oc_arena_reserve_bytes(arena, slots * n * sizeof(int32_t));
    const size_t sample_at = oc_arena_reserve_bytes(arena, slots * reads * sizeof(uint32_t));
    const size_t second_at = oc_arena_reserve_bytes(arena, slots * n * sizeof(int32_t));
    const size_t share_at = oc_arena_reserve(arena, slots * n);
    loader->targets = targets_of(work);
    const size_t targets_at = oc_arena_reserve(arena, slots * n * loader->targets);
    const size_t other_at = oc_arena_reserve(arena, loader->targets);
    const size_t spare_at = oc_arena_reserve(arena, spare_values(work));
    const size_t partner_at = oc_arena_reserve(arena, spare_values(work));
    if (loader->streaming)
        oc_read_ahead_plan(&loader->reader, work, ahead, arena, at);
    status = oc_arena_commit(arena, "samples read ahead");
    if (status)
        return status;
    if (loader->streaming)
        oc_read_ahead_place(&loader->reader, arena, at);
    loader->spare = oc_arena_floats(arena, spare_at);
    loader->partner = oc_arena_floats(arena, partner_at);
    loader->partner_targets = oc_arena_floats(arena, other_at);
    oc_batch *batches = calloc(slots, sizeof *batches);
    if (!batches)
        return oc_fail(OC_ERR_MEMORY, "loader: no memory for %zu buffers", slots);
    for (size_t i = 0; i < slots; i++) {
        batches[i].images = oc_arena_floats(arena, images_at) + i * stride;
        batches[i].labels = (int32_t *)oc_arena_at(arena, labels_at) + i * n;
        batches[i].sample = (uint32_t *)oc_arena_at(arena, sample_at) + i * reads;
        batches[i].second = (int32_t *)oc_arena_at(arena, second_at) + i * n;
        batches[i].targets = oc_arena_floats(arena, targets_at) + i * n * loader->targets;
        batches[i].share = oc_arena_floats(arena, share_at) + i * n;
    }
    for (size_t i = 0; i < workers; i++)
        loader->rings[i].slot = batches + i * depth;
    return OC_OK;
}
