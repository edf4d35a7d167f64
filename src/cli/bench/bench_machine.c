/* bench_machine.c - what a measurement must name to mean anything, and writing it as JSON; and what
 * the machine can do at most, `onecycle bench machine`. */
#include "base/file.h"
#include "base/processor.h"
#include "cli/bench/bench.h"
#include "cli/bench/bench_roofline.h"
#include "cli/common/build_info.h"
#include "cli/common/report.h"
#include "kernels/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *oc_bench_machine(void)
{
    char processor[OC_PROCESSOR_TEXT];
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "version", ONECYCLE_VERSION, "commit",
                     oc_cli_commit(), "build", ONECYCLE_BUILD, "compiler", oc_cli_compiler(),
                     "processor", oc_processor_name(processor), "kernels", oc_kernels_describe(),
                     "mpi", oc_comm_library());
}

void oc_bench_print_machine(void)
{
    char processor[OC_PROCESSOR_TEXT], build[128];
    snprintf(build, sizeof build, "onecycle %s, commit %s, %s", ONECYCLE_VERSION, oc_cli_commit(),
             ONECYCLE_BUILD);
    oc_print_wrapped("program", build);
    oc_print_wrapped("processor", oc_processor_name(processor));
    oc_print_wrapped("kernels", oc_kernels_describe());
}

oc_status oc_bench_write(const char *path, json_t *object)
{
    oc_status status = OC_OK;
    char *text = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    if (!text)
        status =
            oc_fail(OC_ERR_INTERNAL, "%s: cannot be made (no memory, or text not UTF-8)", path);
    else if (strcmp(path, "-") == 0)
        puts(text);
    else
        status = oc_file_write(path, text, strlen(text));
    free(text);
    json_decref(object);
    return status;
}

oc_status oc_bench_limits(oc_comm *comm, const oc_bench_request *request)
{
    oc_machine machine;
    oc_status status = oc_machine_measure(&machine, comm, request->threads);
    if (status == OC_OK && oc_comm_rank(comm) == 0) {
        if (!request->json || strcmp(request->json, "-") != 0) {
            oc_bench_print_machine();
            oc_bench_limits_print(&machine);
        }
        if (request->json) {
            json_t *const report = oc_bench_limits_json(&machine);
            json_object_set_new(report, "command", json_string("bench machine"));
            json_object_set_new(report, "machine", oc_bench_machine());
            status = oc_bench_write(request->json, report);
        }
    }
    return oc_comm_agree(comm, status);
}
