/* command_list.h - the commands by name, and what answers for them: help, --version, and that a
 * name is missing or unknown. */
#ifndef OC_CLI_COMMAND_LIST_H
#define OC_CLI_COMMAND_LIST_H

#include "mpi/comm.h"

#include <stddef.h>

enum { OC_COMMAND_NAME = 64 /* bytes of "onecycle NAME" */ };

typedef struct oc_command {
    const char *name;
    oc_status (*run)(oc_comm *comm, int argc, char **argv); /* argv from the command's name on */
    int ranks;                                              /* as in commands.def */
    const char *summary;
} oc_command;

/* Local. What argv[1] names; never NULL. */
const oc_command *oc_command_choose(int argc, char **argv);

/* Local. Row i of commands.def; NULL behind the last. */
const oc_command *oc_command_row(size_t i);

/* Local. Is it one of commands.def, rather than help or a mistake? */
int oc_command_is_listed(const oc_command *command);

#endif
