/* dataset_decode.c - a sample as it is stored -> the numbers a network sees. */
#include "data/dataset_private.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 256 };

/* The one way to normalise: in double, so that nothing is rounded before the mean is taken off. */
static float normalise(double value, double mean, double deviation)
{
    return (float)((value - mean) / deviation);
}

/* The same expression as for numbers, so both kinds of image give the same bits. */
oc_status oc_dataset_make_table(oc_dataset *dataset)
{
    const oc_schema *schema = &dataset->info.schema;
    const size_t channels = (size_t)schema->channels;
    dataset->table = malloc(channels * OC_BYTE_VALUES * sizeof *dataset->table);
    if (!dataset->table)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for tables", dataset->path);
    for (size_t c = 0; c < channels; c++)
        for (int byte = 0; byte < OC_BYTE_VALUES; byte++)
            dataset->table[c * OC_BYTE_VALUES + (size_t)byte] =
                normalise(byte, schema->mean[c], schema->deviation[c]);
    return OC_OK;
}

static size_t plane_of(const oc_dataset *dataset)
{
    return (size_t)dataset->info.schema.height * (size_t)dataset->info.schema.width;
}

static void decode_bytes(const oc_dataset *dataset, const uint8_t *from, float *to)
{
    const size_t plane = plane_of(dataset);
    for (int c = 0; c < dataset->info.schema.channels; c++, from += plane, to += plane) {
        const float *table = dataset->table + (size_t)c * OC_BYTE_VALUES;
        for (size_t i = 0; i < plane; i++)
            to[i] = table[from[i]];
    }
}

void oc_dataset_convert(oc_h5_type type, const void *stored, size_t first, size_t n, double *to)
{
    switch (type) {
    case OC_H5_UINT8:
        for (size_t i = 0; i < n; i++)
            to[i] = ((const uint8_t *)stored)[first + i];
        return;
    case OC_H5_INT16:
        for (size_t i = 0; i < n; i++)
            to[i] = ((const int16_t *)stored)[first + i];
        return;
    case OC_H5_UINT16:
        for (size_t i = 0; i < n; i++)
            to[i] = ((const uint16_t *)stored)[first + i];
        return;
    case OC_H5_FLOAT64:
        memcpy(to, (const double *)stored + first, n * sizeof *to);
        return;
    default: /* OC_H5_FLOAT32: the layout allows no other */
        for (size_t i = 0; i < n; i++)
            to[i] = (double)((const float *)stored)[first + i];
        return;
    }
}

/* Value i of a sample as the network knows it; one that the file does not have is 0. */
static double matched(const oc_dataset *dataset, const void *stored, size_t i)
{
    double value = 0;
    const int32_t at = dataset->match.value[i];
    if (at != OC_MATCH_NONE)
        oc_dataset_convert(dataset->type, stored, (size_t)at, 1, &value);
    return value;
}

void oc_dataset_numbers(const oc_dataset *dataset, const void *stored, double *numbers)
{
    const size_t values = oc_schema_values(&dataset->info.schema);
    if (!dataset->match.value)
        oc_dataset_convert(dataset->type, stored, 0, values, numbers);
    for (size_t i = 0; dataset->match.value && i < values; i++)
        numbers[i] = matched(dataset, stored, i);
}

static void decode_matched(const oc_dataset *dataset, const void *stored, float *image)
{
    const oc_schema *schema = &dataset->info.schema;
    const size_t plane = plane_of(dataset);
    for (size_t c = 0, i = 0; c < (size_t)schema->channels; c++)
        for (size_t p = 0; p < plane; p++, i++)
            image[i] =
                normalise(matched(dataset, stored, i), schema->mean[c], schema->deviation[c]);
}

static void decode_numbers(const oc_dataset *dataset, const void *stored, float *image)
{
    const oc_schema *schema = &dataset->info.schema;
    const size_t plane = plane_of(dataset), values = oc_schema_values(schema);
    double number[CHUNK];
    size_t c = 0, left = plane; /* of channel c */
    for (size_t first = 0, n; first < values; first += n) {
        n = values - first < CHUNK ? values - first : CHUNK;
        oc_dataset_convert(dataset->type, stored, first, n, number);
        for (size_t i = 0; i < n; i++) {
            image[first + i] = normalise(number[i], schema->mean[c], schema->deviation[c]);
            if (--left == 0) {
                left = plane;
                c++;
            }
        }
    }
}

void oc_dataset_decode(const oc_dataset *dataset, const void *stored, float *image)
{
    if (dataset->match.value)
        decode_matched(dataset, stored, image);
    else if (dataset->type == OC_H5_UINT8)
        decode_bytes(dataset, stored, image);
    else
        decode_numbers(dataset, stored, image);
}

int oc_dataset_is_finite(const oc_dataset *dataset, const void *stored)
{
    const size_t values = dataset->stored_values;
    /* Without a spread of its own to divide by, a number must be finite as a float too. */
    const double most = dataset->as_is || dataset->is_trained ? (double)FLT_MAX : DBL_MAX;
    double number[CHUNK];
    int finite = 1;
    if (dataset->type != OC_H5_FLOAT32 && dataset->type != OC_H5_FLOAT64)
        return 1;
    for (size_t first = 0, n; first < values; first += n) {
        n = values - first < CHUNK ? values - first : CHUNK;
        oc_dataset_convert(dataset->type, stored, first, n, number);
        for (size_t i = 0; i < n; i++)
            finite &= fabs(number[i]) <= most; /* NaN is not */
    }
    return finite;
}

void oc_dataset_gather(const oc_dataset *dataset, oc_split split, const uint32_t *index, size_t n,
                       float *images, int32_t *labels)
{
    const size_t values = oc_schema_values(&dataset->info.schema);
    const size_t bytes = oc_dataset_sample_bytes(dataset);
    const oc_dataset_part *part = &dataset->part[split];
    for (size_t i = 0; labels && part->labels && i < n; i++)
        labels[i] = part->labels[index[i]];
    for (size_t i = 0; images && i < n; i++)
        oc_dataset_decode(dataset, part->images + (size_t)index[i] * bytes, images + i * values);
}
