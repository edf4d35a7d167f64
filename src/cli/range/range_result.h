/* range_result.h - how what range tests found is shown: tables, a drawing for the terminal, a
 * picture. No training here. */
#ifndef OC_CLI_RANGE_RANGE_RESULT_H
#define OC_CLI_RANGE_RANGE_RESULT_H

#include "studies/range_grid.h"

#include <stdio.h>

typedef struct oc_range_report {
    const char *title; /* for the picture */
    const oc_range_options *options;
    int chosen;      /* oc_suggestion_kind that is recommended */
    int is_r2;       /* of regression R2 stands where accuracy does else */
    double momentum; /* of the whole test */
    const oc_range_result *result;
    size_t count;
} oc_range_report;

/* Local. FOLDER/range.csv (a row a step) and suggestions.csv (a row a test). OC_ERR_IO. */
oc_status oc_range_write_tables(const oc_range_report *report, const char *folder);

/* Local. At most 80 columns: of one test its curve, then each suggestion; of several a row each. */
void oc_range_print(FILE *out, const oc_range_report *report);

/* Local. Loss and accuracy against the rate, suggestions marked (of several tests the chosen one),
 * as PNG through gnuplot. OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_range_plot(const oc_range_report *report, const char *picture);

#endif
