/* dataset.c - see dataset.h: opening in steps, and reading into the memory that was given.
 * dataset_layout.c and dataset_foreign.c check what a file says, dataset_decode.c makes numbers of
 * stored samples, dataset_survey.c finds what foreign files lack, dataset_write.c writes. */
#include "data/dataset/dataset_private.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 8 << 20, LINE = 64 };

size_t oc_dataset_sample_bytes(const oc_dataset *dataset)
{
    return dataset->stored_values * (size_t)dataset->type.bytes;
}

static oc_status open_file(oc_dataset *dataset, const oc_dataset_source *source)
{
    return source->verified
               ? oc_h5_open_verified(&dataset->file, source->path, OC_FILE_DATASET,
                                     &dataset->info.digest)
               : oc_h5_open(&dataset->file, source->path, OC_FILE_DATASET, &dataset->info.digest);
}

static oc_status open_own(oc_dataset *dataset, const oc_dataset_source *source)
{
    oc_status status = open_file(dataset, source);
    if (!status)
        status = oc_dataset_read_own(dataset);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        if (dataset->info.samples[split] > 0)
            status = oc_h5_rows_open(dataset->file, dataset->split[split].inputs,
                                     &dataset->split[split].rows);
    return status;
}

/* From now on the samples are those that the network was trained on. */
static oc_status take_trained(oc_dataset *dataset, const oc_dataset_source *source)
{
    oc_schema *schema = &dataset->info.schema, copy;
    dataset->stored_classes = schema->classes;
    dataset->is_trained = 1;
    oc_status status = OC_OK;
    if (dataset->foreign && schema->kind == OC_TARGETS_CLASSES)
        status = oc_foreign_number_classes(dataset, source->trained);
    if (!status)
        status = oc_match_create(&dataset->match, schema, source->trained,
                                 source->ignore_unknown_levels, dataset->path);
    if (!status)
        status = oc_schema_copy(&copy, source->trained);
    if (status)
        return status;
    oc_schema_free(schema);
    *schema = copy;
    return OC_OK;
}

oc_status oc_dataset_attach(oc_dataset **out, const oc_dataset_source *source)
{
    const size_t length = strlen(source->path);
    *out = NULL;
    oc_dataset *dataset = calloc(1, sizeof *dataset + length + 1);
    if (!dataset)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", source->path);
    memcpy(dataset->path, source->path, length + 1);
    dataset->info.path = dataset->path;
    dataset->info.source = dataset->source;
    dataset->as_is = source->as_is;
    dataset->targets_as_is = source->targets_as_is;
    const int is_foreign = source->inputs[OC_SPLIT_TRAIN] && source->inputs[OC_SPLIT_TRAIN][0];
    if (is_foreign)
        dataset->info.schema.kind = source->kind;
    for (int split = 0; is_foreign && split < OC_SPLIT_COUNT; split++)
        if (source->inputs[split] && source->targets[split]) {
            oc_dataset_split *own = &dataset->split[split];
            snprintf(own->inputs, sizeof own->inputs, "%s", source->inputs[split]);
            snprintf(own->targets, sizeof own->targets, "%s", source->targets[split]);
        }
    oc_status status =
        is_foreign ? oc_dataset_open_foreign(dataset, source) : open_own(dataset, source);
    if (!status)
        dataset->stored_values = oc_schema_values(&dataset->info.schema);
    if (!status && source->trained)
        status = take_trained(dataset, source);
    if (status)
        oc_dataset_close(dataset);
    else
        *out = dataset;
    return status;
}

oc_status oc_dataset_check_streaming(const oc_dataset *dataset)
{
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        if (dataset->info.samples[split] > 0 && !dataset->split[split].rows && dataset->foreign)
            return oc_foreign_check_streaming(dataset, split);
        else if (dataset->info.samples[split] > 0 && !dataset->split[split].rows)
            return oc_fail(OC_ERR_DATA,
                           "%s: %s is stored in chunks that split samples, so it cannot be read "
                           "while training; use chunks of whole samples or none (h5repack -l "
                           "CONTI), or raise data.memory until it fits",
                           dataset->path, dataset->split[split].inputs);
    return OC_OK;
}

static uint64_t to_line(uint64_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

/* Labels or targets of both splits, then images of both. The file holds them all, so no product
 * overflows. */
uint64_t oc_dataset_bytes(const oc_dataset *dataset, int with_images)
{
    uint64_t bytes = 0;
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        const uint64_t samples = dataset->info.samples[split];
        bytes += to_line(samples * oc_dataset_target_bytes(dataset));
        if (with_images)
            bytes += to_line(samples * oc_dataset_sample_bytes(dataset));
    }
    return bytes;
}

void oc_dataset_place(oc_dataset *dataset, void *memory, int with_images)
{
    unsigned char *at = memory;
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        if (dataset->info.schema.kind == OC_TARGETS_CLASSES)
            dataset->split[split].labels = (int32_t *)(void *)at;
        else
            dataset->split[split].values = (double *)(void *)at;
        at += to_line(dataset->info.samples[split] * oc_dataset_target_bytes(dataset));
    }
    for (int split = 0; with_images && split < OC_SPLIT_COUNT; split++) {
        dataset->split[split].images = at;
        at += to_line(dataset->info.samples[split] * oc_dataset_sample_bytes(dataset));
    }
}

/* Samples first .. first + n - 1 of a split as they are stored. */
static oc_status read_stored(const oc_dataset *dataset, oc_split split, uint64_t first, uint64_t n,
                             void *to)
{
    const oc_dataset_split *own = &dataset->split[split];
    if (own->rows)
        return oc_rows_read(own->rows, first, n, to);
    return dataset->foreign
               ? oc_foreign_read(dataset->foreign, split, first, n, to)
               : oc_h5_array_read_rows(dataset->file, own->inputs, dataset->own_type, first, n, to);
}

/* Images first .. last - 1 of a split. */
static oc_status fill_images(oc_dataset *dataset, int split, uint64_t first, uint64_t last)
{
    const oc_dataset_split *own = &dataset->split[split];
    const size_t bytes = oc_dataset_sample_bytes(dataset);
    const uint64_t most = bytes < READ_BYTES ? READ_BYTES / bytes : 1;
    oc_status status = OC_OK;
    for (uint64_t i = first; !status && i < last;) {
        const uint64_t n = last - i < most ? last - i : most;
        unsigned char *to = own->images + (size_t)i * bytes;
        status = read_stored(dataset, (oc_split)split, i, n, to);
        for (uint64_t end = i + n; !status && i < end; i++, to += bytes)
            status = oc_dataset_check(dataset, (oc_split)split, i, to);
    }
    return status;
}

/* Labels or targets first .. last - 1 of a split, as the file has them, then as the network. */
static oc_status fill_targets(oc_dataset *dataset, int split, uint64_t first, uint64_t last)
{
    const oc_dataset_split *to = &dataset->split[split];
    oc_status status;
    if (!to->labels)
        return oc_dataset_fill_values(dataset, split, first, last);
    status = dataset->foreign ? oc_foreign_labels(dataset->foreign, (oc_split)split, first,
                                                  last - first, to->labels + first)
                              : oc_h5_array_read_rows(dataset->file, to->targets, OC_H5_INT32,
                                                      first, last - first, to->labels + first);
    const int classes = dataset->match.label ? dataset->stored_classes : 0;
    for (uint64_t i = first; !status && classes > 0 && i < last; i++)
        if (to->labels[i] >= 0 && to->labels[i] < classes)
            to->labels[i] = dataset->match.label[to->labels[i]];
        else
            status = oc_fail(OC_ERR_DATA,
                             "%s: %s: label %" PRId32 " at index %" PRIu64 ", expected 0 to %d",
                             dataset->path, to->targets, to->labels[i], i, classes - 1);
    return status;
}

oc_status oc_dataset_fill(oc_dataset *dataset, int part, int parts)
{
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++) {
        const uint64_t samples = dataset->info.samples[split];
        const uint64_t first = (uint64_t)part * samples / (uint64_t)parts;
        const uint64_t last = (uint64_t)(part + 1) * samples / (uint64_t)parts;
        if (first == last)
            continue;
        status = fill_targets(dataset, split, first, last);
        if (!status && dataset->split[split].images)
            status = fill_images(dataset, split, first, last);
    }
    return status;
}

static oc_status check_labels(const oc_dataset *dataset, int split, int classes)
{
    const oc_dataset_split *own = &dataset->split[split];
    for (uint64_t i = 0; i < dataset->info.samples[split]; i++)
        if (own->labels[i] < 0 || own->labels[i] >= classes)
            return oc_fail(OC_ERR_DATA,
                           "%s: %s: label %" PRId32 " at index %" PRIu64 ", expected 0 to %d",
                           dataset->path, own->targets, own->labels[i], i, classes - 1);
    return OC_OK;
}

static oc_status ready_labels(oc_dataset *dataset)
{
    oc_status status = OC_OK;
    const int is_counted = dataset->foreign && !dataset->is_trained;
    const int most = is_counted ? OC_MAX_CLASSES : dataset->info.schema.classes;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = check_labels(dataset, split, most);
    return !status && is_counted ? oc_foreign_find_classes(dataset) : status;
}

oc_status oc_dataset_ready(oc_dataset *dataset, double *sums)
{
    oc_schema *schema = &dataset->info.schema;
    oc_status status = schema->kind == OC_TARGETS_CLASSES ? ready_labels(dataset)
                                                          : oc_dataset_ready_targets(dataset);
    if (!status && (dataset->foreign || dataset->is_borrowed))
        status = oc_dataset_finish_foreign(dataset, sums);
    for (size_t c = 0;
         !status && dataset->as_is && !dataset->is_trained && c < (size_t)schema->channels; c++) {
        schema->mean[c] = 0;
        schema->deviation[c] = oc_values_unit(schema->values);
    }
    if (!status && oc_dataset_is_bytes(dataset))
        status = oc_dataset_make_table(dataset);
    oc_h5_close(dataset->file);
    dataset->file = NULL;
    oc_foreign_close_arrays(dataset->foreign);
    return status;
}

/* All steps in one process. */
static oc_status open_alone(oc_dataset **out, const char *path, int with_images)
{
    const oc_dataset_source source = {.path = path};
    oc_dataset *dataset;
    *out = NULL;
    oc_status status = oc_dataset_attach(&dataset, &source);
    if (status)
        return status;
    const uint64_t bytes = oc_dataset_bytes(dataset, with_images);
    dataset->memory = malloc((size_t)bytes);
    if (!dataset->memory)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for its %" PRIu64 " bytes", path, bytes);
    if (!status) {
        oc_dataset_place(dataset, dataset->memory, with_images);
        status = oc_dataset_fill(dataset, 0, 1);
    }
    if (!status)
        status = oc_dataset_ready(dataset, NULL);
    if (status)
        oc_dataset_close(dataset);
    else
        *out = dataset;
    return status;
}

oc_status oc_dataset_open(oc_dataset **dataset, const char *path)
{
    return open_alone(dataset, path, 1);
}

oc_status oc_dataset_open_labels(oc_dataset **dataset, const char *path)
{
    return open_alone(dataset, path, 0);
}

void oc_dataset_close(oc_dataset *dataset)
{
    if (!dataset)
        return;
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        oc_rows_destroy(dataset->split[split].rows);
    oc_h5_close(dataset->file);
    oc_foreign_destroy(dataset->foreign);
    free(dataset->memory);
    oc_schema_free(&dataset->info.schema);
    oc_match_free(&dataset->match);
    free(dataset->table);
    free(dataset);
}

const oc_dataset_info *oc_dataset_describe(const oc_dataset *dataset)
{
    return &dataset->info;
}

const int32_t *oc_dataset_labels(const oc_dataset *dataset, oc_split split)
{
    return dataset->split[split].labels;
}

const void *oc_dataset_images(const oc_dataset *dataset, oc_split split)
{
    return dataset->split[split].images;
}

const oc_rows *oc_dataset_rows(const oc_dataset *dataset, oc_split split)
{
    return dataset->split[split].rows;
}
