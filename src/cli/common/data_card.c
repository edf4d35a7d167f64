/* data_card.c - see data_card.h. */
#include "cli/common/data_card.h"

#include "base/plain_text.h"
#include "cli/common/card_text.h"
#include "data/dataset/dataset.h"
#include "data/dataset/distinct.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 4 << 20 };

static void print_channels(const char *what, const double *values, int channels, double unit)
{
    oc_card_list list = oc_card_begin(what, (size_t)channels, " ");
    char number[32];
    for (int c = 0; c < channels; c++) {
        snprintf(number, sizeof number, "%.6g", values[c] / unit);
        if (!oc_card_add(&list, number))
            break;
    }
    oc_card_end(&list);
}

/* Names of columns. */
static void print_features(const oc_schema *schema)
{
    char name[OC_CARD_NAME_BYTES], item[OC_CARD_NAME_BYTES + 32];
    oc_card_list list = oc_card_begin("features", schema->features, ", ");
    for (size_t i = 0; i < schema->features; i++) {
        const oc_feature *const feature = &schema->feature[i];
        oc_card_name(feature->name, OC_CARD_NAME, name);
        if (feature->levels > 0)
            snprintf(item, sizeof item, "%s (%zu levels)", name, feature->levels);
        if (!oc_card_add(&list, feature->levels > 0 ? item : name))
            break;
    }
    oc_card_end(&list);
}

/* Rows of a table of so many that are shown. */
static size_t rows_shown(size_t count)
{
    return count > OC_CARD_ROWS ? OC_CARD_FIRST : count;
}

/* Mean and deviation of each target of the training split, or how often each label is given. */
static void print_targets(const oc_dataset *dataset)
{
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    const size_t targets = (size_t)info->schema.classes;
    const int is_multi = info->schema.kind == OC_TARGETS_MULTI_LABEL;
    printf("\n%-24s %12s %12s\n", is_multi ? "label" : "target", is_multi ? "train" : "mean",
           is_multi ? "test" : "std. dev.");
    const size_t shown = rows_shown(targets);
    for (size_t t = 0; t < shown; t++) {
        uint64_t counts[OC_SPLIT_COUNT] = {0};
        for (oc_split split = OC_SPLIT_TRAIN; is_multi && split < OC_SPLIT_COUNT; split++)
            for (uint64_t i = 0; i < info->samples[split]; i++)
                counts[split] += oc_dataset_targets(dataset, split)[(size_t)i * targets + t] > 0;
        oc_card_print_name(info->schema.class_names[t]);
        if (is_multi)
            printf(" %12" PRIu64 " %12" PRIu64 "\n", counts[OC_SPLIT_TRAIN], counts[OC_SPLIT_TEST]);
        else
            printf(" %12.6g %12.6g\n", info->schema.target_mean[t],
                   info->schema.target_deviation[t]);
    }
    if (shown < targets)
        printf("and %zu more\n", targets - shown);
}

/* The classes that have no row of their own. */
static void print_further(const uint64_t *counts, size_t shown, size_t classes)
{
    uint64_t least = UINT64_MAX, most = 0;
    if (shown == classes)
        return;
    for (size_t c = shown; c < classes; c++) {
        least = counts[c] < least ? counts[c] : least;
        most = counts[c] > most ? counts[c] : most;
    }
    printf("and %zu more of %" PRIu64, classes - shown, least);
    if (most > least)
        printf(" to %" PRIu64, most);
    printf(" training samples each\n");
}

/* What the import had to say. */
static void print_notes(const oc_schema *schema)
{
    for (size_t i = 0; i < schema->notes; i++)
        oc_card_print(i == 0 ? "notes" : "", schema->note[i]);
}

/* Samples of each class, a column for each split. */
static oc_status print_classes(const oc_dataset *dataset)
{
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    const size_t classes = (size_t)info->schema.classes;
    uint64_t *const counts = calloc(classes * OC_SPLIT_COUNT, sizeof *counts);
    if (!counts)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for %zu classes", info->path, classes);
    for (oc_split split = OC_SPLIT_TRAIN; split < OC_SPLIT_COUNT; split++)
        for (uint64_t i = 0; i < info->samples[split]; i++) {
            const int32_t label = oc_dataset_labels(dataset, split)[i];
            counts[split * classes + (size_t)label]++;
        }
    const int has_validation = info->samples[OC_SPLIT_VALIDATION] > 0;
    printf("\n%-24s %10s %10s%s\n", "class", "train", "test", has_validation ? " validation" : "");
    for (size_t c = 0; c < rows_shown(classes); c++) {
        oc_card_print_name(info->schema.class_names[c]);
        printf(" %10" PRIu64 " %10" PRIu64, counts[c], counts[OC_SPLIT_TEST * classes + c]);
        if (has_validation)
            printf(" %10" PRIu64, counts[OC_SPLIT_VALIDATION * classes + c]);
        printf("\n");
    }
    print_further(counts, rows_shown(classes), classes);
    free(counts);
    return OC_OK;
}

static int compare_digests(const void *one, const void *other)
{
    return memcmp(one, other, sizeof(oc_digest));
}

/* Digests of a split's images, which are read in blocks, so that a set larger than memory has a
 * card too -> digest (samples of the split). */
static oc_status hash_images(const oc_dataset *dataset, oc_split split, oc_digest *digest)
{
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    const size_t bytes = oc_dataset_sample_bytes(dataset);
    const uint64_t samples = info->samples[split];
    const uint64_t most = bytes < BLOCK_BYTES ? BLOCK_BYTES / bytes : 1;
    unsigned char *const block = malloc((size_t)(most < samples ? most : samples) * bytes);
    if (!block)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for images", info->path);
    oc_status status = OC_OK;
    for (uint64_t first = 0; first < samples && status == OC_OK; first += most) {
        const uint64_t n = samples - first < most ? samples - first : most;
        status = oc_rows_read(oc_dataset_rows(dataset, split), first, n, block);
        for (uint64_t i = 0; i < n && status == OC_OK; i++)
            digest[first + i] = oc_hash(block + i * bytes, bytes);
    }
    free(block);
    return status;
}

/* How many images are equal to one before them, by digest. */
static oc_status print_duplicates(const oc_dataset *dataset)
{
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    size_t all = 0;
    uint64_t equal = 0;
    for (oc_split split = OC_SPLIT_TRAIN; split < OC_SPLIT_COUNT; split++)
        all += (size_t)info->samples[split];
    oc_digest *const digests = malloc(all * sizeof *digests);
    if (!digests)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for digests", info->path);
    oc_status status = OC_OK;
    oc_digest *next = digests;
    for (oc_split split = OC_SPLIT_TRAIN; split < OC_SPLIT_COUNT && status == OC_OK; split++) {
        if (info->samples[split] > 0)
            status = hash_images(dataset, split, next);
        next += info->samples[split];
    }
    if (status == OC_OK) {
        qsort(digests, all, sizeof *digests, compare_digests);
        for (size_t i = 1; i < all; i++)
            equal += oc_digest_equal(digests[i - 1], digests[i]) != 0;
        printf("%-12s %" PRIu64 " images are identical to another image\n", "duplicates", equal);
    }
    free(digests);
    return status;
}

/* The column that value `at` of a sample belongs to, or its channel's number. */
static const char *name_of_channel(const oc_schema *schema, int channel, char number[16])
{
    const size_t plane = (size_t)schema->height * (size_t)schema->width;
    size_t first = 0;
    for (size_t i = 0; i < schema->features && plane == 1; i++) {
        first += oc_feature_values(&schema->feature[i]);
        if ((size_t)channel < first)
            return schema->feature[i].name;
    }
    snprintf(number, 16, "%d", channel);
    return number;
}

/* Channels whose numbers a network cannot tell apart: only doubles are so fine. */
static oc_status print_lost(const oc_dataset *dataset)
{
    const oc_schema *const schema = &oc_dataset_describe(dataset)->schema;
    const size_t channels = (size_t)schema->channels;
    size_t count = 0;
    if (oc_dataset_sample_bytes(dataset) < oc_schema_values(schema) * sizeof(double))
        return OC_OK;
    unsigned char *const lost = calloc(channels, 1);
    if (!lost)
        return oc_fail(OC_ERR_MEMORY, "no memory to compare %zu channels", channels);
    const oc_status status = oc_distinct_find(dataset, lost);
    for (size_t c = 0; c < channels; c++)
        count += lost[c];
    if (status == OC_OK && count > 0) {
        char number[16], name[OC_CARD_NAME_BYTES];
        oc_card_list list = oc_card_begin("too fine", count, ", ");
        for (size_t c = 0; c < channels; c++)
            if (lost[c] && !oc_card_add(&list, oc_card_name(name_of_channel(schema, (int)c, number),
                                                            OC_CARD_NAME, name)))
                break;
        oc_card_end(&list);
        oc_card_print("",
                      "most of their values become equal in float32 once standardised; are there "
                      "extreme outliers?");
    }
    free(lost);
    return status;
}

oc_status oc_cli_data_card(const char *path)
{
    oc_dataset *dataset = NULL;
    oc_status status = oc_dataset_open_labels(&dataset, path); /* images are read in blocks */
    if (status != OC_OK)
        return status;
    const oc_dataset_info *const info = oc_dataset_describe(dataset);
    const oc_schema *const schema = &info->schema;
    const double unit = oc_values_unit(schema->values);
    char digest[OC_DIGEST_TEXT], name[OC_PLAIN_TEXT];
    oc_digest_text(info->digest, digest);
    printf("%-12s %s\n", "data set", oc_plain_text(path, name));
    oc_card_print("source", info->source);
    printf("%-12s %" PRIu64 " train, %" PRIu64 " test", "samples", info->samples[OC_SPLIT_TRAIN],
           info->samples[OC_SPLIT_TEST]);
    if (info->samples[OC_SPLIT_VALIDATION] > 0)
        printf(", %" PRIu64 " validation", info->samples[OC_SPLIT_VALIDATION]);
    printf("\n");
    printf("%-12s %dx%dx%d (channels x height x width), %s\n", "image", info->schema.channels,
           info->schema.height, info->schema.width, oc_values_name(schema->values));
    if (info->schema.kind == OC_TARGETS_CLASSES)
        printf("%-12s %d\n", "classes", info->schema.classes);
    else
        printf("%-12s %d, %s\n", "targets", info->schema.classes,
               oc_targets_name(info->schema.kind));
    if (schema->features > 0)
        print_features(schema);
    print_channels("mean", schema->mean, schema->channels, unit);
    print_channels("std. dev.", schema->deviation, schema->channels, unit);
    printf("%-12s %s\n", "digest", digest);
    print_notes(schema);
    status = print_lost(dataset);
    if (status == OC_OK)
        status = print_duplicates(dataset);
    if (status == OC_OK && info->schema.kind == OC_TARGETS_CLASSES)
        status = print_classes(dataset);
    else if (status == OC_OK)
        print_targets(dataset);
    oc_dataset_close(dataset);
    return status;
}
