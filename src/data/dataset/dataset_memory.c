/* dataset_memory.c - a data set without a file, of samples that somebody has in memory: see
 * oc_dataset_borrow. */
#include "data/dataset/dataset_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char name[] = "arrays in memory";

/* The pointers are only read through. */
static void borrow(oc_dataset *dataset, const oc_dataset_arrays *arrays)
{
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        oc_dataset_split *const own = &dataset->split[split];
        const char *const which = oc_split_name((oc_split)split);
        own->images = (unsigned char *)(void *)arrays->split[split].inputs;
        own->labels = (int32_t *)arrays->split[split].labels;
        own->values = (double *)arrays->split[split].targets;
        dataset->info.samples[split] = arrays->split[split].samples;
        snprintf(own->inputs, sizeof own->inputs, "%s inputs", which);
        snprintf(own->targets, sizeof own->targets, "%s %s", which,
                 own->labels ? "labels" : "targets");
    }
}

static oc_status check_inputs(const oc_dataset *dataset, int split)
{
    const unsigned char *at = dataset->split[split].images;
    oc_status status = OC_OK;
    for (uint64_t i = 0; status == OC_OK && i < dataset->info.samples[split]; i++) {
        status = oc_dataset_check(dataset, (oc_split)split, i, at);
        at += oc_dataset_sample_bytes(dataset);
    }
    return status;
}

/* Of all there is, so that ranks with other samples are found. */
static oc_status set_digest(oc_dataset *dataset)
{
    const oc_schema *schema = &dataset->info.schema;
    const uint64_t shape[] = {(uint64_t)schema->channels, (uint64_t)schema->height,
                              (uint64_t)schema->width, (uint64_t)schema->classes,
                              (uint64_t)schema->kind};
    oc_hasher *const hasher = oc_hasher_create();
    if (!hasher)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for the digest", name);
    oc_hasher_update(hasher, shape, sizeof shape);
    oc_hasher_update(hasher, dataset->info.samples, sizeof dataset->info.samples);
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        const oc_dataset_split *const own = &dataset->split[split];
        const size_t samples = (size_t)dataset->info.samples[split];
        if (samples == 0)
            continue;
        oc_hasher_update(hasher, own->images, samples * oc_dataset_sample_bytes(dataset));
        oc_hasher_update(hasher,
                         own->labels ? (const void *)own->labels : (const void *)own->values,
                         samples * oc_dataset_target_bytes(dataset));
    }
    dataset->info.digest = oc_hasher_finish(hasher);
    return OC_OK;
}

/* Statistics and what follows from them. */
static oc_status finish(oc_dataset *dataset)
{
    const size_t count = oc_dataset_survey_count(dataset);
    double *const sums = calloc(count + 1, sizeof *sums);
    oc_status status = sums ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: no memory for statistics", name);
    if (status == OC_OK && count > 0)
        status = oc_dataset_survey(dataset, 0, 1, sums);
    if (status == OC_OK)
        status = oc_dataset_ready(dataset, sums);
    free(sums);
    return status == OC_OK ? set_digest(dataset) : status;
}

static oc_status create(oc_dataset **out, const oc_dataset_arrays *arrays)
{
    oc_dataset *const dataset = calloc(1, sizeof *dataset + sizeof name);
    *out = dataset;
    if (!dataset)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", name);
    memcpy(dataset->path, name, sizeof name);
    dataset->type = oc_h5_number_type(OC_H5_FLOAT32);
    dataset->is_borrowed = 1;
    dataset->as_is = arrays->as_is;
    dataset->targets_as_is = arrays->targets_as_is;
    dataset->info.path = dataset->path;
    dataset->info.source = dataset->source;
    dataset->info.schema = (oc_schema){.channels = arrays->channels,
                                       .height = arrays->height,
                                       .width = arrays->width,
                                       .values = OC_VALUES_NUMBERS,
                                       .kind = arrays->kind};
    dataset->stored_values = oc_schema_values(&dataset->info.schema);
    borrow(dataset, arrays);
    const oc_status status =
        oc_schema_set_classes(&dataset->info.schema, NULL, (size_t)arrays->outputs);
    return status == OC_OK ? oc_schema_make_statistics(&dataset->info.schema) : status;
}

oc_status oc_dataset_borrow(oc_dataset **out, const oc_dataset_arrays *arrays)
{
    uint64_t samples[OC_SPLIT_COUNT];
    *out = NULL;
    if (arrays->channels < 1 || arrays->height < 1 || arrays->width < 1 || arrays->outputs < 1)
        return oc_fail(OC_ERR_DATA,
                       "%s: found samples of %dx%dx%d with %d outputs, expected numbers from 1",
                       name, arrays->channels, arrays->height, arrays->width, arrays->outputs);
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        samples[split] = arrays->split[split].samples;
    oc_status status =
        oc_dataset_check_extents(name, (uint64_t)arrays->channels, (uint64_t)arrays->height,
                                 (uint64_t)arrays->width, (uint64_t)arrays->outputs, samples);
    if (status != OC_OK)
        return status;
    oc_dataset *dataset;
    status = create(&dataset, arrays);
    for (int split = 0; status == OC_OK && split < OC_SPLIT_COUNT; split++)
        status = check_inputs(dataset, split);
    if (status == OC_OK)
        status = finish(dataset);
    if (status != OC_OK)
        oc_dataset_close(dataset);
    else
        *out = dataset;
    return status;
}
