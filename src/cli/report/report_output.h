/* report_output.h - the forms of `onecycle report`: page, picture, text. Inside cli/ only. */
#ifndef OC_CLI_REPORT_REPORT_OUTPUT_H
#define OC_CLI_REPORT_REPORT_OUTPUT_H

#include "cli/report/report_run.h"

/* Colours of runs, in their order, readable on white and on black. */
extern const char *const oc_report_color[OC_REPORT_RUNS];

/* Local. Loss, accuracy, learning rate, momentum, throughput and test error against step, runs
 * overlaid: one .png, or .svg with a document a panel, one after the other. Test error only where
 * something was evaluated. OC_ERR_IO when gnuplot is missing or fails. */
oc_status oc_report_plot(const oc_report_run *runs, size_t count, const char *picture);

/* Local. One self-contained page, atomically. OC_ERR_IO. */
oc_status oc_report_html(const oc_report_run *runs, size_t count, const char *page);

/* Local. To standard output, 80 columns. */
void oc_report_text(const oc_report_run *runs, size_t count);

#endif
