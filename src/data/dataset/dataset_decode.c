/* dataset_decode.c - a sample as it is stored -> the numbers a network sees. */
#include "data/dataset/dataset_private.h"

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
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for tables", dataset->path);
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

int oc_dataset_is_bytes(const oc_dataset *dataset)
{
    return dataset->type.kind == OC_NUMBER_UNSIGNED && dataset->type.bytes == 1;
}

static void decode_bytes(const oc_dataset *dataset, const uint8_t *from, float *to)
{
    const size_t plane = plane_of(dataset), channels = (size_t)dataset->info.schema.channels;
    const size_t step = dataset->is_last ? channels : 1;
    for (size_t c = 0; c < channels; c++, to += plane) {
        const float *table = dataset->table + c * OC_BYTE_VALUES;
        const uint8_t *const first = from + (dataset->is_last ? c : c * plane);
        if (step == 1)
            for (size_t i = 0; i < plane; i++)
                to[i] = table[first[i]];
        else
            for (size_t i = 0; i < plane; i++)
                to[i] = table[first[i * step]];
    }
}

/* Where value i of (C, H, W) of the file is stored. */
static size_t stored_place(const oc_dataset *dataset, size_t i)
{
    const size_t plane = plane_of(dataset);
    const size_t channels = dataset->stored_values / plane;
    return dataset->is_last ? i % plane * channels + i / plane : i;
}

/* Value i of a sample as the network knows it; one that the file does not have is 0. */
static double matched(const oc_dataset *dataset, const void *stored, size_t i)
{
    double value = 0;
    const int32_t at = dataset->match.value[i];
    if (at != OC_MATCH_NONE)
        oc_numbers_to_double(dataset->type,
                             (const unsigned char *)stored +
                                 stored_place(dataset, (size_t)at) * (size_t)dataset->type.bytes,
                             1, &value);
    return value;
}

void oc_dataset_numbers(const oc_dataset *dataset, const void *stored, double *numbers)
{
    const oc_schema *schema = &dataset->info.schema;
    const oc_array_shape shape = {schema->channels, schema->height, schema->width,
                                  dataset->is_last};
    const size_t values = oc_schema_values(schema);
    if (!dataset->match.value)
        oc_array_shape_decode(&shape, dataset->type, stored, numbers);
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
        oc_numbers_to_double(dataset->type,
                             (const unsigned char *)stored + first * (size_t)dataset->type.bytes, n,
                             number);
        for (size_t i = 0; i < n; i++) {
            image[first + i] = normalise(number[i], schema->mean[c], schema->deviation[c]);
            if (--left == 0) {
                left = plane;
                c++;
            }
        }
    }
}

/* (H, W, C) as stored. */
static void decode_last(const oc_dataset *dataset, const void *stored, float *image)
{
    const oc_schema *schema = &dataset->info.schema;
    const size_t plane = plane_of(dataset), channels = (size_t)schema->channels;
    const size_t values = plane * channels;
    double number[CHUNK];
    size_t c = 0, pixel = 0;
    for (size_t first = 0, n; first < values; first += n) {
        n = values - first < CHUNK ? values - first : CHUNK;
        oc_numbers_to_double(dataset->type,
                             (const unsigned char *)stored + first * (size_t)dataset->type.bytes, n,
                             number);
        for (size_t i = 0; i < n; i++) {
            image[c * plane + pixel] = normalise(number[i], schema->mean[c], schema->deviation[c]);
            c = c + 1 < channels ? c + 1 : 0;
            pixel += c == 0;
        }
    }
}

void oc_dataset_decode(const oc_dataset *dataset, const void *stored, float *image)
{
    if (dataset->match.value)
        decode_matched(dataset, stored, image);
    else if (oc_dataset_is_bytes(dataset))
        decode_bytes(dataset, stored, image);
    else if (dataset->is_last)
        decode_last(dataset, stored, image);
    else
        decode_numbers(dataset, stored, image);
}

void oc_dataset_gather(const oc_dataset *dataset, oc_split split, const uint32_t *index, size_t n,
                       float *images, int32_t *labels)
{
    const size_t values = oc_schema_values(&dataset->info.schema);
    const size_t bytes = oc_dataset_sample_bytes(dataset);
    const oc_dataset_split *own = &dataset->split[split];
    for (size_t i = 0; labels && own->labels && i < n; i++)
        labels[i] = own->labels[index[i]];
    for (size_t i = 0; images && i < n; i++)
        oc_dataset_decode(dataset, own->images + (size_t)index[i] * bytes, images + i * values);
}
