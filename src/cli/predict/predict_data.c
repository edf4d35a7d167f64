/* predict_data.c - see predict_data.h. */
#include "cli/predict/predict_data.h"

#include "cli/predict/predict_rows.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 4 << 20 };

/* Samples at, at + 1, ... of a split, of which those from `first` on are in the block. */
typedef struct reader {
    const oc_dataset *dataset;
    oc_split split;
    uint64_t at, first, filled, most;
    unsigned char *block;
} reader;

static oc_status next(void *user, double *numbers, int *more)
{
    reader *const r = user;
    const uint64_t samples = oc_dataset_describe(r->dataset)->samples[r->split];
    oc_status status = OC_OK;
    *more = r->at < samples;
    if (!*more)
        return OC_OK;
    if (r->at == r->first + r->filled) {
        r->first = r->at;
        r->filled = samples - r->at < r->most ? samples - r->at : r->most;
        status = oc_rows_read(oc_dataset_rows(r->dataset, r->split), r->first, r->filled, r->block);
    }
    if (status == OC_OK)
        oc_dataset_numbers(r->dataset,
                           r->block + (r->at - r->first) * oc_dataset_sample_bytes(r->dataset),
                           numbers);
    r->at++;
    return status;
}

static oc_status print_split(oc_predictor *predictor, const oc_dataset *dataset, oc_split split,
                             FILE *out)
{
    const oc_dataset_info *const data = oc_dataset_describe(dataset);
    const size_t bytes = oc_dataset_sample_bytes(dataset);
    reader r = {
        .dataset = dataset, .split = split, .most = bytes < BLOCK_BYTES ? BLOCK_BYTES / bytes : 1};
    const oc_predict_rows rows = {.name = data->path, .next = next, .user = &r};
    if (data->samples[split] == 0)
        return oc_fail(OC_ERR_DATA, "%s: no %s split", data->path, oc_split_name(split));
    r.block = malloc((size_t)r.most * bytes);
    const oc_status status = r.block
                                 ? oc_cli_predict_rows(predictor, &rows, out)
                                 : oc_fail(OC_ERR_MEMORY, "%s: no memory for samples", data->path);
    free(r.block);
    return status;
}

oc_status oc_cli_predict_data(oc_predictor *predictor, const oc_predict_data *data, FILE *out)
{
    const oc_dataset_source source = {.path = data->path,
                                      .trained = &predictor->schema,
                                      .ignore_unknown_levels = data->ignore_unknown_levels};
    oc_dataset *dataset = NULL;
    void *memory = NULL;
    oc_status status = oc_dataset_attach(&dataset, &source);
    if (status == OC_OK)
        status = oc_dataset_check_streaming(dataset);
    if (status == OC_OK) {
        memory = malloc((size_t)oc_dataset_bytes(dataset, 0) + 1);
        if (!memory)
            status = oc_fail(OC_ERR_MEMORY, "%s: no memory for its targets", data->path);
    }
    if (status == OC_OK) {
        oc_dataset_place(dataset, memory, 0);
        status = oc_dataset_fill(dataset, 0, 1);
    }
    if (status == OC_OK)
        status = oc_dataset_ready(dataset, NULL);
    if (status == OC_OK)
        status = print_split(predictor, dataset, data->split, out);
    oc_dataset_close(dataset);
    free(memory);
    return status;
}
