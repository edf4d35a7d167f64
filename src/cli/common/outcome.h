/* outcome.h - how a command ended, told to the user. */
#ifndef OC_CLI_COMMON_OUTCOME_H
#define OC_CLI_COMMON_OUTCOME_H

#include "base/status.h"

/* Local. All of standard output is written; a status that is a failure already stays. OC_ERR_IO. */
oc_status oc_cli_close_output(oc_status status);

/* Local. The one line on standard error that a failure has; where memory is short another one, with
 * what helps if the command trains or evaluates (`computes`). */
void oc_cli_report(oc_status status, int computes);

#endif
