/* dataset_random.c - a data set without a file, for measuring: see oc_dataset_random. Not one that
 * anything can be learnt from; that is import_synthetic.c. */
#include "data/dataset_private.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Names, statistics and shape of a data set without a file. Bytes that are all equally likely
 * have mean 1/2 and deviation 1/sqrt(12). */
static oc_status describe_random(oc_dataset *dataset, const uint64_t samples[OC_SPLIT_COUNT])
{
    oc_dataset_info *info = &dataset->info;
    const size_t channels = (size_t)info->channels, classes = (size_t)info->classes;
    memcpy(info->samples, samples, sizeof info->samples);
    dataset->names = calloc(1, 1);
    dataset->name_pointers = calloc(classes, sizeof *dataset->name_pointers);
    dataset->statistics = calloc(2 * channels, sizeof *dataset->statistics);
    if (!dataset->names || !dataset->name_pointers || !dataset->statistics)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory", dataset->path);
    for (size_t i = 0; i < classes; i++)
        dataset->name_pointers[i] = dataset->names;
    for (size_t c = 0; c < channels; c++) {
        dataset->statistics[c] = 0.5f;
        dataset->statistics[channels + c] = 0.288675135f;
    }
    info->class_names = dataset->name_pointers;
    info->mean = dataset->statistics;
    info->deviation = dataset->statistics + channels;
    return OC_OK;
}

static oc_status make_room(oc_dataset *dataset)
{
    const uint64_t bytes = oc_dataset_bytes(dataset, 1);
    dataset->memory = malloc((size_t)bytes);
    if (!dataset->memory)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for %" PRIu64 " bytes", dataset->path,
                       bytes);
    oc_dataset_place(dataset, dataset->memory, 1);
    return OC_OK;
}

static void fill_random(oc_dataset *dataset, int split, uint64_t seed)
{
    const oc_random_key key = oc_random_make_key(seed, OC_PURPOSE_SYNTHETIC, UINT32_MAX);
    const size_t samples = (size_t)dataset->info.samples[split];
    const size_t bytes = samples * oc_dataset_values(dataset);
    unsigned char *const images = dataset->part[split].images;
    int32_t *const labels = dataset->part[split].labels;
    for (size_t at = 0, block = 0; at < bytes; at += sizeof(oc_random4), block++) {
        const oc_random4 four =
            oc_random_at(key, (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)split, 0);
        memcpy(images + at, &four, bytes - at < sizeof four ? bytes - at : sizeof four);
    }
    for (size_t i = 0; i < samples; i++)
        labels[i] = (int32_t)(oc_random_at(key, (uint32_t)i, 0, (uint32_t)split, 1).word[0] %
                              (uint32_t)dataset->info.classes);
}

oc_status oc_dataset_random(oc_dataset **out, int channels, int height, int width, int classes,
                            const uint64_t samples[OC_SPLIT_COUNT], uint64_t seed)
{
    static const char name[] = "random images";
    *out = NULL;
    oc_status status = oc_dataset_check_extents(name, (uint64_t)channels, (uint64_t)height,
                                                (uint64_t)width, (uint64_t)classes, samples);
    if (status)
        return status;
    oc_dataset *dataset = calloc(1, sizeof *dataset + sizeof name);
    if (!dataset)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory", name);
    memcpy(dataset->path, name, sizeof name);
    dataset->type = OC_H5_UINT8;
    dataset->info = (oc_dataset_info){.path = dataset->path,
                                      .channels = channels,
                                      .height = height,
                                      .width = width,
                                      .classes = classes,
                                      .source = dataset->source};
    status = describe_random(dataset, samples);
    if (!status)
        status = oc_dataset_make_table(dataset);
    if (!status)
        status = make_room(dataset);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        fill_random(dataset, split, seed);
    if (status)
        oc_dataset_close(dataset);
    else
        *out = dataset;
    return status;
}
