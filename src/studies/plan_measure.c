/* plan_measure.c - see plan_measure.h. */
#include "studies/plan_measure.h"

#include "studies/bench.h"

#include <sched.h>
#include <stdlib.h>

enum { WARM_UP = 2 };

/* The recipe with so many of its shards a thread, no end that would come too soon, and a rate with
 * which nothing can diverge: what is measured does not depend on it. */
static oc_recipe cut_recipe(const oc_recipe *recipe, int ranks, int shards)
{
    oc_recipe cut = *recipe;
    const int64_t samples = (recipe->batch.size + recipe->batch.shards - 1) / recipe->batch.shards;
    cut.batch.shards = (int64_t)shards * ranks * recipe->compute.threads;
    cut.batch.size = samples * cut.batch.shards;
    cut.train.epochs = 0;
    cut.train.fit_time = 0;
    cut.train.max_steps = (int64_t)OC_BENCH_MOST_STEPS + WARM_UP;
    cut.batch_norm.sync = 0; /* the messages that shards in step take are not foretold */
    cut.batch_norm.ghost = 0;
    cut.reduce.overlap = OC_OVERLAP_OFF;
    cut.schedule = (oc_schedule_config){
        .kind = OC_SCHEDULE_CONSTANT,
        .lr = {.last = 1e-6},
        .momentum = {recipe->schedule.momentum[0], recipe->schedule.momentum[1]}};
    return cut;
}

/* How many cores the ranks may use together: a launcher or a batch system may have given them a few
 * of the node's, and each rank its own. */
static oc_status count_cores(oc_plan_work *work, oc_comm *comm)
{
    static uint64_t used[CPU_SETSIZE];
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) /* more of them than fit in */
        CPU_SET(0, &set);
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        used[i] = CPU_ISSET(i, &set) != 0;
    const oc_status status = oc_comm_max_u64(comm, used, CPU_SETSIZE);
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        work->cores += (int)used[i];
    return status;
}

/* What all measurements have in common. */
static oc_status describe(oc_plan_work *work, const oc_run *run)
{
    const oc_network *network = run->network;
    const int ranks = oc_comm_size(run->comm);
    work->threads = (int)run->recipe.compute.threads;
    work->ranks_per_node = ranks;
    work->layers = network->layers;
    work->vector = oc_reduction_vector(run->reduction);
    work->statistics_at = run->plan.statistics_at;
    work->precision = run->recipe.reduce.precision;
    work->samples = run->plan.train_selection.count;
    work->evaluated = run->plan.evaluate_selection.count;
    work->offset = calloc((size_t)network->layers + 1, sizeof *work->offset);
    if (!work->offset)
        return oc_fail(OC_ERR_MEMORY, "plan: no memory for %d layers", network->layers);
    for (int i = 0; i < network->layers; i++)
        work->offset[i] = network->parameter_offset[i];
    work->offset[network->layers] = work->statistics_at;
    return OC_OK;
}

/* Rows of the profile are means; a step is the median one, and they are its shares. */
static oc_status note_point(oc_plan_work *work, const oc_run *run, const oc_bench *bench,
                            int shards)
{
    oc_plan_point *point = &work->point[work->points];
    const double share = bench->median / bench->mean;
    const double *phase = bench->row + 2 * run->network->layers;
    const double exchanged = phase[OC_PHASE_REDUCTION] * (oc_comm_size(run->comm) > 1);
    const double fixed =
        phase[OC_PHASE_PREPARE] + phase[OC_PHASE_UPDATE] + phase[OC_PHASE_REDUCTION] - exchanged;
    const int together = run->plan.side_by_side < shards ? run->plan.side_by_side : shards;
    *point = (oc_plan_point){.shards = shards,
                             .step = bench->median,
                             .together = together,
                             .fixed = share * fixed,
                             .backward = calloc((size_t)work->layers, sizeof *point->backward)};
    if (!point->backward)
        return oc_fail(OC_ERR_MEMORY, "plan: no memory for %d layers", work->layers);
    point->each = share * (bench->mean - fixed - exchanged - phase[OC_PHASE_BROADCAST]) / shards;
    point->forward = phase[OC_PHASE_DATA] + phase[OC_PHASE_LOSS];
    for (int i = 0; i < work->layers; i++) {
        point->forward += bench->row[2 * i];
        point->backward[i] = share * bench->row[2 * i + 1] * together / shards;
    }
    point->forward *= share / shards;
    work->points++;
    return OC_OK;
}

static oc_status measure_point(oc_plan_work *work, oc_comm *comm, const oc_recipe *recipe,
                               const oc_plan_options *options, int shards)
{
    const oc_recipe cut = cut_recipe(recipe, oc_comm_size(comm), shards);
    const oc_bench_options how = {.seconds = options->seconds, .warm_up = WARM_UP};
    oc_dataset *data = NULL;
    oc_bench bench = {0};
    oc_run run;
    oc_status status = OC_OK;
    if (options->make)
        status = oc_comm_agree(comm, options->make(&data, &cut, options->context));
    if (status != OC_OK) {
        oc_dataset_close(data);
        return status;
    }
    status =
        options->make ? oc_run_create_on(&run, comm, &cut, data) : oc_run_create(&run, comm, &cut);
    if (status == OC_ERR_USAGE && cut.batch.size > recipe->batch.size) /* not what a recipe says */
        return oc_fail_context(status,
                               "plan measures steps with a shard of %lld samples for each of %lld "
                               "threads",
                               (long long)(cut.batch.size / cut.batch.shards),
                               (long long)cut.batch.shards / shards);
    if (status != OC_OK)
        return status;
    status = oc_bench_run(&bench, &run, &how);
    if (status == OC_OK) {
        if (work->points == 0)
            status = describe(work, &run);
        if (status == OC_OK)
            status = note_point(work, &run, &bench, shards);
        status = oc_comm_agree(comm, status);
    }
    oc_bench_free(&bench);
    oc_run_destroy(&run);
    return status;
}

/* Is a batch of so many shards a thread too large for the data? */
static int is_too_large(const oc_plan_work *work, const oc_recipe *recipe, int ranks, int shards)
{
    return (uint64_t)cut_recipe(recipe, ranks, shards).batch.size > work->samples;
}

oc_status oc_plan_measure(oc_plan_work *work, oc_comm *comm, const oc_recipe *recipe,
                          const oc_plan_options *options)
{
    *work = (oc_plan_work){0};
    oc_status status = count_cores(work, comm);
    for (int shards = 1; shards < 1 << OC_PLAN_POINTS && status == OC_OK; shards *= 2) {
        if (shards > 1 && !options->make && is_too_large(work, recipe, oc_comm_size(comm), shards))
            break;
        status = measure_point(work, comm, recipe, options, shards);
    }
    if (status == OC_OK)
        oc_plan_settle(work);
    else
        oc_plan_work_free(work);
    return status;
}
