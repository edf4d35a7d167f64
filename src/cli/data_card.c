/* data_card.c - see data_card.h. */
#include "cli/data_card.h"

#include "cli/plain_text.h"
#include "data/dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_channels(const char *what, const float *values, int channels)
{
    printf("%-12s", what);
    for (int c = 0; c < channels; c++)
        printf(" %.6g", (double)values[c]);
    printf("\n");
}

/* Samples of each class in both splits, two columns of counts. */
static oc_status print_classes(const oc_dataset *dataset)
{
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    const size_t classes = (size_t)info->classes;
    uint64_t *const counts = calloc(classes * OC_SPLIT_COUNT, sizeof *counts);
    if (!counts)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for %zu classes", info->path, classes);
    for (oc_split split = OC_SPLIT_TRAIN; split < OC_SPLIT_COUNT; split++)
        for (uint64_t i = 0; i < info->samples[split]; i++) {
            const uint32_t index = (uint32_t)i;
            int32_t label = 0;
            oc_dataset_gather(dataset, split, &index, 1, NULL, &label);
            counts[split * classes + (size_t)label]++;
        }
    printf("\n%-24s %10s %10s\n", "class", "train", "test");
    for (size_t c = 0; c < classes; c++) {
        char name[OC_PLAIN_TEXT];
        printf("%-24s %10" PRIu64 " %10" PRIu64 "\n", oc_plain_text(info->class_names[c], name),
               counts[c], counts[classes + c]);
    }
    free(counts);
    return OC_OK;
}

oc_status oc_cli_data_card(const char *path, int per_class)
{
    oc_dataset *dataset = NULL;
    oc_status status = oc_dataset_open_labels(&dataset, path);
    if (status != OC_OK)
        return status;
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    char digest[OC_DIGEST_TEXT], source[OC_PLAIN_TEXT];
    oc_digest_text(info->digest, digest);
    printf("%-12s %s\n", "data set", path);
    printf("%-12s %s\n", "source", oc_plain_text(info->source, source));
    printf("%-12s %" PRIu64 " train, %" PRIu64 " test\n", "samples", info->samples[OC_SPLIT_TRAIN],
           info->samples[OC_SPLIT_TEST]);
    printf("%-12s %dx%dx%d (channels x height x width), %s\n", "image", info->channels,
           info->height, info->width, info->is_float ? "float32" : "uint8");
    printf("%-12s %d\n", "classes", info->classes);
    print_channels("mean", info->mean, info->channels);
    print_channels("deviation", info->deviation, info->channels);
    printf("%-12s %s\n", "digest", digest);
    if (per_class)
        status = print_classes(dataset);
    oc_dataset_close(dataset);
    return status;
}
