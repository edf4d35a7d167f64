/* dataset_foreign.c - arrays of HDF5 files that other programs wrote, as they are trained from
 * without an import: what they are, their rows, their labels or targets. */
#include "data/dataset/dataset_private.h"

#include "base/log.h"
#include "data/arrays/array_targets.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMAND_BYTES = 4 * OC_PATH_BYTES };

struct oc_foreign {
    oc_array *inputs[OC_SPLIT_COUNT];
    const char *why[OC_SPLIT_COUNT]; /* HDF5 alone can read them, if it must */
    oc_array_targets *targets;
    oc_array_shape shape;
    int64_t first_label;
    char command[COMMAND_BYTES]; /* that makes a data set of the same */
};

static int is_named(const char *text)
{
    return text && text[0];
}

/* Where the inputs of a split are. */
static const char *inputs_path(const oc_dataset_source *source, int split)
{
    return split == OC_SPLIT_TEST && is_named(source->test_path) ? source->test_path : source->path;
}

/* Where the targets of a split are, if not with the inputs. */
static const char *targets_path(const oc_dataset_source *source, int split)
{
    const char *const train = is_named(source->targets_path) ? source->targets_path : source->path;
    if (split != OC_SPLIT_TEST)
        return train;
    return is_named(source->test_targets_path) ? source->test_targets_path
           : is_named(source->test_path)       ? source->test_path
                                               : train;
}

static void add(char *text, size_t bytes, const char *option, const char *value)
{
    const size_t used = strlen(text);
    if (is_named(value))
        snprintf(text + used, bytes - used, " %s '%s'", option, value);
}

/* "onecycle import hdf5 ...", for a shell. */
static void make_command(oc_foreign *foreign, const oc_dataset_source *s)
{
    char *const text = foreign->command;
    const size_t bytes = sizeof foreign->command;
    char number[24] = "";
    snprintf(text, bytes, "onecycle import hdf5 '%s' OUT.h5", s->path);
    add(text, bytes, "--inputs", s->inputs[OC_SPLIT_TRAIN]);
    add(text, bytes, "--targets", s->targets[OC_SPLIT_TRAIN]);
    add(text, bytes, "--targets-file", s->targets_path);
    add(text, bytes, "--test-file", s->test_path);
    add(text, bytes, "--test-targets-file", s->test_targets_path);
    add(text, bytes, "--test-inputs", s->inputs[OC_SPLIT_TEST]);
    add(text, bytes, "--test-targets", s->targets[OC_SPLIT_TEST]);
    if (!is_named(s->inputs[OC_SPLIT_TEST]))
        add(text, bytes, "--test-fraction", "0.2");
    if (s->kind != OC_TARGETS_CLASSES)
        add(text, bytes, "--kind", oc_targets_name(s->kind));
    if (s->is_first_label_said)
        snprintf(number, sizeof number, "%" PRId64, s->first_label);
    add(text, bytes, "--first-label", number);
    if (s->channels == OC_CHANNELS_LAST)
        snprintf(text + strlen(text), bytes - strlen(text), " --channels-last");
    if (s->channels == OC_CHANNELS_FIRST)
        snprintf(text + strlen(text), bytes - strlen(text), " --channels-first");
}

/* ---- opening ---- */

static oc_status open_inputs(oc_dataset *dataset, const oc_dataset_source *source, int split)
{
    oc_foreign *const foreign = dataset->foreign;
    oc_array_shape shape;
    char note[OC_SHAPE_NOTE];
    snprintf(dataset->split[split].path, OC_PATH_BYTES, "%s", inputs_path(source, split));
    oc_status status = oc_array_open(&foreign->inputs[split], OC_ARRAY_HDF5,
                                     inputs_path(source, split), source->inputs[split]);
    if (status)
        return status;
    const oc_array_info *info = oc_array_describe(foreign->inputs[split]);
    status = oc_array_shape_find(&shape, info, source->channels);
    if (status)
        return status;
    if (split == OC_SPLIT_TRAIN) {
        foreign->shape = shape;
        dataset->type = info->type;
    }
    if (memcmp(&shape, &foreign->shape, sizeof shape) != 0 ||
        !oc_number_type_equal(info->type, dataset->type))
        return oc_fail(OC_ERR_DATA, "%s and %s differ in type or shape",
                       oc_array_describe(foreign->inputs[OC_SPLIT_TRAIN])->name, info->name);
    oc_array_shape_note(&shape, info, split == OC_SPLIT_TRAIN ? "inputs" : "test inputs", note);
    oc_log(OC_LOG_INFO, "%s", note);
    const size_t used = strlen(dataset->source);
    snprintf(dataset->source + used, sizeof dataset->source - used, "%s%s", used ? "; " : "", note);
    dataset->info.samples[split] = info->extent[0];
    return oc_array_rows(foreign->inputs[split], &dataset->split[split].rows, &foreign->why[split]);
}

static oc_status open_targets(oc_dataset *dataset, const oc_dataset_source *source)
{
    oc_foreign *const foreign = dataset->foreign;
    oc_array_location location[OC_SPLIT_COUNT] = {{0}};
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        if (is_named(source->targets[split]))
            location[split] = (oc_array_location){OC_ARRAY_HDF5, targets_path(source, split),
                                                  source->targets[split]};
    const oc_status status =
        oc_array_targets_open(&foreign->targets, location, source->kind, foreign->first_label);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++) {
        const uint64_t there = oc_array_targets_samples(foreign->targets, (oc_split)split);
        if (there != dataset->info.samples[split])
            return oc_fail(OC_ERR_DATA,
                           "%s: %s has %" PRIu64 " labels for %" PRIu64 " samples in %s",
                           location[split].path, location[split].name, there,
                           dataset->info.samples[split], source->inputs[split]);
    }
    return status;
}

/* What is known of classes or targets without their values. */
static oc_status set_known_classes(oc_dataset *dataset)
{
    const oc_foreign *foreign = dataset->foreign;
    oc_schema *schema = &dataset->info.schema;
    char note[OC_TARGETS_NOTE], **names = NULL;
    size_t count = (size_t)oc_array_targets_each(foreign->targets);
    oc_status status = OC_OK;
    if (schema->kind == OC_TARGETS_CLASSES)
        status = oc_array_targets_classes(foreign->targets, NULL, &names, &count, note);
    if (!status && count > 0)
        status = oc_schema_set_classes(schema, (const char *const *)names, count);
    free(names);
    return status;
}

oc_status oc_dataset_open_foreign(oc_dataset *dataset, const oc_dataset_source *source)
{
    oc_schema *schema = &dataset->info.schema;
    oc_foreign *const foreign = calloc(1, sizeof *foreign);
    dataset->foreign = foreign;
    if (!foreign)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", dataset->path);
    foreign->first_label =
        source->is_first_label_said ? source->first_label : OC_FIRST_LABEL_UNSAID;
    make_command(foreign, source);
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        if (is_named(source->inputs[split]) && is_named(source->targets[split]))
            status = open_inputs(dataset, source, split);
    if (!status)
        status = open_targets(dataset, source);
    if (!status)
        status = set_known_classes(dataset);
    if (!status)
        status = oc_dataset_check_extents(dataset->path, (uint64_t)foreign->shape.channels,
                                          (uint64_t)foreign->shape.height,
                                          (uint64_t)foreign->shape.width, 1, dataset->info.samples);
    if (status)
        return status;
    const int is_bytes = dataset->type.kind == OC_NUMBER_UNSIGNED && dataset->type.bytes == 1;
    schema->channels = foreign->shape.channels;
    schema->height = foreign->shape.height;
    schema->width = foreign->shape.width;
    schema->values = is_bytes ? OC_VALUES_BYTES : OC_VALUES_NUMBERS;
    dataset->is_last = foreign->shape.is_last;
    return oc_schema_make_statistics(schema);
}

void oc_foreign_close_arrays(oc_foreign *foreign)
{
    for (int split = 0; foreign && split < OC_SPLIT_COUNT; split++) {
        oc_array_close(foreign->inputs[split]);
        foreign->inputs[split] = NULL;
    }
}

void oc_foreign_destroy(oc_foreign *foreign)
{
    if (!foreign)
        return;
    oc_foreign_close_arrays(foreign);
    oc_array_targets_close(foreign->targets);
    free(foreign);
}

oc_status oc_foreign_check_streaming(const oc_dataset *dataset, int split)
{
    return oc_fail(OC_ERR_DATA,
                   "%s: %s is %s, so it cannot be read during training, and its %" PRIu64
                   " bytes do not fit in data.memory: raise that, or import it: %s",
                   dataset->path, dataset->split[split].inputs, dataset->foreign->why[split],
                   dataset->info.samples[split] * oc_dataset_sample_bytes(dataset),
                   dataset->foreign->command);
}

/* ---- reading ---- */

oc_status oc_foreign_read(const oc_foreign *foreign, oc_split split, uint64_t first, uint64_t n,
                          void *to)
{
    const oc_status status = oc_array_seek(foreign->inputs[split], first);
    return status ? status : oc_array_read(foreign->inputs[split], n, to);
}

/* The classes of the file are the numbers of its labels, so those of the network must be, too. */
oc_status oc_foreign_number_classes(oc_dataset *dataset, const oc_schema *trained)
{
    const int64_t first =
        dataset->foreign->first_label == OC_FIRST_LABEL_UNSAID ? 0 : dataset->foreign->first_label;
    char number[24];
    if (dataset->info.schema.classes > 0)
        return OC_OK; /* they have names, or are known by their number */
    for (int i = 0; i < trained->classes; i++) {
        snprintf(number, sizeof number, "%" PRId64, first + i);
        if (strcmp(trained->class_names[i], number) != 0)
            return oc_fail(OC_ERR_DATA,
                           "%s: labels are numbers from %" PRId64
                           ", but the network was trained on other classes (%.60s, ...): import "
                           "the data with class names",
                           dataset->path, first, trained->class_names[i]);
    }
    return oc_schema_set_classes(&dataset->info.schema, (const char *const *)trained->class_names,
                                 (size_t)trained->classes);
}

oc_status oc_foreign_labels(const oc_foreign *foreign, oc_split split, uint64_t first, uint64_t n,
                            int32_t *to)
{
    return oc_array_targets_labels(foreign->targets, split, first, n, to);
}

oc_status oc_foreign_numbers(const oc_foreign *foreign, oc_split split, uint64_t first, uint64_t n,
                             double *to)
{
    return oc_array_targets_numbers(foreign->targets, split, first, n, to);
}

oc_status oc_foreign_find_classes(oc_dataset *dataset)
{
    const int32_t *labels[OC_SPLIT_COUNT];
    char note[OC_TARGETS_NOTE], **names = NULL;
    size_t count = 0;
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        labels[split] = dataset->split[split].labels;
    oc_status status =
        oc_array_targets_classes(dataset->foreign->targets, labels, &names, &count, note);
    if (!status)
        status = oc_schema_set_classes(&dataset->info.schema, (const char *const *)names, count);
    if (!status && note[0]) {
        oc_log(OC_LOG_WARN, "%s: %s", dataset->path, note);
        status = oc_schema_add_note(&dataset->info.schema, note);
    }
    free(names);
    return status;
}
