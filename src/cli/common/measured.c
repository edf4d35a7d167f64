/* measured.c - see measured.h. */
#include "cli/common/measured.h"

#include "base/file.h"
#include "base/processor.h"
#include "cli/common/build_info.h"
#include "cli/common/report.h"
#include "kernels/kernels.h"
#include "mpi/comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *oc_machine_json(void)
{
    char processor[OC_PROCESSOR_TEXT];
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "version", ONECYCLE_VERSION, "commit",
                     oc_cli_commit(), "build", ONECYCLE_BUILD, "compiler", oc_cli_compiler(),
                     "processor", oc_processor_name(processor), "kernels", oc_kernels_describe(),
                     "mpi", oc_comm_library());
}

void oc_print_machine(void)
{
    char processor[OC_PROCESSOR_TEXT], build[128];
    snprintf(build, sizeof build, "onecycle %s, commit %s, %s", ONECYCLE_VERSION, oc_cli_commit(),
             ONECYCLE_BUILD);
    oc_print_wrapped("program", build);
    oc_print_wrapped("processor", oc_processor_name(processor));
    oc_print_wrapped("kernels", oc_kernels_describe());
}

oc_status oc_json_write(const char *path, json_t *object)
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
