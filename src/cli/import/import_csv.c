/* import_csv.c - the options of `onecycle import csv`. */
#include "cli/import/import_arguments.h"

#include <stdio.h>
#include <string.h>

enum {
    OPTION_LABEL = 256,
    OPTION_TARGETS,
    OPTION_MULTI_LABEL,
    OPTION_CATEGORICAL,
    OPTION_IGNORE,
    OPTION_TEST,
    OPTION_FRACTION,
    OPTION_SEED,
    OPTION_DELIMITER,
    OPTION_SKIP,
    OPTION_NO_HEADER,
    OPTION_SHAPE
};

static const struct argp_option options[] = {
    {"label", OPTION_LABEL, "NAME", 0, "The column of the classes: numbers or words", 0},
    {"targets", OPTION_TARGETS, "NAMES", 0, "Columns of numbers to predict (regression)", 0},
    {"multi-label", OPTION_MULTI_LABEL, "NAMES", 0, "Columns of 0 or 1, each a label of its own",
     0},
    {"categorical", OPTION_CATEGORICAL, "NAMES", 0,
     "Columns of words: one feature a value, 1 for the one that is there", 0},
    {"ignore", OPTION_IGNORE, "NAMES", 0, "Columns to leave out", 0},
    {"test", OPTION_TEST, "FILE", 0, "Likewise the test split, with the same columns", 0},
    {"test-fraction", OPTION_FRACTION, "X", 0, "Part (of each class) that becomes the test split",
     0},
    {"seed", OPTION_SEED, "N", 0, "Chooses that part (default 1)", 0},
    {"delimiter", OPTION_DELIMITER, "C", 0,
     "Between fields: a character, or tab or space (default ,)", 0},
    {"skip-lines", OPTION_SKIP, "N", 0, "Lines before the header to pass over (default 0)", 0},
    {"no-header", OPTION_NO_HEADER, NULL, 0, "There is no header: columns are called 1, 2, ...", 0},
    {"shape", OPTION_SHAPE, "CxHxW", 0,
     "The features are channels, height and width of an image, in this order", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char doc[] =
    "Import a CSV table (RFC 4180, UTF-8, plain or .gz): a sample a line. Other columns than those "
    "named are numbers, the features. NAMES are written as a line of CSV is: between commas, in "
    "quotes where a name holds a comma or a quote; #3 is the third column, 3 the one called 3 or "
    "else the third, and '' those without a name. An option may be given several times.\v"
    "A value that is missing or no number is an error that names line and column.\n\n"
    "Examples:\n"
    "  onecycle import csv --label species --test-fraction 0.2 iris.csv iris.h5\n"
    "  onecycle import csv --targets price --categorical town --ignore id \\\n"
    "      --test new.csv houses.csv houses.h5\n"
    "  onecycle import csv --targets '\"Income ($, thousand)\",age' --ignore '' \\\n"
    "      --test-fraction 0.1 pandas.csv pandas.h5";

static void read_shape(struct argp_state *state, const char *text, oc_import_csv *csv)
{
    int length = 0;
    if (text[0] < '0' || text[0] > '9' ||
        sscanf(text, "%5dx%5dx%5d%n", &csv->channels, &csv->height, &csv->width, &length) != 3 ||
        text[length] != '\0' || csv->channels < 1 || csv->height < 1 || csv->width < 1)
        argp_error(state, "--shape %s: expected channels x height x width, such as 1x8x8", text);
}

static void add_list(struct argp_state *state, int key, const char *argument, oc_csv_lists *lists)
{
    if (lists->count == OC_CSV_LISTS)
        argp_error(state, "--%s is given more than %d times", options[key - OPTION_LABEL].name,
                   OC_CSV_LISTS);
    else
        lists->list[lists->count++] = argument;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    oc_import_arguments *const a = state->input;
    oc_csv_lists *const lists[] = {&a->csv.label, &a->csv.targets, &a->csv.multi_label,
                                   &a->csv.categorical, &a->csv.ignore};
    if (key >= OPTION_LABEL && key <= OPTION_IGNORE) {
        add_list(state, key, argument, lists[key - OPTION_LABEL]);
        return 0;
    }
    switch (key) {
    case OPTION_TEST:
        a->csv.test = argument;
        return 0;
    case OPTION_FRACTION:
        a->csv.test_fraction = oc_argument_fraction(state, "test-fraction", argument);
        return 0;
    case OPTION_SEED:
        a->csv.seed = oc_argument_whole(state, "seed", argument, 0, UINT64_MAX);
        return 0;
    case OPTION_DELIMITER:
        a->csv.delimiter = oc_argument_delimiter(state, argument);
        return 0;
    case OPTION_SKIP:
        a->csv.skip_lines = oc_argument_whole(state, "skip-lines", argument, 0, 1000000);
        return 0;
    case OPTION_NO_HEADER:
        a->csv.no_header = 1;
        return 0;
    case OPTION_SHAPE:
        read_shape(state, argument, &a->csv);
        return 0;
    default:
        return oc_import_parse_common(key, argument, state);
    }
}

static oc_status run(oc_import_arguments *a, const char *out)
{
    if (a->arguments != 2)
        return oc_fail(OC_ERR_USAGE, "import csv: expected FILE and OUT.h5 (see --help)");
    a->csv.source = a->argument[0];
    a->csv.watch = a->watch;
    return oc_import_csv_run(&a->csv, out);
}

const oc_importer oc_importer_csv = {
    "csv", {options, parse, "FILE.csv OUT.h5", doc, NULL, NULL, NULL}, run};
