/* dataset_decode.c - a sample as it is stored -> the numbers a network sees. */
#include "data/dataset_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float normalise(float value, float mean, float deviation)
{
    return (value - mean) / deviation;
}

/* The same expression as for floats, so both kinds of image give the same bits. */
oc_status oc_dataset_make_table(oc_dataset *dataset)
{
    const size_t channels = (size_t)dataset->info.channels;
    dataset->table = malloc(channels * OC_BYTE_VALUES * sizeof *dataset->table);
    if (!dataset->table)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for tables", dataset->path);
    for (size_t c = 0; c < channels; c++)
        for (int byte = 0; byte < OC_BYTE_VALUES; byte++)
            dataset->table[c * OC_BYTE_VALUES + (size_t)byte] =
                normalise((float)byte / 255.0f, dataset->info.mean[c], dataset->info.deviation[c]);
    return OC_OK;
}

static void decode_bytes(const oc_dataset *dataset, const uint8_t *from, float *to)
{
    const size_t plane = (size_t)dataset->info.height * (size_t)dataset->info.width;
    for (int c = 0; c < dataset->info.channels; c++, from += plane, to += plane) {
        const float *table = dataset->table + (size_t)c * OC_BYTE_VALUES;
        for (size_t i = 0; i < plane; i++)
            to[i] = table[from[i]];
    }
}

/* In place: values as floats -> normalised. */
static void normalise_all(const oc_dataset *dataset, float *to)
{
    const size_t plane = (size_t)dataset->info.height * (size_t)dataset->info.width;
    for (int c = 0; c < dataset->info.channels; c++, to += plane) {
        const float mean = dataset->info.mean[c], deviation = dataset->info.deviation[c];
        for (size_t i = 0; i < plane; i++)
            to[i] = normalise(to[i], mean, deviation);
    }
}

void oc_dataset_decode(const oc_dataset *dataset, const void *stored, float *image)
{
    const size_t values = oc_dataset_values(dataset);
    const double *doubles = stored;
    const int16_t *shorts = stored;
    switch (dataset->type) {
    case OC_H5_UINT8:
        decode_bytes(dataset, stored, image);
        return;
    case OC_H5_INT16:
        for (size_t i = 0; i < values; i++)
            image[i] = (float)shorts[i];
        break;
    case OC_H5_FLOAT64:
        for (size_t i = 0; i < values; i++)
            image[i] = (float)doubles[i];
        break;
    default: /* OC_H5_FLOAT32: the layout allows no other */
        memcpy(image, stored, values * sizeof *image);
        break;
    }
    normalise_all(dataset, image);
}

/* As floats, which a double may be too large for. */
int oc_dataset_is_finite(const oc_dataset *dataset, const void *stored)
{
    const size_t values = oc_dataset_values(dataset);
    const double *doubles = stored;
    const float *floats = stored;
    int finite = 1;
    if (dataset->type == OC_H5_FLOAT32)
        for (size_t i = 0; i < values; i++)
            finite &= isfinite(floats[i]) != 0;
    else if (dataset->type == OC_H5_FLOAT64)
        for (size_t i = 0; i < values; i++)
            finite &= isfinite((float)doubles[i]) != 0;
    return finite;
}

void oc_dataset_gather(const oc_dataset *dataset, oc_split split, const uint32_t *index, size_t n,
                       float *images, int32_t *labels)
{
    const size_t values = oc_dataset_values(dataset), bytes = oc_dataset_sample_bytes(dataset);
    const oc_dataset_part *part = &dataset->part[split];
    for (size_t i = 0; labels && part->labels && i < n; i++)
        labels[i] = part->labels[index[i]];
    for (size_t i = 0; images && i < n; i++)
        oc_dataset_decode(dataset, part->images + (size_t)index[i] * bytes, images + i * values);
}
