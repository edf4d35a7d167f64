/* import_csv.c - the importer of CSV tables: every row a sample, its numbers and categories the
 * features, another column its class or several its targets. Reads the file twice, so that memory
 * does not grow with it: once to check everything and learn what values there are, once to write.
 */
#include "base/hash.h"
#include "data/dataset/dataset_write.h"
#include "data/files/packed.h"
#include "data/tables/csv_columns.h"
#include "import/test_fraction.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20, TELL_EVERY = 1024 };

/* Samples of a split on their way to the file. */
typedef struct sink {
    void *features; /* float or double, as they are stored */
    double *targets;
    int32_t *labels;
    size_t n;
} sink;

typedef struct import {
    const oc_import_csv *options;
    oc_csv_columns columns;
    uint64_t records[OC_SPLIT_COUNT]; /* of the files; test: 0 without a test file */
    oc_schema schema;
    oc_dataset_plan plan;
    oc_dataset_writer *writer;
    sink sink[OC_SPLIT_COUNT];
    size_t most;                /* samples of a sink */
    double *features, *targets; /* of the record at hand; one piece */
    oc_test_fraction *draw;     /* with a test fraction */
    uint64_t samples;           /* so far */
} import;

static oc_status check_options(const oc_import_csv *o)
{
    const int ways = (o->label.count > 0) + (o->targets.count > 0) + (o->multi_label.count > 0);
    if (ways != 1)
        return oc_fail(OC_ERR_USAGE,
                       "import csv: expected one of --label, --targets and --multi-label");
    if ((o->test != NULL) == (o->test_fraction > 0))
        return oc_fail(OC_ERR_USAGE, "import csv: expected either --test or --test-fraction");
    return OC_OK;
}

/* Open a file, find out which column is which, and bring its first record of data to hand. */
static oc_status open_csv(import *im, oc_csv *csv, oc_csv_place *place, const char *path, int *more)
{
    const oc_import_csv *o = im->options;
    oc_status status = oc_csv_open(csv, path, o->delimiter, o->skip_lines);
    if (!status)
        status = oc_csv_next(csv, more);
    if (!status && !*more)
        status = oc_fail(OC_ERR_DATA, "%s: no line of data", path);
    if (!status && !im->columns.column)
        status = oc_csv_columns_create(&im->columns, csv, o);
    if (!status)
        status = oc_csv_place_create(place, &im->columns, csv, NULL, o->no_header);
    return status || o->no_header ? status : oc_csv_next(csv, more);
}

/* The writer tells of the second time through the file, this of the first. */
static void tell_scanned(const import *im, const oc_csv *csv, oc_split split)
{
    const oc_import_watch *watch = &im->options->watch;
    if (watch->progress)
        watch->progress(watch->user, im->records[split], oc_packed_position(csv->file),
                        oc_packed_bytes(csv->file));
}

static oc_status scan_file(import *im, oc_split split, const char *path)
{
    oc_csv csv = {0};
    oc_csv_place place = {0};
    int more = 0;
    oc_status status = open_csv(im, &csv, &place, path, &more);
    while (!status && more) {
        status = oc_csv_columns_scan(&im->columns, &csv, &place, split == OC_SPLIT_TRAIN);
        if (++im->records[split] % TELL_EVERY == 0)
            tell_scanned(im, &csv, split);
        if (!status)
            status = oc_csv_next(&csv, &more);
    }
    oc_csv_place_free(&place);
    oc_csv_close(&csv);
    return status;
}

/* ---- the test split ---- */

/* So many of each class: the fraction is what it says, and classes stay in proportion. */
static oc_status plan_split(import *im)
{
    const oc_csv_columns *columns = &im->columns;
    const oc_csv_set *set =
        columns->label < columns->count ? &columns->column[columns->label].set : NULL;
    const size_t classes = set ? set->count : 1;
    uint64_t *samples = im->plan.samples;
    memcpy(samples, im->records, sizeof im->records);
    if (!(im->options->test_fraction > 0))
        return OC_OK;
    uint64_t *count = malloc(classes * sizeof *count);
    if (!count)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for classes", im->options->source);
    for (size_t c = 0; c < classes; c++)
        count[c] = set ? set->item[c]->count : im->records[OC_SPLIT_TRAIN];
    const oc_status status =
        oc_test_fraction_create(&im->draw, count, classes, im->options->test_fraction,
                                im->options->seed, &samples[OC_SPLIT_TEST]);
    samples[OC_SPLIT_TRAIN] -= samples[OC_SPLIT_TEST];
    free(count);
    return status;
}

static oc_split choose(const import *im, size_t class, uint64_t sample)
{
    return im->draw && oc_test_fraction_next(im->draw, class, sample) ? OC_SPLIT_TEST
                                                                      : OC_SPLIT_TRAIN;
}

/* ---- writing ---- */

static oc_status flush(import *im, oc_split split)
{
    sink *s = &im->sink[split];
    const size_t n = s->n;
    s->n = 0;
    if (n == 0)
        return OC_OK;
    return im->schema.kind == OC_TARGETS_CLASSES
               ? oc_dataset_writer_add(im->writer, split, s->features, s->labels, n)
               : oc_dataset_writer_add_targets(im->writer, split, s->features, s->targets, n);
}

/* The record that was read, as the last sample of its split. */
static oc_status write_record(import *im, int32_t label, oc_split split)
{
    const size_t features = im->columns.features, targets = im->columns.targets;
    sink *const to = &im->sink[split];
    double *const doubles = to->features;
    float *const floats = to->features;
    if (im->plan.stored == OC_STORED_FLOAT64)
        memcpy(doubles + to->n * features, im->features, features * sizeof *doubles);
    else
        for (size_t i = 0; i < features; i++)
            floats[to->n * features + i] = (float)im->features[i]; /* the scan says: exactly */
    if (targets > 0)
        memcpy(to->targets + to->n * targets, im->targets, targets * sizeof *to->targets);
    to->labels[to->n++] = label;
    im->samples++;
    return to->n == im->most ? flush(im, split) : OC_OK;
}

static oc_status write_file(import *im, oc_split file, const char *path)
{
    oc_csv csv = {0};
    oc_csv_place place = {0};
    int more = 0;
    int32_t label = 0;
    oc_status status = open_csv(im, &csv, &place, path, &more);
    while (!status && more) {
        status =
            oc_csv_columns_values(&im->columns, &csv, &place, im->features, im->targets, &label);
        if (!status)
            status = write_record(im, label,
                                  file == OC_SPLIT_TRAIN ? choose(im, (size_t)label, im->samples)
                                                         : OC_SPLIT_TEST);
        if (!status)
            status = oc_csv_next(&csv, &more);
    }
    oc_csv_place_free(&place);
    oc_csv_close(&csv);
    return status;
}

/* Room for `most` samples of each split, and for the record at hand. */
static oc_status make_sinks(import *im)
{
    const size_t features = im->columns.features, targets = im->columns.targets;
    const size_t number = oc_stored_bytes(im->plan.stored);
    const size_t bytes = features * number + targets * sizeof(double);
    im->most = bytes < BLOCK_BYTES ? BLOCK_BYTES / bytes : 1;
    im->features = malloc((features + targets) * sizeof *im->features);
    im->targets = im->features ? im->features + features : NULL;
    if (!im->features)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for %zu features", im->options->source,
                       features);
    for (int split = 0; split <= OC_SPLIT_TEST; split++) {
        sink *s = &im->sink[split];
        s->features = malloc(im->most * features * number);
        s->labels = malloc(im->most * sizeof *s->labels);
        s->targets = targets ? malloc(im->most * targets * sizeof *s->targets) : NULL;
        if (!s->features || !s->labels || (targets && !s->targets))
            return oc_fail(OC_ERR_INTERNAL, "%s: no memory for %zu features", im->options->source,
                           features);
    }
    return OC_OK;
}

/* ---- the whole ---- */

static oc_status plan_shape(import *im)
{
    const oc_import_csv *o = im->options;
    const uint64_t values = (uint64_t)o->channels * (uint64_t)o->height * (uint64_t)o->width;
    oc_schema *plan = &im->schema;
    plan->channels = o->channels ? o->channels : (int)im->columns.features;
    plan->height = o->channels ? o->height : 1;
    plan->width = o->channels ? o->width : 1;
    return o->channels && values != im->columns.features
               ? oc_fail(OC_ERR_USAGE, "--shape %dx%dx%d: %s has %zu features", o->channels,
                         o->height, o->width, o->source, im->columns.features)
               : OC_OK;
}

/* What went in, by content and not by name: the same input gives the same file. */
static oc_status describe_source(const oc_import_csv *o, char *text, size_t bytes)
{
    const char *const paths[] = {o->source, o->test};
    size_t used = (size_t)snprintf(text, bytes, "CSV, XXH3-128:");
    for (size_t i = 0; i < 2 && paths[i]; i++) {
        oc_digest digest;
        char hexadecimal[OC_DIGEST_TEXT];
        const oc_status status = oc_hash_file(paths[i], 0, &digest);
        if (status)
            return status;
        oc_digest_text(digest, hexadecimal);
        used +=
            (size_t)snprintf(text + used, bytes - used, "%s %s", i ? ", test" : "", hexadecimal);
    }
    if (!o->test)
        snprintf(text + used, bytes - used, ", test fraction %g of seed %" PRIu64, o->test_fraction,
                 o->seed);
    return OC_OK;
}

static oc_status write_all(import *im, const char *out)
{
    const oc_import_csv *o = im->options;
    char source[256];
    oc_status status = describe_source(o, source, sizeof source);
    im->plan.schema = &im->schema;
    im->plan.source = source;
    im->plan.watch = o->watch;
    if (!status)
        status = oc_dataset_writer_create(&im->writer, &im->plan, out);
    if (!status)
        status = make_sinks(im);
    if (!status)
        status = write_file(im, OC_SPLIT_TRAIN, o->source);
    if (!status && o->test)
        status = write_file(im, OC_SPLIT_TEST, o->test);
    for (oc_split split = OC_SPLIT_TRAIN; !status && split <= OC_SPLIT_TEST; split++)
        status = flush(im, split);
    if (!status) {
        status = oc_dataset_writer_finish(im->writer);
        im->writer = NULL;
    }
    return status;
}

oc_status oc_import_csv_run(const oc_import_csv *options, const char *out)
{
import im = {.options = options };
    oc_status status = check_options(options);
    if (!status)
        status = scan_file(&im, OC_SPLIT_TRAIN, options->source);
    if (!status && options->test)
        status = scan_file(&im, OC_SPLIT_TEST, options->test);
    if (!status)
        status = oc_csv_columns_lay_out(&im.columns, options->source);
    if (!status)
        status = plan_shape(&im);
    im.plan.stored = im.columns.needs_double ? OC_STORED_FLOAT64 : OC_STORED_FLOAT32;
    if (!status)
        status = oc_csv_columns_describe(&im.columns, &im.schema);
    if (!status)
        status = plan_split(&im);
    if (!status)
        status = write_all(&im, out);
    oc_dataset_writer_discard(im.writer);
    for (int split = 0; split <= OC_SPLIT_TEST; split++) {
        free(im.sink[split].features);
        free(im.sink[split].targets);
        free(im.sink[split].labels);
    }
    free(im.features);
    oc_test_fraction_destroy(im.draw);
    oc_schema_free(&im.schema);
    oc_csv_columns_free(&im.columns);
    return status;
}
