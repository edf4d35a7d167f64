/* dataset_survey.c - what a foreign file does not bring: mean and deviation of its training
 * inputs (moments.h), and a digest to tell it from others. */
#include "data/dataset/dataset_private.h"
#include "data/dataset/moments.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The sums of all pieces, then the first value of each channel. */
size_t oc_dataset_survey_count(const oc_dataset *dataset)
{
    const int wanted =
        (dataset->foreign || dataset->is_borrowed) && !dataset->as_is && !dataset->is_trained;
    return wanted ? (size_t)(OC_MOMENT_PIECES * 2 + 1) * (size_t)dataset->info.schema.channels : 0;
}

static oc_moments moments_of(const oc_dataset *dataset, double *sums)
{
    const oc_schema *schema = &dataset->info.schema;
    const size_t channels = (size_t)schema->channels;
    return (oc_moments){.channels = channels,
                        .plane = (size_t)schema->height * (size_t)schema->width,
                        .samples = dataset->info.samples[OC_SPLIT_TRAIN],
                        .first = sums + OC_MOMENT_PIECES * 2 * channels,
                        .sums = sums};
}

static oc_status read_sample(const oc_dataset *dataset, uint64_t sample, void *to)
{
    const oc_dataset_split *own = &dataset->split[OC_SPLIT_TRAIN];
    const size_t bytes = oc_dataset_sample_bytes(dataset);
    if (own->images) {
        memcpy(to, own->images + (size_t)sample * bytes, bytes);
        return OC_OK;
    }
    oc_status status = oc_dataset_check_streaming(dataset);
    if (!status)
        status = oc_rows_read(own->rows, sample, 1, to);
    return status ? status : oc_dataset_check(dataset, OC_SPLIT_TRAIN, sample, to);
}

/* The pieces of a part; sample 0 is read by all, for the first values. */
static oc_status survey_pieces(const oc_dataset *dataset, int part, int parts, double *sums,
                               void *stored, double *number)
{
    oc_moments moments = moments_of(dataset, sums);
    double *const first = sums + OC_MOMENT_PIECES * 2 * moments.channels;
    const uint64_t from = (uint64_t)part * OC_MOMENT_PIECES / (uint64_t)parts;
    const uint64_t to = (uint64_t)(part + 1) * OC_MOMENT_PIECES / (uint64_t)parts;
    const uint64_t end = oc_moments_begin(&moments, to);
    oc_status status = read_sample(dataset, 0, stored);
    if (status)
        return status;
    oc_dataset_numbers(dataset, stored, number);
    for (size_t c = 0; c < moments.channels; c++)
        first[c] = number[c * moments.plane];
    for (uint64_t i = oc_moments_begin(&moments, from); !status && i < end; i++) {
        status = read_sample(dataset, i, stored);
        if (!status)
            oc_dataset_numbers(dataset, stored, number);
        for (size_t c = 0; !status && c < moments.channels; c++)
            oc_moments_add(&moments, i, c, number + c * moments.plane);
    }
    for (size_t c = 0; part > 0 && c < moments.channels; c++)
        first[c] = 0; /* parts are added: the first one has them */
    return status;
}

oc_status oc_dataset_survey(const oc_dataset *dataset, int part, int parts, double *sums)
{
    const size_t count = oc_dataset_survey_count(dataset);
    if (count == 0)
        return OC_OK;
    void *stored = malloc(oc_dataset_sample_bytes(dataset));
    double *number = malloc(dataset->stored_values * sizeof *number);
    oc_status status = OC_OK;
    if (!stored || !number)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for a sample", dataset->path);
    memset(sums, 0, count * sizeof *sums);
    if (!status)
        status = survey_pieces(dataset, part, parts, sums, stored, number);
    free(stored);
    free(number);
    return status;
}

/* Shapes, labels and sums: what can be had without reading all of a large file again. */
static oc_status set_digest(oc_dataset *dataset, const double *sums)
{
    const oc_dataset_info *info = &dataset->info;
    const oc_schema *schema = &info->schema;
    const uint64_t type = (uint64_t)dataset->type.kind << 16 | (uint64_t)dataset->type.bytes << 8 |
                          (uint64_t)(dataset->is_last != 0);
    const uint64_t shape[] = {(uint64_t)schema->channels,    (uint64_t)schema->height,
                              (uint64_t)schema->width,       type,
                              info->samples[OC_SPLIT_TRAIN], info->samples[OC_SPLIT_TEST]};
    oc_hasher *hasher = oc_hasher_create();
    if (!hasher)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for its digest", dataset->path);
    oc_hasher_update(hasher, shape, sizeof shape);
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        oc_hasher_update(hasher,
                         schema->kind == OC_TARGETS_CLASSES
                             ? (const void *)dataset->split[split].labels
                             : (const void *)dataset->split[split].values,
                         (size_t)info->samples[split] * oc_dataset_target_bytes(dataset));
    if (schema->kind != OC_TARGETS_CLASSES)
        oc_hasher_update(hasher, oc_targets_name(schema->kind),
                         strlen(oc_targets_name(schema->kind)));
    if (sums)
        oc_hasher_update(hasher, sums, oc_dataset_survey_count(dataset) * sizeof *sums);
    dataset->info.digest = oc_hasher_finish(hasher);
    return OC_OK;
}

oc_status oc_dataset_finish_foreign(oc_dataset *dataset, double *sums)
{
    oc_schema *schema = &dataset->info.schema;
    const int surveyed = oc_dataset_survey_count(dataset) > 0;
    if (surveyed) {
        const oc_moments moments = moments_of(dataset, sums);
        oc_moments_finish(&moments, schema->mean, schema->deviation);
    }
    const oc_status status = oc_statistics_check(dataset->path, schema->mean, schema->deviation,
                                                 (uint64_t)schema->channels);
    return status ? status : set_digest(dataset, surveyed ? sums : NULL);
}
