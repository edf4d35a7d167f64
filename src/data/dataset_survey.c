/* dataset_survey.c - what a foreign file does not bring: mean and deviation of its training
 * inputs, and a digest to tell it from others.
 *
 * The samples are cut into a fixed number of pieces; each piece's sums are made by one process
 * and added in order, so the result depends neither on who did which nor on their number. */
#include "data/dataset_private.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES = 64 };

size_t oc_dataset_survey_count(const oc_dataset *dataset)
{
    const int wanted = dataset->is_foreign && !dataset->as_is;
    return wanted ? (size_t)PIECES * (size_t)dataset->info.channels * 2 : 0;
}

static double value_at(const oc_dataset *dataset, const void *stored, size_t i)
{
    switch (dataset->type) {
    case OC_H5_UINT8:
        return (double)((const uint8_t *)stored)[i] / 255.0;
    case OC_H5_INT16:
        return (double)((const int16_t *)stored)[i];
    case OC_H5_FLOAT64:
        return ((const double *)stored)[i];
    default:
        return (double)((const float *)stored)[i];
    }
}

/* Sums and sums of squares a channel of one sample, added to sums (channels, 2). */
static void add_sample(const oc_dataset *dataset, const void *stored, double *sums)
{
    const size_t plane = (size_t)dataset->info.height * (size_t)dataset->info.width;
    for (size_t c = 0; c < (size_t)dataset->info.channels; c++)
        for (size_t i = 0; i < plane; i++) {
            const double value = value_at(dataset, stored, c * plane + i);
            sums[2 * c] += value;
            sums[2 * c + 1] += value * value;
        }
}

static oc_status read_sample(const oc_dataset *dataset, uint64_t sample, void *to)
{
    const oc_dataset_part *part = &dataset->part[OC_SPLIT_TRAIN];
    const size_t bytes = oc_dataset_sample_bytes(dataset);
    if (part->images) {
        memcpy(to, part->images + (size_t)sample * bytes, bytes);
        return OC_OK;
    }
    oc_status status = oc_dataset_check_streaming(dataset);
    if (!status)
        status = oc_rows_read(part->rows, sample, 1, to);
    if (!status && !oc_dataset_is_finite(dataset, to))
        return oc_fail(OC_ERR_DATA, "%s: %s: sample %" PRIu64 " has a value that is not finite",
                       dataset->path, part->inputs, sample);
    return status;
}

oc_status oc_dataset_survey(const oc_dataset *dataset, int part, int parts, double *sums)
{
    const size_t a_piece = (size_t)dataset->info.channels * 2;
    const uint64_t samples = dataset->info.samples[OC_SPLIT_TRAIN];
    if (oc_dataset_survey_count(dataset) == 0)
        return OC_OK;
    void *stored = malloc(oc_dataset_sample_bytes(dataset));
    oc_status status = OC_OK;
    if (!stored)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for a sample", dataset->path);
    memset(sums, 0, oc_dataset_survey_count(dataset) * sizeof *sums);
    const int first = (int)((int64_t)part * PIECES / parts);
    const int last = (int)((int64_t)(part + 1) * PIECES / parts);
    for (int p = first; !status && p < last; p++)
        for (uint64_t i = (uint64_t)p * samples / PIECES;
             !status && i < (uint64_t)(p + 1) * samples / PIECES; i++) {
            status = read_sample(dataset, i, stored);
            if (!status)
                add_sample(dataset, stored, sums + (size_t)p * a_piece);
        }
    free(stored);
    return status;
}

/* Mean and deviation (of the population); a channel that never varies gets deviation 1. */
static void set_statistics(oc_dataset *dataset, const double *sums)
{
    const size_t channels = (size_t)dataset->info.channels;
    const double count = (double)dataset->info.samples[OC_SPLIT_TRAIN] *
                         (double)dataset->info.height * (double)dataset->info.width;
    for (size_t c = 0; c < channels; c++) {
        double sum = 0, squares = 0;
        for (size_t p = 0; p < PIECES; p++) {
            sum += sums[(p * channels + c) * 2];
            squares += sums[(p * channels + c) * 2 + 1];
        }
        const double variance = squares / count - (sum / count) * (sum / count);
        dataset->statistics[c] = (float)(sum / count);
        dataset->statistics[channels + c] =
            variance > 1e-12 * squares / count ? (float)sqrt(variance) : 1.0f;
    }
}

/* Shapes, labels and sums: what can be had without reading all of a large file again. */
static oc_status set_digest(oc_dataset *dataset, const double *sums)
{
    const oc_dataset_info *info = &dataset->info;
    const uint64_t shape[] = {(uint64_t)info->channels,      (uint64_t)info->height,
                              (uint64_t)info->width,         (uint64_t)dataset->type,
                              info->samples[OC_SPLIT_TRAIN], info->samples[OC_SPLIT_TEST]};
    oc_hasher *hasher = oc_hasher_create();
    if (!hasher)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for its digest", dataset->path);
    oc_hasher_update(hasher, shape, sizeof shape);
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        oc_hasher_update(hasher,
                         info->kind == OC_TARGETS_CLASSES
                             ? (const void *)dataset->part[split].labels
                             : (const void *)dataset->part[split].values,
                         (size_t)info->samples[split] * oc_dataset_target_bytes(dataset));
    if (info->kind != OC_TARGETS_CLASSES)
        oc_hasher_update(hasher, oc_targets_name(info->kind), strlen(oc_targets_name(info->kind)));
    if (sums)
        oc_hasher_update(hasher, sums, oc_dataset_survey_count(dataset) * sizeof *sums);
    dataset->info.digest = oc_hasher_finish(hasher);
    return OC_OK;
}

oc_status oc_dataset_finish_foreign(oc_dataset *dataset, const double *sums)
{
    const int surveyed = oc_dataset_survey_count(dataset) > 0;
    if (surveyed)
        set_statistics(dataset, sums);
    const oc_status status =
        oc_statistics_check(dataset->path, dataset->info.mean, dataset->info.deviation,
                            (uint64_t)dataset->info.channels);
    return status ? status : set_digest(dataset, surveyed ? sums : NULL);
}
