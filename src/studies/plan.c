/* plan.c - see plan.h. */
#include "studies/plan.h"

#include "base/median.h"
#include "mpi/reduction.h"
#include "run/overlap.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_SAMPLES = 1 << 24 }; /* of a batch, as in run.c */

/* Fitted to measured steps (tests/bench/compare_plan.sh) and to simulated ones
 * (tests/scale/compare_plan.sh). */
oc_exchange_costs oc_plan_costs(const oc_plan_work *work, const oc_plan_network *network)
{
    const double payload = 0.94;           /* of the bandwidth: the rest are headers */
    const double nap = 75e-6, turn = 2e-3; /* until the scheduler gives a busy core to a thread */
    const double ranks = work->ranks_per_node;
    const int has_core = work->cores > work->ranks_per_node * work->threads;
    return (oc_exchange_costs){
        .inside = {.latency = 2e-6, .byte = 0.4e-9}, /* through memory */
        .between = {.latency = network->latency, .byte = ranks / (payload * network->bandwidth)},
        .message = 5e-6,
        .processor = 1e-9, /* TCP's copies */
        .added = 0.25e-9,
        .nap = has_core ? nap : turn,
        .has_core = has_core,
    };
}

/* ---- what was measured ---- */

void oc_plan_settle(oc_plan_work *work)
{
    double fixed[OC_PLAN_POINTS], each[OC_PLAN_POINTS], settled[OC_PLAN_POINTS];
    for (int i = 0; i < work->points; i++) {
        size_t alike = 0;
        fixed[i] = work->point[i].fixed;
        for (int k = 0; k < work->points; k++)
            if (work->point[k].together == work->point[i].together)
                each[alike++] = work->point[k].each;
        settled[i] = oc_median(each, alike);
    }
    const double one = oc_median(fixed, (size_t)work->points);
    for (int i = 0; i < work->points; i++) {
        oc_plan_point *point = &work->point[i];
        const double scale = settled[i] / point->each;
        for (int layer = 0; layer < work->layers; layer++)
            point->backward[layer] *= scale;
        point->forward *= scale;
        point->each = settled[i];
        point->fixed = one;
    }
}

/* ---- a step ---- */

/* What was measured with so many shards a thread, or with the most below that. */
static const oc_plan_point *point_below(const oc_plan_work *work, int shards)
{
    const oc_plan_point *point = &work->point[0];
    for (int i = 1; i < work->points && work->point[i].shards <= shards; i++)
        point = &work->point[i];
    return point;
}

/* Seconds of a shard where each thread has so many, linear between what was measured. */
static double each_of(const oc_plan_work *work, int shards)
{
    const oc_plan_point *a = point_below(work, shards);
    const oc_plan_point *last = &work->point[work->points - 1];
    if (a == last || shards <= a->shards)
        return a->each;
    const double way = (double)(shards - a->shards) / (a[1].shards - a->shards);
    return a->each + way * (a[1].each - a->each);
}

/* Pieces of the vector as they leave, and when the rank has them. `bucket` has room for all. */
static size_t cut(const oc_plan_work *work, size_t most, const double *backward, double computed,
                  int overlaps, oc_exchange_bucket *bucket)
{
    static const double bytes[] = {
        [OC_PRECISION_FLOAT] = sizeof(float), [OC_PRECISION_INT16] = sizeof(int16_t)};
    size_t buckets = 0;
    int layer = work->layers;
    double ready = computed;
    for (int i = 0; i < work->layers; i++)
        ready -= backward[i];
    for (size_t end = work->statistics_at; end > 0; buckets++) {
        const size_t first = end > most ? end - most : 0;
        while (layer > 0 && work->offset[layer] > first)
            ready += backward[--layer];
        bucket[buckets] =
            (oc_exchange_bucket){.bytes = bytes[work->precision] * (double)(end - first),
                                 .ready = overlaps ? ready : computed};
        end = first;
    }
    if (work->statistics_at < work->vector)
        bucket[buckets++] = (oc_exchange_bucket){
            .bytes = sizeof(float) * (double)(work->vector - work->statistics_at),
            .ready = computed};
    return buckets;
}

/* The message with which a step begins, down a tree of ranks. */
static double broadcast(const oc_exchange_costs *costs, int nodes, int ranks_per_node)
{
    return ceil(log2(nodes)) * (costs->between.latency + costs->message) +
           ceil(log2(ranks_per_node)) * (costs->inside.latency + costs->message);
}

double oc_plan_exchange(const oc_plan_row *row)
{
    return row->overlaps ? row->during : row->after;
}

/* Seconds of a step on so many nodes, in row->step and what it consists of. */
static oc_status predict_step(oc_plan_row *row, const oc_plan_work *work, const oc_recipe *recipe,
                              const oc_exchange_costs *costs)
{
    const oc_exchange_job job = {.ranks = row->ranks,
                                 .ranks_per_node = work->ranks_per_node,
                                 .by_nodes = recipe->reduce.hierarchy != OC_HIERARCHY_FLAT,
                                 .shards = (int)row->shards};
    const int64_t workers = (int64_t)row->ranks * work->threads;
    const int shards = (int)((row->shards + workers - 1) / workers);
    const oc_plan_point *const point = point_below(work, shards);
    const double computed = shards * each_of(work, shards);
    const size_t most = oc_reduction_bucket_floats(work->vector, (size_t)recipe->reduce.bucket);
    oc_exchange_shape shape;
    const oc_status status = oc_exchange_shape_of(&shape, &job);
    oc_exchange_bucket *bucket = malloc((work->vector / most + 3) * sizeof *bucket);
    if (status != OC_OK || !bucket) {
        free(bucket);
        return status != OC_OK ? status : oc_fail(OC_ERR_MEMORY, "plan: no memory for buckets");
    }
    double end[2];
    for (int overlaps = 0; overlaps < 2; overlaps++) {
        const size_t buckets = cut(work, most, point->backward, computed, overlaps, bucket);
        end[overlaps] = oc_exchange_end(&shape, costs, bucket, buckets, computed);
    }
    free(bucket);
    const double told = broadcast(costs, row->nodes, work->ranks_per_node);
    row->after = end[0] - computed + told;
    row->during = end[1] - computed + told;
    row->overlaps = row->ranks > 1 && (recipe->reduce.overlap == OC_OVERLAP_AUTO
                                           ? row->during < row->after
                                           : recipe->reduce.overlap == OC_OVERLAP_ON);
    row->compute = computed + point->fixed;
    row->step = row->compute + oc_plan_exchange(row);
    return OC_OK;
}

/* ---- a training ---- */

static uint64_t parts(uint64_t whole, uint64_t part)
{
    return (whole + part - 1) / part;
}

static void predict_training(oc_plan_row *row, const oc_plan_work *work, const oc_recipe *recipe)
{
    oc_recipe grown = *recipe;
    grown.batch.size = row->batch;
    row->steps =
        work->samples > 0 || recipe->train.epochs == 0 ? oc_recipe_steps(&grown, work->samples) : 0;
    const uint64_t epoch = oc_recipe_steps_per_epoch(&grown, work->samples);
    const uint64_t evaluations = epoch > 0 ? parts(row->steps, epoch) : 1;
    const uint64_t chunk = parts((uint64_t)row->batch, (uint64_t)row->shards);
    const uint64_t workers = (uint64_t)row->ranks * (uint64_t)work->threads;
    const uint64_t chunks = parts(parts(work->evaluated, chunk), workers); /* of a thread */
    row->seconds = (double)row->steps * row->step +
                   (double)(evaluations * chunks) * work->point[work->points - 1].forward;
}

oc_status oc_plan_predict(oc_plan_row *row, const oc_plan_work *work, const oc_recipe *recipe,
                          const oc_exchange_costs *costs, int nodes, int64_t factor)
{
    oc_plan_row alone = {.nodes = 1,
                         .ranks = work->ranks_per_node,
                         .batch = recipe->batch.size * factor,
                         .shards = recipe->batch.shards * factor,
                         .rate = recipe->schedule.lr.last * sqrt((double)factor)};
    *row = alone;
    row->nodes = nodes;
    row->ranks = nodes * work->ranks_per_node;
    if (row->ranks > row->shards)
        return oc_fail(OC_ERR_USAGE, "plan: %d ranks for %lld shards", row->ranks,
                       (long long)row->shards);
    oc_status status = predict_step(row, work, recipe, costs);
    if (status == OC_OK)
        status = predict_step(&alone, work, recipe, costs);
    if (status != OC_OK)
        return status;
    row->efficiency = alone.step / (nodes * row->step);
    predict_training(row, work, recipe);
    return OC_OK;
}

oc_status oc_plan_choose(oc_plan_row *row, const oc_plan_work *work, const oc_recipe *recipe,
                         const oc_exchange_costs *costs, int nodes, double efficiency)
{
    const int64_t ranks = (int64_t)nodes * work->ranks_per_node;
    const int64_t samples =
        work->samples > 0 && work->samples < MOST_SAMPLES ? (int64_t)work->samples : MOST_SAMPLES;
    *row = (oc_plan_row){0};
    /* The most with which no thread has more than 1, 2, 3, 4, 6, 8, 12 ... shards. */
    for (int64_t each = 1, step = 1;; each += step) {
        const int64_t factor = each * ranks * work->threads / recipe->batch.shards;
        if (factor * recipe->batch.size > samples)
            return OC_OK;
        if (factor * recipe->batch.shards >= ranks) {
            oc_plan_row tried;
            const oc_status status = oc_plan_predict(&tried, work, recipe, costs, nodes, factor);
            if (status != OC_OK)
                return status;
            if (row->nodes == 0 || tried.efficiency > row->efficiency)
                *row = tried;
            if (tried.efficiency >= efficiency)
                return OC_OK;
        }
        if (each == 4 * step)
            step *= 2;
    }
}

void oc_plan_work_free(oc_plan_work *work)
{
    for (int i = 0; i < OC_PLAN_POINTS; i++)
        free(work->point[i].backward);
    free(work->offset);
    *work = (oc_plan_work){0};
}
