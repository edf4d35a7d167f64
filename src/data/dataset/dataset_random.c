/* dataset_random.c - a data set without a file, for measuring: see oc_dataset_random. Not one that
 * anything can be learnt from; that is import_synthetic.c. */
#include "data/dataset/dataset_private.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Names and statistics of a data set without a file. Bytes that are all equally likely have mean
 * 255/2 and deviation 255/sqrt(12). */
static oc_status describe_random(oc_dataset *dataset, int classes)
{
    oc_schema *schema = &dataset->info.schema;
    oc_status status = oc_schema_set_classes(schema, NULL, (size_t)classes);
    if (!status)
        status = oc_schema_make_statistics(schema);
    for (int c = 0; !status && c < schema->channels; c++) {
        schema->mean[c] = 127.5;
        schema->deviation[c] = 73.6121593216773;
    }
    return status;
}

static oc_status make_room(oc_dataset *dataset)
{
    const uint64_t bytes = oc_dataset_bytes(dataset, 1);
    dataset->memory = malloc((size_t)bytes);
    if (!dataset->memory)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for %" PRIu64 " bytes", dataset->path, bytes);
    oc_dataset_place(dataset, dataset->memory, 1);
    return OC_OK;
}

static void fill_random(oc_dataset *dataset, int split, uint64_t seed)
{
    const oc_random_key key = oc_random_make_key(seed, OC_PURPOSE_SYNTHETIC, UINT32_MAX);
    const size_t samples = (size_t)dataset->info.samples[split];
    const size_t bytes = samples * dataset->stored_values;
    unsigned char *const images = dataset->split[split].images;
    int32_t *const labels = dataset->split[split].labels;
    for (size_t at = 0, block = 0; at < bytes; at += sizeof(oc_random4), block++) {
        const oc_random4 four =
            oc_random_at(key, (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)split, 0);
        memcpy(images + at, &four, bytes - at < sizeof four ? bytes - at : sizeof four);
    }
    for (size_t i = 0; i < samples; i++)
        labels[i] = (int32_t)(oc_random_at(key, (uint32_t)i, 0, (uint32_t)split, 1).word[0] %
                              (uint32_t)dataset->info.schema.classes);
}

oc_status oc_dataset_random(oc_dataset **out, int channels, int height, int width, int classes,
                            const uint64_t samples[OC_SPLIT_COUNT], uint64_t seed)
{
    static const char name[] = "random images";
    *out = NULL;
    oc_status status = oc_dataset_check_extents(name, (uint64_t)channels, (uint64_t)height,
                                                (uint64_t)width, (uint64_t)classes, samples);
    if (!status && samples[OC_SPLIT_TEST] < 1)
        status = oc_fail(OC_ERR_DATA, "%s: 0 samples in test, expected at least 1", name);
    if (status)
        return status;
    oc_dataset *dataset = calloc(1, sizeof *dataset + sizeof name);
    if (!dataset)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", name);
    memcpy(dataset->path, name, sizeof name);
    dataset->type = oc_h5_number_type(OC_H5_UINT8);
    dataset->info.path = dataset->path;
    dataset->info.source = dataset->source;
    dataset->info.schema = (oc_schema){
        .channels = channels, .height = height, .width = width, .values = OC_VALUES_BYTES};
    memcpy(dataset->info.samples, samples, sizeof dataset->info.samples);
    dataset->stored_values = oc_schema_values(&dataset->info.schema);
    status = describe_random(dataset, classes);
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
