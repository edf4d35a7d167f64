/* dataset_targets.c - targets that are numbers: regression and multi-label. Class labels are in
 * dataset.c. Regression targets are standardised here, on their way out, unless they are wanted as
 * they are: a network learns numbers around 0 and 1, whatever their unit. */
#include "data/dataset_private.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t oc_dataset_target_bytes(const oc_dataset *dataset)
{
    return dataset->info.kind == OC_TARGETS_CLASSES ? sizeof(int32_t)
                                                    : (size_t)dataset->info.classes * sizeof(float);
}

static oc_status check_split(const oc_dataset *dataset, int split)
{
    const oc_dataset_part *part = &dataset->part[split];
    const size_t targets = (size_t)dataset->info.classes;
    const float *value = part->values;
    for (uint64_t i = 0; i < dataset->info.samples[split]; i++)
        for (size_t t = 0; t < targets; t++, value++) {
            if (!isfinite(*value))
                return oc_fail(OC_ERR_DATA,
                               "%s: %s: target %zu of sample %" PRIu64 " is not finite",
                               dataset->path, part->targets, t, i);
            if (dataset->info.kind == OC_TARGETS_MULTI_LABEL && *value != 0.0f && *value != 1.0f)
                return oc_fail(OC_ERR_DATA,
                               "%s: %s: label %zu of sample %" PRIu64 " is %g, expected 0 or 1",
                               dataset->path, part->targets, t, i, (double)*value);
        }
    return OC_OK;
}

/* Mean and deviation (of the population) of target t in the training split. */
static void find_statistics(oc_dataset *dataset, size_t t)
{
    const size_t targets = (size_t)dataset->info.classes;
    const uint64_t samples = dataset->info.samples[OC_SPLIT_TRAIN];
    const float *value = dataset->part[OC_SPLIT_TRAIN].values + t;
    double sum = 0, squares = 0, sizes = 0;
    for (uint64_t i = 0; i < samples; i++)
        sum += (double)value[(size_t)i * targets];
    const double mean = sum / (double)samples;
    for (uint64_t i = 0; i < samples; i++) {
        const double v = (double)value[(size_t)i * targets];
        squares += (v - mean) * (v - mean);
        sizes += v * v;
    }
    const float deviation = (float)sqrt(squares / (double)samples);
    dataset->target_statistics[t] = (float)mean;
    dataset->target_statistics[targets + t] =
        squares > 1e-12 * sizes && deviation > 0 && isfinite(deviation) ? deviation : 1.0f;
}

oc_status oc_dataset_ready_targets(oc_dataset *dataset)
{
    const size_t targets = (size_t)dataset->info.classes;
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = check_split(dataset, split);
    if (status)
        return status;
    dataset->target_statistics = calloc(2 * targets, sizeof *dataset->target_statistics);
    if (!dataset->target_statistics)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for statistics of targets", dataset->path);
    dataset->info.target_mean = dataset->target_statistics;
    dataset->info.target_deviation = dataset->target_statistics + targets;
    for (size_t t = 0; t < targets; t++)
        if (dataset->info.kind == OC_TARGETS_REGRESSION && !dataset->targets_as_is)
            find_statistics(dataset, t);
        else
            dataset->target_statistics[targets + t] = 1.0f;
    return OC_OK;
}

void oc_dataset_set_target_statistics(oc_dataset *dataset, const float *mean,
                                      const float *deviation)
{
    const size_t targets = (size_t)dataset->info.classes;
    memcpy(dataset->target_statistics, mean, targets * sizeof *mean);
    memcpy(dataset->target_statistics + targets, deviation, targets * sizeof *deviation);
}

const float *oc_dataset_targets(const oc_dataset *dataset, oc_split split)
{
    return dataset->part[split].values;
}

void oc_dataset_target(const oc_dataset *dataset, oc_split split, uint32_t sample, float *targets)
{
    const size_t count = (size_t)dataset->info.classes;
    const float *from = dataset->part[split].values + (size_t)sample * count;
    for (size_t t = 0; t < count; t++)
        targets[t] = (from[t] - dataset->info.target_mean[t]) / dataset->info.target_deviation[t];
}
