/* cli.h - what the commands share. Only code in cli exits, reads the environment or prints
 * to standard output. */
#ifndef OC_CLI_COMMON_CLI_H
#define OC_CLI_COMMON_CLI_H

#include "base/status.h"
#include "mpi/comm.h"

#include <argp.h>

/* A command gets argv[0] = "onecycle NAME". It returns a status; main prints its message
 * once and leaves with its exit code. */
#define OC_COMMAND(symbol, name, collective, summary)                                              \
    oc_status oc_command_##symbol(oc_comm *comm, int argc, char **argv);
#include "cli/commands.def"
#undef OC_COMMAND

/* Local. argp_parse for a command: same answer on every rank, text from rank 0 only. Returns
 * OC_OK; OC_ERR_USAGE after a usage error; *done is 1 when --help was asked and printed. */
oc_status oc_cli_parse(const struct argp *argp, oc_comm *comm, int argc, char **argv, void *input,
                       int *done);

/* Local. From here on a command that is asked for --help hands its table to `tell`, with the
 * options that all commands have, instead of printing it; NULL: prints again. For the reference. */
void oc_cli_tell_help(void (*tell)(void *context, const struct argp *argp), void *context);

#endif
