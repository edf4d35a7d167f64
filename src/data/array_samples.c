/* array_samples.c - see array_samples.h. */
#include "data/array_samples.h"

#include "data/test_fraction.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20 };

/* Samples of a split on their way to the file. */
typedef struct sink {
    unsigned char *inputs;
    int32_t *labels;
    double *targets;
    size_t n;
} sink;

typedef struct job {
    const oc_array_samples *from;
    const oc_import_arrays *options;
    oc_schema schema;
    oc_dataset_plan plan;
    oc_dataset_writer *writer;
    oc_test_fraction *draw; /* with a test fraction */
    sink sink[OC_SPLIT_COUNT];
    unsigned char *block;
    size_t most, sample_bytes; /* samples of a block and of a sink */
} job;

oc_status oc_array_samples_check(const char *importer, const oc_import_arrays *o)
{
    if (!o->inputs[OC_SPLIT_TRAIN] || !o->targets[OC_SPLIT_TRAIN])
        return oc_fail(OC_ERR_USAGE, "import %s: expected --inputs and --targets", importer);
    if (!o->inputs[OC_SPLIT_TEST] != !o->targets[OC_SPLIT_TEST])
        return oc_fail(OC_ERR_USAGE,
                       "import %s: expected --test-inputs and --test-targets together", importer);
    if ((o->inputs[OC_SPLIT_TEST] != NULL) == (o->test_fraction > 0))
        return oc_fail(OC_ERR_USAGE,
                       "import %s: expected either --test-inputs and --test-targets, or "
                       "--test-fraction",
                       importer);
    return OC_OK;
}

oc_status oc_array_samples_shape(uint64_t shape[3], const char *name, int rank,
                                 const uint64_t *extent, int channels_last)
{
    if (rank < 2 || rank > 4)
        return oc_fail(OC_ERR_DATA,
                       "%s: expected samples of 1 to 3 dimensions, found %d dimensions with the "
                       "samples' own",
                       name, rank);
    if (channels_last && rank != 4)
        return oc_fail(OC_ERR_USAGE,
                       "%s: --channels-last: expected (samples, height, width, channels), found %d "
                       "dimensions",
                       name, rank);
    shape[0] = rank == 3 ? 1 : extent[1];
    shape[1] = rank == 2 ? 1 : rank == 3 ? extent[1] : extent[2];
    shape[2] = rank == 2 ? 1 : rank == 3 ? extent[2] : extent[3];
    return OC_OK;
}

/* ---- before writing ---- */

/* The classes are the labels' numbers. */
static oc_status count_classes(job *j)
{
    int32_t highest = 0;
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        for (uint64_t i = 0; i < j->from->samples[split]; i++) {
            const int32_t label = j->from->labels[split][i];
            if (label < 0 || label >= OC_MAX_CLASSES)
                return oc_fail(OC_ERR_DATA,
                               "%s: label %" PRId32 " at index %" PRIu64 ", expected 0 to %d",
                               j->from->targets_name[split], label, i, OC_MAX_CLASSES - 1);
            if (label > highest)
                highest = label;
        }
    return oc_schema_set_classes(&j->schema, NULL, (size_t)highest + 1);
}

static oc_status check_values(const oc_array_samples *from)
{
    const size_t targets = (size_t)from->targets;
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        for (uint64_t i = 0; i < from->samples[split] * targets; i++) {
            const double value = from->values[split][i];
            const int is_multi = from->kind == OC_TARGETS_MULTI_LABEL;
            if (!isfinite(value) || (is_multi && value != 0 && value != 1))
                return oc_fail(OC_ERR_DATA,
                               "%s: target %" PRIu64 " of sample %" PRIu64 " is %g, expected %s",
                               from->targets_name[split], i % targets, i / targets, value,
                               is_multi ? "0 or 1" : "a finite number");
        }
    return OC_OK;
}

/* Of the training samples, so many of each class. */
static oc_status draw_test(job *j)
{
    const int is_class = j->schema.kind == OC_TARGETS_CLASSES;
    const size_t classes = is_class ? (size_t)j->schema.classes : 1;
    uint64_t *const samples = j->plan.samples, all = samples[OC_SPLIT_TRAIN];
    uint64_t *count = calloc(classes, sizeof *count);
    if (!count)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for classes", j->from->name[OC_SPLIT_TRAIN]);
    for (uint64_t i = 0; i < all; i++)
        count[is_class ? j->from->labels[OC_SPLIT_TRAIN][i] : 0]++;
    const oc_status status =
        oc_test_fraction_create(&j->draw, count, classes, j->options->test_fraction,
                                j->options->seed, &samples[OC_SPLIT_TEST]);
    samples[OC_SPLIT_TRAIN] = all - samples[OC_SPLIT_TEST];
    free(count);
    return status;
}

static oc_status plan(job *j, const char *source)
{
    const oc_array_samples *from = j->from;
    const uint64_t *s = from->shape;
    const int last = j->options->channels_last;
    const uint64_t one_each[OC_SPLIT_COUNT] = {1, 1};
    /* Before anything is done with numbers from outside. Samples are checked by the writer. */
    oc_status status =
        oc_dataset_check_extents(from->name[OC_SPLIT_TRAIN], s[0], s[1], s[2], 1, one_each);
    if (status)
        return status;
    j->schema = (oc_schema){.channels = (int)s[last ? 2 : 0],
                            .height = (int)s[last ? 0 : 1],
                            .width = (int)s[last ? 1 : 2],
                            .values = from->is_float ? OC_VALUES_NUMBERS : OC_VALUES_BYTES,
                            .kind = from->kind};
    j->plan = (oc_dataset_plan){.schema = &j->schema,
                                .stored = from->is_float ? OC_STORED_FLOAT32 : OC_STORED_UINT8,
                                .samples = {from->samples[0], from->samples[1]},
                                .source = source,
                                .watch = j->options->watch};
    j->sample_bytes = (size_t)(s[0] * s[1] * s[2]) * (from->is_float ? sizeof(float) : 1);
    status = from->kind == OC_TARGETS_CLASSES
                 ? count_classes(j)
                 : oc_schema_set_classes(&j->schema, NULL, (size_t)from->targets);
    if (!status && from->kind != OC_TARGETS_CLASSES)
        status = check_values(from);
    if (!status && j->options->test_fraction > 0)
        status = draw_test(j);
    return status;
}

/* Blocks of BLOCK_BYTES, but no more samples than there are. */
static oc_status make_room(job *j)
{
    const size_t bytes = j->sample_bytes, targets = (size_t)j->from->targets;
    const size_t each = bytes + sizeof(int32_t) + targets * sizeof(double);
    const uint64_t all = j->from->samples[OC_SPLIT_TRAIN] + j->from->samples[OC_SPLIT_TEST];
    j->most = each < BLOCK_BYTES ? BLOCK_BYTES / each : 1;
    j->most = j->most < all ? j->most : (size_t)all;
    j->block = malloc(j->most * bytes);
    int is_there = j->block != NULL;
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        sink *s = &j->sink[split];
        s->inputs = malloc(j->most * bytes);
        s->labels = malloc(j->most * sizeof *s->labels);
        s->targets = targets ? malloc(j->most * targets * sizeof *s->targets) : NULL;
        is_there = is_there && s->inputs && s->labels && (s->targets || !targets);
    }
    return is_there ? OC_OK
                    : oc_fail(OC_ERR_INTERNAL, "%s: no memory for %zu samples",
                              j->from->name[OC_SPLIT_TRAIN], j->most);
}

/* ---- writing ---- */

static oc_status flush(job *j, oc_split split)
{
    sink *s = &j->sink[split];
    const size_t n = s->n;
    s->n = 0;
    if (n == 0)
        return OC_OK;
    return j->schema.kind == OC_TARGETS_CLASSES
               ? oc_dataset_writer_add(j->writer, split, s->inputs, s->labels, n)
               : oc_dataset_writer_add_targets(j->writer, split, s->inputs, s->targets, n);
}

/* (H, W, C) -> (C, H, W), or a copy. */
static void arrange(const job *j, const unsigned char *from, unsigned char *to)
{
    const size_t channels = (size_t)j->schema.channels;
    const size_t plane = (size_t)j->schema.height * (size_t)j->schema.width;
    if (!j->options->channels_last) {
        memcpy(to, from, j->sample_bytes);
    } else if (!j->from->is_float) {
        for (size_t c = 0; c < channels; c++)
            for (size_t i = 0; i < plane; i++)
                to[c * plane + i] = from[i * channels + c];
    } else {
        for (size_t c = 0; c < channels; c++)
            for (size_t i = 0; i < plane; i++)
                memcpy(to + (c * plane + i) * sizeof(float),
                       from + (i * channels + c) * sizeof(float), sizeof(float));
    }
}

/* One sample of an array into the sink of its split. */
static oc_status put(job *j, oc_split array, uint64_t sample, const unsigned char *input)
{
    const oc_array_samples *from = j->from;
    const size_t targets = (size_t)from->targets;
    const int32_t label = from->kind == OC_TARGETS_CLASSES ? from->labels[array][sample] : 0;
    const oc_split split =
        j->draw && oc_test_fraction_next(j->draw, (size_t)label, sample) ? OC_SPLIT_TEST : array;
    sink *to = &j->sink[split];
    arrange(j, input, to->inputs + to->n * j->sample_bytes);
    if (from->kind != OC_TARGETS_CLASSES)
        memcpy(to->targets + to->n * targets, from->values[array] + sample * targets,
               targets * sizeof *to->targets);
    to->labels[to->n++] = label;
    return to->n == j->most ? flush(j, split) : OC_OK;
}

static oc_status check_finite(const job *j, oc_split array, uint64_t first, size_t n)
{
    const size_t values = j->sample_bytes / sizeof(float);
    const float *value = (const float *)(const void *)j->block;
    for (size_t i = 0; j->from->is_float && i < n * values; i++)
        if (!isfinite(value[i]))
            return oc_fail(OC_ERR_DATA, "%s: sample %" PRIu64 " has a value that is not finite",
                           j->from->name[array], first + i / values);
    return OC_OK;
}

static oc_status write_array(job *j, oc_split array)
{
    const uint64_t samples = j->from->samples[array];
    oc_status status = OC_OK;
    for (uint64_t i = 0; !status && i < samples;) {
        const size_t n = samples - i < j->most ? (size_t)(samples - i) : j->most;
        status = j->from->read(j->from->user, array, n, j->block);
        if (!status)
            status = check_finite(j, array, i, n);
        for (size_t k = 0; !status && k < n; k++, i++)
            status = put(j, array, i, j->block + k * j->sample_bytes);
    }
    return status;
}

oc_status oc_array_samples_write(const oc_array_samples *samples, const oc_import_arrays *options,
                                 const char *source, const char *out)
{
    job j = {.from = samples, .options = options};
    oc_status status = plan(&j, source);
    if (!status)
        status = oc_dataset_writer_create(&j.writer, &j.plan, out);
    if (!status)
        status = make_room(&j);
    for (int array = 0; !status && array < OC_SPLIT_COUNT; array++)
        status = write_array(&j, (oc_split)array);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = flush(&j, (oc_split)split);
    if (!status) {
        status = oc_dataset_writer_finish(j.writer);
        j.writer = NULL;
    }
    oc_dataset_writer_discard(j.writer);
    oc_test_fraction_destroy(j.draw);
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        free(j.sink[split].inputs);
        free(j.sink[split].labels);
        free(j.sink[split].targets);
    }
    free(j.block);
    oc_schema_free(&j.schema);
    return status;
}
