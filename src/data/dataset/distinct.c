/* distinct.c - see distinct.h. */
#include "data/dataset/distinct.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20 };

typedef struct distinct {
    const oc_dataset *dataset;
    size_t values, plane, bytes;
    double *number[2]; /* (values) of this sample and the one before, by turns */
    float *image[2];   /* likewise normalised */
    uint64_t *differ;  /* (channels) numbers that differ from those before, */
    uint64_t *merged;  /* and of them those that are equal as floats */
    unsigned char *block;
    uint64_t most; /* samples of a block */
} distinct;

static int allocate(distinct *d)
{
    const oc_schema *schema = &oc_dataset_describe(d->dataset)->schema;
    const size_t channels = (size_t)schema->channels;
    d->values = oc_schema_values(schema);
    d->plane = d->values / channels;
    d->bytes = oc_dataset_sample_bytes(d->dataset);
    d->most = d->bytes < BLOCK_BYTES ? BLOCK_BYTES / d->bytes : 1;
    d->number[0] = calloc(2 * d->values, sizeof(double));
    d->image[0] = calloc(2 * d->values, sizeof(float));
    d->differ = calloc(2 * channels, sizeof *d->differ);
    d->block = malloc((size_t)d->most * d->bytes);
    if (!d->number[0] || !d->image[0] || !d->differ || !d->block)
        return 0;
    d->number[1] = d->number[0] + d->values;
    d->image[1] = d->image[0] + d->values;
    d->merged = d->differ + channels;
    return 1;
}

static void compare(distinct *d, uint64_t sample, const void *stored)
{
    const size_t now = sample % 2, before = 1 - now;
    oc_dataset_numbers(d->dataset, stored, d->number[now]);
    oc_dataset_decode(d->dataset, stored, d->image[now]);
    for (size_t i = 0; sample > 0 && i < d->values; i++)
        if (d->number[now][i] != d->number[before][i]) {
            d->differ[i / d->plane]++;
            d->merged[i / d->plane] += d->image[now][i] == d->image[before][i];
        }
}

oc_status oc_distinct_find(const oc_dataset *dataset, unsigned char *lost)
{
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    const uint64_t samples = info->samples[OC_SPLIT_TRAIN];
    distinct d = {.dataset = dataset};
    oc_status status = allocate(&d)
                           ? OC_OK
                           : oc_fail(OC_ERR_MEMORY, "%s: no memory to compare samples", info->path);
    for (uint64_t first = 0, n; !status && first < samples; first += n) {
        n = samples - first < d.most ? samples - first : d.most;
        status = oc_rows_read(oc_dataset_rows(dataset, OC_SPLIT_TRAIN), first, n, d.block);
        for (uint64_t i = 0; !status && i < n; i++)
            compare(&d, first + i, d.block + (size_t)i * d.bytes);
    }
    for (size_t c = 0; !status && c < (size_t)info->schema.channels; c++)
        lost[c] = 2 * d.merged[c] > d.differ[c];
    free(d.number[0]);
    free(d.image[0]);
    free(d.differ);
    free(d.block);
    return status;
}
