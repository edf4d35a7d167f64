/* bench_step_report.c - a measured run as text and as JSON: see bench_step.h. */
#include "cli/bench/bench.h"
#include "cli/bench/bench_roofline.h"
#include "cli/bench/bench_step.h"
#include "cli/common/measured.h"
#include "cli/common/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double oc_bench_images(const oc_run *run, const oc_bench *bench)
{
    return (double)run->recipe.batch.size / bench->median;
}

double oc_bench_gflops(const oc_run *run, const oc_bench *bench)
{
    return 1e-9 * (OC_BENCH_FORWARD_OPERATIONS + OC_BENCH_BACKWARD_OPERATIONS) *
           oc_network_multiply_adds(run->network) * oc_bench_images(run, bench);
}

static double multiply_adds(const oc_layer *layer)
{
    return layer->ops->multiply_adds ? layer->ops->multiply_adds(layer) : 0;
}

/* Operations a second of a layer's pass while a thread is at it, as if every rank and thread did
 * its share of the batch. */
static double pass_gflops(const oc_run *run, const oc_layer *layer, int operations, double seconds)
{
    const double workers = (double)oc_comm_size(run->comm) * (double)run->recipe.compute.threads;
    const double work = operations * multiply_adds(layer) * (double)run->recipe.batch.size;
    return seconds > 0 ? 1e-9 * work / workers / seconds : 0;
}

/* ---- text ---- */

static void print_settings(const oc_run *run)
{
    char shape[OC_SHAPE_TEXT], number[OC_GROUPED_TEXT], text[256];
    const oc_recipe *r = &run->recipe;
    snprintf(text, sizeof text, "%s for %s, %d classes, %s parameters",
             oc_model_name(r->model.kind), oc_shape_text(run->network->input, shape),
             oc_network_output(run->network).dim[0],
             oc_grouped((double)oc_network_size(run->network), number));
    oc_print_wrapped("network", text);
    const int ranks = oc_comm_size(run->comm);
    int length =
        snprintf(text, sizeof text, "batch %lld in %lld shards, %d rank%s with %lld thread%s each",
                 (long long)r->batch.size, (long long)r->batch.shards, ranks, ranks == 1 ? "" : "s",
                 (long long)r->compute.threads, r->compute.threads == 1 ? "" : "s");
    if (run->plan.side_by_side > 1)
        length += snprintf(text + length, sizeof text - (size_t)length,
                           ", up to %d shards side by side", run->plan.side_by_side);
    if (oc_overlap_next(&run->overlap))
        snprintf(text + length, sizeof text - (size_t)length,
                 ", gradients exchanged during backward");
    oc_print_wrapped("run", text);
    oc_print_machine();
}

static void print_results(const oc_run *run, const oc_bench *bench)
{
    char number[OC_GROUPED_TEXT], text[256];
    const double mebibyte = 1048576.0;
    snprintf(text, sizeof text, "%.5g, from the median of %llu steps: %.4g ms (%.4g to %.4g)",
             oc_bench_images(run, bench), (unsigned long long)bench->steps, 1e3 * bench->median,
             1e3 * bench->least, 1e3 * bench->most);
    oc_print_wrapped("images/s", text);
    snprintf(text, sizeof text, "%.4g effective: 6 x %s multiply-adds x images/s",
             oc_bench_gflops(run, bench),
             oc_grouped(oc_network_multiply_adds(run->network), number));
    oc_print_wrapped("GFLOP/s", text);
    const int ranks = oc_comm_size(run->comm);
    uint64_t least = bench->peak[0], most = bench->peak[0];
    for (int i = 1; i < ranks; i++) {
        least = bench->peak[i] < least ? bench->peak[i] : least;
        most = bench->peak[i] > most ? bench->peak[i] : most;
    }
    snprintf(text, sizeof text, "peak resident %.1f MiB over all ranks; %.1f to %.1f MiB per rank",
             (double)bench->peak_sum / mebibyte, (double)least / mebibyte, (double)most / mebibyte);
    oc_print_wrapped("memory", text);
}

static void print_pass(double seconds, double mean, double gflops)
{
    printf(" %9.3f %5.1f", 1e3 * seconds, 100 * seconds / mean);
    if (gflops > 0)
        printf(" %7.1f", gflops);
    else
        printf(" %7s", "-");
}

static void print_layers(const oc_run *run, const oc_bench *bench)
{
    printf("\n%-28s %23s %23s\n", "layer", "forward", "backward");
    printf("%-28s %9s %5s %7s %9s %5s %7s\n", "", "ms", "%", "GFLOP/s", "ms", "%", "GFLOP/s");
    for (int i = 0; i < run->network->layers; i++) {
        const oc_layer *layer = &run->network->layer[i];
        const double forward = bench->row[2 * i], backward = bench->row[2 * i + 1];
        printf("%-28.28s", layer->name);
        print_pass(forward, bench->mean,
                   pass_gflops(run, layer, OC_BENCH_FORWARD_OPERATIONS, forward));
        print_pass(backward, bench->mean,
                   pass_gflops(run, layer, OC_BENCH_BACKWARD_OPERATIONS, backward));
        printf("\n");
    }
}

/* In the columns of print_pass. */
static void print_time(double seconds, double mean, int room)
{
    printf(" %9.3f %5.1f%*s", 1e3 * seconds, 100 * seconds / mean, room, "");
}

static void print_row(const char *name, double seconds, double mean)
{
    printf("%-28.28s", name);
    print_time(seconds, mean, 0);
    printf("\n");
}

/* The same by type of layer, then what is no layer's. */
static void print_sums(const oc_run *run, const oc_bench *bench)
{
    const int layers = run->network->layers;
    printf("\nby type of layer\n");
    for (int i = 0; i < layers; i++) {
        const oc_layer_ops *ops = run->network->layer[i].ops;
        double forward = 0, backward = 0;
        int before = 0;
        for (int k = 0; k < layers; k++)
            if (run->network->layer[k].ops == ops) {
                before += k < i;
                forward += bench->row[2 * k];
                backward += bench->row[2 * k + 1];
            }
        if (!before) {
            printf("%-28.28s", ops->name);
            print_time(forward, bench->mean, 8);
            print_time(backward, bench->mean, 0);
            printf("\n");
        }
    }
    printf("\nother phases\n");
    for (int phase = 0; phase < OC_STEP_PHASES; phase++)
        print_row(oc_run_phase_name((oc_step_phase)phase), bench->row[2 * layers + phase],
                  bench->mean);
    print_row("rest", bench->rest, bench->mean);
    print_row("whole step", bench->mean, bench->mean);
}

void oc_bench_step_print(const oc_run *run, const oc_bench *bench, const oc_machine *machine)
{
    print_settings(run);
    printf("\n");
    print_results(run, bench);
    print_layers(run, bench);
    print_sums(run, bench);
    if (machine) {
        printf("\n");
        oc_bench_roofline_print(run, bench, machine);
    }
}

/* ---- JSON ---- */

static json_t *time_of(const oc_bench *bench, double seconds)
{
    return json_pack("{s:f, s:f}", "seconds", seconds, "share", seconds / bench->mean);
}

static json_t *pass_json(const oc_run *run, const oc_bench *bench, const oc_machine *machine,
                         int layer, int backward)
{
    json_t *const pass = time_of(bench, bench->row[2 * layer + backward]);
    if (machine)
        json_object_set_new(pass, "least",
                            oc_bench_roofline_json(run, bench, machine, layer, backward));
    return pass;
}

static json_t *layers_json(const oc_run *run, const oc_bench *bench, const oc_machine *machine)
{
    json_t *const list = json_array();
    for (int i = 0; list && i < run->network->layers; i++) {
        const oc_layer *layer = &run->network->layer[i];
        char shape[OC_SHAPE_TEXT];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:I, s:f, s:o, s:o}", "name", layer->name, "type",
                            layer->ops->name, "output", oc_shape_text(layer->out, shape),
                            "parameters", (json_int_t)layer->parameter_count, "multiply_adds",
                            multiply_adds(layer), "forward", pass_json(run, bench, machine, i, 0),
                            "backward", pass_json(run, bench, machine, i, 1)));
    }
    return list;
}

static json_t *parts_json(const oc_run *run, const oc_bench *bench)
{
    json_t *const parts = json_object();
    const double *const seconds = bench->row + 2 * run->network->layers;
    for (int phase = 0; phase < OC_STEP_PHASES; phase++)
        json_object_set_new(parts, oc_run_phase_name((oc_step_phase)phase),
                            time_of(bench, seconds[phase]));
    json_object_set_new(parts, "rest", time_of(bench, bench->rest));
    return parts;
}

static json_t *memory_json(const oc_run *run, const oc_bench *bench)
{
    json_t *const ranks = json_array();
    for (int i = 0; i < oc_comm_size(run->comm); i++)
        json_array_append_new(ranks, json_integer((json_int_t)bench->peak[i]));
    return json_pack("{s:I, s:o}", "all", (json_int_t)bench->peak_sum, "ranks", ranks);
}

/* The recipe as text without comments: every setting that there is. */
static json_t *recipe_json(const oc_run *run)
{
    char *text = NULL;
    if (oc_recipe_format(&run->recipe, &text) != OC_OK)
        return NULL;
    char *to = text;
    for (const char *line = text; *line;) {
        const size_t length = strcspn(line, "\n") + 1; /* every line ends with one */
        if (line[strspn(line, " ")] != '#') {
            memmove(to, line, length);
            to += length;
        }
        line += length;
    }
    *to = '\0';
    json_t *const string = json_string(text);
    free(text);
    return string;
}

json_t *oc_bench_step_json(const oc_run *run, const oc_bench *bench, const oc_machine *machine)
{
    const oc_recipe *r = &run->recipe;
    char shape[OC_SHAPE_TEXT];
    json_t *const settings = json_pack(
        "{s:s, s:s, s:i, s:I, s:I, s:i, s:I, s:i, s:i, s:o, s:I, s:f}", "model",
        oc_model_name(r->model.kind), "input", oc_shape_text(run->network->input, shape), "classes",
        oc_network_output(run->network).dim[0], "batch", (json_int_t)r->batch.size, "shards",
        (json_int_t)r->batch.shards, "ranks", oc_comm_size(run->comm), "threads",
        (json_int_t)r->compute.threads, "side_by_side", run->plan.side_by_side, "overlap",
        oc_overlap_next(&run->overlap), "recipe", recipe_json(run), "parameters",
        (json_int_t)oc_network_size(run->network), "multiply_adds",
        oc_network_multiply_adds(run->network));
    json_t *const step =
        json_pack("{s:I, s:I, s:f, s:f, s:f, s:f}", "measured", (json_int_t)bench->steps, "warm_up",
                  (json_int_t)bench->warm_up, "median", bench->median, "least", bench->least,
                  "most", bench->most, "mean", bench->mean);
    json_t *const report = json_pack(
        "{s:s, s:o, s:o, s:f, s:f, s:s, s:o, s:o, s:o, s:o}", "command", "bench step", "machine",
        oc_machine_json(), "settings", settings, "images_per_second", oc_bench_images(run, bench),
        "gflops", oc_bench_gflops(run, bench), "gflops_are", "6 x multiply-adds x images/s",
        "step_seconds", step, "peak_bytes", memory_json(run, bench), "layers",
        layers_json(run, bench, machine), "parts", parts_json(run, bench));
    if (machine)
        json_object_set_new(report, "limits", oc_bench_limits_json(machine));
    return report;
}
