/* bench_roofline.c - see bench_roofline.h. */
#include "cli/bench/bench_roofline.h"

#include "cli/common/report.h"
#include "studies/roofline.h"

#include <stdio.h>

void oc_bench_limits_print(const oc_machine *m)
{
    char text[160];
    snprintf(text, sizeof text,
             "%.4g GFLOP/s of multiply-adds per thread with %d busy, %.4g with one alone",
             1e-9 * m->busy, m->workers, 1e-9 * m->alone);
    oc_print_wrapped("peak", text);
    snprintf(text, sizeof text,
             "%.4g GB/s read and written by all threads together; per thread, by the size of what "
             "it works on:",
             1e-9 * m->workers * m->bandwidth[OC_MACHINE_SETS - 1]);
    oc_print_wrapped("memory", text);
    for (int i = 0; i < OC_MACHINE_SETS; i++) {
        const double kibibytes = (double)oc_machine_set(i) / 1024;
        const int in_mebibytes = kibibytes >= 1024;
        printf("%14s%6.0f %s %9.4g GB/s\n", "", in_mebibytes ? kibibytes / 1024 : kibibytes,
               in_mebibytes ? "MiB" : "KiB", 1e-9 * m->bandwidth[i]);
    }
}

json_t *oc_bench_limits_json(const oc_machine *m)
{
    json_t *const sets = json_array();
    for (int i = 0; sets && i < OC_MACHINE_SETS; i++)
        json_array_append_new(sets, json_pack("{s:I, s:f}", "bytes", (json_int_t)oc_machine_set(i),
                                              "gb", 1e-9 * m->bandwidth[i]));
    return json_pack("{s:i, s:f, s:f, s:f, s:o}", "threads", m->workers, "fma_gflops_alone",
                     1e-9 * m->alone, "fma_gflops_all", 1e-9 * m->busy, "bandwidth_gb",
                     1e-9 * m->workers * m->bandwidth[OC_MACHINE_SETS - 1],
                     "bandwidths_of_a_thread", sets);
}

static int shard_of(const oc_run *run)
{
    const oc_recipe *const r = &run->recipe;
    return (int)((r->batch.size + r->batch.shards - 1) / r->batch.shards);
}

/* The least seconds of a layer's pass in a step, as a row of the profile has them: of a thread. */
static double least(const oc_run *run, const oc_roof *roof)
{
    const double workers = (double)oc_comm_size(run->comm) * (double)run->recipe.compute.threads;
    return roof->seconds * (double)run->recipe.batch.size / workers;
}

static oc_roof roof_of(const oc_run *run, const oc_machine *machine, int layer, int backward)
{
    return oc_roofline(run->network, layer, backward, shard_of(run), machine);
}

/* Nothing behind the last column. */
static void print_pass(double seconds, double bound, const char *by, int is_last)
{
    printf(" %9.3f", 1e3 * seconds);
    if (bound > 0 && seconds > 0)
        printf(" %7.3f %3.0f%%", 1e3 * bound, 100 * bound / seconds);
    else
        printf(" %7s %4s", "-", "-");
    printf(is_last ? " %s\n" : " %-6s", by);
}

void oc_bench_roofline_print(const oc_run *run, const oc_bench *bench, const oc_machine *machine)
{
    double sum[2][2] = {{0}}; /* forward, backward; seconds, at least */
    oc_bench_limits_print(machine);
    printf("\nleast: the time that a layer takes at the peak of multiply-adds or of memory,\n"
           "whichever is longer; %%: the fraction of that speed that is reached\n\n"
           "%-20s %-29s %s\n%-20s",
           "layer", "        forward", "        backward", "");
    for (int pass = 0; pass < 2; pass++)
        printf(" %9s %7s %4s %-*s", "ms", "least", "%", pass ? 0 : 6, "by");
    printf("\n");
    for (int i = 0; i < run->network->layers; i++) {
        printf("%-20.20s", run->network->layer[i].name);
        for (int backward = 0; backward < 2; backward++) {
            const oc_roof roof = roof_of(run, machine, i, backward);
            const double seconds = bench->row[2 * i + backward], bound = least(run, &roof);
            print_pass(seconds, bound, oc_bound_name(roof.bound), backward);
            sum[backward][0] += seconds;
            sum[backward][1] += bound;
        }
    }
    printf("%-20s", "all layers");
    for (int backward = 0; backward < 2; backward++)
        print_pass(sum[backward][0], sum[backward][1], "-", backward);
}

json_t *oc_bench_roofline_json(const oc_run *run, const oc_bench *bench, const oc_machine *machine,
                               int layer, int backward)
{
    const oc_roof roof = roof_of(run, machine, layer, backward);
    const double seconds = bench->row[2 * layer + backward], bound = least(run, &roof);
    if (bound == 0 || seconds == 0)
        return json_null();
    return json_pack("{s:f, s:s, s:f}", "seconds", bound, "by", oc_bound_name(roof.bound),
                     "reached", bound / seconds);
}
