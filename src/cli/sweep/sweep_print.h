/* sweep_print.h - what `onecycle sweep` shows in the terminal. */
#ifndef OC_CLI_SWEEP_SWEEP_PRINT_H
#define OC_CLI_SWEEP_SWEEP_PRINT_H

#include "studies/sweep.h"

#include <stdio.h>

/* Local. A line on stdout when a run has come to its end, from the rank that knows it. */
void oc_sweep_print_end(const oc_grid *grid, size_t point, const oc_run *run, oc_status status);

/* Local. rows (count) as a table of at most 80 columns. */
void oc_sweep_print_table(FILE *out, const oc_sweep_row *rows, size_t count);

#endif
