/* dataset_layout.c - what a data set file says of itself, checked before anything is believed:
 * files of ours. No samples are read here. */
#include "data/dataset_private.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const split_names[OC_SPLIT_COUNT] = {"train", "test"};

/* Describe /SPLIT/WHAT and check its type and rank. */
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

/* /train/images and its like: either split may decide the type, both must agree. */
static oc_status describe_split(oc_dataset *dataset, int split, oc_h5_array *images)
{
    char name[32];
    oc_dataset_part *part = &dataset->part[split];
    oc_h5_array labels;
    const int is_class = dataset->info.kind == OC_TARGETS_CLASSES;
    const oc_h5_array expected = {.type = is_class ? OC_H5_INT32 : OC_H5_FLOAT32,
                                  .rank = is_class ? 1 : 2};
    snprintf(name, sizeof name, "/%s/images", split_names[split]);
    memcpy(part->inputs, name, sizeof name);
    oc_status status = oc_h5_array_describe(dataset->file, name, images);
    if (status)
        return status;
    if (images->rank != 4 || (images->type != OC_H5_UINT8 && images->type != OC_H5_FLOAT32))
        return oc_fail(OC_ERR_DATA, "%s: %s: expected rank 4 (N,C,H,W) of uint8 or float32",
                       dataset->path, name);
    snprintf(name, sizeof name, "/%s/%s", split_names[split], is_class ? "labels" : "targets");
    memcpy(part->targets, name, sizeof name);
    status = describe(dataset, name, &expected, &labels);
    if (status)
        return status;
    if (!is_class && labels.extent[1] != (uint64_t)dataset->info.classes)
        return oc_fail(OC_ERR_DATA, "%s: %s has %" PRIu64 " targets a sample for %d target_names",
                       dataset->path, name, labels.extent[1], dataset->info.classes);
    if (labels.extent[0] != images->extent[0])
        return oc_fail(OC_ERR_DATA, "%s: %s has %" PRIu64 " labels for %" PRIu64 " images",
                       dataset->path, name, labels.extent[0], images->extent[0]);
    dataset->info.samples[split] = images->extent[0];
    return OC_OK;
}

static oc_status read_names(oc_dataset *dataset, size_t *classes)
{
    size_t width;
    const char *const name =
        dataset->info.kind == OC_TARGETS_CLASSES ? "/class_names" : "/target_names";
    oc_status status = oc_h5_texts_read(dataset->file, name, &dataset->names, classes, &width);
    if (status)
        return status;
    if (*classes > OC_MAX_CLASSES || width > OC_MAX_CLASS_NAME + 1)
        return oc_fail(OC_ERR_DATA, "%s: %s: %zu names of %zu bytes, expected at most %d of %d",
                       dataset->path, name, *classes, width - 1, OC_MAX_CLASSES, OC_MAX_CLASS_NAME);
    dataset->name_pointers = calloc(*classes, sizeof *dataset->name_pointers);
    if (!dataset->name_pointers)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for class names", dataset->path);
    for (size_t i = 0; i < *classes; i++)
        dataset->name_pointers[i] = dataset->names + i * width;
    dataset->info.classes = (int)*classes;
    dataset->info.class_names = dataset->name_pointers;
    return OC_OK;
}

/* format_version, and of version 2 the attribute `targets`. */
static oc_status read_kind(oc_dataset *dataset)
{
    uint64_t version;
    char name[32];
    oc_status status =
        oc_h5_attribute_read(dataset->file, "/", "format_version", OC_H5_UINT64, &version);
    if (status)
        return status;
    if (version != 1 && version != 2)
        return oc_fail(OC_ERR_DATA, "%s: data set format %" PRIu64 ", expected 1 or 2",
                       dataset->path, version);
    if (version == 1)
        return OC_OK;
    status = oc_h5_attribute_text_read(dataset->file, "/", "targets", name, sizeof name);
    const int kind = status ? -1 : oc_targets_find(name);
    if (!status && kind <= OC_TARGETS_CLASSES)
        return oc_fail(OC_ERR_DATA,
                       "%s: attribute targets says something else than regression or multi_label",
                       dataset->path);
    dataset->info.kind = kind < 0 ? OC_TARGETS_CLASSES : (oc_targets_kind)kind;
    return status;
}

/* All extents, with the file's word for nothing; fills the description. */
static oc_status read_shape(oc_dataset *dataset)
{
    oc_h5_array images[OC_SPLIT_COUNT];
    size_t classes = 0;
    oc_status status = read_kind(dataset);
    if (!status)
        status = oc_h5_attribute_text_read(dataset->file, "/", "source", dataset->source,
                                           sizeof dataset->source);
    if (!status)
        status = read_names(dataset, &classes);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = describe_split(dataset, split, &images[split]);
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
    dataset->type = train->type;
    return status;
}

/* /mean and /deviation. */
static oc_status read_statistics(oc_dataset *dataset)
{
    static const char *const names[] = {"/mean", "/deviation"};
    const oc_h5_array vector = {.type = OC_H5_FLOAT32, .rank = 1};
    const size_t channels = (size_t)dataset->info.channels;
    oc_h5_array found;
    oc_status status = OC_OK;
    for (size_t i = 0; !status && i < 2; i++) {
        float *values = dataset->statistics + i * channels;
        status = describe(dataset, names[i], &vector, &found);
        if (!status && found.extent[0] != channels)
            status = oc_fail(OC_ERR_DATA,
                             "%s: %s has %" PRIu64 " values, expected %zu, one a "
                             "channel",
                             dataset->path, names[i], found.extent[0], channels);
        if (!status)
            status = oc_h5_array_read(dataset->file, names[i], OC_H5_FLOAT32, values);
    }
    return status ? status
                  : oc_statistics_check(dataset->path, dataset->info.mean, dataset->info.deviation,
                                        channels);
}

oc_status oc_dataset_read_own(oc_dataset *dataset)
{
    oc_status status = read_shape(dataset);
    if (!status)
        status = oc_dataset_make_statistics(dataset);
    return status ? status : read_statistics(dataset);
}

oc_status oc_dataset_number_classes(oc_dataset *dataset)
{
    enum { NUMBER_BYTES = 12 };
    const size_t classes = (size_t)dataset->info.classes;
    dataset->names = calloc(classes, NUMBER_BYTES);
    dataset->name_pointers = calloc(classes, sizeof *dataset->name_pointers);
    if (!dataset->names || !dataset->name_pointers)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for class names", dataset->path);
    for (size_t i = 0; i < classes; i++) {
        snprintf(dataset->names + i * NUMBER_BYTES, NUMBER_BYTES, "%d", (int)i);
        dataset->name_pointers[i] = dataset->names + i * NUMBER_BYTES;
    }
    dataset->info.class_names = dataset->name_pointers;
    return OC_OK;
}
