/* command_predict.c - onecycle predict CHECKPOINT: what a network says of pictures, of a data set
 * or of new data. What each of them is made of is in predict_images.c, predict_data.c and so on. */
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "cli/predict/predict_arrays.h"
#include "cli/predict/predict_csv.h"
#include "cli/predict/predict_data.h"
#include "cli/predict/predict_images.h"
#include "storage/find_checkpoint.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

enum {
    OPTION_SCALE = 256,
    OPTION_ALL,
    OPTION_SPLIT,
    OPTION_CSV,
    OPTION_IGNORE,
    OPTION_DELIMITER,
    OPTION_SKIP,
    OPTION_NO_HEADER,
    OPTION_NPZ,
    OPTION_NPY,
    OPTION_HDF5,
    OPTION_INPUTS,
    OPTION_CHANNELS_LAST,
    OPTION_CHANNELS_FIRST,
    OPTION_FLIP,
    OPTION_TTA
};

/* What is predicted; options belong to some of them. */
enum { PICTURES = 1, DATA = 2, CSV = 4, NPZ = 8, NPY = 16, HDF5 = 32, ARRAYS = NPZ | NPY | HDF5 };

typedef struct predict_arguments {
    const char *checkpoint;
    oc_views views;
    int source;               /* of the above; several bits: an error */
    unsigned said;            /* bit i: an option of belongings[i] was given */
    oc_predict_images images; /* paths point into argv */
    oc_predict_data data;
    oc_predict_csv csv;
    oc_predict_arrays arrays;
} predict_arguments;

static const struct argp_option options[] = {
    {"top", 't', "N", 0, "For images: number of most probable classes to print (default 3)", 1},
    {"invert", 'i', NULL, 0,
     "The images are dark on light, but the network was trained on light on dark (MNIST)", 1},
    {"scale", OPTION_SCALE, "UNIT", 0,
     "Value of a white pixel, such as 1 or 255; for networks trained on numbers of unknown"
     " scale",
     1},
    {"all", OPTION_ALL, NULL, 0, "Print all classes or targets as CSV, as for other samples", 1},
    {"flip", OPTION_FLIP, NULL, 0,
     "Average the outputs for each image and its mirror image, like `onecycle eval --flip`", 1},
    {"tta", OPTION_TTA, NULL, 0,
     "Average the outputs for six views of each image, like `onecycle eval --tta`", 1},
    {"data", 'd', "FILE.h5", 0, "Predict a data set made by `onecycle import` instead of images",
     2},
    {"split", OPTION_SPLIT, "NAME", 0,
     "Split of that data set: test (default), train or validation", 2},
    {"csv", OPTION_CSV, "FILE", 0,
     "Predict a table with the columns used in training, in any order; it may contain the "
     "label as well",
     3},
    {"ignore", OPTION_IGNORE, "NAMES", 0, "Columns of the table to leave out, separated by commas",
     3},
    {"delimiter", OPTION_DELIMITER, "C", 0,
     "Field separator: a character, tab or space (default: comma)", 3},
    {"skip-lines", OPTION_SKIP, "N", 0, "Number of lines before the header to skip (default 0)", 3},
    {"no-header", OPTION_NO_HEADER, NULL, 0,
     "The table has no header; its columns are called 1, 2, ...", 3},
    OC_UNKNOWN_LEVEL_OPTION,
    {"npz", OPTION_NPZ, "FILE", 0, "Predict an array of samples in a NumPy .npz archive", 4},
    {"npy", OPTION_NPY, "FILE", 0, "Predict an array of samples in a NumPy .npy file", 4},
    {"hdf5", OPTION_HDF5, "FILE", 0, "Predict an array of samples in an HDF5 file", 4},
    {"inputs", OPTION_INPUTS, "NAME", 0, "Name of the array in the archive or HDF5 file", 4},
    {"channels-last", OPTION_CHANNELS_LAST, NULL, 0,
     "Samples are (height, width, channels) rather than (channels, height, width)", 4},
    {"channels-first", OPTION_CHANNELS_FIRST, NULL, 0,
     "Samples are (channels, height, width), if both orders would fit", 4},
    {0},
};

static const char doc[] =
    "Print what CHECKPOINT (a file, or a run directory for its newest checkpoint) "
    "predicts for images or for samples in a file. Images are prepared as they were "
    "for training; columns, classes and targets are matched by name.\v"
    "Prints one line per image: FILE, then CLASS PROBABILITY from the most probable "
    "class down, separated by tabs; in regression, TARGET VALUE in the target's unit. For"
    " other samples it prints CSV: their number, from 0, and all classes or targets.\n"
    "\n"
    "Examples:\n"
    "  onecycle predict runs/lenet-001 digit.png\n"
    "  onecycle predict runs/diabetes-001 --data datasets/sklearn/diabetes.h5\n"
    "  onecycle predict runs/houses-001 --csv new.csv --ignore id\n"
    "  onecycle predict runs/scans-001 --hdf5 new.h5 --inputs /x";

static void read_split(struct argp_state *state, const char *text, predict_arguments *a)
{
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        if (strcmp(text, oc_split_name((oc_split)split)) == 0) {
            a->data.split = (oc_split)split;
            return;
        }
    argp_error(state, "--split %s: expected train, test or validation", text);
}

/* What options are for. */
typedef struct belonging {
    int key, sources; /* bits of the above */
    const char *message;
} belonging;

static const belonging belongings[] = {
    {'t', PICTURES, "--top is for images"},
    {'i', PICTURES, "--invert is for images"},
    {OPTION_SCALE, PICTURES, "--scale is for images"},
    {OPTION_ALL, PICTURES, "--all is for images"},
    {OPTION_SPLIT, DATA, "--split is for --data"},
    {OC_OPTION_UNKNOWN_LEVEL, DATA | CSV, "--unknown-level is for --data and --csv"},
    {OPTION_IGNORE, CSV, "--ignore is for --csv"},
    {OPTION_DELIMITER, CSV, "--delimiter is for --csv"},
    {OPTION_SKIP, CSV, "--skip-lines is for --csv"},
    {OPTION_NO_HEADER, CSV, "--no-header is for --csv"},
    {OPTION_INPUTS, NPZ | HDF5, "--inputs is for --npz and --hdf5"},
    {OPTION_CHANNELS_LAST, ARRAYS, "--channels-last is for --npz, --npy and --hdf5"},
    {OPTION_CHANNELS_FIRST, ARRAYS, "--channels-first is for --npz, --npy and --hdf5"},
};
enum { BELONGINGS = sizeof belongings / sizeof belongings[0] };

static void take_source(predict_arguments *a, int source, oc_array_format format, const char *path)
{
    a->source |= source;
    a->arrays.format = format;
    a->arrays.path = path;
}

/* What is to be predicted is one thing, and options are of that thing. */
static void check(struct argp_state *state, const predict_arguments *a)
{
    if (!a->checkpoint || a->source == 0 || (a->source & (a->source - 1)) != 0)
        argp_error(state, "expected a checkpoint, and one of: images, --data, --csv, --npz, "
                          "--npy, --hdf5");
    for (int i = 0; i < BELONGINGS; i++)
        if ((a->said >> i & 1) && !(belongings[i].sources & a->source))
            argp_error(state, "%s", belongings[i].message);
    if ((a->source & (NPZ | HDF5)) && !a->arrays.inputs)
        argp_error(state, "--inputs NAME is missing: the array of samples in %s", a->arrays.path);
}

static void add_ignored(struct argp_state *state, const char *list, oc_csv_lists *lists)
{
    if (lists->count == OC_CSV_LISTS)
        argp_error(state, "--ignore is given more than %d times", OC_CSV_LISTS);
    else
        lists->list[lists->count++] = list;
}

/* Options of pictures and arrays. */
static error_t parse_other(int key, char *argument, struct argp_state *state, predict_arguments *a)
{
    switch (key) {
    case 't':
        a->images.top = (long)oc_argument_whole(state, "top", argument, 1, INT32_MAX);
        return 0;
    case 'i':
        a->images.invert = 1;
        return 0;
    case OPTION_SCALE:
        a->images.scale = oc_argument_real(state, "scale", argument, FLT_MIN, FLT_MAX);
        return 0;
    case OPTION_ALL:
        a->images.all = 1;
        return 0;
    case OPTION_FLIP:
        a->views = a->views == OC_VIEWS_ONE ? OC_VIEWS_MIRRORED : a->views;
        return 0;
    case OPTION_TTA:
        a->views = OC_VIEWS_SHIFTED;
        return 0;
    case OPTION_NPZ:
        take_source(a, NPZ, OC_ARRAY_NPZ, argument);
        return 0;
    case OPTION_NPY:
        take_source(a, NPY, OC_ARRAY_NPY, argument);
        return 0;
    case OPTION_HDF5:
        take_source(a, HDF5, OC_ARRAY_HDF5, argument);
        return 0;
    case OPTION_INPUTS:
        a->arrays.inputs = argument;
        return 0;
    case OPTION_CHANNELS_LAST:
        a->arrays.channels = OC_CHANNELS_LAST;
        return 0;
    case OPTION_CHANNELS_FIRST:
        a->arrays.channels = OC_CHANNELS_FIRST;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Options of data sets and tables. */
static error_t parse_table(int key, char *argument, struct argp_state *state, predict_arguments *a)
{
    switch (key) {
    case 'd':
        a->source |= DATA;
        a->data.path = argument;
        return 0;
    case OPTION_SPLIT:
        read_split(state, argument, a);
        return 0;
    case OPTION_CSV:
        a->source |= CSV;
        a->csv.path = argument;
        return 0;
    case OC_OPTION_UNKNOWN_LEVEL:
        a->data.ignore_unknown_levels = oc_argument_unknown_level(state, argument);
        a->csv.options.unknown_level_ignore = a->data.ignore_unknown_levels;
        return 0;
    case OPTION_IGNORE:
        add_ignored(state, argument, &a->csv.options.ignore);
        return 0;
    case OPTION_DELIMITER:
        a->csv.options.delimiter = oc_argument_delimiter(state, argument);
        return 0;
    case OPTION_SKIP:
        a->csv.options.skip_lines = oc_argument_whole(state, "skip-lines", argument, 0, UINT64_MAX);
        return 0;
    case OPTION_NO_HEADER:
        a->csv.options.no_header = 1;
        return 0;
    default:
        return parse_other(key, argument, state, a);
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    predict_arguments *a = state->input;
    for (int i = 0; i < BELONGINGS; i++)
        if (belongings[i].key == key)
            a->said |= 1u << i;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            return ARGP_ERR_UNKNOWN; /* the rest comes as ARGP_KEY_ARGS */
        a->checkpoint = argument;
        return 0;
    case ARGP_KEY_ARGS:
        a->source |= PICTURES;
        a->images.path = state->argv + state->next;
        a->images.count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        check(state, a);
        return 0;
    default:
        return parse_table(key, argument, state, a);
    }
}

static oc_status predict(oc_predictor *predictor, const predict_arguments *a)
{
    switch (a->source) {
    case DATA:
        return oc_cli_predict_data(predictor, &a->data, stdout);
    case CSV:
        return oc_cli_predict_csv(predictor, &a->csv, stdout);
    case PICTURES:
        return oc_cli_predict_images(predictor, &a->images, stdout);
    default:
        return oc_cli_predict_arrays(predictor, &a->arrays, stdout);
    }
}

oc_status oc_command_predict(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options,
                                     parse_option,
                                     "CHECKPOINT IMAGE...\nCHECKPOINT --data=FILE.h5\n"
                                     "CHECKPOINT --csv=FILE\nCHECKPOINT --hdf5=FILE --inputs=NAME",
                                     doc,
                                     NULL,
                                     NULL,
                                     NULL};
    predict_arguments a = {.images = {.top = 3}, .data = {.split = OC_SPLIT_TEST}};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    char path[OC_PATH_BYTES];
    oc_predictor predictor = {0};
    status = oc_find_checkpoint(path, a.checkpoint);
    if (status == OC_OK)
        status = oc_predictor_open(&predictor, path);
    if (status == OC_OK)
        status = oc_predictor_set_views(&predictor, a.views);
    if (status == OC_OK)
        status = predict(&predictor, &a);
    oc_predictor_close(&predictor);
    return status;
}
