/* bench_machine.c - what the machine can do at most: `onecycle bench machine`. */
#include "cli/bench/bench.h"
#include "cli/bench/bench_roofline.h"
#include "cli/common/measured.h"

#include <string.h>

oc_status oc_bench_limits(oc_comm *comm, const oc_bench_request *request)
{
    oc_machine machine;
    oc_status status = oc_machine_measure(&machine, comm, request->threads);
    if (status == OC_OK && oc_comm_rank(comm) == 0) {
        if (!request->json || strcmp(request->json, "-") != 0) {
            oc_print_machine();
            oc_bench_limits_print(&machine);
        }
        if (request->json) {
            json_t *const report = oc_bench_limits_json(&machine);
            json_object_set_new(report, "command", json_string("bench machine"));
            json_object_set_new(report, "machine", oc_machine_json());
            status = oc_json_write(request->json, report);
        }
    }
    return oc_comm_agree(comm, status);
}
