/* predict_csv.c - see predict_csv.h. */
#include "cli/predict/predict_csv.h"

#include "cli/predict/predict_rows.h"

static oc_status next(void *user, double *numbers, int *more)
{
    return oc_csv_table_next(user, numbers, more);
}

oc_status oc_cli_predict_csv(oc_predictor *predictor, const oc_predict_csv *csv, FILE *out)
{
    oc_csv_table *table = NULL;
    oc_status status = oc_csv_table_open(&table, csv->path, &predictor->schema, &csv->options);
    const oc_predict_rows rows = {.name = csv->path, .next = next, .user = table};
    if (status == OC_OK)
        status = oc_cli_predict_rows(predictor, &rows, out);
    oc_csv_table_close(table);
    return status;
}
