/* predict_data.c - see predict_data.h. */
#include "cli/predict_data.h"

#include "base/plain_text.h"
#include "data/dataset.h"

#include <inttypes.h>
#include <stdlib.h>
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

static void print_all(oc_predictor *predictor, const oc_dataset *dataset, FILE *out)
{
    const oc_schema *input = &predictor->schema;
    const oc_dataset_info *data = oc_dataset_describe(dataset);
    fputs("sample", out);
    for (int c = 0; c < input->classes; c++) {
        fputc(',', out);
        put_field(out, input->class_names[c]);
    }
    fputc('\n', out);
    for (uint64_t i = 0; i < data->samples[OC_SPLIT_TEST]; i++) {
        const uint32_t index = (uint32_t)i;
        oc_dataset_gather(dataset, OC_SPLIT_TEST, &index, 1, predictor->image, NULL);
        oc_predictor_run_normalised(predictor);
        fprintf(out, "%" PRIu64, i);
        for (int c = 0; c < input->classes; c++)
            fprintf(out, ",%.9g", (double)predictor->probabilities[c]);
        fputc('\n', out);
    }
}

oc_status oc_cli_predict_data(oc_predictor *predictor, const char *path, FILE *out)
{
    const oc_dataset_source source = {.path = path, .trained = &predictor->schema};
    oc_dataset *dataset = NULL;
    oc_status status = oc_dataset_attach(&dataset, &source);
    if (status != OC_OK)
        return status;
    void *memory = malloc((size_t)oc_dataset_bytes(dataset, 1));
    if (!memory)
        status = oc_fail(OC_ERR_INTERNAL, "%s: no memory for it", path);
    if (status == OC_OK) {
        oc_dataset_place(dataset, memory, 1);
        status = oc_dataset_fill(dataset, 0, 1);
    }
    if (status == OC_OK)
        status = oc_dataset_ready(dataset, NULL);
    if (status == OC_OK)
        print_all(predictor, dataset, out);
    oc_dataset_close(dataset);
    free(memory);
    return status;
}
