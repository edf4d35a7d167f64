/* range_grid.c - see range_grid.h. Numbers come to rank 0 as a sum to which one rank each adds
 * something, so they arrive as they are. */
#include "studies/range_grid.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 3, FIELDS = 5, MOST_NUMBERS = 1 << 26 };

typedef struct gathered {
    double *number; /* (points, HEAD + steps * FIELDS) */
    uint64_t *hash; /* (points, 4): weights before and after */
    size_t width;
} gathered;

static void put_curve(const gathered *g, size_t point, const oc_range_curve *curve)
{
    double *to = g->number + point * g->width;
    *to++ = (double)curve->count;
    *to++ = curve->end;
    *to++ = curve->seconds;
    for (size_t i = 0; i < curve->count; i++) {
        const oc_range_point *const p = &curve->point[i];
        const double fields[FIELDS] = {p->lr, p->loss, p->smoothed, p->accuracy, p->evaluated};
        for (int f = 0; f < FIELDS; f++)
            *to++ = fields[f];
    }
    memcpy(g->hash + 4 * point, &curve->before, 2 * sizeof *g->hash);
    memcpy(g->hash + 4 * point + 2, &curve->after, 2 * sizeof *g->hash);
}

static oc_status get_curve(const gathered *g, size_t point, uint64_t steps, oc_range_curve *curve)
{
    const double *from = g->number + point * g->width;
    *curve = (oc_range_curve){
        .count = (size_t)from[0], .steps = steps, .end = (oc_range_end)from[1], .seconds = from[2]};
    curve->point = calloc(curve->count + 1, sizeof *curve->point);
    if (!curve->point)
        return oc_fail(OC_ERR_MEMORY, "range test: out of memory");
    from += HEAD;
    for (size_t i = 0; i < curve->count; i++, from += FIELDS)
        curve->point[i] = (oc_range_point){from[0], from[1], from[2], from[3], from[4]};
    memcpy(&curve->before, g->hash + 4 * point, 2 * sizeof *g->hash);
    memcpy(&curve->after, g->hash + 4 * point + 2, 2 * sizeof *g->hash);
    return OC_OK;
}

/* One point on this group's ranks. */
static oc_status test_point(const gathered *g, size_t point, int *is_r2,
                            const oc_rank_groups *groups, const oc_grid *grid,
                            const oc_range_options *options, const volatile sig_atomic_t *stop)
{
    oc_run run;
    oc_range_curve curve = {0};
    oc_recipe *const recipe = malloc(sizeof *recipe);
    oc_status status = recipe ? oc_grid_recipe(grid, point, recipe)
                              : oc_fail(OC_ERR_MEMORY, "range test: out of memory");
    status = oc_comm_agree(groups->mine, status);
    if (status != OC_OK)
        goto cleanup;
    oc_range_recipe(recipe, options);
    oc_rank_groups_share_memory(groups, recipe);
    status = oc_run_create(&run, groups->mine, recipe);
    if (status != OC_OK)
        goto cleanup;
    run.stop_signal = stop;
    *is_r2 = run.scorer.kind == OC_TARGETS_REGRESSION;
    status = oc_range_test(&curve, &run, options);
    oc_run_destroy(&run);
    if ((status == OC_OK || status == OC_STOPPED) && oc_comm_rank(groups->mine) == 0)
        put_curve(g, point, &curve);
cleanup:
    oc_range_curve_free(&curve);
    free(recipe);
    return status;
}

static oc_status allocate(gathered *g, const oc_grid *grid, uint64_t steps)
{
    g->width = HEAD + FIELDS * (size_t)steps;
    if (g->width > MOST_NUMBERS / grid->points)
        return oc_fail(OC_ERR_USAGE, "range test: %zu tests of %llu steps, expected fewer",
                       grid->points, (unsigned long long)steps);
    g->number = calloc(grid->points * g->width, sizeof *g->number);
    g->hash = calloc(4 * grid->points, sizeof *g->hash);
    return g->number && g->hash ? OC_OK : oc_fail(OC_ERR_MEMORY, "range test: out of memory");
}

/* All points to all ranks, and on rank 0 into results. */
static oc_status gather(oc_range_result *result, int *is_r2, const gathered *g, oc_comm *job,
                        const oc_grid *grid, uint64_t steps)
{
    uint64_t r2 = (uint64_t)*is_r2;
    oc_status status = oc_comm_sum_f64(job, g->number, grid->points * g->width);
    if (status == OC_OK)
        status = oc_comm_sum_u64(job, g->hash, 4 * grid->points);
    if (status == OC_OK)
        status = oc_comm_max_u64(job, &r2, 1);
    *is_r2 = (int)r2;
    if (status != OC_OK)
        return status;
    for (size_t i = 0; i < grid->points && oc_comm_rank(job) == 0 && status == OC_OK; i++) {
        result[i].label = grid->point[i].label;
        status = get_curve(g, i, steps, &result[i].curve);
        if (status == OC_OK)
            status = oc_range_suggest(&result[i].curve, result[i].rate, &result[i].smith);
    }
    return oc_comm_agree(job, status);
}

oc_status oc_range_grid_run(oc_range_result *result, int *is_r2, oc_rank_groups *groups,
                            const oc_grid *grid, const oc_range_options *options,
                            const volatile sig_atomic_t *stop)
{
    gathered g = {0};
    *is_r2 = 0;
    oc_status status = oc_comm_agree(groups->mine, allocate(&g, grid, options->steps));
    for (size_t i = (size_t)groups->group; i < grid->points && status == OC_OK;
         i += (size_t)groups->groups)
        status = test_point(&g, i, is_r2, groups, grid, options, stop);
    if (!oc_comm_is_broken(groups->job))
        status = oc_rank_groups_join(groups, status);
    if (status == OC_OK || status == OC_STOPPED) {
        const oc_status gathered_all = gather(result, is_r2, &g, groups->job, grid, options->steps);
        status = gathered_all != OC_OK ? gathered_all : status;
    }
    free(g.number);
    free(g.hash);
    return status;
}
