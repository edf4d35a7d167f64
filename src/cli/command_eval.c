/* command_eval.c - onecycle eval CHECKPOINT: loss and accuracy on a test split, all ranks. */
#include "base/plain_text.h"
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "run/run.h"
#include "run/share.h"
#include "storage/checkpoint.h"
#include "storage/find_checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct eval_arguments {
    const char *checkpoint, *data;
    oc_views views;
    int validation, ignore_levels;
} eval_arguments;

static const struct argp_option options[] = {
    {"data", 'd', "FILE.h5", 0, "Evaluate on this data set instead of the one used for training",
     0},
    {"flip", 'f', NULL, 0, "Average the outputs for each image and its mirror image", 0},
    {"tta", 't', NULL, 0,
     "Test-time augmentation: average the outputs for each image and its mirror image (weight 1/4 "
     "each), and for both moved by a pixel down and right or up and left (1/8 each)",
     0},
    {"validation", 'v', NULL, 0,
     "Evaluate the training samples held out by data.validation instead of the test split", 0},
    OC_UNKNOWN_LEVEL_OPTION,
    {0},
};

static const char doc[] =
    "Print the loss and accuracy of CHECKPOINT (a file, or a run directory for its newest"
    " checkpoint) on the test split. Works alone or under mpirun.\v"
    "Prints one NAME VALUE pair per line: checkpoint, data, samples, test_loss, "
    "test_accuracy. In regression, test_r2, test_rmse and test_mae replace the accuracy. "
    "With several labels per sample, test_accuracy is the fraction of samples with all "
    "labels right, followed by test_label_accuracy and test_f1.\n"
    "\n"
    "Example:\n"
    "  mpirun -n 2 onecycle eval runs/lenet-001";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    eval_arguments *a = state->input;
    switch (key) {
    case 'd':
        a->data = argument;
        return 0;
    case 'f':
        a->views = a->views == OC_VIEWS_ONE ? OC_VIEWS_MIRRORED : a->views;
        return 0;
    case 't':
        a->views = OC_VIEWS_SHIFTED;
        return 0;
    case 'v':
        a->validation = 1;
        return 0;
    case OC_OPTION_UNKNOWN_LEVEL:
        a->ignore_levels = oc_argument_unknown_level(state, argument);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "%s: one checkpoint only", argument);
        a->checkpoint = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "the checkpoint is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Rank 0: the recipe that the checkpoint was made with, on other data if asked. */
static oc_status read_recipe(const eval_arguments *a, const char *path, oc_recipe *recipe)
{
    oc_checkpoint_info info;
    char *text = NULL, *data = NULL;
    oc_status status = oc_checkpoint_read_info(path, &info, &text);
    if (status == OC_OK)
        status = oc_recipe_parse(recipe, text, strlen(text), path, "/", NULL, 0);
    if (status == OC_OK && a->data) {
        data = realpath(a->data, NULL);
        if (data && strlen(data) < sizeof recipe->data.file)
            memcpy(recipe->data.file, data, strlen(data) + 1);
        else
            status = oc_fail(OC_ERR_IO, "%s: no such data set", a->data);
    }
    free(data);
    free(text);
    return status;
}

static void print_scores(const oc_run *run)
{
    if (run->scorer.kind == OC_TARGETS_REGRESSION)
        printf("test_rmse %.6g\ntest_mae %.6g\n", run->scores.rmse, run->scores.mae);
    else if (run->scorer.kind == OC_TARGETS_MULTI_LABEL)
        printf("test_label_accuracy %.6f\ntest_f1 %.6f\n", run->scores.label_accuracy,
               run->scores.f1);
}

oc_status oc_command_eval(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "CHECKPOINT", doc, NULL, NULL, NULL};
    eval_arguments a = {0};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    const int root = oc_comm_rank(comm) == 0;
    char path[OC_PATH_BYTES] = "";
    oc_recipe recipe;
    oc_schema trained = {0};
    if (root)
        status = oc_find_checkpoint(path, a.checkpoint);
    if (root && status == OC_OK)
        status = read_recipe(&a, path, &recipe);
    status = oc_share_recipe(comm, status, &recipe);
    if (status != OC_OK)
        return status;
    status =
        oc_share_schema(comm, root ? oc_checkpoint_read_schema(path, &trained) : OC_OK, &trained);
    oc_run run;
    const oc_evaluation evaluation = {.use = a.validation ? OC_USE_VALIDATION : OC_USE_TEST,
                                      .trained = &trained,
                                      .ignore_unknown_levels = a.ignore_levels,
                                      .views = a.views};
    if (status == OC_OK)
        status = oc_run_create_for(&run, comm, &recipe, &evaluation);
    oc_schema_free(&trained);
    if (status != OC_OK)
        return status;
    const oc_dataset_info *data = oc_dataset_describe(run.dataset);
    status = oc_views_check(a.views, &data->schema, data->path); /* the same on all ranks */
    if (status == OC_OK)
        status = oc_run_load_weights(&run, path);
    if (status == OC_OK)
        status = oc_run_evaluate(&run);
    if (status == OC_OK && root) {
        printf("checkpoint ");
        oc_plain_put(stdout, path);
        printf("\ndata ");
        oc_plain_put(stdout, data->path);
        printf("\nsamples %llu\ntest_loss %.6f\n%s %.6f\n",
               (unsigned long long)run.plan.evaluate_selection.count, run.info.test_loss,
               run.scorer.kind == OC_TARGETS_REGRESSION ? "test_r2" : "test_accuracy",
               run.info.test_accuracy);
        print_scores(&run);
    }
    oc_run_destroy(&run);
    return status;
}
