/* arena.c - see arena.h. */
#include "base/arena.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bytes in all arenas of this process: one plan may fit where all of them together do not, and a
 * system that lends more than it has would end the job in the middle of a step. */
static atomic_size_t committed;

size_t oc_arena_reserve_bytes(oc_arena *arena, size_t bytes)
{
    const size_t mask = OC_ALIGNMENT - 1;
    size_t offset = arena->planned;
    if (bytes > SIZE_MAX - mask || offset > SIZE_MAX - ((bytes + mask) & ~mask)) {
        arena->planned = SIZE_MAX; /* seen by commit; stays there */
        return 0;
    }
    arena->planned = offset + ((bytes + mask) & ~mask);
    return offset;
}

size_t oc_arena_reserve(oc_arena *arena, size_t count)
{
    return oc_arena_reserve_bytes(arena, count > SIZE_MAX / sizeof(float) ? SIZE_MAX
                                                                          : count * sizeof(float));
}

oc_status oc_arena_commit(oc_arena *arena, const char *what)
{
    const size_t bytes = arena->planned ? arena->planned : OC_ALIGNMENT;
    if (arena->planned == SIZE_MAX)
        return oc_fail(OC_ERR_USAGE, "memory: %s: the plan is larger than an address", what);
    const size_t others = committed, installed = oc_memory_installed();
    if (others > installed || bytes > installed - others)
        return oc_fail(OC_ERR_USAGE,
                       "memory: %s: %.1f GiB are needed, in addition to %.1f GiB for other things; "
                       "this machine has %.1f GiB: a smaller model, smaller shards (batch.shards) "
                       "or fewer threads (compute.threads) need less",
                       what, (double)bytes / 0x1p30, (double)others / 0x1p30,
                       (double)installed / 0x1p30);
    arena->base = oc_memory_block(OC_ALIGNMENT, bytes);
    if (!arena->base)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for %zu bytes", what, bytes);
    arena->size = bytes;
    committed += bytes;
    memset(arena->base, 0, bytes);
    return OC_OK;
}

void *oc_arena_at(const oc_arena *arena, size_t offset)
{
    return arena->base + offset;
}

float *oc_arena_floats(const oc_arena *arena, size_t offset)
{
    return (float *)(void *)(arena->base + offset);
}

void oc_arena_free(oc_arena *arena)
{
    free(arena->base);
    committed -= arena->size;
    *arena = (oc_arena){0};
}
