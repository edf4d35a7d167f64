/* predict_rows.c - see predict_rows.h. */
#include "cli/predict_rows.h"

#include "base/plain_text.h"

#include <inttypes.h>
#include <string.h>

/* RFC 4180: quoted where it must be. It may be a terminal that this goes to. */
static void put_field(FILE *out, const char *text)
{
    char plain[OC_PLAIN_TEXT];
    text = oc_plain_text(text, plain);
    if (!text[strcspn(text, ",\"")]) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_header(const oc_schema *schema, FILE *out)
{
    fputs("sample", out);
    for (int c = 0; c < schema->classes; c++) {
        fputc(',', out);
        put_field(out, schema->class_names[c]);
    }
    fputc('\n', out);
}

/* The chunk's `n` samples, of which the first is number `first`. */
static void print_chunk(oc_predictor *predictor, uint64_t first, int n, FILE *out)
{
    const int classes = predictor->schema.classes;
    const float *output = predictor->outputs;
    oc_predictor_run(predictor, n);
    for (int i = 0; i < n; i++) {
        fprintf(out, "%" PRIu64, first + (uint64_t)i);
        for (int c = 0; c < classes; c++)
            fprintf(out, ",%.9g", (double)*output++);
        fputc('\n', out);
    }
}

oc_status oc_cli_predict_rows(oc_predictor *predictor, const oc_predict_rows *rows, FILE *out)
{
    oc_status status = OC_OK;
    int more = 1;
    print_header(&predictor->schema, out);
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
            print_chunk(predictor, first, n, out);
        first += (uint64_t)n;
    }
    return status;
}
