/* dataset_layout.c - what a data set file says of itself, checked before anything is believed:
 * files of ours. No samples are read here. */
#include "base/utf8.h"
#include "data/dataset/dataset_private.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NEWEST_VERSION = 3 };

/* Describe an array and check its type and rank. */
static oc_status describe(const oc_dataset *dataset, const char *name, const oc_h5_array *expected,
                          oc_h5_array *found)
{
    const oc_status status = oc_h5_array_describe(dataset->file, name, found);
    if (status)
        return status;
    if (found->type != expected->type || found->rank != expected->rank)
        return oc_fail(OC_ERR_DATA, "%s: %s has the wrong type or rank (%d, expected %d)",
                       dataset->path, name, found->rank, expected->rank);
    return OC_OK;
}

static int is_stored_type(oc_h5_type type, uint64_t version)
{
    return type == OC_H5_UINT8 || type == OC_H5_FLOAT32 ||
           (version >= 3 && (type == OC_H5_UINT16 || type == OC_H5_FLOAT64));
}

/* Labels, or targets: as many as images. */
static oc_status describe_targets_of_ours(const oc_dataset *dataset, const char *name,
                                          uint64_t version, uint64_t samples)
{
    oc_h5_array found;
    const int is_class = dataset->info.schema.kind == OC_TARGETS_CLASSES;
    const oc_h5_array expected = {.type = is_class       ? OC_H5_INT32
                                          : version >= 3 ? OC_H5_FLOAT64
                                                         : OC_H5_FLOAT32,
                                  .rank = is_class ? 1 : 2};
    const oc_status status = describe(dataset, name, &expected, &found);
    if (status)
        return status;
    if (!is_class && found.extent[1] != (uint64_t)dataset->info.schema.classes)
        return oc_fail(OC_ERR_DATA, "%s: %s has %" PRIu64 " targets per sample for %d names",
                       dataset->path, name, found.extent[1], dataset->info.schema.classes);
    if (found.extent[0] != samples)
        return oc_fail(OC_ERR_DATA, "%s: %s has %" PRIu64 " labels for %" PRIu64 " images",
                       dataset->path, name, found.extent[0], samples);
    return OC_OK;
}

/* /train/images and its like. Any split but the training split may be missing. */
static oc_status describe_split(oc_dataset *dataset, oc_split split, uint64_t version,
                                oc_h5_array *images)
{
    char name[32];
    oc_dataset_split *own = &dataset->split[split];
    const int is_class = dataset->info.schema.kind == OC_TARGETS_CLASSES;
    snprintf(name, sizeof name, "/%s/images", oc_split_name(split));
    if (split != OC_SPLIT_TRAIN && !oc_h5_array_exists(dataset->file, name))
        return OC_OK;
    memcpy(own->inputs, name, sizeof name);
    const oc_status status = oc_h5_array_describe(dataset->file, name, images);
    if (status)
        return status;
    if (images->rank != 4 || !is_stored_type(images->type, version))
        return oc_fail(OC_ERR_DATA,
                       "%s: %s: expected rank 4 (N,C,H,W) of uint8, uint16, float32 or float64",
                       dataset->path, name);
    snprintf(name, sizeof name, "/%s/%s", oc_split_name(split), is_class ? "labels" : "targets");
    memcpy(own->targets, name, sizeof name);
    dataset->info.samples[split] = images->extent[0];
    return describe_targets_of_ours(dataset, name, version, images->extent[0]);
}

/* Versions 1 and 2: the names of classes or targets in an array of their own. */
static oc_status read_names(oc_dataset *dataset)
{
    size_t count, width;
    char *block = NULL;
    const char *const name =
        dataset->info.schema.kind == OC_TARGETS_CLASSES ? "/class_names" : "/target_names";
    oc_status status = oc_h5_texts_read(dataset->file, name, &block, &count, &width);
    if (status)
        return status;
    const char **names = NULL;
    if (count > OC_MAX_CLASSES || width > OC_MAX_CLASS_NAME + 1)
        status = oc_fail(OC_ERR_DATA, "%s: %s: %zu names of %zu bytes, expected at most %d of %d",
                         dataset->path, name, count, width - 1, OC_MAX_CLASSES, OC_MAX_CLASS_NAME);
    else if (!(names = calloc(count, sizeof *names)))
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for class names", dataset->path);
    for (size_t i = 0; !status && i < count; i++) {
        names[i] = block + i * width;
        if (!oc_utf8_is_valid(names[i]))
            status = oc_fail(OC_ERR_DATA, "%s: %s: name %zu is not UTF-8", dataset->path, name, i);
    }
    if (!status)
        status = oc_schema_set_classes(&dataset->info.schema, names, count);
    free(names);
    free(block);
    return status;
}

/* The attribute `targets` of version 2. */
static oc_status read_kind(oc_dataset *dataset)
{
    char name[32];
    const oc_status status =
        oc_h5_attribute_text_read(dataset->file, "/", "targets", name, sizeof name);
    const int kind = status ? -1 : oc_targets_find(name);
    if (!status && kind <= OC_TARGETS_CLASSES)
        return oc_fail(OC_ERR_DATA, "%s: attribute targets is neither regression nor multi_label",
                       dataset->path);
    dataset->info.schema.kind = kind < 0 ? OC_TARGETS_CLASSES : (oc_targets_kind)kind;
    return status;
}

/* What is said besides arrays of numbers. */
static oc_status read_words(oc_dataset *dataset, uint64_t *version)
{
    oc_status status =
        oc_h5_attribute_read(dataset->file, "/", "format_version", OC_H5_UINT64, version);
    if (!status && (*version < 1 || *version > NEWEST_VERSION))
        status = oc_fail(OC_ERR_DATA, "%s: data set format %" PRIu64 ", expected 1 to %d",
                         dataset->path, *version, NEWEST_VERSION);
    if (!status)
        status = oc_h5_attribute_text_read(dataset->file, "/", "source", dataset->source,
                                           sizeof dataset->source);
    if (!status && *version == 2)
        status = read_kind(dataset);
    if (!status)
        status = *version < 3 ? read_names(dataset)
                              : oc_schema_read(&dataset->info.schema, dataset->file, "/schema",
                                               dataset->path);
    return status;
}

/* Do all splits have one type and shape, that of the schema where it has one? */
static oc_status check_shapes(oc_dataset *dataset, const oc_h5_array *images, uint64_t version)
{
    oc_schema *schema = &dataset->info.schema;
    const oc_h5_array *train = &images[OC_SPLIT_TRAIN];
    const uint64_t said[] = {(uint64_t)schema->channels, (uint64_t)schema->height,
                             (uint64_t)schema->width};
    for (int split = 1; split < OC_SPLIT_COUNT; split++)
        if (dataset->info.samples[split] > 0 &&
            (images[split].type != train->type ||
             memcmp(&images[split].extent[1], &train->extent[1], sizeof said) != 0))
            return oc_fail(OC_ERR_DATA,
                           "%s: /train/images and /%s/images differ in type or in channels, "
                           "height, width",
                           dataset->path, oc_split_name((oc_split)split));
    if (version >= 3 && memcmp(&train->extent[1], said, sizeof said) != 0)
        return oc_fail(OC_ERR_DATA, "%s: /train/images has another shape than its schema says",
                       dataset->path);
    const oc_status status = oc_dataset_check_extents(
        dataset->path, train->extent[1], train->extent[2], train->extent[3],
        (uint64_t)schema->classes, dataset->info.samples);
    schema->channels = (int)train->extent[1];
    schema->height = (int)train->extent[2];
    schema->width = (int)train->extent[3];
    dataset->own_type = train->type;
    dataset->type = oc_h5_number_type(train->type);
    if (version < 3)
        schema->values = train->type == OC_H5_UINT8 ? OC_VALUES_BYTES : OC_VALUES_NUMBERS;
    return status;
}

/* /mean and /deviation; of versions 1 and 2 as floats, and of bytes divided by 255. */
static oc_status read_statistics(oc_dataset *dataset, uint64_t version)
{
    static const char *const names[] = {"/mean", "/deviation"};
    oc_schema *schema = &dataset->info.schema;
    const oc_h5_array vector = {.type = version < 3 ? OC_H5_FLOAT32 : OC_H5_FLOAT64, .rank = 1};
    const size_t channels = (size_t)schema->channels;
    const double unit = version < 3 ? oc_values_unit(schema->values) : 1;
    oc_h5_array found;
    oc_status status = OC_OK;
    for (size_t i = 0; !status && i < 2; i++) {
        double *values = i == 0 ? schema->mean : schema->deviation;
        status = describe(dataset, names[i], &vector, &found);
        if (!status && found.extent[0] != channels)
            status = oc_fail(OC_ERR_DATA,
                             "%s: %s has %" PRIu64 " values, expected %zu, one for each channel",
                             dataset->path, names[i], found.extent[0], channels);
        if (!status)
            status = oc_h5_array_read(dataset->file, names[i], OC_H5_FLOAT64, values);
        for (size_t c = 0; !status && c < channels; c++)
            values[c] *= unit;
    }
    return status ? status
                  : oc_statistics_check(dataset->path, schema->mean, schema->deviation, channels);
}

oc_status oc_dataset_read_own(oc_dataset *dataset)
{
    oc_h5_array images[OC_SPLIT_COUNT] = {0};
    uint64_t version = 0;
    oc_status status = read_words(dataset, &version);
    for (oc_split split = OC_SPLIT_TRAIN; !status && split < OC_SPLIT_COUNT; split++)
        status = describe_split(dataset, split, version, &images[split]);
    if (!status)
        status = check_shapes(dataset, images, version);
    if (!status)
        status = oc_schema_make_statistics(&dataset->info.schema);
    return status ? status : read_statistics(dataset, version);
}
