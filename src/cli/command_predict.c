/* command_predict.c - onecycle predict CHECKPOINT IMAGE...: class and probabilities, or targets.
 * The samples of a data set are in predict_data.c. */
#include "base/plain_text.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/find_checkpoint.h"
#include "cli/predict_data.h"
#include "data/image.h"
#include "train/predictor.h"

#include <math.h>
#include <stdio.h>

typedef struct predict_arguments {
    const char *checkpoint, *data;
    char **image; /* points into argv */
    int images;
    long top;
    int invert;
} predict_arguments;

static const struct argp_option options[] = {
    {"top", 't', "N", 0, "Show the N most probable classes (default 3)", 0},
    {"invert", 'i', NULL, 0, "Images are dark on light, the network knows light on dark (MNIST)",
     0},
    {"data", 'd', "FILE.h5", 0,
     "Instead of images the test split of this data set; prints CSV: sample and all classes or "
     "targets",
     0},
    {0},
};

static const char doc[] =
    "Classify PNG or JPEG images with CHECKPOINT (a file, or a run directory for its newest). "
    "Images are resized to the network's input.\v"
    "Prints a line for each image: FILE, then CLASS PROBABILITY from the most probable on, "
    "separated by tabs; of regression each TARGET VALUE in the targets' unit.\n\n"
    "Examples:\n  onecycle predict runs/lenet-001 digit.png\n"
    "  onecycle predict runs/diabetes-001 --data datasets/sklearn/diabetes.h5";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    predict_arguments *a = state->input;
    switch (key) {
    case 't':
        a->top = (long)oc_argument_whole(state, "top", argument, 1, INT32_MAX);
        return 0;
    case 'i':
        a->invert = 1;
        return 0;
    case 'd':
        a->data = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            return ARGP_ERR_UNKNOWN; /* the rest comes as ARGP_KEY_ARGS */
        a->checkpoint = argument;
        return 0;
    case ARGP_KEY_ARGS:
        a->image = state->argv + state->next;
        a->images = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (!a->checkpoint || (a->images > 0) == (a->data != NULL))
            argp_error(state, "expected a checkpoint and images, or --data");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Pixels of 0 to 255 -> numbers as the data set stores them. */
static void take_pixels(oc_predictor *predictor, int invert)
{
    const oc_schema *schema = &predictor->schema;
    const double unit = oc_values_unit(schema->values);
    for (size_t i = 0; i < oc_schema_values(schema); i++) {
        const double pixel = (double)predictor->image[i];
        const double value = (invert ? 255 - pixel : pixel) * (unit / 255);
        predictor->numbers[i] = schema->values == OC_VALUES_NUMBERS ? value : floor(value + 0.5);
    }
}

static void print_targets(const oc_predictor *predictor, const char *file)
{
    const oc_schema *input = &predictor->schema;
    oc_plain_put(stdout, file);
    for (int c = 0; c < input->classes; c++) {
        putchar('\t');
        oc_plain_put(stdout, input->class_names[c]);
        printf(" %.6g", (double)predictor->probabilities[c]);
    }
    printf("\n");
}

/* The class names by falling probability, `top` of them. */
static void print_prediction(const oc_predictor *predictor, const char *file, long top)
{
    const oc_schema *input = &predictor->schema;
    oc_plain_put(stdout, file);
    for (long rank = 0; rank < top && rank < input->classes; rank++) {
        int best = 0;
        for (int c = 1; c < input->classes; c++)
            if (predictor->probabilities[c] > predictor->probabilities[best])
                best = c;
        putchar('\t');
        oc_plain_put(stdout, input->class_names[best]);
        printf(" %.4f", (double)predictor->probabilities[best]);
        predictor->probabilities[best] = -1; /* taken */
    }
    printf("\n");
}

oc_status oc_command_predict(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {
        options, parse_option, "CHECKPOINT IMAGE...\nCHECKPOINT --data=FILE.h5", doc, NULL,
        NULL,    NULL};
    predict_arguments a = {.top = 3};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    char path[OC_PATH_BYTES];
    oc_predictor predictor = {0};
    status = oc_cli_find_checkpoint(path, a.checkpoint);
    if (status == OC_OK)
        status = oc_predictor_open(&predictor, path);
    for (int i = 0; i < a.images && status == OC_OK; i++) {
        const oc_schema *input = &predictor.schema;
        status = oc_image_read(a.image[i], input->channels, input->height, input->width,
                               predictor.image);
        if (status != OC_OK)
            break;
        take_pixels(&predictor, a.invert);
        oc_predictor_run(&predictor);
        if (input->kind == OC_TARGETS_REGRESSION)
            print_targets(&predictor, a.image[i]);
        else
            print_prediction(&predictor, a.image[i], a.top);
    }
    if (status == OC_OK && a.data)
        status = oc_cli_predict_data(&predictor, a.data, stdout);
    oc_predictor_close(&predictor);
    return status;
}
