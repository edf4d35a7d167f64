/* dataset.c - see dataset.h. Reading only; dataset_write.c writes. */
#include "data/dataset_private.h"

#include "storage/extents.h"
#include "storage/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const split_names[OC_SPLIT_COUNT] = {"train", "test"};

/* Describe /SPLIT/WHAT and check its type and rank. */
static oc_status describe(const oc_dataset *dataset, const oc_h5 *file, const char *name,
                          const oc_h5_array *expected, oc_h5_array *found)
{
    const oc_status status = oc_h5_array_describe(file, name, found);
    if (status)
        return status;
    if (found->type != expected->type || found->rank != expected->rank)
        return oc_fail(OC_ERR_DATA, "%s: %s has the wrong type or rank (%d, expected %d)",
                       dataset->path, name, found->rank, expected->rank);
    return OC_OK;
}

/* /train/images and its like: either split may decide the type, both must agree. */
static oc_status describe_split(oc_dataset *dataset, const oc_h5 *file, int split,
                                oc_h5_array *images)
{
    char name[32];
    oc_h5_array labels;
    const oc_h5_array vector = {.type = OC_H5_INT32, .rank = 1};
    snprintf(name, sizeof name, "/%s/images", split_names[split]);
    oc_status status = oc_h5_array_describe(file, name, images);
    if (status)
        return status;
    if (images->rank != 4 || (images->type != OC_H5_UINT8 && images->type != OC_H5_FLOAT32))
        return oc_fail(OC_ERR_DATA, "%s: %s: expected rank 4 (N,C,H,W) of uint8 or float32",
                       dataset->path, name);
    snprintf(name, sizeof name, "/%s/labels", split_names[split]);
    status = describe(dataset, file, name, &vector, &labels);
    if (status)
        return status;
    if (labels.extent[0] != images->extent[0])
        return oc_fail(OC_ERR_DATA, "%s: %s has %" PRIu64 " labels for %" PRIu64 " images",
                       dataset->path, name, labels.extent[0], images->extent[0]);
    dataset->info.samples[split] = images->extent[0];
    return OC_OK;
}

static oc_status read_names(oc_dataset *dataset, const oc_h5 *file, size_t *classes)
{
    size_t width;
    oc_status status = oc_h5_texts_read(file, "/class_names", &dataset->names, classes, &width);
    if (status)
        return status;
    if (*classes > OC_MAX_CLASSES || width > OC_MAX_CLASS_NAME + 1)
        return oc_fail(OC_ERR_DATA,
                       "%s: /class_names: %zu names of %zu bytes, expected at most %d "
                       "of %d",
                       dataset->path, *classes, width - 1, OC_MAX_CLASSES, OC_MAX_CLASS_NAME);
    dataset->name_pointers = calloc(*classes, sizeof *dataset->name_pointers);
    if (!dataset->name_pointers)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for class names", dataset->path);
    for (size_t i = 0; i < *classes; i++)
        dataset->name_pointers[i] = dataset->names + i * width;
    dataset->info.classes = (int)*classes;
    dataset->info.class_names = dataset->name_pointers;
    return OC_OK;
}

/* All extents, with the file's word for nothing; fills the description. */
static oc_status read_shape(oc_dataset *dataset, const oc_h5 *file)
{
    oc_h5_array images[OC_SPLIT_COUNT];
    size_t classes = 0;
    uint64_t version;
    oc_status status = oc_h5_attribute_read(file, "/", "format_version", OC_H5_UINT64, &version);
    if (status)
        return status;
    if (version != 1)
        return oc_fail(OC_ERR_DATA, "%s: data set format %" PRIu64 ", expected 1", dataset->path,
                       version);
    status =
        oc_h5_attribute_text_read(file, "/", "source", dataset->source, sizeof dataset->source);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = describe_split(dataset, file, split, &images[split]);
    if (!status)
        status = read_names(dataset, file, &classes);
    if (status)
        return status;
    const oc_h5_array *train = &images[OC_SPLIT_TRAIN], *test = &images[OC_SPLIT_TEST];
    if (train->type != test->type ||
        memcmp(&train->extent[1], &test->extent[1], 3 * sizeof train->extent[0]) != 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: /train/images and /test/images differ in type or in "
                       "channels, height, width",
                       dataset->path);
    status = oc_dataset_check_extents(dataset->path, train->extent[1], train->extent[2],
                                      train->extent[3], classes, dataset->info.samples);
    dataset->info.channels = (int)train->extent[1];
    dataset->info.height = (int)train->extent[2];
    dataset->info.width = (int)train->extent[3];
    dataset->info.is_float = train->type == OC_H5_FLOAT32;
    return status;
}

/* /mean and /deviation. */
static oc_status read_statistics(oc_dataset *dataset, const oc_h5 *file)
{
    static const char *const names[] = {"/mean", "/deviation"};
    const oc_h5_array vector = {.type = OC_H5_FLOAT32, .rank = 1};
    const size_t channels = (size_t)dataset->info.channels;
    oc_h5_array found;
    oc_status status = OC_OK;
    dataset->statistics = calloc(2 * channels, sizeof *dataset->statistics);
    if (!dataset->statistics)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for statistics", dataset->path);
    for (size_t i = 0; !status && i < 2; i++) {
        float *values = dataset->statistics + i * channels;
        status = describe(dataset, file, names[i], &vector, &found);
        if (!status && found.extent[0] != channels)
            status = oc_fail(OC_ERR_DATA,
                             "%s: %s has %" PRIu64 " values, expected %zu, one a "
                             "channel",
                             dataset->path, names[i], found.extent[0], channels);
        if (!status)
            status = oc_h5_array_read(file, names[i], OC_H5_FLOAT32, values);
    }
    dataset->info.mean = dataset->statistics;
    dataset->info.deviation = dataset->statistics + channels;
    return status ? status
                  : oc_statistics_check(dataset->path, dataset->info.mean, dataset->info.deviation,
                                        channels);
}

size_t oc_dataset_image_values(const oc_dataset *dataset)
{
    const oc_dataset_info *info = &dataset->info;
    return (size_t)info->channels * (size_t)info->height * (size_t)info->width;
}

static oc_status check_labels(const oc_dataset *dataset, int split)
{
    for (uint64_t i = 0; i < dataset->info.samples[split]; i++) {
        const int32_t label = dataset->labels[split][i];
        if (label < 0 || label >= dataset->info.classes)
            return oc_fail(OC_ERR_DATA,
                           "%s: /%s/labels: label %" PRId32 " at index %" PRIu64
                           ", expected 0 to %d",
                           dataset->path, split_names[split], label, i, dataset->info.classes - 1);
    }
    return OC_OK;
}

static oc_status check_finite(const oc_dataset *dataset, int split)
{
    const size_t per_image = oc_dataset_image_values(dataset);
    const float *values = dataset->images[split];
    for (uint64_t i = 0; i < dataset->info.samples[split]; i++, values += per_image) {
        int finite = 1;
        for (size_t k = 0; k < per_image; k++)
            finite &= isfinite(values[k]) != 0;
        if (!finite)
            return oc_fail(OC_ERR_DATA,
                           "%s: /%s/images: image %" PRIu64 " has a value that is not "
                           "finite",
                           dataset->path, split_names[split], i);
    }
    return OC_OK;
}

/* Images and labels of a split. The file is known to be at least as large as they are. */
static oc_status read_split(oc_dataset *dataset, const oc_h5 *file, int split)
{
    char name[32];
    const size_t samples = (size_t)dataset->info.samples[split];
    const int is_float = dataset->info.is_float;
    const size_t bytes =
        samples * oc_dataset_image_values(dataset) * (is_float ? sizeof(float) : sizeof(uint8_t));
    dataset->images[split] = malloc(bytes);
    dataset->labels[split] = malloc(samples * sizeof(int32_t));
    if (!dataset->images[split] || !dataset->labels[split])
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for the %zu bytes of %s", dataset->path,
                       bytes, split_names[split]);
    snprintf(name, sizeof name, "/%s/images", split_names[split]);
    oc_status status = oc_h5_array_read(file, name, is_float ? OC_H5_FLOAT32 : OC_H5_UINT8,
                                        dataset->images[split]);
    snprintf(name, sizeof name, "/%s/labels", split_names[split]);
    if (!status)
        status = oc_h5_array_read(file, name, OC_H5_INT32, dataset->labels[split]);
    if (!status)
        status = check_labels(dataset, split);
    if (!status && is_float)
        status = check_finite(dataset, split);
    return status;
}

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

oc_status oc_dataset_open(oc_dataset **out, const char *path)
{
    oc_h5 *file = NULL;
    oc_digest digest;
    *out = NULL;
    oc_status status = oc_h5_open(&file, path, OC_FILE_DATASET, &digest);
    if (status)
        return status;
    oc_dataset *dataset = calloc(1, sizeof *dataset + strlen(path) + 1);
    if (!dataset) {
        status = oc_fail(OC_ERR_INTERNAL, "%s: no memory", path);
        goto done;
    }
    memcpy(dataset->path, path, strlen(path) + 1);
    dataset->info.path = dataset->path;
    dataset->info.source = dataset->source;
    dataset->info.digest = digest;
    status = read_shape(dataset, file);
    if (!status)
        status = read_statistics(dataset, file);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = read_split(dataset, file, split);
    if (!status && !dataset->info.is_float)
        status = oc_dataset_make_table(dataset);
done:
    oc_h5_close(file);
    if (status)
        oc_dataset_close(dataset);
    else
        *out = dataset;
    return status;
}

void oc_dataset_close(oc_dataset *dataset)
{
    if (!dataset)
        return;
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        free(dataset->images[split]);
        free(dataset->labels[split]);
    }
    free(dataset->statistics);
    free(dataset->table);
    free(dataset->name_pointers);
    free(dataset->names);
    free(dataset);
}

const oc_dataset_info *oc_dataset_describe(const oc_dataset *dataset)
{
    return &dataset->info;
}

static void gather_bytes(const oc_dataset *dataset, const uint8_t *from, float *to)
{
    const size_t plane = (size_t)dataset->info.height * (size_t)dataset->info.width;
    for (int c = 0; c < dataset->info.channels; c++, from += plane, to += plane) {
        const float *table = dataset->table + (size_t)c * OC_BYTE_VALUES;
        for (size_t i = 0; i < plane; i++)
            to[i] = table[from[i]];
    }
}

static void gather_floats(const oc_dataset *dataset, const float *from, float *to)
{
    const size_t plane = (size_t)dataset->info.height * (size_t)dataset->info.width;
    for (int c = 0; c < dataset->info.channels; c++, from += plane, to += plane) {
        const float mean = dataset->info.mean[c], deviation = dataset->info.deviation[c];
        for (size_t i = 0; i < plane; i++)
            to[i] = normalise(from[i], mean, deviation);
    }
}

void oc_dataset_gather(const oc_dataset *dataset, oc_split split, const uint32_t *index, size_t n,
                       float *images, int32_t *labels)
{
    const size_t per_image = oc_dataset_image_values(dataset);
    for (size_t i = 0; labels && i < n; i++)
        labels[i] = dataset->labels[split][index[i]];
    for (size_t i = 0; images && i < n; i++) {
        const size_t at = (size_t)index[i] * per_image;
        float *to = images + i * per_image;
        if (dataset->info.is_float)
            gather_floats(dataset, (const float *)dataset->images[split] + at, to);
        else
            gather_bytes(dataset, (const uint8_t *)dataset->images[split] + at, to);
    }
}
