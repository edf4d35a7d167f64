/* predict_rows.c - see predict_rows.h. */
#include "cli/predict/predict_rows.h"

#include "base/csv_text.h"
#include "base/plain_text.h"

#include <inttypes.h>

/* A name from outside: it may be a terminal that this goes to. */
static void put_name(FILE *out, const char *name)
{
    char plain[OC_PLAIN_TEXT];
    oc_csv_put(out, oc_plain_text(name, plain));
}

static void print_header(const oc_schema *schema, const oc_predict_rows *rows, FILE *out)
{
    fputs(rows->file ? "file" : "sample", out);
    for (int c = 0; c < schema->classes; c++) {
        fputc(',', out);
        put_name(out, schema->class_names[c]);
    }
    fputc('\n', out);
}

static void print_csv(const oc_schema *schema, const oc_predict_rows *rows, uint64_t sample,
                      const float *outputs, FILE *out)
{
    if (rows->file)
        put_name(out, rows->file[sample]);
    else
        fprintf(out, "%" PRIu64, sample);
    for (int c = 0; c < schema->classes; c++)
        fprintf(out, ",%.9g", (double)outputs[c]);
    fputc('\n', out);
}

/* The chunk's `n` samples, of which the first is number `first`. */
static void print_chunk(oc_predictor *predictor, const oc_predict_rows *rows, uint64_t first, int n,
                        FILE *out)
{
    const oc_schema *const schema = &predictor->schema;
    oc_predictor_run(predictor, n);
    for (int i = 0; i < n; i++) {
        float *const outputs = predictor->outputs + (size_t)i * (size_t)schema->classes;
        if (rows->print)
            rows->print(rows->user, first + (uint64_t)i, outputs, out);
        else
            print_csv(schema, rows, first + (uint64_t)i, outputs, out);
    }
}

oc_status oc_cli_predict_rows(oc_predictor *predictor, const oc_predict_rows *rows, FILE *out)
{
    oc_status status = OC_OK;
    int more = 1;
    if (!rows->print)
        print_header(&predictor->schema, rows, out);
    for (uint64_t first = 0; more && status == OC_OK;) {
        int n = 0;
        while (n < predictor->most && status == OC_OK) {
            status = rows->next(rows->user, predictor->numbers, &more);
            if (status != OC_OK || !more)
                break;
            status = oc_predictor_take(predictor, n, rows->name, first + (uint64_t)n);
            n += status == OC_OK;
        }
        if (n > 0)
            print_chunk(predictor, rows, first, n, out);
        first += (uint64_t)n;
    }
    return status;
}
