/* bench.c - see bench.h. Times are taken from one step's end to the next one's, so nothing that
 * a step costs is left out; clocks are only read, and summed up after the last step. */
#include "studies/bench.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>

typedef struct measurement {
    oc_run *run;
    const oc_bench_options *options;
    uint64_t *nanoseconds; /* of each measured step */
    uint64_t steps;
    double began, ended;  /* the first measured step, the last one */
    oc_profile **profile; /* one a worker */
} measurement;

/* Rank 0: another step, or is it enough? */
static void decide(const measurement *m, oc_step *step)
{
    const oc_run *run = m->run;
    const int enough =
        m->steps >= OC_BENCH_LEAST_STEPS && m->ended - m->began >= m->options->seconds;
    oc_schedule_point point = {0};
    const int over = oc_schedule_at(&run->schedule, run->info.step, &point) != OC_OK;
    *step = (oc_step){
        .iteration = run->info.step,
        .action =
            enough || over || m->steps == OC_BENCH_MOST_STEPS ? OC_ACTION_STOP : OC_ACTION_TRAIN,
        .groups = (uint32_t)run->groups.count,
        .momentum = point.momentum,
        .weight_decay = run->recipe.optimizer.weight_decay,
    };
    for (int i = 0; i < run->groups.count; i++)
        step->learning_rate[i] = run->groups.share[i] * point.learning_rate;
}

static void reset_profiles(const measurement *m)
{
    for (int64_t i = 0; i < m->run->recipe.compute.threads; i++)
        oc_profile_reset(m->profile[i]);
}

/* All steps: warming up, then measured. Every rank leaves it at the same step message. */
static oc_status train(measurement *m)
{
    oc_run *const run = m->run;
    const size_t broadcast = 2 * (size_t)run->network->layers + OC_PART_BROADCAST;
    m->began = m->ended = oc_seconds();
    for (;;) {
        if (run->info.step == m->options->warm_up) {
            reset_profiles(m);
            m->began = m->ended = oc_seconds();
        }
        oc_step step = {0};
        const double since = oc_profile_start(m->profile[0]);
        if (oc_comm_rank(run->comm) == 0)
            decide(m, &step);
        oc_status status = oc_step_broadcast(run->comm, &step, run->info.step);
        if (status != OC_OK || step.action == OC_ACTION_STOP)
            return status;
        oc_profile_lap(m->profile[0], broadcast, since);
        const uint64_t number = run->info.step;
        oc_step_result result;
        status = oc_run_train_step(run, &step, &result);
        if (status != OC_OK)
            return status;
        if (!result.finite) /* on all ranks alike */
            return oc_fail(OC_ERR_DIVERGED,
                           "bench: step %llu: the loss or a gradient is not finite (loss %g, "
                           "learning rate %g)",
                           (unsigned long long)number + 1, result.loss, step.learning_rate[0]);
        const double now = oc_seconds();
        if (number >= m->options->warm_up)
            m->nanoseconds[m->steps++] = (uint64_t)(1e9 * (now - m->ended));
        m->ended = now;
    }
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Times of steps: the slowest rank's count. */
static oc_status sum_up_steps(const measurement *m, oc_bench *bench)
{
    const size_t steps = (size_t)m->steps;
    double mean = (m->ended - m->began) / (double)steps;
    oc_status status = oc_comm_max_u64(m->run->comm, m->nanoseconds, steps);
    if (status == OC_OK)
        status = oc_comm_sum_f64(m->run->comm, &mean, 1);
    if (status != OC_OK)
        return status;
    qsort(m->nanoseconds, steps, sizeof *m->nanoseconds, by_size);
    const uint64_t *const sorted = m->nanoseconds;
    bench->steps = m->steps;
    bench->median = 0.5e-9 * (double)(sorted[(steps - 1) / 2] + sorted[steps / 2]);
    bench->least = 1e-9 * (double)sorted[0];
    bench->most = 1e-9 * (double)sorted[steps - 1];
    bench->mean = mean / oc_comm_size(m->run->comm);
    return OC_OK;
}

static int each_worker_does(size_t row, size_t layer_rows)
{
    return row < layer_rows + OC_PART_REDUCTION && row != layer_rows + OC_PART_BROADCAST &&
           row != layer_rows + OC_PART_PREPARE;
}

static oc_status sum_up_parts(const measurement *m, oc_bench *bench)
{
    const size_t layer_rows = 2 * (size_t)m->run->network->layers;
    const int64_t threads = m->run->recipe.compute.threads;
    const double ranks = oc_comm_size(m->run->comm);
    for (size_t row = 0; row < bench->parts; row++) {
        double seconds = 0;
        for (int64_t i = 0; i < threads; i++)
            seconds += m->profile[i]->seconds[row];
        bench->part[row] = each_worker_does(row, layer_rows) ? seconds / (double)threads : seconds;
    }
    const oc_status status = oc_comm_sum_f64(m->run->comm, bench->part, bench->parts);
    bench->rest = bench->mean;
    for (size_t row = 0; row < bench->parts; row++) {
        bench->part[row] /= ranks * (double)bench->steps;
        bench->rest -= bench->part[row];
    }
    return status;
}

static oc_status sum_up_memory(const measurement *m, oc_bench *bench)
{
    const int ranks = oc_comm_size(m->run->comm);
    bench->peak[oc_comm_rank(m->run->comm)] = oc_memory_peak();
    const oc_status status = oc_comm_sum_u64(m->run->comm, bench->peak, (size_t)ranks);
    for (int i = 0; i < ranks; i++)
        bench->peak_sum += bench->peak[i];
    return status;
}

static oc_status allocate(measurement *m, oc_bench *bench)
{
    oc_run *const run = m->run;
    const size_t threads = (size_t)run->recipe.compute.threads;
    bench->parts = 2 * (size_t)run->network->layers + OC_STEP_PARTS;
    bench->part = calloc(bench->parts, sizeof *bench->part);
    bench->peak = calloc((size_t)oc_comm_size(run->comm), sizeof *bench->peak);
    m->nanoseconds = calloc(OC_BENCH_MOST_STEPS, sizeof *m->nanoseconds);
    m->profile = calloc(threads, sizeof *m->profile);
    if (!bench->part || !bench->peak || !m->nanoseconds || !m->profile)
        return oc_fail(OC_ERR_MEMORY, "bench: no memory");
    oc_status status = OC_OK;
    for (size_t i = 0; i < threads && status == OC_OK; i++) {
        status = oc_profile_create(&m->profile[i], bench->parts);
        run->workers[i].workspace.profile = m->profile[i];
    }
    return status;
}

static void release(const measurement *m)
{
    oc_run *const run = m->run;
    for (int64_t i = 0; m->profile && i < run->recipe.compute.threads; i++) {
        run->workers[i].workspace.profile = NULL;
        oc_profile_destroy(m->profile[i]);
    }
    free(m->profile);
    free(m->nanoseconds);
}

/* A failure that only this rank knows of: the others wait in a collective. */
static void leave_alone(const oc_run *run, oc_status status)
{
    if (status == OC_OK || status == OC_ERR_DIVERGED || oc_comm_is_broken(run->comm))
        return;
    oc_log_every_rank(OC_LOG_ERROR, "rank %d: %s", oc_comm_rank(run->comm), oc_message());
    oc_comm_abort(run->comm, status);
}

oc_status oc_bench_run(oc_bench *bench, oc_run *run, const oc_bench_options *options)
{
    measurement m = {.run = run, .options = options};
    *bench = (oc_bench){0};
    oc_status status = oc_comm_agree(run->comm, allocate(&m, bench));
    if (status == OC_OK) {
        status = train(&m);
        leave_alone(run, status);
    }
    if (status == OC_OK)
        status = sum_up_steps(&m, bench);
    if (status == OC_OK)
        status = sum_up_parts(&m, bench);
    if (status == OC_OK)
        status = sum_up_memory(&m, bench);
    release(&m);
    if (status != OC_OK)
        oc_bench_free(bench);
    return status;
}

void oc_bench_free(oc_bench *bench)
{
    free(bench->part);
    free(bench->peak);
    *bench = (oc_bench){0};
}
