/* predict_arrays.c - see predict_arrays.h. */
#include "cli/predict/predict_arrays.h"

#include "cli/predict/predict_rows.h"
#include "data/arrays/array_table.h"

typedef struct reader {
    oc_array_table *table;
    uint64_t left; /* samples */
} reader;

static oc_status next(void *user, double *numbers, int *more)
{
    reader *const r = user;
    *more = r->left > 0;
    if (!*more)
        return OC_OK;
    r->left--;
    return oc_array_table_next(r->table, numbers);
}

oc_status oc_cli_predict_arrays(oc_predictor *predictor, const oc_predict_arrays *arrays, FILE *out)
{
    const oc_schema *const schema = &predictor->schema;
    reader r = {0};
    const oc_predict_rows rows = {.name = arrays->path, .next = next, .user = &r};
    if (schema->features > 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: an array, whose columns have no names, expected a table (--csv FILE): "
                       "the network was trained on %zu columns with names, %s first",
                       arrays->path, schema->features, schema->feature[0].name);
    oc_status status = oc_array_table_open(&r.table, arrays->format, arrays->path, arrays->inputs,
                                           arrays->channels, schema);
    if (status == OC_OK) {
        r.left = oc_array_table_samples(r.table);
        status = oc_cli_predict_rows(predictor, &rows, out);
    }
    oc_array_table_close(r.table);
    return status;
}
