/* signals.h - requests to stop: TERM, USR1, USR2 and INT set a flag that training looks at.
 * A second INT ends the program at once, as a person who presses Ctrl-C twice expects. */
#ifndef OC_CLI_COMMON_SIGNALS_H
#define OC_CLI_COMMON_SIGNALS_H

#include "mpi/comm.h"

#include <signal.h>

/* Local, first thing in main: signals were held back since the start (start/start.c). Either they
 * end the program from here on, as they do any, or there are handlers for them. */
void oc_cli_let_signals_in(void);
void oc_cli_catch_signals(void);

/* Local. While steps are done, the process that speaks answers the first request with a line on
 * standard error at once, as a step may be long; also one that has come already. */
void oc_cli_answer_signals(int speaks);

/* Local. The flag: the signal's number once one came. */
const volatile sig_atomic_t *oc_cli_stop_signal(void);

/* Collective. OC_STOPPED on all ranks once one of them was asked to stop: between the phases of a
 * command, before there are steps that could look. OC_ERR_PEER. */
oc_status oc_cli_stop_if_asked(oc_comm *comm);

#endif
