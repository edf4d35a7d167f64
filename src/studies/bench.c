/* bench.c - see bench.h. Times are taken from one step's end to the next one's, so nothing that
 * a step costs is left out; clocks are only read, and summed up after the last step. */
#include "studies/bench.h"

#include "base/clock.h"
#include "base/median.h"
#include "base/memory.h"
#include "control/drive.h"

#include <stdlib.h>

typedef struct measurement {
    oc_run *run;
    const oc_bench_options *options;
    uint64_t warm_up;      /* steps, those that overlap.h tries included */
    uint64_t *nanoseconds; /* of each measured step */
    double *seconds;       /* of the slowest rank, afterwards */
    uint64_t steps;
    double began, ended;  /* the first measured step, the last one */
    oc_profile **profile; /* one a worker */
} measurement;

/* Rank 0: another step, or is it enough? */
static oc_next decide(void *context)
{
    const measurement *m = context;
    const int enough =
        m->steps >= OC_BENCH_LEAST_STEPS && m->ended - m->began >= m->options->seconds;
    oc_next next = {.action = OC_ACTION_TRAIN};
    const int over =
        oc_schedule_at(&m->run->plan.schedule, m->run->info.step, &next.point) != OC_OK;
    if (enough || over || m->steps == OC_BENCH_MOST_STEPS)
        next.action = OC_ACTION_STOP;
    return next;
}

/* Measuring begins with the next step. */
static void start(measurement *m)
{
    for (int64_t i = 0; i < m->run->recipe.compute.threads; i++)
        oc_profile_reset(m->profile[i]);
    m->began = m->ended = oc_seconds();
}

static oc_status act(void *context, const oc_step *step)
{
    measurement *const m = context;
    const uint64_t number = m->run->info.step;
    oc_step_result result;
    const oc_status status = oc_run_train_step(m->run, step, &result);
    if (status != OC_OK)
        return status;
    if (!result.finite) /* on all ranks alike */
        return oc_fail(OC_ERR_DIVERGED,
                       "bench: step %llu: the loss or a gradient is not finite (loss %g, "
                       "learning rate %g)",
                       (unsigned long long)number + 1, result.loss, step->learning_rate[0]);
    const double now = oc_seconds();
    if (number >= m->warm_up)
        m->nanoseconds[m->steps++] = (uint64_t)(1e9 * (now - m->ended));
    m->ended = now;
    if (m->run->info.step == m->warm_up)
        start(m);
    return OC_OK;
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
    for (size_t i = 0; i < steps; i++)
        m->seconds[i] = 1e-9 * (double)m->nanoseconds[i];
    bench->steps = m->steps;
    bench->median = oc_median(m->seconds, steps);
    bench->least = m->seconds[0]; /* sorted by now */
    bench->most = m->seconds[steps - 1];
    bench->mean = mean / oc_comm_size(m->run->comm);
    return OC_OK;
}

static int each_worker_does(const oc_run *run, size_t row)
{
    return row < oc_run_profile_row(run, OC_PHASE_REDUCTION) &&
           row != oc_run_profile_row(run, OC_PHASE_BROADCAST) &&
           row != oc_run_profile_row(run, OC_PHASE_PREPARE);
}

static oc_status sum_up_rows(const measurement *m, oc_bench *bench)
{
    const int64_t threads = m->run->recipe.compute.threads;
    const double ranks = oc_comm_size(m->run->comm);
    for (size_t row = 0; row < bench->rows; row++) {
        double seconds = 0;
        for (int64_t i = 0; i < threads; i++)
            seconds += m->profile[i]->seconds[row];
        bench->row[row] = each_worker_does(m->run, row) ? seconds / (double)threads : seconds;
    }
    const oc_status status = oc_comm_sum_f64(m->run->comm, bench->row, bench->rows);
    bench->rest = bench->mean;
    for (size_t row = 0; row < bench->rows; row++) {
        bench->row[row] /= ranks * (double)bench->steps;
        bench->rest -= bench->row[row];
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
    bench->rows = oc_run_profile_row(run, OC_STEP_PHASES);
    bench->row = calloc(bench->rows, sizeof *bench->row);
    bench->peak = calloc((size_t)oc_comm_size(run->comm), sizeof *bench->peak);
    m->nanoseconds = calloc(OC_BENCH_MOST_STEPS, sizeof *m->nanoseconds);
    m->seconds = calloc(OC_BENCH_MOST_STEPS, sizeof *m->seconds);
    m->profile = calloc(threads, sizeof *m->profile);
    if (!bench->row || !bench->peak || !m->nanoseconds || !m->seconds || !m->profile)
        return oc_fail(OC_ERR_MEMORY, "bench: no memory");
    oc_status status = OC_OK;
    for (size_t i = 0; i < threads && status == OC_OK; i++) {
        status = oc_profile_create(&m->profile[i], bench->rows);
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
    free(m->seconds);
}

oc_status oc_bench_run(oc_bench *bench, oc_run *run, const oc_bench_options *options)
{
    measurement m = {.run = run, .options = options, .warm_up = options->warm_up};
    if (run->overlap.is_tried && m.warm_up < OC_OVERLAP_STEPS) /* the same on all ranks */
        m.warm_up = OC_OVERLAP_STEPS;
    *bench = (oc_bench){.warm_up = m.warm_up};
    oc_status status = oc_comm_agree(run->comm, allocate(&m, bench));
    if (status == OC_OK) { /* warming up, then measured */
        start(&m);
        status = oc_drive(run, &(oc_driver){.context = &m, .decide = decide, .act = act});
    }
    if (status == OC_OK)
        status = sum_up_steps(&m, bench);
    if (status == OC_OK)
        status = sum_up_rows(&m, bench);
    if (status == OC_OK)
        status = sum_up_memory(&m, bench);
    release(&m);
    if (status != OC_OK)
        oc_bench_free(bench);
    return status;
}

void oc_bench_free(oc_bench *bench)
{
    free(bench->row);
    free(bench->peak);
    *bench = (oc_bench){0};
}
