/* dataset_foreign.c - what a foreign HDF5 file says of its arrays, checked before anything is
 * believed. No samples are read here. */
#include "data/dataset_private.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int is_whole_number(oc_h5_type type)
{
    return type != OC_H5_FLOAT32 && type != OC_H5_FLOAT64;
}

/* Inputs (N, ...) of 1 to 3 dimensions a sample -> (C, H, W). */
static oc_status describe_inputs(oc_dataset *dataset, const char *name, oc_h5_array *found,
                                 uint64_t shape[3])
{
    const oc_status status = oc_h5_array_describe(dataset->file, name, found);
    if (status)
        return status;
    if (found->rank < 2 || found->rank > 4 ||
        (found->type != OC_H5_UINT8 && found->type != OC_H5_INT16 && found->type != OC_H5_FLOAT32 &&
         found->type != OC_H5_FLOAT64))
        return oc_fail(OC_ERR_DATA,
                       "%s: %s: expected samples of 1 to 3 dimensions of uint8, int16, float32 or "
                       "float64, found %d dimensions with the samples' own",
                       dataset->path, name, found->rank);
    const uint64_t *e = found->extent;
    shape[0] = found->rank == 3 ? 1 : e[1];
    shape[1] = found->rank == 2 ? 1 : found->rank == 3 ? e[1] : e[2];
    shape[2] = found->rank == 2 ? 1 : found->rank == 3 ? e[2] : e[3];
    return OC_OK;
}

static oc_status check_count(const oc_dataset *dataset, const char *name, uint64_t found,
                             uint64_t samples)
{
    if (found == samples)
        return OC_OK;
    return oc_fail(OC_ERR_DATA, "%s: %s has %" PRIu64 " labels for %" PRIu64 " samples",
                   dataset->path, name, found, samples);
}

/* One whole number a sample, or (N) or (N, T) numbers of any type. */
static oc_status describe_targets(oc_dataset *dataset, const char *name, uint64_t samples)
{
    oc_h5_array found;
    const oc_status status = oc_h5_array_describe(dataset->file, name, &found);
    if (status)
        return status;
    const int is_list = found.rank == 1 || (found.rank == 2 && found.extent[1] == 1);
    if (dataset->info.schema.kind != OC_TARGETS_CLASSES) {
        const uint64_t targets = found.rank == 1 ? 1 : found.extent[1];
        if (found.rank < 1 || found.rank > 2 || targets < 1 || targets > OC_MAX_CLASSES)
            return oc_fail(OC_ERR_DATA, "%s: %s: expected 1 to %d numbers a sample", dataset->path,
                           name, OC_MAX_CLASSES);
        if (dataset->info.schema.classes != 0 && targets != (uint64_t)dataset->info.schema.classes)
            return oc_fail(OC_ERR_DATA,
                           "%s: %s: %" PRIu64 " targets a sample, expected %d as in %s",
                           dataset->path, name, targets, dataset->info.schema.classes,
                           dataset->part[OC_SPLIT_TRAIN].targets);
        return check_count(dataset, name, found.extent[0], samples)
                   ? OC_ERR_DATA
                   : oc_schema_set_classes(&dataset->info.schema, NULL, (size_t)targets);
    } else if (!is_list || !is_whole_number(found.type)) {
        return oc_fail(OC_ERR_DATA,
                       "%s: %s: expected a list of whole numbers, one a sample (for other targets: "
                       "loss.name mse or binary_cross_entropy in a recipe, --kind in an import)",
                       dataset->path, name);
    }
    return check_count(dataset, name, found.extent[0], samples);
}

oc_status oc_dataset_read_foreign(oc_dataset *dataset)
{
    oc_h5_array inputs[OC_SPLIT_COUNT] = {0};
    uint64_t shape[OC_SPLIT_COUNT][3] = {{0}};
    oc_dataset_info *info = &dataset->info;
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++) {
        const oc_dataset_part *part = &dataset->part[split];
        if (!part->inputs[0])
            continue; /* no test split */
        status = describe_inputs(dataset, part->inputs, &inputs[split], shape[split]);
        info->samples[split] = inputs[split].extent[0];
        if (!status)
            status = describe_targets(dataset, part->targets, info->samples[split]);
        if (!status && (inputs[split].type != inputs[0].type ||
                        memcmp(shape[split], shape[0], sizeof shape[0]) != 0))
            status = oc_fail(OC_ERR_DATA, "%s: %s and %s differ in type or shape", dataset->path,
                             dataset->part[0].inputs, part->inputs);
    }
    if (!status)
        status = oc_dataset_check_extents(dataset->path, shape[0][0], shape[0][1], shape[0][2], 1,
                                          info->samples);
    if (status)
        return status;
    info->schema.channels = (int)shape[0][0];
    info->schema.height = (int)shape[0][1];
    info->schema.width = (int)shape[0][2];
    dataset->type = inputs[0].type;
    info->schema.values = dataset->type == OC_H5_UINT8 ? OC_VALUES_BYTES : OC_VALUES_NUMBERS;
    snprintf(dataset->source, sizeof dataset->source, "%s", dataset->part[0].inputs);
    return oc_schema_make_statistics(&info->schema);
}
