/* average.c - see average.h. Everything is by element, so that any thread may do any part. */
#include "run/average.h"

#include "kernels/unit.h"
#include "run/guard.h"
#include "run/progress.h"
#include "run/step_shards.h"
#include "run/step_update.h"

#include <math.h>
#include <string.h>

oc_status oc_run_plan_average(oc_run *run)
{
    const oc_span *every = &run->recipe.average.every;
    const int kind = run->recipe.average.kind;
    double steps = every->count;
    if (kind != OC_AVERAGE_LOOKAHEAD && kind != OC_AVERAGE_SWA)
        return OC_OK;
    if (every->unit == OC_SPAN_PERCENT && run->info.planned_steps == OC_OPEN)
        return oc_fail(OC_ERR_USAGE,
                       "average.every: found %g%% of a run whose length only train.fit_time "
                       "decides, expected steps or epochs",
                       every->count);
    if (every->unit == OC_SPAN_EPOCHS)
        steps *= (double)run->info.steps_per_epoch;
    else if (every->unit == OC_SPAN_PERCENT)
        steps *= (double)run->info.planned_steps / 100;
    run->plan.average_every = steps < 1 ? 1 : (uint64_t)steps;
    return OC_OK;
}

/* ---- parameters, a range for each thread ---- */

typedef struct task {
    oc_run *run;
    float rate;  /* how far the average moves towards the weights */
    int returns; /* the weights then go to the average */
} task;

static void copy_range(void *data, int thread)
{
    const oc_run *run = ((const task *)data)->run;
    const oc_run_range part = oc_run_range_of(run, thread, run->network->parameter_count);
    memcpy(run->average + part.first, run->parameters + part.first,
           (part.last - part.first) * sizeof *run->average);
}

static void move_range(void *data, int thread)
{
    const task *t = data;
    const oc_run *run = t->run;
    const oc_run_range part = oc_run_range_of(run, thread, run->network->parameter_count);
    for (size_t i = part.first; i < part.last; i++) {
        run->average[i] += t->rate * (run->parameters[i] - run->average[i]);
        if (t->returns)
            run->parameters[i] = run->average[i];
    }
}

/* The first time the average is the weights. */
static void move(oc_run *run, double rate, int returns)
{
    task t = {.run = run, .rate = (float)rate, .returns = returns};
    oc_team_run(run->team, run->info.averaged > 0 ? move_range : copy_range, &t);
    run->info.averaged++;
}

/* ---- the kinds ---- */

static void move_ema(oc_run *run)
{
    const double t = (double)run->info.averaged, keep = run->recipe.average.decay;
    const double early = (1 + t) / (10 + t), fresh = 1 - (early < keep ? early : keep);
    for (size_t i = 0; i < run->network->state_count; i++)
        run->average_state[i] =
            run->info.averaged == 0
                ? run->state[i]
                : run->average_state[i] + (float)fresh * (run->state[i] - run->average_state[i]);
    move(run, fresh, 0);
}

static int is_due(const oc_run *run)
{
    return run->info.step % run->plan.average_every == 0;
}

/* Lookahead begins with the weights before the first step. */
void oc_run_before_update(oc_run *run)
{
    if (run->recipe.average.kind != OC_AVERAGE_LOOKAHEAD || run->info.averaged > 0)
        return;
    if (run->average_state)
        memcpy(run->average_state, run->state, run->network->state_count * sizeof *run->state);
    move(run, 0, 0);
}

/* The share of the average that stays grows from 0 with a power of the way that the run has gone;
 * running statistics go with the weights if they have an average. */
static void move_lookahead(oc_run *run)
{
    const double power = run->recipe.average.power, rate = run->recipe.average.rate;
    const double keep = power > 0 ? (1 - rate) * pow(oc_run_progress(run), power) : 1 - rate;
    const double fresh = power > 0 ? 1 - keep : rate;
    for (size_t i = 0; run->average_state && i < run->network->state_count; i++) {
        run->average_state[i] += (float)fresh * (run->state[i] - run->average_state[i]);
        run->state[i] = run->average_state[i];
    }
    move(run, fresh, 1);
}

void oc_run_after_update(oc_run *run)
{
    switch (run->recipe.average.kind) {
    case OC_AVERAGE_EMA:
        move_ema(run);
        break;
    case OC_AVERAGE_LOOKAHEAD:
        if (is_due(run))
            move_lookahead(run);
        break;
    case OC_AVERAGE_SWA:
        if (is_due(run) && oc_run_has_reached(run, &run->recipe.average.start))
            move(run, 1 / (double)(run->info.averaged + 1), 0);
        break;
    default:
        break;
    }
}

static int has_average(const oc_run *run)
{
    return run->average && run->info.averaged > 0;
}

float *oc_run_parameters(const oc_run *run)
{
    return has_average(run) ? run->average : run->parameters;
}

float *oc_run_state(const oc_run *run)
{
    return has_average(run) && run->average_state ? run->average_state : run->state;
}

/* ---- statistics of swa ---- */

/* Sums over batches -> what batch normalisation computes with; what is held stays. */
static void take_statistics(oc_run *run, double batches)
{
    const double share = 1 / (batches * (double)run->recipe.batch.shards);
    memcpy(run->average_state, run->state, run->network->state_count * sizeof *run->state);
    for (int i = 0; i < run->network->layers; i++) {
        const size_t first = run->network->state_offset[i];
        for (size_t j = 0; j < run->network->layer[i].state_count; j++)
            if (!(oc_run_modes(run)[i] & OC_LAYER_HELD))
                run->average_state[first + j] = (float)(run->state_sums[first + j] * share);
    }
}

/* 0: of a batch that the guard skipped, or that it would skip. */
static uint64_t add_statistics(oc_run *run, const float *sums, uint64_t iteration)
{
    const size_t count = run->network->state_count;
    if (oc_guard_has_skipped(run, iteration) ||
        !oc_unit_get()->elementwise->all_finite(count, sums))
        return 0;
    for (size_t i = 0; i < count; i++)
        run->state_sums[i] += (double)sums[i];
    return 1;
}

oc_status oc_run_average_statistics(oc_run *run)
{
    if (run->recipe.average.kind != OC_AVERAGE_SWA || !has_average(run) ||
        run->network->state_count == 0)
        return OC_OK;
    float *const trained = run->parameters;
    const int frozen = run->frozen;
    const oc_checkpoint_info *info = &run->info;
    uint64_t batches = (uint64_t)run->recipe.average.batches;
    batches = batches < info->steps_per_epoch ? batches : info->steps_per_epoch;
    batches = batches < info->step ? batches : info->step;
    uint64_t used = 0;
    oc_status status = OC_OK;
    run->parameters = run->average;
    run->frozen = 0; /* whatever the last step was: a resume does not know it */
    memset(run->state_sums, 0, run->network->state_count * sizeof *run->state_sums);
    for (uint64_t b = 0; b < batches && status == OC_OK; b++) {
        float *sum = NULL;
        status = oc_run_sum_shards(run, info->step - batches + b, 0, &sum);
        if (status == OC_OK)
            used += add_statistics(run, sum + run->plan.statistics_at, info->step - batches + b);
    }
    if (status == OC_OK && used > 0)
        take_statistics(run, (double)used);
    run->parameters = trained;
    run->frozen = frozen;
    return status;
}
