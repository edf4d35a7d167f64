/* command_predict.c - onecycle predict CHECKPOINT: what a network says of pictures, of a data set
 * or of new data. What each of them is made of is in predict_images.c, predict_data.c and so on. */
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/find_checkpoint.h"
#include "cli/predict_data.h"
#include "cli/predict_images.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

enum { OPTION_SCALE = 256, OPTION_SPLIT };

typedef struct predict_arguments {
    const char *checkpoint;
    oc_predict_images images; /* paths point into argv */
    oc_predict_data data;
    int is_split_said, is_unknown_said, is_top_said;
} predict_arguments;

static const struct argp_option options[] = {
    {"top", 't', "N", 0, "Of pictures: show the N most probable classes (default 3)", 1},
    {"invert", 'i', NULL, 0, "Pictures are dark on light, the network knows light on dark (MNIST)",
     1},
    {"scale", OPTION_SCALE, "UNIT", 0,
     "A white pixel counts UNIT, such as 1 or 255: for a network trained on numbers, which does "
     "not know",
     1},
    {"data", 'd', "FILE.h5", 0, "Instead of pictures a data set that `onecycle import` made", 2},
    {"split", OPTION_SPLIT, "NAME", 0, "Of it: test (default), train or validation", 2},
    OC_UNKNOWN_LEVEL_OPTION,
    {0},
};

static const char doc[] =
    "What CHECKPOINT (a file, or a run directory for its newest) says of pictures, or of the "
    "samples "
    "of a file. Pictures are prepared as they were for training; columns, classes and targets are "
    "matched by name.\v"
    "Prints a line for each picture: FILE, then CLASS PROBABILITY from the most probable on, "
    "separated by tabs; of regression each TARGET VALUE in the targets' unit. Of other samples it "
    "prints CSV: their number from 0, and all classes or targets.\n\n"
    "Examples:\n  onecycle predict runs/lenet-001 digit.png\n"
    "  onecycle predict runs/diabetes-001 --data datasets/sklearn/diabetes.h5";

static void read_split(struct argp_state *state, const char *text, predict_arguments *a)
{
    a->is_split_said = 1;
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        if (strcmp(text, oc_split_name((oc_split)split)) == 0) {
            a->data.split = (oc_split)split;
            return;
        }
    argp_error(state, "--split %s: expected train, test or validation", text);
}

/* What is to be predicted is one thing, and options are of that thing. */
static void check(struct argp_state *state, const predict_arguments *a)
{
    const int is_pictures = a->images.count > 0, is_data = a->data.path != NULL;
    if (!a->checkpoint || is_pictures + is_data != 1)
        argp_error(state, "expected a checkpoint, and either pictures or --data");
    if (!is_pictures && (a->images.scale > 0 || a->images.invert || a->is_top_said))
        argp_error(state, "--top, --invert and --scale are for pictures");
    if (!is_data && a->is_split_said)
        argp_error(state, "--split is for --data");
    if (is_pictures && a->is_unknown_said)
        argp_error(state, "--unknown-level is for tables, not for pictures");
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    predict_arguments *a = state->input;
    switch (key) {
    case 't':
        a->images.top = (long)oc_argument_whole(state, "top", argument, 1, INT32_MAX);
        a->is_top_said = 1;
        return 0;
    case 'i':
        a->images.invert = 1;
        return 0;
    case OPTION_SCALE:
        a->images.scale = oc_argument_real(state, "scale", argument, DBL_MIN, FLT_MAX);
        return 0;
    case 'd':
        a->data.path = argument;
        return 0;
    case OPTION_SPLIT:
        read_split(state, argument, a);
        return 0;
    case OC_OPTION_UNKNOWN_LEVEL:
        a->data.ignore_unknown_levels = oc_argument_unknown_level(state, argument);
        a->is_unknown_said = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            return ARGP_ERR_UNKNOWN; /* the rest comes as ARGP_KEY_ARGS */
        a->checkpoint = argument;
        return 0;
    case ARGP_KEY_ARGS:
        a->images.path = state->argv + state->next;
        a->images.count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        check(state, a);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

oc_status oc_command_predict(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {
        options, parse_option, "CHECKPOINT IMAGE...\nCHECKPOINT --data=FILE.h5", doc, NULL,
        NULL,    NULL};
    predict_arguments a = {.images = {.top = 3}, .data = {.split = OC_SPLIT_TEST}};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    char path[OC_PATH_BYTES];
    oc_predictor predictor = {0};
    status = oc_cli_find_checkpoint(path, a.checkpoint);
    if (status == OC_OK)
        status = oc_predictor_open(&predictor, path);
    if (status == OC_OK)
        status = a.data.path ? oc_cli_predict_data(&predictor, &a.data, stdout)
                             : oc_cli_predict_images(&predictor, &a.images, stdout);
    oc_predictor_close(&predictor);
    return status;
}
