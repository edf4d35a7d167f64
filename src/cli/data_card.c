/* data_card.c - see data_card.h. */
#include "cli/data_card.h"

#include "cli/plain_text.h"
#include "data/dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static int compare_digests(const void *one, const void *other)
{
    return memcmp(one, other, sizeof(oc_digest));
}

/* How many images are equal to one before them, by digest. */
static oc_status print_duplicates(const oc_dataset *dataset)
{
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    const size_t values = (size_t)info->channels * (size_t)info->height * (size_t)info->width;
    const uint64_t train = info->samples[OC_SPLIT_TRAIN];
    const size_t all = (size_t)(train + info->samples[OC_SPLIT_TEST]);
    uint64_t equal = 0;
    oc_digest *const digests = malloc(all * sizeof *digests);
    float *const image = malloc(values * sizeof *image);
    for (size_t i = 0; digests && image && i < all; i++) {
        const oc_split split = i < train ? OC_SPLIT_TRAIN : OC_SPLIT_TEST;
        const uint32_t index = (uint32_t)(i < train ? i : i - train);
        oc_dataset_gather(dataset, split, &index, 1, image, NULL);
        digests[i] = oc_hash(image, values * sizeof *image);
    }
    const int good = digests && image;
    if (good) {
        qsort(digests, all, sizeof *digests, compare_digests);
        for (size_t i = 1; i < all; i++)
            equal += oc_digest_equal(digests[i - 1], digests[i]) != 0;
        printf("%-12s %" PRIu64 " images equal another one\n", "duplicates", equal);
    }
    free(image);
    free(digests);
    return good ? OC_OK : oc_fail(OC_ERR_INTERNAL, "%s: no memory for digests", info->path);
}

oc_status oc_cli_data_card(const char *path)
{
    oc_dataset *dataset = NULL;
    oc_status status = oc_dataset_open(&dataset, path); /* images: equal ones are counted */
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
    status = print_duplicates(dataset);
    if (status == OC_OK)
        status = print_classes(dataset);
    oc_dataset_close(dataset);
    return status;
}
