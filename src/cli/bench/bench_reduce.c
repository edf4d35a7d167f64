/* bench_reduce.c - onecycle bench reduce: what it costs that the sum over ranks is exact. */
#include "cli/bench/bench.h"
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
    printf("%8.0f %s", number, units[unit]);
}

static void print(const oc_comm *comm, const oc_reduction_times *times, int rounds)
{
    char text[128];
    oc_bench_print_machine();
    oc_print_wrapped("MPI", oc_comm_library());
    snprintf(text, sizeof text, "%d ranks, median of %d rounds of the slowest rank",
             oc_comm_size(comm), rounds);
    oc_print_wrapped("run", text);
    printf("\n%12s %23s %23s\n", "", "exact sum", "MPI_Allreduce");
    printf("%12s %12s %10s %12s %10s %8s\n", "bytes", "ms", "GB/s", "ms", "GB/s", "ratio");
    for (int i = 0; i < times->sizes; i++) {
        const oc_reduction_time *t = &times->at[i];
        const double gigabytes = 1e-9 * (double)t->bytes;
        print_bytes(t->bytes);
        printf(" %12.4f %10.4g %12.4f %10.4g %8.2f\n", 1e3 * t->exact, gigabytes / t->exact,
               1e3 * t->library, gigabytes / t->library, t->exact / t->library);
    }
    puts("\nGB/s: bytes of a rank's vector per second; ratio: exact sum / MPI_Allreduce,\nwhose "
         "bits depend on the number of ranks");
}

static json_t *as_json(const oc_comm *comm, const oc_reduction_times *times, int rounds)
{
    json_t *const list = json_array();
    for (int i = 0; list && i < times->sizes; i++)
        json_array_append_new(list,
                              json_pack("{s:I, s:f, s:f}", "bytes", (json_int_t)times->at[i].bytes,
                                        "exact_seconds", times->at[i].exact, "allreduce_seconds",
                                        times->at[i].library));
    return json_pack("{s:s, s:o, s:i, s:i, s:o}", "command", "bench reduce", "machine",
                     oc_bench_machine(), "ranks", oc_comm_size(comm), "rounds", rounds, "sizes",
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
            status = oc_bench_write(request->json, as_json(comm, &times, rounds));
    }
    return oc_comm_agree(comm, status);
}
