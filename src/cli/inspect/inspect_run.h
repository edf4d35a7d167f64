/* inspect_run.h - a run directory for people. */
#ifndef OC_CLI_INSPECT_INSPECT_RUN_H
#define OC_CLI_INSPECT_INSPECT_RUN_H

#include "base/status.h"

/* Local. Print summary, epochs and checkpoints of a run directory to standard output.
 * OC_ERR_DATA when the folder is none or its files are damaged, OC_ERR_IO. */
oc_status oc_cli_inspect_run(const char *folder);

#endif
