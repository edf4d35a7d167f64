/* dataset_write.c - see dataset_write.h. */
#include "data/dataset/dataset_write.h"

#include "base/utf8.h"
#include "data/dataset/dataset_private.h"
#include "data/dataset/moments.h"
#include "storage/extents.h"
#include "storage/h5_large.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oc_dataset_writer {
    oc_h5_large *file;
    int images[OC_SPLIT_COUNT], labels[OC_SPLIT_COUNT], mean, deviation; /* arrays of the file */
    oc_dataset_plan plan;
    uint64_t done[OC_SPLIT_COUNT];
    oc_moments moments; /* of the training split */
    double *first;      /* (C) */
    double *number;     /* (H, W) of one channel */
    char path[];
};

static const oc_h5_type h5_type[] = {
    [OC_STORED_UINT8] = OC_H5_UINT8,
    [OC_STORED_UINT16] = OC_H5_UINT16,
    [OC_STORED_FLOAT32] = OC_H5_FLOAT32,
    [OC_STORED_FLOAT64] = OC_H5_FLOAT64,
};

size_t oc_stored_bytes(oc_stored stored)
{
    return oc_h5_type_bytes(h5_type[stored]);
}

oc_status oc_dataset_check_extents(const char *path, uint64_t channels, uint64_t height,
                                   uint64_t width, uint64_t classes,
                                   const uint64_t samples[OC_SPLIT_COUNT])
{
    const oc_status status = oc_extents_check(path, channels, height, width, classes);
    if (status)
        return status;
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        if ((split == OC_SPLIT_TRAIN && samples[split] < 1) || samples[split] > UINT32_MAX)
            return oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " samples in %s, expected 1 to %" PRIu32,
                           path, samples[split], oc_split_name((oc_split)split), UINT32_MAX);
    return OC_OK;
}

static oc_status check_plan(const oc_dataset_plan *plan, const char *path)
{
    const oc_schema *schema = plan->schema;
    const oc_status status =
        oc_dataset_check_extents(path, (uint64_t)schema->channels, (uint64_t)schema->height,
                                 (uint64_t)schema->width, (uint64_t)schema->classes, plan->samples);
    if (status)
        return status;
    if (plan->samples[OC_SPLIT_TEST] + plan->samples[OC_SPLIT_VALIDATION] == 0)
        return oc_fail(OC_ERR_DATA, "%s: 0 samples in test, expected at least 1", path);
    for (int i = 0; i < schema->classes; i++) {
        const char *name = schema->class_names[i];
        if (strlen(name) > OC_MAX_CLASS_NAME)
            return oc_fail(OC_ERR_DATA,
                           "%s: the name of class %d has %zu bytes, expected at most %d", path, i,
                           strlen(name), OC_MAX_CLASS_NAME);
        if (!oc_utf8_is_valid(name))
            return oc_fail(OC_ERR_DATA, "%s: the name of class %d is not UTF-8", path, i);
    }
    return OC_OK;
}

static oc_status reserve_split(oc_dataset_writer *writer, oc_split split)
{
    const oc_dataset_plan *plan = &writer->plan;
    const oc_schema *schema = plan->schema;
    const int is_class = schema->kind == OC_TARGETS_CLASSES;
    const uint64_t samples = plan->samples[split];
    const oc_h5_array images = {
        h5_type[plan->stored],
        4,
        {samples, (uint64_t)schema->channels, (uint64_t)schema->height, (uint64_t)schema->width}};
    const oc_h5_array labels = {is_class ? OC_H5_INT32 : OC_H5_FLOAT64,
                                is_class ? 1 : 2,
                                {samples, is_class ? 0 : (uint64_t)schema->classes}};
    char name[32];
    snprintf(name, sizeof name, "/%s/images", oc_split_name(split));
    oc_status status = oc_h5_large_reserve(writer->file, name, &images, &writer->images[split]);
    snprintf(name, sizeof name, "/%s/%s", oc_split_name(split), is_class ? "labels" : "targets");
    if (!status)
        status = oc_h5_large_reserve(writer->file, name, &labels, &writer->labels[split]);
    return status;
}

static oc_status reserve_arrays(oc_dataset_writer *writer)
{
    const oc_h5_array vector = {OC_H5_FLOAT64, 1, {(uint64_t)writer->plan.schema->channels}};
    oc_status status = OC_OK;
    for (oc_split split = OC_SPLIT_TRAIN; !status && split < OC_SPLIT_COUNT; split++)
        if (writer->plan.samples[split] > 0)
            status = reserve_split(writer, split);
    if (!status)
        status = oc_h5_large_reserve(writer->file, "/mean", &vector, &writer->mean);
    if (!status)
        status = oc_h5_large_reserve(writer->file, "/deviation", &vector, &writer->deviation);
    return status;
}

/* Images and labels. */
static uint64_t bytes_of(const oc_dataset_plan *plan)
{
    const oc_schema *schema = plan->schema;
    const uint64_t targets = schema->kind == OC_TARGETS_CLASSES
                                 ? sizeof(int32_t)
                                 : (uint64_t)schema->classes * sizeof(double);
    const uint64_t each = oc_schema_values(schema) * oc_stored_bytes(plan->stored) + targets;
    uint64_t samples = 0;
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        samples += plan->samples[split];
    return samples * each;
}

/* What is summed while samples come. */
static oc_status make_moments(oc_dataset_writer *writer)
{
    const oc_schema *schema = writer->plan.schema;
    const size_t channels = (size_t)schema->channels;
    const size_t plane = (size_t)schema->height * (size_t)schema->width;
    writer->first = calloc(channels, sizeof *writer->first);
    writer->number = calloc(plane, sizeof *writer->number);
    writer->moments =
        (oc_moments){.channels = channels,
                     .plane = plane,
                     .samples = writer->plan.samples[OC_SPLIT_TRAIN],
                     .first = writer->first,
                     .sums = calloc(channels * OC_MOMENT_PIECES * 2, sizeof *writer->moments.sums)};
    return writer->first && writer->number && writer->moments.sums
               ? OC_OK
               : oc_fail(OC_ERR_MEMORY, "%s: no memory for statistics", writer->path);
}

static oc_status begin_file(oc_dataset_writer *writer)
{
    const uint64_t version = 3;
    const oc_dataset_plan *plan = &writer->plan;
    oc_status status = oc_h5_large_create(&writer->file, writer->path, bytes_of(plan));
    if (status)
        return status;
    oc_h5 *const file = oc_h5_large_file(writer->file);
    status = oc_schema_write(plan->schema, file, "/schema");
    if (!status)
        status = oc_h5_attribute_text_write(file, "/", "source", plan->source);
    if (!status)
        status = oc_h5_attribute_write(file, "/", "format_version", OC_H5_UINT64, &version);
    if (!status)
        status = reserve_arrays(writer);
    return status ? status : oc_h5_large_lay_out(writer->file);
}

oc_status oc_dataset_writer_create(oc_dataset_writer **out, const oc_dataset_plan *plan,
                                   const char *path)
{
    *out = NULL;
    oc_status status = check_plan(plan, path);
    if (status)
        return status;
    oc_dataset_writer *writer = calloc(1, sizeof *writer + strlen(path) + 1);
    if (!writer)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", path);
    writer->plan = *plan;
    memcpy(writer->path, path, strlen(path) + 1);
    status = make_moments(writer);
    if (!status)
        status = begin_file(writer);
    if (status)
        oc_dataset_writer_discard(writer);
    else
        *out = writer;
    return status;
}

/* Check the values; take those of the training split into its statistics. */
static oc_status add_values(oc_dataset_writer *writer, oc_split split, const void *images, size_t n)
{
    const oc_h5_type type = h5_type[writer->plan.stored];
    const oc_number_type number_type = oc_h5_number_type(type);
    const size_t channels = writer->moments.channels, plane = writer->moments.plane;
    double *number = writer->number;
    if (split != OC_SPLIT_TRAIN && (type == OC_H5_UINT8 || type == OC_H5_UINT16))
        return OC_OK;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < channels; c++) {
            const uint64_t sample = writer->done[split] + i;
            double unbounded = 0;
            oc_numbers_to_double(number_type,
                                 (const unsigned char *)images +
                                     (i * channels + c) * plane * (size_t)number_type.bytes,
                                 plane, number);
            for (size_t p = 0; p < plane; p++)
                unbounded += number[p] * 0;
            if (unbounded != 0)
                return oc_fail(OC_ERR_DATA,
                               "%s: %s image %" PRIu64 " has a value that is not "
                               "finite",
                               writer->path, oc_split_name(split), sample);
            if (split != OC_SPLIT_TRAIN)
                continue;
            if (sample == 0)
                writer->first[c] = number[0];
            oc_moments_add(&writer->moments, sample, c, number);
        }
    return OC_OK;
}

/* Images and what is checked already of their labels or targets. */
static oc_status add_samples(oc_dataset_writer *writer, oc_split split, const void *images,
                             const void *labels, size_t n)
{
    const uint64_t done = writer->done[split];
    if (n > writer->plan.samples[split] - done)
        return oc_fail(OC_ERR_DATA, "%s: more than the %" PRIu64 " samples planned for %s",
                       writer->path, writer->plan.samples[split], oc_split_name(split));
    oc_status status = add_values(writer, split, images, n);
    if (status)
        return status;
    status = oc_h5_large_write(writer->file, writer->images[split], done, n, images);
    if (!status)
        status = oc_h5_large_write(writer->file, writer->labels[split], done, n, labels);
    writer->done[split] += n;
    const oc_import_listener *listener = &writer->plan.listener;
    uint64_t samples = 0, all = 0;
    for (int s = 0; s < OC_SPLIT_COUNT; s++) {
        samples += writer->done[s];
        all += writer->plan.samples[s];
    }
    if (listener->progress)
        listener->progress(listener->user, samples, samples, all);
    return status;
}

oc_status oc_dataset_writer_add(oc_dataset_writer *writer, oc_split split, const void *images,
                                const int32_t *labels, size_t n)
{
    const uint64_t done = writer->done[split];
    for (size_t i = 0; i < n; i++)
        if (labels[i] < 0 || labels[i] >= writer->plan.schema->classes)
            return oc_fail(OC_ERR_DATA,
                           "%s: %s label %" PRId32 " at index %" PRIu64 ", expected 0 to %d",
                           writer->path, oc_split_name(split), labels[i], done + i,
                           writer->plan.schema->classes - 1);
    return add_samples(writer, split, images, labels, n);
}

oc_status oc_dataset_writer_add_targets(oc_dataset_writer *writer, oc_split split,
                                        const void *images, const double *targets, size_t n)
{
    const size_t each = (size_t)writer->plan.schema->classes;
    const int is_multi = writer->plan.schema->kind == OC_TARGETS_MULTI_LABEL;
    for (size_t i = 0; i < n * each; i++)
        if (!isfinite(targets[i]) || (is_multi && targets[i] != 0 && targets[i] != 1))
            return oc_fail(OC_ERR_DATA, "%s: %s target %zu at index %" PRIu64 " is %g, expected %s",
                           writer->path, oc_split_name(split), i % each,
                           writer->done[split] + i / each, targets[i],
                           is_multi ? "0 or 1" : "a finite number");
    return add_samples(writer, split, images, targets, n);
}

static oc_status write_statistics(oc_dataset_writer *writer)
{
    const size_t channels = writer->moments.channels;
    double *mean = calloc(2 * channels, sizeof *mean), *deviation = mean + channels;
    if (!mean)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for statistics", writer->path);
    oc_moments_finish(&writer->moments, mean, deviation);
    oc_status status = oc_statistics_check(writer->path, mean, deviation, channels);
    if (!status)
        status = oc_h5_large_write(writer->file, writer->mean, 0, channels, mean);
    if (!status)
        status = oc_h5_large_write(writer->file, writer->deviation, 0, channels, deviation);
    free(mean);
    return status;
}

oc_status oc_dataset_writer_finish(oc_dataset_writer *writer)
{
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        if (writer->done[split] != writer->plan.samples[split])
            status = oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " of %" PRIu64 " samples of %s came",
                             writer->path, writer->done[split], writer->plan.samples[split],
                             oc_split_name((oc_split)split));
    if (!status)
        status = write_statistics(writer);
    if (!status) {
        status = oc_h5_large_commit(writer->file, OC_FILE_DATASET);
        writer->file = NULL;
    }
    oc_dataset_writer_discard(writer);
    return status;
}

void oc_dataset_writer_discard(oc_dataset_writer *writer)
{
    if (!writer)
        return;
    oc_h5_large_discard(writer->file);
    free(writer->moments.sums);
    free(writer->first);
    free(writer->number);
    free(writer);
}
