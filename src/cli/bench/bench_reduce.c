/* bench_reduce.c - onecycle bench reduce: what it costs that the sum over ranks is exact. */
#include "cli/bench/bench.h"
#include "cli/common/measured.h"
#include "cli/common/report.h"
#include "studies/reduction_times.h"

#include <stdio.h>
#include <string.h>

/* A size for people: 1 KiB ... 1 GiB. */
static void print_bytes(size_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB"};
    double number = (double)bytes / 1024;
    int unit = 0;
    for (; number >= 1024 && unit < 2; unit++)
        number /= 1024;
    printf("%5.0f %s", number, units[unit]);
}

static void print_way(double seconds, double gigabytes)
{
    printf(" %9.4f %8.3g", 1e3 * seconds, gigabytes / seconds);
}

static void print(const oc_comm *comm, const oc_reduction_times *times, int rounds)
{
    char text[128];
    oc_print_machine();
    oc_print_wrapped("MPI", oc_comm_library());
    snprintf(text, sizeof text, "%d ranks, median of %d rounds of the slowest rank",
             oc_comm_size(comm), rounds);
    oc_print_wrapped("run", text);
    printf("\n%9s %18s %18s %18s %11s\n", "", "exact, by nodes", "exact, flat", "MPI_Allreduce",
           "ratios");
    printf("%9s %9s %8s %9s %8s %9s %8s %5s %5s\n", "bytes", "ms", "GB/s", "ms", "GB/s", "ms",
           "GB/s", "nodes", "flat");
    for (int i = 0; i < times->sizes; i++) {
        const oc_reduction_time *t = &times->at[i];
        const double gigabytes = 1e-9 * (double)t->bytes;
        print_bytes(t->bytes);
        print_way(t->by_nodes, gigabytes);
        print_way(t->flat, gigabytes);
        print_way(t->library, gigabytes);
        printf(" %5.2f %5.2f\n", t->by_nodes / t->library, t->flat / t->library);
    }
    puts("\nGB/s: bytes of a rank's vector per second; by nodes: the ranks of a machine\nfirst "
         "(reduce.hierarchy); ratios: exact sum / MPI_Allreduce, whose bits\ndepend on the number "
         "of ranks");
}

static json_t *as_json(const oc_comm *comm, const oc_reduction_times *times, int rounds)
{
    json_t *const list = json_array();
    for (int i = 0; list && i < times->sizes; i++)
        json_array_append_new(
            list, json_pack("{s:I, s:f, s:f, s:f}", "bytes", (json_int_t)times->at[i].bytes,
                            "exact_seconds", times->at[i].by_nodes, "exact_flat_seconds",
                            times->at[i].flat, "allreduce_seconds", times->at[i].library));
    return json_pack("{s:s, s:o, s:i, s:i, s:o}", "command", "bench reduce", "machine",
                     oc_machine_json(), "ranks", oc_comm_size(comm), "rounds", rounds, "sizes",
                     list);
}

oc_status oc_bench_reduce(oc_comm *comm, const oc_bench_request *request)
{
    oc_reduction_times times;
    if (oc_comm_size(comm) < 2)
        return oc_fail(
            OC_ERR_USAGE,
            "bench reduce: 1 rank; expected 2 or more: mpirun -n 2 onecycle bench reduce");
    const int rounds = request->rounds | 1; /* has a middle */
    oc_status status = oc_reduction_times_measure(&times, comm, request->most, rounds);
    if (status == OC_OK && oc_comm_rank(comm) == 0) {
        if (!request->json || strcmp(request->json, "-") != 0)
            print(comm, &times, rounds);
        if (request->json)
            status = oc_json_write(request->json, as_json(comm, &times, rounds));
    }
    return oc_comm_agree(comm, status);
}
