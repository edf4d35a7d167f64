/* predict_csv.h - new rows of a table for predict_rows.h. */
#ifndef OC_CLI_PREDICT_PREDICT_CSV_H
#define OC_CLI_PREDICT_PREDICT_CSV_H

#include "data/tables/csv_table.h"
#include "run/predictor.h"

#include <stdio.h>

typedef struct oc_predict_csv {
    const char *path;
    oc_csv_table_options options;
} oc_predict_csv;

/* Local. All rows of a table as CSV; columns are found by name, those of the label or of targets
 * are passed over. OC_ERR_IO; OC_ERR_USAGE; OC_ERR_DATA (see csv_table.h). */
oc_status oc_cli_predict_csv(oc_predictor *predictor, const oc_predict_csv *csv, FILE *out);

#endif
