/* command_inspect.c - onecycle inspect PATH: a data set, a checkpoint or a run directory, told
 * apart by content; or --model, a network without any of them. What a run directory and a network
 * show is in inspect_run.c and inspect_model.c. */
#include "base/plain_text.h"
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "cli/common/data_card.h"
#include "cli/inspect/inspect_augment.h"
#include "cli/inspect/inspect_model.h"
#include "cli/inspect/inspect_run.h"
#include "cli/inspect/inspect_schema.h"
#include "storage/checkpoint.h"
#include "storage/user_block.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char doc[] =
    "Describe PATH: a data set (samples, shape, classes), a checkpoint (progress, "
    "tensors, recipe) or a run directory (summary, epochs, checkpoints). Files are first "
    "verified by their digest. With --model or --recipe, describe a network instead: "
    "layers, shapes, parameters, multiply-adds, memory. With --augment, draw training "
    "images as a recipe augments them.\v"
    "Examples:\n"
    "  onecycle inspect datasets/mnist/mnist.h5\n"
    "  onecycle inspect runs/lenet-001/checkpoints/best.h5\n"
    "  onecycle inspect runs/lenet-001\n"
    "  onecycle inspect --model resnet20\n"
    "  onecycle inspect --model wide_resnet --set model.depth=28 --batch 64\n"
    "  onecycle inspect --recipe mine.yaml --input 1x28x28\n"
    "  onecycle inspect --augment mine.yaml --png grid.png";

static const struct argp_option options[] = {
    {"model", 'm', "NAME", 0, "Describe a network by its name in recipes", 0},
    {"recipe", 'r', "FILE", 0, "Describe the network of a recipe", 0},
    {"set", 's', "KEY=VALUE", 0,
     "Change a key of the recipe, such as model.dropout=0.5; may be given several times", 0},
    {"input", 'i', "CxHxW", 0, "Shape of an image (default: the network's usual one)", 0},
    {"classes", 'c', "N", 0, "Number of outputs (default: the usual one)", 0},
    {"batch", 'b', "N", 0, "Samples per batch, for the memory estimate (default 32)", 0},
    {"augment", 'a', "FILE", 0, "Draw training images as the augmentation of a recipe changes them",
     0},
    {"png", 'p', "OUT.png", 0, "File for that image", 0},
    {0},
};

typedef struct request {
    const char *path;
    const char *augment, *png; /* a recipe, and the picture of its augmentation */
    oc_inspect_model model;
} request;

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    request *const r = state->input;
    oc_model_request *const model = &r->model.model;
    switch (key) {
    case 'm':
        model->name = argument;
        return 0;
    case 'r':
        model->recipe = argument;
        return 0;
    case 's':
        if (model->set_count == OC_MODEL_SETS)
            argp_error(state, "--set: more than %d", OC_MODEL_SETS);
        else
            model->sets[model->set_count++] = argument;
        return 0;
    case 'i':
        if (!oc_cli_read_shape(argument, &model->input))
            argp_error(state,
                       "--input: \"%s\"; expected channels, height and width, such as 3x32x32",
                       argument);
        return 0;
    case 'c':
        model->classes = (int)oc_argument_whole(state, "classes", argument, 1, 65536);
        return 0;
    case 'b':
        r->model.batch = (int)oc_argument_whole(state, "batch", argument, 1, 1 << 24);
        return 0;
    case 'a':
        r->augment = argument;
        return 0;
    case 'p':
        r->png = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "%s: one file or folder only", argument);
        r->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!r->path && !model->name && !model->recipe && !r->augment)
            argp_error(state, "the file or folder is missing");
        if (!!r->path + !!model->name + !!model->recipe + !!r->augment > 1)
            argp_error(state, "expected only one of PATH, --model, --recipe and --augment");
        if (!r->augment != !r->png)
            argp_error(state, "--augment and --png belong together");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

typedef struct tensor_totals {
    uint64_t parameters, others;
} tensor_totals;

static void print_tensor(const char *name, oc_shape shape, void *user)
{
    static const char group[] = "parameters/";
    tensor_totals *const totals = user;
    char clean[OC_PLAIN_TEXT], text[OC_SHAPE_TEXT];
    const char *const relative = name + (name[0] == '/');
    const size_t count = oc_shape_count(shape);
    if (strncmp(relative, group, sizeof group - 1) == 0)
        totals->parameters += count;
    else
        totals->others += count;
    printf("  %-40s %-16s %10zu\n", oc_plain_text(relative, clean), oc_shape_text(shape, text),
           count);
}

static void print_place(const char *path, const oc_checkpoint_info *info, int kind)
{
    char digest[OC_DIGEST_TEXT], clean[OC_PLAIN_TEXT];
    printf("%-14s %s\n", "checkpoint", oc_plain_text(path, clean));
    if (info->decision.end == OC_OPEN)
        printf("%-14s %" PRIu64 " of as many as time allows (%" PRIu64 " per epoch)\n", "step",
               info->step, info->steps_per_epoch);
    else
        printf("%-14s %" PRIu64 " of %" PRIu64 " (%" PRIu64 " per epoch)\n", "step", info->step,
               info->decision.end, info->steps_per_epoch);
    const oc_decision *const d = &info->decision;
    if (d->step > 0)
        printf("%-14s from step %" PRIu64 ": schedule at %.1f, rate multiplied by %g\n", "decided",
               d->step, d->place, d->scale);
    printf("%-14s %" PRIu64 "\n", "seed", info->seed);
    printf("%-14s %" PRIu64 ", on %" PRIu64 " rank%s\n", "shards", info->shards, info->ranks,
           info->ranks == 1 ? "" : "s");
    if (info->version[0]) {
        printf("%-14s onecycle %s", "made by", oc_plain_text(info->version, clean));
        printf(", kernels %s\n", oc_plain_text(info->kernels, clean));
    }
    printf("%-14s %.1f\n", "seconds", info->seconds);
    if (info->evaluated_step != UINT64_MAX)
        printf("%-14s %.4f, loss %.4f (at step %" PRIu64 "; best %.4f)\n",
               kind == OC_TARGETS_REGRESSION ? "test R2" : "test accuracy", info->test_accuracy,
               info->test_loss, info->evaluated_step, info->best_accuracy);
    oc_digest_text(info->weights_hash, digest);
    printf("%-14s %s\n", "weights hash", digest);
    oc_digest_text(info->data_digest, digest);
    printf("%-14s %s\n", "data digest", digest);
}

static oc_status inspect_checkpoint(const char *path)
{
    oc_checkpoint_info info;
    oc_schema input = {0};
    char *recipe = NULL;
    tensor_totals totals = {0};
    oc_status status = oc_checkpoint_read_info(path, &info, &recipe);
    if (status == OC_OK)
        status = oc_checkpoint_read_schema(path, &input);
    if (status != OC_OK)
        goto cleanup;
    print_place(path, &info, (int)input.kind);
    printf("%-14s %dx%dx%d (channels x height x width), %d %s\n", "input", input.channels,
           input.height, input.width, input.classes,
           input.kind == OC_TARGETS_CLASSES ? "classes" : "targets");
    oc_cli_inspect_schema(&input);
    printf("\ntensors\n");
    status = oc_checkpoint_list(path, print_tensor, &totals);
    if (status != OC_OK)
        goto cleanup;
    printf("%" PRIu64 " parameters, %" PRIu64 " other values\n\nrecipe\n", totals.parameters,
           totals.others);
    for (char *line = strtok(recipe, "\n"); line; line = strtok(NULL, "\n")) {
        char clean[OC_PLAIN_TEXT];
        if (line[strspn(line, " ")] != '#')
            printf("  %s\n", oc_plain_text(line, clean));
    }
cleanup:
    oc_schema_free(&input);
    free(recipe);
    return status;
}

static oc_status inspect_dataset(const char *path)
{
    return oc_cli_data_card(path);
}

static oc_status (*const inspect_kind[])(const char *path) = {
    [OC_FILE_DATASET] = inspect_dataset,
    [OC_FILE_CHECKPOINT] = inspect_checkpoint,
};

oc_status oc_command_inspect(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "[PATH]", doc, NULL, NULL, NULL};
    request r = {.model = {.batch = 32}};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &r, &done);
    if (status != OC_OK || done)
        return status;
    if (r.augment)
        return oc_cli_inspect_augment(r.augment, r.model.model.sets, r.model.model.set_count,
                                      r.png);
    if (!r.path)
        return oc_cli_inspect_model(&r.model);
    const char *path = r.path;
    struct stat about;
    if (stat(path, &about) != 0)
        return oc_fail(OC_ERR_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return oc_cli_inspect_run(path);
    oc_file_kind kind;
    status = oc_user_block_identify(path, &kind);
    return status == OC_OK ? inspect_kind[kind](path) : status;
}
