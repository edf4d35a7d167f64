/* rejoin.c - see rejoin.h. */
#include "run/rejoin.h"

#include "run/guard.h"
#include "run/initial_weights.h"
#include "run/run_data.h"

/* A number that grows with what a rank has done; 0 if its numbers are of no use. */
static uint64_t progress_of(const oc_run *run)
{
    const uint64_t step = run->info.step, evaluated = run->info.evaluated_step == step;
    return run->is_torn ? 0 : 1 + 2 * step + evaluated;
}

/* The numbers of the rank that was furthest, if others lack something. */
static oc_status share_numbers(oc_run *run, uint64_t mine, uint64_t furthest, int from, int *shared)
{
    uint64_t least = mine;
    const oc_status status = oc_comm_min_u64(run->comm, &least, 1);
    *shared = status == OC_OK && least < furthest;
    if (!*shared)
        return status;
    if (mine < furthest)
        run->is_torn = 1;
    return oc_run_share_numbers(run, oc_optimizer_slots(run->recipe.optimizer.kind), from);
}

/* Where the run is, which is known by more than numbers. */
static oc_status share_place(oc_run *run, void *more, size_t bytes, int from, int has_shared)
{
    uint64_t stop = (uint64_t)run->stop_seen;
    oc_status status = oc_comm_broadcast(run->comm, &run->scores, sizeof run->scores, from);
    if (status == OC_OK)
        status = oc_comm_broadcast(run->comm, more, bytes, from);
    if (status == OC_OK)
        status = oc_comm_max_u64(run->comm, &stop, 1);
    oc_checkpoint_info info = run->info;
    if (status == OC_OK)
        status = oc_comm_broadcast(run->comm, &info, sizeof info, from);
    if (status == OC_OK && has_shared)
        status = oc_guard_share(run, &info, from);
    if (status != OC_OK)
        return status;
    run->stop_seen = stop > 0;
    run->info = info;
    run->is_torn = 0;
    oc_run_set_averages(run);
    return OC_OK;
}

oc_status oc_run_rejoin(oc_run *run, void *more, size_t bytes, oc_missed *missed)
{
    const uint64_t mine = progress_of(run);
    uint64_t furthest = mine;
    oc_status status = oc_comm_max_u64(run->comm, &furthest, 1);
    uint64_t from = mine == furthest ? (uint64_t)oc_comm_rank(run->comm) : UINT64_MAX;
    if (status == OC_OK)
        status = oc_comm_min_u64(run->comm, &from, 1);
    if (status != OC_OK)
        return status;
    if (furthest == 0)
        return oc_fail(OC_ERR_PEER, "the last rank that had the newest weights was lost");
    if (mine > 0) { /* else it was behind when an earlier attempt failed, and that is noted */
        missed->step = (mine - 1) / 2 < (furthest - 1) / 2;
        missed->evaluation = !missed->step && mine < furthest;
    }
    int has_shared;
    status = share_numbers(run, mine, furthest, (int)from, &has_shared);
    return status == OC_OK ? share_place(run, more, bytes, (int)from, has_shared) : status;
}
