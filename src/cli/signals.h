/* signals.h - requests to stop: TERM, USR1, USR2 and INT set a flag that training looks at.
 * A second INT ends the program at once, as a person who presses Ctrl-C twice expects. */
#ifndef OC_CLI_SIGNALS_H
#define OC_CLI_SIGNALS_H

#include <signal.h>

/* Local. Install the handlers; returns the flag (the signal's number once one came). */
const volatile sig_atomic_t *oc_cli_catch_signals(void);

#endif
