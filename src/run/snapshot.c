/* snapshot.c - see snapshot.h. */
#include "run/snapshot.h"

#include "base/thread_role.h"
#include "run/run_data.h"

#include <assert.h>
#include <string.h>

int oc_snapshot_blocks(const oc_run *run, oc_snapshot_block block[OC_SNAPSHOT_BLOCKS])
{
    const size_t parameters = run->network->parameter_count, states = run->network->state_count;
    int count = 0;
    block[count++] = (oc_snapshot_block){"parameters", run->parameters, parameters};
    if (states > 0)
        block[count++] = (oc_snapshot_block){"state", run->state, states};
    if (run->average)
        block[count++] = (oc_snapshot_block){"average", run->average, parameters};
    if (run->average_state && states > 0)
        block[count++] = (oc_snapshot_block){"average_state", run->average_state, states};
    for (int s = 0; s < OC_MAX_SLOTS && run->slot[s]; s++)
        block[count++] = (oc_snapshot_block){oc_optimizer_slot_name(run->recipe.optimizer.kind, s),
                                             run->slot[s], parameters};
    return count;
}

static void plan(oc_arena *arena, const oc_run *run, size_t at[OC_SNAPSHOT_BLOCKS])
{
    oc_snapshot_block block[OC_SNAPSHOT_BLOCKS];
    const int count = oc_snapshot_blocks(run, block);
    for (int i = 0; i < count; i++)
        at[i] = oc_arena_reserve(arena, block[i].count);
}

size_t oc_snapshot_bytes(const oc_run *run)
{
    size_t at[OC_SNAPSHOT_BLOCKS];
    oc_arena arena = {0};
    plan(&arena, run, at);
    return arena.planned;
}

oc_status oc_snapshot_create(oc_snapshot *snapshot, const oc_run *run, const char *what)
{
    size_t at[OC_SNAPSHOT_BLOCKS];
    oc_snapshot_block block[OC_SNAPSHOT_BLOCKS];
    *snapshot = (oc_snapshot){0};
    plan(&snapshot->arena, run, at);
    const oc_status status = oc_arena_commit(&snapshot->arena, what);
    const int count = status == OC_OK ? oc_snapshot_blocks(run, block) : 0;
    for (int i = 0; i < count; i++)
        snapshot->block[i] = oc_arena_floats(&snapshot->arena, at[i]);
    return status;
}

void oc_snapshot_free(oc_snapshot *snapshot)
{
    oc_arena_free(&snapshot->arena);
    *snapshot = (oc_snapshot){0};
}

void oc_snapshot_take(oc_snapshot *snapshot, const oc_run *run)
{
    assert(oc_thread_is_main());
    oc_snapshot_block block[OC_SNAPSHOT_BLOCKS];
    const int count = oc_snapshot_blocks(run, block);
    for (int i = 0; i < count; i++)
        memcpy(snapshot->block[i], block[i].floats, block[i].count * sizeof(float));
    snapshot->info = run->info;
    snapshot->scores = run->scores;
    snapshot->is_taken = 1;
}

void oc_snapshot_restore(const oc_snapshot *snapshot, oc_run *run)
{
    assert(oc_thread_is_main() && snapshot->is_taken);
    oc_snapshot_block block[OC_SNAPSHOT_BLOCKS];
    const int count = oc_snapshot_blocks(run, block);
    for (int i = 0; i < count; i++)
        memcpy(block[i].floats, snapshot->block[i], block[i].count * sizeof(float));
    run->info = snapshot->info;
    run->scores = snapshot->scores;
    oc_run_set_averages(run); /* their rate follows from the decision */
}
