/* plan_report.c - see plan.h. */
#include "cli/plan/plan.h"

#include "base/plain_text.h"
#include "cli/common/measured.h"
#include "cli/common/report.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- text ---- */

static void print_settings(const oc_plan *plan)
{
    const oc_plan_work *w = &plan->work;
    char number[OC_GROUPED_TEXT], text[256];
    oc_print_machine();
    snprintf(text, sizeof text, "%s, %s bytes added up over all ranks in each step",
             oc_model_name(plan->recipe->model.kind),
             oc_grouped((double)(w->vector * sizeof(float)), number));
    oc_print_wrapped("network", text);
    int length =
        snprintf(text, sizeof text, "%d rank%s of %d thread%s; a step", w->ranks_per_node,
                 w->ranks_per_node == 1 ? "" : "s", w->threads, w->threads == 1 ? "" : "s");
    for (int i = 0; i < w->points; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s %.4g ms with %d",
                           i > 0 ? "," : "", 1e3 * w->point[i].step, w->point[i].shards);
    snprintf(text + length, sizeof text - (size_t)length, " shard%s a thread",
             w->point[w->points - 1].shards == 1 ? "" : "s");
    oc_print_wrapped("node, measured", text);
    snprintf(text, sizeof text, "%.4g us, %.4g Gbit/s", 1e6 * plan->network.latency,
             8e-9 * plan->network.bandwidth);
    oc_print_wrapped("cluster", text);
    if (w->samples > 0) {
        length =
            snprintf(text, sizeof text, "%s samples, ", oc_grouped((double)w->samples, number));
        if (w->evaluated > 0)
            snprintf(text + length, sizeof text - (size_t)length, "evaluated on %s",
                     oc_grouped((double)w->evaluated, number));
        else
            snprintf(text + length, sizeof text - (size_t)length, "evaluations not counted");
        oc_print_wrapped("training", text);
    }
}

/* Hours in six places. */
static void print_hours(double hours)
{
    if (hours < 0.995)
        printf(" %8.3g", hours);
    else
        printf(" %8.*f", hours < 9.95 ? 2 : hours < 99.5 ? 1 : 0, hours);
}

static void print_row(const oc_plan_row *row)
{
    const double exchange = oc_plan_exchange(row);
    printf("%5d %8" PRId64 " %7.3g", row->nodes, row->batch, row->rate);
    if (row->steps > 0)
        printf(" %9" PRIu64, row->steps);
    else
        printf(" %9s", "-");
    printf(" %9.*f %8.*f%c %5.1f%%", row->step < 1 ? 2 : 0, 1e3 * row->step, exchange < 1 ? 2 : 0,
           1e3 * exchange, row->overlaps ? '*' : ' ', 100 * row->efficiency);
    if (row->steps > 0) {
        print_hours(row->seconds / 3600);
        print_hours(row->nodes * row->seconds / 3600);
    } else {
        printf(" %8s %8s", "-", "-");
    }
    putchar('\n');
}

static void print_rows(const oc_plan_row *rows, int count)
{
    printf("%5s %8s %7s %9s %9s %9s %6s %8s %8s\n", "nodes", "batch", "rate", "steps", "step, ms",
           "exchange", "effic.", "hours", "node-h");
    for (int i = 0; i < count; i++)
        if (rows[i].nodes > 0)
            print_row(&rows[i]);
}

void oc_plan_print(const oc_plan *plan)
{
    const oc_recipe *r = plan->recipe;
    print_settings(plan);
    printf("\nThe recipe's batch of %" PRId64 " in %" PRId64
           " shards: the same result on any number of nodes\n",
           r->batch.size, r->batch.shards);
    print_rows(plan->as_is, plan->rows);
    int fewer = 0, none = 0;
    for (int i = 0; i < plan->rows; i++) {
        fewer += plan->as_is[i].nodes == 0;
        none += plan->chosen[i].nodes == 0;
    }
    if (fewer > 0)
        printf("%d more would have ranks without a shard\n", fewer);
    printf("\nThe batch to use: the smallest multiple with an efficiency of %.3g %%\n",
           100 * plan->efficiency);
    print_rows(plan->chosen, plan->rows);
    if (none > 0)
        printf("%d more would have ranks without a shard in a batch of all samples\n", none);
    puts("\nexchange: ms of the step that computing does not hide; * done during backward\n"
         "rate: grows as the square root of the batch; a range-test finds the one to use\n"
         "A larger batch makes fewer steps in as many epochs: at some size it learns less");
}

/* ---- JSON ---- */

static json_t *row_json(const oc_plan_row *row)
{
    if (row->nodes == 0)
        return json_null();
    return json_pack("{s:i, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:b, s:f, s:I, s:f, s:f}", "ranks",
                     row->ranks, "batch", (json_int_t)row->batch, "shards", (json_int_t)row->shards,
                     "rate", row->rate, "step_seconds", row->step, "compute_seconds", row->compute,
                     "exchange_after_seconds", row->after, "exchange_during_seconds", row->during,
                     "overlap", row->overlaps, "efficiency", row->efficiency, "steps",
                     (json_int_t)row->steps, "training_seconds", row->seconds, "node_hours",
                     row->nodes * row->seconds / 3600);
}

static json_t *points_json(const oc_plan_work *work)
{
    json_t *const list = json_array();
    for (int i = 0; list && i < work->points; i++) {
        const oc_plan_point *p = &work->point[i];
        json_t *const backward = json_array();
        for (int layer = 0; backward && layer < work->layers; layer++)
            json_array_append_new(
                backward, json_pack("{s:I, s:f}", "parameters",
                                    (json_int_t)(work->offset[layer + 1] - work->offset[layer]),
                                    "seconds", p->backward[layer]));
        json_array_append_new(list, json_pack("{s:i, s:f, s:f, s:f, s:f, s:o}", "shards", p->shards,
                                              "step_seconds", p->step, "shard_seconds", p->each,
                                              "fixed_seconds", p->fixed, "forward_seconds",
                                              p->forward, "backward", backward));
    }
    return list;
}

json_t *oc_plan_json(const oc_plan *plan)
{
    const oc_plan_work *w = &plan->work;
    json_t *const rows = json_array();
    for (int i = 0; rows && i < plan->rows; i++)
        json_array_append_new(rows, json_pack("{s:i, s:o, s:o}", "nodes", plan->node[i],
                                              "recipe_batch", row_json(&plan->as_is[i]),
                                              "batch_to_use", row_json(&plan->chosen[i])));
    return json_pack(
        "{s:s, s:o, s:{s:s, s:I, s:I, s:I, s:i}, s:{s:f, s:f}, s:I, s:I, s:f, s:b, s:o, s:o}",
        "command", "plan", "machine", oc_machine_json(), "settings", "model",
        oc_model_name(plan->recipe->model.kind), "batch", (json_int_t)plan->recipe->batch.size,
        "shards", (json_int_t)plan->recipe->batch.shards, "threads", (json_int_t)w->threads,
        "ranks_per_node", w->ranks_per_node, "cluster", "latency_seconds", plan->network.latency,
        "bytes_per_second", plan->network.bandwidth, "samples", (json_int_t)w->samples, "evaluated",
        (json_int_t)w->evaluated, "efficiency", plan->efficiency, "spare_core",
        plan->costs.has_core, "measured", points_json(w), "plan", rows);
}
