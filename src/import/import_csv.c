/* import_csv.c - the importer of CSV tables: every row a sample, its numbers and categories the
 * features, another column its class or several its targets. Reads the file twice, so that memory
 * does not grow with it: once to check everything and learn what values there are, once to write.
 */
#include "import/import_csv.h"

#include "base/hash.h"
#include "data/files/packed.h"
#include "data/tables/csv_columns.h"
#include "import/sample_sink.h"
#include "import/test_fraction.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TELL_EVERY = 1024 };

typedef struct import {
    const oc_import_csv *options;
    oc_csv_columns columns;
    uint64_t records[OC_SPLIT_COUNT]; /* of the files; test: 0 without a test file */
    oc_schema schema;
    oc_dataset_plan plan;
    oc_sample_sink *sink;
    double *features, *targets; /* of the record at hand; one piece */
    oc_test_fraction *draw;     /* with a test fraction */
    uint64_t samples;           /* so far */
} import;

static oc_status check_options(const oc_import_csv *o)
{
    const oc_csv_roles *r = &o->roles;
    const int ways = (r->label.count > 0) + (r->targets.count > 0) + (r->multi_label.count > 0);
    if (ways != 1)
        return oc_fail(OC_ERR_USAGE,
                       "import csv: expected one of --label, --targets and --multi-label");
    if ((o->test != NULL) == (o->common.test_fraction > 0))
        return oc_fail(OC_ERR_USAGE, "import csv: expected either --test or --test-fraction");
    return OC_OK;
}

/* Open a file, find out which column is which, and bring its first record of data to hand. */
static oc_status open_csv(import *im, oc_csv *csv, oc_csv_mapping *mapping, const char *path,
                          int *more)
{
    const oc_import_csv *o = im->options;
    oc_status status = oc_csv_open(csv, path, o->roles.delimiter, o->roles.skip_lines);
    if (!status)
        status = oc_csv_next(csv, more);
    if (!status && !*more)
        status = oc_fail(OC_ERR_DATA, "%s: no data lines", path);
    if (!status && !im->columns.column)
        status = oc_csv_columns_create(&im->columns, csv, &o->roles);
    if (!status)
        status = oc_csv_mapping_create(mapping, &im->columns, csv, NULL, o->roles.no_header);
    return status || o->roles.no_header ? status : oc_csv_next(csv, more);
}

/* The writer tells of the second time through the file, this of the first. */
static void tell_scanned(const import *im, const oc_csv *csv, oc_split split)
{
    const oc_import_listener *listener = &im->options->common.listener;
    if (listener->progress)
        listener->progress(listener->user, im->records[split], oc_packed_position(csv->file),
                           oc_packed_bytes(csv->file));
}

static oc_status scan_file(import *im, oc_split split, const char *path)
{
    oc_csv csv = {0};
    oc_csv_mapping mapping = {0};
    int more = 0;
    oc_status status = open_csv(im, &csv, &mapping, path, &more);
    while (!status && more) {
        status = oc_csv_columns_scan(&im->columns, &csv, &mapping, split == OC_SPLIT_TRAIN);
        if (++im->records[split] % TELL_EVERY == 0)
            tell_scanned(im, &csv, split);
        if (!status)
            status = oc_csv_next(&csv, &more);
    }
    oc_csv_mapping_free(&mapping);
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
    if (!(im->options->common.test_fraction > 0))
        return OC_OK;
    uint64_t *count = malloc(classes * sizeof *count);
    if (!count)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for classes", im->options->common.source);
    for (size_t c = 0; c < classes; c++)
        count[c] = set ? set->item[c]->count : im->records[OC_SPLIT_TRAIN];
    const oc_status status =
        oc_test_fraction_create(&im->draw, count, classes, im->options->common.test_fraction,
                                im->options->common.seed, &samples[OC_SPLIT_TEST]);
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

static oc_status write_file(import *im, oc_split file, const char *path)
{
    oc_csv csv = {0};
    oc_csv_mapping mapping = {0};
    int more = 0;
    int32_t label = 0;
    oc_status status = open_csv(im, &csv, &mapping, path, &more);
    while (!status && more) {
        oc_split split = file;
        status =
            oc_csv_columns_values(&im->columns, &csv, &mapping, im->features, im->targets, &label);
        if (!status && file == OC_SPLIT_TRAIN)
            split = choose(im, (size_t)label, im->samples);
        if (!status) {
            oc_sample_sink_numbers(im->sink, split, im->features); /* the scan says: exact */
            status = oc_sample_sink_add(im->sink, split, label, im->targets);
        }
        im->samples++;
        if (!status)
            status = oc_csv_next(&csv, &more);
    }
    oc_csv_mapping_free(&mapping);
    oc_csv_close(&csv);
    return status;
}

static oc_status make_record(import *im)
{
    const size_t features = im->columns.features, targets = im->columns.targets;
    im->features = malloc((features + targets) * sizeof *im->features);
    im->targets = im->features ? im->features + features : NULL;
    return im->features ? OC_OK
                        : oc_fail(OC_ERR_MEMORY, "%s: no memory for %zu features",
                                  im->options->common.source, features);
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
                         o->height, o->width, o->common.source, im->columns.features)
               : OC_OK;
}

/* What went in, by content and not by name: the same input gives the same file. */
static oc_status describe_source(const oc_import_csv *o, char *text, size_t bytes)
{
    const char *const paths[] = {o->common.source, o->test};
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
        snprintf(text + used, bytes - used, ", test fraction %g of seed %" PRIu64,
                 o->common.test_fraction, o->common.seed);
    return OC_OK;
}

static oc_status write_all(import *im, const char *out)
{
    const oc_import_csv *o = im->options;
    char source[256];
    oc_status status = describe_source(o, source, sizeof source);
    im->plan.schema = &im->schema;
    im->plan.source = source;
    im->plan.listener = o->common.listener;
    if (!status)
        status = make_record(im);
    if (!status)
        status = oc_sample_sink_create(&im->sink, &im->plan, out);
    if (!status)
        status = write_file(im, OC_SPLIT_TRAIN, o->common.source);
    if (!status && o->test)
        status = write_file(im, OC_SPLIT_TEST, o->test);
    if (!status) {
        status = oc_sample_sink_finish(im->sink);
        im->sink = NULL;
    }
    return status;
}

oc_status oc_import_csv_run(const oc_import_csv *options, const char *out)
{
import im = {.options = options };
    oc_status status = check_options(options);
    if (!status)
        status = scan_file(&im, OC_SPLIT_TRAIN, options->common.source);
    if (!status && options->test)
        status = scan_file(&im, OC_SPLIT_TEST, options->test);
    if (!status)
        status = oc_csv_columns_lay_out(&im.columns, options->common.source);
    if (!status)
        status = plan_shape(&im);
    im.plan.stored = im.columns.needs_double ? OC_STORED_FLOAT64 : OC_STORED_FLOAT32;
    if (!status)
        status = oc_csv_columns_describe(&im.columns, &im.schema);
    if (!status)
        status = plan_split(&im);
    if (!status)
        status = write_all(&im, out);
    oc_sample_sink_discard(im.sink);
    free(im.features);
    oc_test_fraction_destroy(im.draw);
    oc_schema_free(&im.schema);
    oc_csv_columns_free(&im.columns);
    return status;
}

/* ---- the command line ---- */

enum {
    OPTION_LABEL = OC_OPTION_OWN, /* from here on in the order of lists_of */
    OPTION_TARGETS,
    OPTION_MULTI_LABEL,
    OPTION_CATEGORICAL,
    OPTION_IGNORE,
    OPTION_TEST,
    OPTION_DELIMITER,
    OPTION_SKIP,
    OPTION_NO_HEADER,
    OPTION_SHAPE
};

static const struct argp_option options[] = {
    {"label", OPTION_LABEL, "NAME", 0, "The column with the class: numbers or words", 0},
    {"targets", OPTION_TARGETS, "NAMES", 0, "Columns with numbers to predict (regression)", 0},
    {"multi-label", OPTION_MULTI_LABEL, "NAMES", 0, "Columns of 0 and 1, each a label of its own",
     0},
    {"categorical", OPTION_CATEGORICAL, "NAMES", 0,
     "Columns of words, one-hot encoded: one feature per distinct word", 0},
    {"ignore", OPTION_IGNORE, "NAMES", 0, "Columns to leave out", 0},
    {"test", OPTION_TEST, "FILE", 0,
     "Read the test split from this file, which has the same columns", 0},
    OC_IMPORT_TEST_FRACTION,
    OC_IMPORT_SEED,
    {"delimiter", OPTION_DELIMITER, "C", 0,
     "Field separator: a character, tab or space (default: comma)", 0},
    {"skip-lines", OPTION_SKIP, "N", 0, "Skip N lines before the header (default 0)", 0},
    {"no-header", OPTION_NO_HEADER, NULL, 0, "The file has no header: columns are called 1, 2, ...",
     0},
    {"shape", OPTION_SHAPE, "CxHxW", 0,
     "The features are the values of an image, ordered by channel, row and column", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char doc[] =
    "Import a CSV table (RFC 4180, UTF-8, plain or .gz) with one sample per line. All columns that "
    "no option names are features, and must be numbers. NAMES are separated by commas and quoted "
    "as in CSV; #3 is the third column, 3 is the column called 3 or else the third, and '' stands "
    "for all columns without a name. An option may be given several times.\v"
    "A missing value, or one that is not a number, is an error that names its line and column.\n\n"
    "Examples:\n"
    "  onecycle import csv --label species --test-fraction 0.2 iris.csv iris.h5\n"
    "  onecycle import csv --targets price --categorical town --ignore id \\\n"
    "      --test new.csv houses.csv houses.h5\n"
    "  onecycle import csv --targets '\"Income ($, thousand)\",age' --ignore '' \\\n"
    "      --test-fraction 0.1 pandas.csv pandas.h5";

static void add_list(struct argp_state *state, int key, const char *argument, oc_csv_roles *roles)
{
    oc_csv_lists *const lists_of[] = {&roles->label, &roles->targets, &roles->multi_label,
                                      &roles->categorical, &roles->ignore};
    oc_csv_lists *const lists = lists_of[key - OPTION_LABEL];
    if (lists->count == OC_CSV_LISTS)
        argp_error(state, "--%s is given more than %d times", options[key - OPTION_LABEL].name,
                   OC_CSV_LISTS);
    else
        lists->list[lists->count++] = argument;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    oc_import_csv *const o = state->input;
    switch (key) {
    case OPTION_LABEL:
    case OPTION_TARGETS:
    case OPTION_MULTI_LABEL:
    case OPTION_CATEGORICAL:
    case OPTION_IGNORE:
        add_list(state, key, argument, &o->roles);
        return 0;
    case OPTION_TEST:
        o->test = argument;
        return 0;
    case OPTION_DELIMITER:
        o->roles.delimiter = oc_argument_delimiter(state, argument);
        return 0;
    case OPTION_SKIP:
        o->roles.skip_lines = oc_argument_whole(state, "skip-lines", argument, 0, 1000000);
        return 0;
    case OPTION_NO_HEADER:
        o->roles.no_header = 1;
        return 0;
    case OPTION_SHAPE:
        oc_import_parse_shape(state, argument, &o->channels, &o->height, &o->width);
        return 0;
    default:
        return oc_import_parse_common(key, argument, state);
    }
}

static oc_status run(const void *parsed, const char *out)
{
    return oc_import_csv_run(parsed, out);
}

static const oc_import_csv defaults = {.roles = {.delimiter = ','}};

const oc_importer oc_importer_csv = {
    .argp = {options, parse, "FILE.csv OUT.h5", doc, NULL, NULL, NULL},
    .bytes = sizeof(oc_import_csv),
    .defaults = &defaults,
    .run = run};
