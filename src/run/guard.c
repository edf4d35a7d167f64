/* guard.c - see guard.h. */
#include "run/guard.h"

#include "base/log.h"
#include "base/median.h"
#include "run/snapshot.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ENOUGH_LOSSES = 16 }; /* before their median means something */

static int keeps_snapshot(const oc_run *run)
{
    return run->recipe.guard.on_divergence == OC_GUARD_ROLLBACK && !run->plan.only_evaluates;
}

oc_status oc_guard_create(oc_run *run)
{
    const double spike = run->recipe.guard.spike;
    if (spike > 0 && spike <= 1)
        return oc_fail(OC_ERR_USAGE, "guard.spike: found %g, expected 0 or more than 1", spike);
    if (!keeps_snapshot(run))
        return OC_OK;
    if (run->network->parameter_count > INT_MAX)
        return oc_fail(
            OC_ERR_USAGE,
            "guard.on_divergence: rollback, but checkpoints hold snapshots of at most %d "
            "parameters, the network has %zu",
            INT_MAX, run->network->parameter_count);
    run->snapshot = calloc(1, sizeof *run->snapshot);
    return run->snapshot ? oc_snapshot_create(run->snapshot, run, "the snapshot for rollback")
                         : oc_fail(OC_ERR_MEMORY, "guard: no memory for a snapshot");
}

void oc_guard_destroy(oc_run *run)
{
    if (run->snapshot)
        oc_snapshot_free(run->snapshot);
    free(run->snapshot);
    run->snapshot = NULL;
}

oc_guard_action oc_guard_next(const oc_run *run)
{
    const int is_over = run->info.guard.diverged >= (uint64_t)run->recipe.guard.max_retries;
    return is_over ? OC_GUARD_STOP : (oc_guard_action)run->recipe.guard.on_divergence;
}

/* Of a copy: the record keeps its order. */
static double median_loss(const oc_guard_record *record)
{
    double losses[OC_GUARD_LOSSES];
    memcpy(losses, record->loss, sizeof losses);
    return oc_median(losses, (size_t)oc_guard_record_losses(record));
}

double oc_guard_most_loss(const oc_run *run)
{
    const oc_guard_record *const record = &run->info.guard;
    if (!(run->recipe.guard.spike > 0) || record->losses < ENOUGH_LOSSES)
        return 0;
    const double most = run->recipe.guard.spike * median_loss(record);
    return most > 0 ? most : 0; /* of losses below 0 nothing can be said */
}

static void take_snapshot(oc_run *run)
{
    oc_checkpoint_info *const info = &run->info;
    oc_snapshot_take(run->snapshot, run);
    info->guard.back = (oc_guard_place){.step = info->step,
                                        .averaged = info->averaged,
                                        .unfrozen_step = info->unfrozen_step,
                                        .idle = info->guard.idle,
                                        .skipped = info->guard.skipped};
}

/* The first one of a run, or of a process that took up a checkpoint at the step of its snapshot. */
void oc_guard_begin_step(oc_run *run)
{
    if (run->snapshot && (!run->snapshot->is_taken || run->info.guard.back.step == UINT64_MAX))
        take_snapshot(run);
}

void oc_guard_end_step(oc_run *run, double loss)
{
    oc_guard_record *const record = &run->info.guard;
    if (run->recipe.guard.spike > 0)
        record->loss[record->losses++ % OC_GUARD_LOSSES] = loss;
    if (run->snapshot && run->info.step % (uint64_t)run->recipe.guard.snapshot_every == 0)
        take_snapshot(run);
}

/* swa has the statistics of its average from its last evaluation, whatever the weights did since.
 */
static void restore_numbers(oc_run *run)
{
    oc_snapshot_block block[OC_SNAPSHOT_BLOCKS];
    const int count = oc_snapshot_blocks(run, block);
    const int is_swa = run->recipe.average.kind == OC_AVERAGE_SWA;
    for (int i = 0; i < count; i++)
        if (!(is_swa && block[i].floats == run->average_state))
            memcpy(block[i].floats, run->snapshot->block[i], block[i].count * sizeof(float));
}

/* The numbers of then, at the step of now. */
static void go_back(oc_run *run)
{
    oc_checkpoint_info *const info = &run->info;
    const oc_guard_place *const back = &info->guard.back;
    const uint64_t undone = info->step - back->step;
    restore_numbers(run);
    info->averaged = back->averaged;
    info->unfrozen_step = back->unfrozen_step;
    info->guard.idle = back->idle + undone;
    info->guard.skipped = back->skipped + undone;
    info->guard.rollbacks++;
}

void oc_guard_get_over(oc_run *run, oc_guard_action action)
{
    oc_guard_record *const record = &run->info.guard;
    run->info.step++;
    record->step[record->diverged++ % OC_GUARD_NAMED] = run->info.step;
    record->skipped++;
    record->idle++;
    for (int i = 0; i < run->plan.groups.trusts; i++)
        run->trust_told[i] = NAN; /* there was no update */
    if (action == OC_GUARD_ROLLBACK && run->snapshot)
        go_back(run);
}

void oc_guard_tell_start(const oc_run *run)
{
    if (run->snapshot)
        oc_log(OC_LOG_INFO, "guard: snapshots of %.1f MiB per rank",
               (double)run->snapshot->arena.planned / 1048576.0);
}

void oc_guard_tell_end(const oc_run *run)
{
    const oc_guard_record *const record = &run->info.guard;
    if (record->skipped > 0)
        oc_log(OC_LOG_WARN, "%llu of %llu steps were skipped, with %llu rollbacks",
               (unsigned long long)record->skipped, (unsigned long long)run->info.step,
               (unsigned long long)record->rollbacks);
}

int oc_guard_has_skipped(const oc_run *run, uint64_t iteration)
{
    const oc_guard_record *const record = &run->info.guard;
    for (uint64_t i = 0; i < oc_guard_record_steps(record); i++)
        if (record->step[i] == iteration + 1)
            return 1;
    return 0;
}

int oc_guard_has_snapshot(const oc_run *run, const oc_checkpoint_info *info)
{
    return run->snapshot && info->guard.back.step != UINT64_MAX &&
           info->guard.back.step != info->step;
}

oc_status oc_guard_share(oc_run *run, const oc_checkpoint_info *info, int from)
{
    oc_snapshot_block block[OC_SNAPSHOT_BLOCKS];
    oc_status status = OC_OK;
    if (!run->snapshot)
        return OC_OK;
    if (!oc_guard_has_snapshot(run, info)) { /* it is the run: the next step takes it */
        run->snapshot->is_taken = 0;
        return OC_OK;
    }
    const int count = oc_snapshot_blocks(run, block);
    for (int i = 0; i < count && status == OC_OK; i++)
        status = oc_comm_broadcast(run->comm, run->snapshot->block[i],
                                   block[i].count * sizeof(float), from);
    if (status == OC_OK)
        run->snapshot->is_taken = 1;
    return status;
}
