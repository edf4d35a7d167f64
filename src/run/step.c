/* step.c - one training step: shards (step_shards.c), reduction, update (step_update.c). */
#include "base/clock.h"
#include "base/log.h"
#include "base/thread_role.h"
#include "run/average.h"
#include "run/gradient_units.h"
#include "run/guard.h"
#include "run/lockstep.h"
#include "run/run_data.h"
#include "run/step_shards.h"
#include "run/step_update.h"

#include <assert.h>
#include <string.h>

const char *oc_run_phase_name(oc_step_phase phase)
{
    static const char *const names[] = {
        [OC_PHASE_BROADCAST] = "broadcast", [OC_PHASE_PREPARE] = "prepare",
        [OC_PHASE_DATA] = "data",           [OC_PHASE_LOSS] = "loss",
        [OC_PHASE_FOLD] = "fold",           [OC_PHASE_REDUCTION] = "reduction",
        [OC_PHASE_UPDATE] = "update",       [OC_PHASE_STEP] = "step",
        [OC_PHASE_EVALUATION] = "evaluate", [OC_PHASE_CHECKPOINT] = "checkpoint",
        [OC_PHASE_SHARD] = "shard",         [OC_PHASE_REPLICAS] = "replica check",
        [OC_PHASE_CALLBACKS] = "callbacks",
    };
    return names[phase];
}

void oc_run_note(const oc_run *run, oc_step_phase phase, uint64_t number)
{
    oc_recorder_note(oc_comm_recorder(run->comm), OC_RECORD_PHASE, oc_run_phase_name(phase),
                     number);
}

size_t oc_run_profile_row(const oc_run *run, oc_step_phase phase)
{
    return 2 * (size_t)run->network->layers + (size_t)phase;
}

static void prepare_part(void *data, int thread)
{
    const oc_run *run = data;
    oc_network_prepare_part(run->network, &run->workers[0].workspace, 1, run->parameters, thread,
                            oc_team_size(run->team));
}

static void train_shards(void *data, int thread)
{
    oc_run_train_shards(data, thread);
}

/* Running statistics move towards the mean over all shards. */
static void update_state(oc_run *run, const float *sums)
{
    const float share = 1.0f / (float)run->recipe.batch.shards;
    for (int i = 0; i < run->network->layers; i++) {
        const oc_layer *layer = &run->network->layer[i];
        if (oc_run_modes(run)[i] & OC_LAYER_HELD)
            continue;
        const float rate = (float)layer->config.rate;
        const size_t first = run->network->state_offset[i];
        for (size_t j = first; j < first + layer->state_count; j++)
            run->state[j] += rate * (sums[j] * share - run->state[j]);
    }
}

/* As fastai's unfreeze: the optimiser begins anew when all is trained. */
static void unfreeze(oc_run *run)
{
    if (run->plan.schedule.config.kind != OC_SCHEDULE_FINE_TUNE || run->frozen ||
        run->info.unfrozen_step != UINT64_MAX)
        return;
    for (int s = 0; s < oc_optimizer_slots(run->recipe.optimizer.kind); s++)
        memset(run->slot[s], 0, run->network->parameter_count * sizeof *run->slot[s]);
    run->info.unfrozen_step = run->info.step;
    run->info.guard.idle = 0;
}

static void update(oc_run *run, const oc_step *step, float *sum, double loss)
{
    unfreeze(run);
    oc_run_before_update(run);
    oc_run_update_parameters(run, step, sum);
    update_state(run, sum + run->plan.statistics_at);
    run->info.step++;
    oc_run_after_update(run);
    oc_gradient_units_follow(run);
    oc_guard_end_step(run, loss);
}

static void note_overlap(oc_run *run, double seconds)
{
    double without, with;
    if (oc_overlap_note(&run->overlap, seconds, &without, &with))
        oc_log_file_only(/* not through the line of progress */
                         OC_LOG_INFO,
                         "reduce.overlap: %s; shards and their sum take %.4g ms with gradients "
                         "exchanged "
                         "during backward, %.4g ms with that done afterwards",
                         run->overlap.is_on ? "on" : "off", 1000 * with, 1000 * without);
}

oc_status oc_run_sum_shards(oc_run *run, uint64_t step, int overlaps, float **sum)
{
    oc_profile *const profile = run->workers[0].workspace.profile;
    double since = oc_profile_start(profile);
    oc_run_note(run, OC_PHASE_PREPARE, OC_NO_NUMBER);
    oc_loader_train(run->loader, step);
    if (run->network->prepared_count > 0)
        oc_team_run(run->team, prepare_part, run);
    oc_profile_lap(profile, oc_run_profile_row(run, OC_PHASE_PREPARE), since);
    run->shards_begin = oc_seconds();
    oc_gradient_units_use(run, step);
    if (overlaps)
        oc_reduction_begin(run->reduction);
    oc_status status = OC_OK;
    if (run->lockstep)
        status = oc_lockstep_train(run);
    else
        oc_team_run(run->team, train_shards, run);
    if (status != OC_OK)
        return status;
    since = oc_profile_start(profile);
    oc_run_note(run, OC_PHASE_REDUCTION, OC_NO_NUMBER);
    status = oc_reduction_finish(run->reduction, run->team, sum);
    oc_profile_lap(profile, oc_run_profile_row(run, OC_PHASE_REDUCTION), since);
    if (status != OC_OK)
        return status;
    run->stop_seen |= (*sum)[run->plan.tail_at + OC_TAIL_STOP] > 0;
    if ((*sum)[run->plan.tail_at + OC_TAIL_FAILED] > 0) /* known to all, so all agree on why */
        return oc_comm_agree(run->comm, oc_run_workers_status(run));
    return OC_OK;
}

oc_status oc_run_train_step(oc_run *run, const oc_step *step, oc_step_result *result)
{
    assert(oc_thread_is_main());
    oc_profile *const profile = run->workers[0].workspace.profile;
    float *sum = NULL;
    oc_guard_begin_step(run);
    run->frozen = (int)step->frozen;
    const oc_status status = oc_run_sum_shards(run, run->info.step, (int)step->overlap, &sum);
    if (status != OC_OK)
        return status;
    oc_run_note(run, OC_PHASE_UPDATE, OC_NO_NUMBER);
    note_overlap(run, oc_seconds() - run->shards_begin);
    const double since = oc_profile_start(profile);
    const float *tail = sum + run->plan.tail_at;
    const double batch = (double)run->recipe.batch.size;
    result->loss = (double)tail[OC_TAIL_LOSS] / batch;
    result->accuracy =
        oc_scorer_training(&run->scorer, result->loss, (double)tail[OC_TAIL_CORRECT] / batch);
    result->correct = (uint64_t)tail[OC_TAIL_CORRECT];
    result->waited =
        (double)tail[OC_TAIL_WAITED] / ((double)oc_comm_size(run->comm) * oc_team_size(run->team));
    result->finite = oc_run_sum_is_finite(run, sum);
    result->diverged = !result->finite || (step->most_loss > 0 && result->loss > step->most_loss);
    if (!result->diverged)
        update(run, step, sum, result->loss);
    else if (step->guard != OC_GUARD_STOP)
        oc_guard_get_over(run, (oc_guard_action)step->guard);
    oc_profile_lap(profile, oc_run_profile_row(run, OC_PHASE_UPDATE), since);
    return OC_OK;
}
