/* array_samples.c - see array_samples.h. */
#include "import/array_samples.h"

#include "import/sample_sink.h"
#include "import/test_fraction.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 1 << 20 };

typedef struct job {
    const oc_array_samples *from;
    const oc_import_arrays *options;
    oc_schema schema;
    oc_dataset_plan plan;
    oc_sample_sink *sink;
    oc_test_fraction *draw; /* with a test fraction */
    int32_t *labels[OC_SPLIT_COUNT];
    double *values[OC_SPLIT_COUNT]; /* one of both, of each array */
    unsigned char *block;           /* `most` rows as the array has them */
    double *row;                    /* one sample, (C, H, W) */
    size_t most, row_bytes;
    size_t targets; /* numbers per sample; 0: a label */
} job;

/* ---- before writing ---- */

static oc_status read_targets(job *j, oc_split split)
{
    const oc_array_targets *from = j->from->targets;
    const uint64_t samples = oc_array_targets_samples(from, split);
    if (samples == 0)
        return OC_OK;
    if (j->targets > 0)
        j->values[split] = malloc((size_t)samples * j->targets * sizeof(double));
    else
        j->labels[split] = malloc((size_t)samples * sizeof(int32_t));
    if (!j->values[split] && !j->labels[split])
        return oc_fail(OC_ERR_MEMORY, "no memory for the targets of %" PRIu64 " samples", samples);
    return j->targets > 0 ? oc_array_targets_numbers(from, split, 0, samples, j->values[split])
                          : oc_array_targets_labels(from, split, 0, samples, j->labels[split]);
}

static oc_status set_classes(job *j)
{
    char note[OC_TARGETS_NOTE] = "";
    char **names = NULL;
    size_t count = j->targets;
    oc_status status = OC_OK;
    if (count == 0)
        status = oc_array_targets_classes(j->from->targets, (const int32_t *const *)j->labels,
                                          &names, &count, note);
    if (!status)
        status = oc_schema_set_classes(&j->schema, (const char *const *)names, count);
    if (!status && note[0])
        status = oc_schema_add_note(&j->schema, note);
    free(names);
    return status;
}

/* Of the training samples, so many of each class. */
static oc_status draw_test(job *j)
{
    const int is_class = j->targets == 0;
    const size_t classes = is_class ? (size_t)j->schema.classes : 1;
    uint64_t *const samples = j->plan.samples, all = samples[OC_SPLIT_TRAIN];
    uint64_t *count = calloc(classes, sizeof *count);
    if (!count)
        return oc_fail(OC_ERR_MEMORY, "no memory for %zu classes", classes);
    for (uint64_t i = 0; i < all; i++)
        count[is_class ? j->labels[OC_SPLIT_TRAIN][i] : 0]++;
    const oc_status status =
        oc_test_fraction_create(&j->draw, count, classes, j->options->common.test_fraction,
                                j->options->common.seed, &samples[OC_SPLIT_TEST]);
    samples[OC_SPLIT_TRAIN] = all - samples[OC_SPLIT_TEST];
    free(count);
    return status;
}

/* Bytes stay bytes; nothing is rounded. */
static void choose_stored(job *j, oc_number_type type)
{
    const int is_bytes = type.kind == OC_NUMBER_UNSIGNED && type.bytes == 1;
    j->schema.values = is_bytes ? OC_VALUES_BYTES : OC_VALUES_NUMBERS;
    j->plan.stored = is_bytes                          ? OC_STORED_UINT8
                     : oc_numbers_exact_in_float(type) ? OC_STORED_FLOAT32
                                                       : OC_STORED_FLOAT64;
}

static oc_status plan(job *j, const char *source)
{
    const oc_array_samples *from = j->from;
    const oc_number_type type = oc_array_describe(from->inputs[OC_SPLIT_TRAIN])->type;
    j->targets = (size_t)oc_array_targets_each(from->targets);
    j->schema = (oc_schema){.channels = from->shape.channels,
                            .height = from->shape.height,
                            .width = from->shape.width,
                            .kind = j->options->kind};
    j->plan = (oc_dataset_plan){
        .schema = &j->schema, .source = source, .listener = j->options->common.listener};
    choose_stored(j, type);
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++) {
        j->plan.samples[split] = oc_array_targets_samples(from->targets, (oc_split)split);
        status = read_targets(j, (oc_split)split);
    }
    if (!status)
        status = set_classes(j);
    if (!status && type.kind == OC_NUMBER_BOOL)
        status = oc_schema_add_note(&j->schema, "booleans became the numbers 0 and 1");
    if (!status && j->options->common.test_fraction > 0)
        status = draw_test(j);
    return status;
}

/* Room for what is read: blocks of BLOCK_BYTES, but no more rows than there are. */
static oc_status make_room(job *j)
{
    uint64_t rows = 0;
    j->row_bytes = oc_array_row_bytes(j->from->inputs[OC_SPLIT_TRAIN]);
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        rows += j->plan.samples[split];
    j->most = j->row_bytes < BLOCK_BYTES ? BLOCK_BYTES / j->row_bytes : 1;
    j->most = j->most < rows ? j->most : (size_t)rows;
    j->block = malloc(j->most * j->row_bytes);
    j->row = malloc(oc_schema_values(&j->schema) * sizeof *j->row);
    return j->block && j->row
               ? OC_OK
               : oc_fail(OC_ERR_MEMORY, "%s: no memory for %zu samples",
                         oc_array_describe(j->from->inputs[OC_SPLIT_TRAIN])->name, j->most);
}

/* ---- writing ---- */

/* One row of an array becomes a sample of its split. */
static oc_status put(job *j, oc_split array, uint64_t sample, const unsigned char *row)
{
    const oc_number_type type = oc_array_describe(j->from->inputs[array])->type;
    const int32_t label = j->targets == 0 ? j->labels[array][sample] : 0;
    const oc_split split =
        j->draw && oc_test_fraction_next(j->draw, (size_t)label, sample) ? OC_SPLIT_TEST : array;
    if (j->plan.stored == OC_STORED_UINT8) {
        oc_array_shape_arrange(&j->from->shape, 1, row, oc_sample_sink_next(j->sink, split));
    } else {
        oc_array_shape_decode(&j->from->shape, type, row, j->row);
        oc_sample_sink_numbers(j->sink, split, j->row);
    }
    return oc_sample_sink_add(j->sink, split, label,
                              j->targets ? j->values[array] + sample * j->targets : NULL);
}

static oc_status write_array(job *j, oc_split split)
{
    oc_array *const array = j->from->inputs[split];
    oc_status status = OC_OK;
    if (!array)
        return OC_OK;
    const oc_array_info *info = oc_array_describe(array);
    for (uint64_t i = 0; !status && i < info->extent[0];) {
        const uint64_t n = info->extent[0] - i < j->most ? info->extent[0] - i : j->most;
        status = oc_array_read(array, n, j->block);
        if (!status)
            status = oc_array_check(info, i, n, j->block);
        for (uint64_t k = 0; k < n && !status; k++, i++)
            status = put(j, split, i, j->block + k * j->row_bytes);
    }
    return status;
}

static void free_job(job *j)
{
    oc_sample_sink_discard(j->sink);
    oc_test_fraction_destroy(j->draw);
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        free(j->labels[split]);
        free(j->values[split]);
    }
    oc_schema_free(&j->schema);
    free(j->block);
    free(j->row);
}

oc_status oc_array_samples_write(const oc_array_samples *samples, const oc_import_arrays *options,
                                 const char *source, const char *out)
{
    job j = {.from = samples, .options = options};
    oc_status status = plan(&j, source);
    if (!status)
        status = make_room(&j);
    if (!status)
        status = oc_sample_sink_create(&j.sink, &j.plan, out);
    for (int array = 0; !status && array < OC_SPLIT_COUNT; array++)
        status = write_array(&j, (oc_split)array);
    if (!status) {
        status = oc_sample_sink_finish(j.sink);
        j.sink = NULL;
    }
    free_job(&j);
    return status;
}
