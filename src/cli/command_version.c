/* command_version.c - onecycle version: what a report about bits or speed needs to name. */
#include "cli/common/build_info.h"
#include "cli/common/cli.h"
#include "kernels/kernels.h"
#include "storage/h5.h"

#include <stdio.h>

static const char doc[] = "Print version, commit, build type, compiler and the libraries in use.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    argp_error(state, "%s: expected no arguments", argument);
    return 0;
}

oc_status oc_command_version(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {NULL, parse_option, NULL, doc, NULL, NULL, NULL};
    int done = 0;
    const oc_status status = oc_cli_parse(&argp, comm, argc, argv, NULL, &done);
    if (status != OC_OK || done)
        return status;
    printf("onecycle %s\n", ONECYCLE_VERSION);
    printf("%-10s %s\n", "commit", oc_cli_commit());
    printf("%-10s %s\n", "build", ONECYCLE_BUILD);
    printf("%-10s %s\n", "compiler", oc_cli_compiler());
    printf("%-10s %s\n", "MPI", oc_comm_library());
    printf("%-10s %s\n", "kernels", oc_kernels_describe());
    printf("%-10s %s\n", "storage", oc_h5_version());
    return OC_OK;
}
