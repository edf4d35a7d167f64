/* dataset_check.c - samples as they are stored whose numbers cannot be trained on. */
#include "data/dataset/dataset_private.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { CHUNK = 256 };

/* Without a spread of its own to divide by, a number must be finite as a float too. */
static size_t first_too_large(const oc_dataset *dataset, const void *stored)
{
    const size_t values = dataset->stored_values, bytes = (size_t)dataset->type.bytes;
    double number[CHUNK];
    if (dataset->type.kind != OC_NUMBER_FLOAT || bytes < 8 ||
        !(dataset->as_is || dataset->is_trained))
        return values;
    for (size_t first = 0, n; first < values; first += n) {
        n = values - first < CHUNK ? values - first : CHUNK;
        oc_numbers_to_double(dataset->type, (const unsigned char *)stored + first * bytes, n,
                             number);
        for (size_t i = 0; i < n; i++)
            if (fabs(number[i]) > (double)FLT_MAX)
                return first + i;
    }
    return values;
}

oc_status oc_dataset_check(const oc_dataset *dataset, oc_split split, uint64_t sample,
                           const void *stored)
{
    const size_t values = dataset->stored_values, bytes = (size_t)dataset->type.bytes;
    const oc_schema *schema = &dataset->info.schema;
    const oc_dataset_split *own = &dataset->split[split];
    const size_t large = first_too_large(dataset, stored);
    char name[OC_PATH_BYTES + OC_ARRAY_NAME + 8], number[OC_NUMBER_TEXT_BYTES];
    if (large == values && oc_numbers_first_not_finite(dataset->type, stored, values) == values &&
        oc_numbers_first_inexact(dataset->type, stored, values) == values)
        return OC_OK;
    snprintf(name, sizeof name, "%s: %s", dataset->foreign ? own->path : dataset->path,
             own->inputs);
    const uint64_t c = (uint64_t)schema->channels, h = (uint64_t)schema->height,
                   w = (uint64_t)schema->width;
    const oc_array_info info = {.name = name,
                                .type = dataset->type,
                                .rank = 4,
                                .extent = {dataset->info.samples[split], dataset->is_last ? h : c,
                                           dataset->is_last ? w : h, dataset->is_last ? c : w},
                                .row_elements = values};
    const oc_status status = oc_array_check(&info, sample, 1, stored);
    if (status)
        return status;
    oc_number_text(dataset->type, (const unsigned char *)stored + large * bytes, number);
    return oc_fail(OC_ERR_DATA,
                   "%s: sample %" PRIu64 ": found %s, expected numbers that are finite as float32",
                   name, sample, number);
}
