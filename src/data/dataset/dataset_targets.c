/* dataset_targets.c - targets that are numbers: regression and multi-label. Class labels are in
 * dataset.c. Regression targets are standardised here, on their way out, unless they are wanted as
 * they are: a network learns numbers around 0 and 1, whatever their unit. */
#include "data/dataset/dataset_private.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t oc_dataset_target_bytes(const oc_dataset *dataset)
{
    return dataset->info.schema.kind == OC_TARGETS_CLASSES
               ? sizeof(int32_t)
               : (size_t)dataset->info.schema.classes * sizeof(double);
}

static oc_status check_split(const oc_dataset *dataset, int split)
{
    const oc_dataset_split *own = &dataset->split[split];
    const size_t targets = (size_t)dataset->info.schema.classes;
    const double *value = own->values;
    for (uint64_t i = 0; i < dataset->info.samples[split]; i++)
        for (size_t t = 0; t < targets; t++, value++) {
            if (!isfinite(*value))
                return oc_fail(OC_ERR_DATA,
                               "%s: %s: target %zu of sample %" PRIu64 " is not finite",
                               dataset->path, own->targets, t, i);
            if (dataset->info.schema.kind == OC_TARGETS_MULTI_LABEL && *value != 0 && *value != 1)
                return oc_fail(OC_ERR_DATA,
                               "%s: %s: label %zu of sample %" PRIu64 " is %g, expected 0 or 1",
                               dataset->path, own->targets, t, i, *value);
        }
    return OC_OK;
}

oc_status oc_dataset_fill_values(oc_dataset *dataset, int split, uint64_t first, uint64_t last)
{
    const size_t targets = (size_t)dataset->info.schema.classes;
    const oc_dataset_split *own = &dataset->split[split];
    double *to = own->values + (size_t)first * targets;
    const int32_t *match = dataset->match.target;
    const oc_status status =
        dataset->foreign
            ? oc_foreign_numbers(dataset->foreign, (oc_split)split, first, last - first, to)
            : oc_h5_array_read_rows(dataset->file, own->targets, OC_H5_FLOAT64, first, last - first,
                                    to);
    double *copy = match ? malloc(targets * sizeof *copy) : NULL;
    if (match && !copy)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for a sample's targets", dataset->path);
    for (uint64_t i = first; match && !status && i < last; i++, to += targets) {
        memcpy(copy, to, targets * sizeof *copy);
        for (size_t t = 0; t < targets; t++)
            to[t] = copy[match[t]];
    }
    free(copy);
    return status;
}

/* Mean and deviation (of the population) of target t in the training split. */
static void find_statistics(oc_dataset *dataset, size_t t)
{
    oc_schema *schema = &dataset->info.schema;
    const size_t targets = (size_t)schema->classes;
    const uint64_t samples = dataset->info.samples[OC_SPLIT_TRAIN];
    const double *value = dataset->split[OC_SPLIT_TRAIN].values + t;
    const double first = value[0];
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < samples; i++)
        sum += value[(size_t)i * targets] - first;
    const double from_first = sum / (double)samples;
    for (uint64_t i = 0; i < samples; i++) {
        const double from_mean = value[(size_t)i * targets] - first - from_first;
        squares += from_mean * from_mean;
    }
    const double deviation = sqrt(squares / (double)samples);
    schema->target_mean[t] = first + from_first;
    schema->target_deviation[t] = deviation > 0 && isfinite(deviation) ? deviation : 1;
}

oc_status oc_dataset_ready_targets(oc_dataset *dataset)
{
    const oc_schema *schema = &dataset->info.schema;
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = check_split(dataset, split);
    for (size_t t = 0; !status && !dataset->is_trained && t < (size_t)schema->classes; t++)
        if (schema->kind == OC_TARGETS_REGRESSION && !dataset->targets_as_is)
            find_statistics(dataset, t);
    return status;
}

const double *oc_dataset_targets(const oc_dataset *dataset, oc_split split)
{
    return dataset->split[split].values;
}

void oc_dataset_target(const oc_dataset *dataset, oc_split split, uint32_t sample, float *targets)
{
    const oc_schema *schema = &dataset->info.schema;
    const size_t count = (size_t)schema->classes;
    const double *from = dataset->split[split].values + (size_t)sample * count;
    for (size_t t = 0; t < count; t++)
        targets[t] = (float)((from[t] - schema->target_mean[t]) / schema->target_deviation[t]);
}
