/* command_inspect.c - onecycle inspect PATH: a data set, a checkpoint or a run directory, told
 * apart by content. What a run directory shows is in inspect_run.c. */
#include "cli/cli.h"
#include "cli/data_card.h"
#include "cli/inspect_run.h"
#include "cli/plain_text.h"
#include "storage/checkpoint.h"
#include "storage/user_block.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char doc[] =
    "Describe PATH: a data set (samples, shape, classes), a checkpoint (place, tensors, recipe) or "
    "a run directory (summary, epochs, checkpoints). Files are verified by their digest first.\v"
    "Examples:\n"
    "  onecycle inspect datasets/mnist/mnist.h5\n"
    "  onecycle inspect runs/lenet-001/checkpoints/best.h5\n"
    "  onecycle inspect runs/lenet-001";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    const char **const path = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "%s: one file or folder only", argument);
        *path = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "the file or folder is missing");
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

static void print_place(const char *path, const oc_checkpoint_info *info)
{
    char digest[OC_DIGEST_TEXT];
    printf("%-14s %s\n", "checkpoint", path);
    printf("%-14s %" PRIu64 " of %" PRIu64 " (%" PRIu64 " an epoch)\n", "step", info->step,
           info->total_steps, info->steps_per_epoch);
    printf("%-14s %" PRIu64 "\n", "seed", info->seed);
    printf("%-14s %" PRIu64 ", on %" PRIu64 " ranks\n", "shards", info->shards, info->ranks);
    printf("%-14s %.1f\n", "seconds", info->seconds);
    if (info->evaluated_step != UINT64_MAX)
        printf("%-14s %.4f, loss %.4f (at step %" PRIu64 "; best %.4f)\n", "test accuracy",
               info->test_accuracy, info->test_loss, info->evaluated_step, info->best_accuracy);
    oc_digest_text(info->weights_hash, digest);
    printf("%-14s %s\n", "weights hash", digest);
    oc_digest_text(info->data_digest, digest);
    printf("%-14s %s\n", "data digest", digest);
}

static oc_status inspect_checkpoint(const char *path)
{
    oc_checkpoint_info info;
    oc_checkpoint_input *input = NULL;
    char *recipe = NULL;
    tensor_totals totals = {0};
    oc_status status = oc_checkpoint_read_info(path, &info, &recipe);
    if (status == OC_OK)
        status = oc_checkpoint_read_input(path, &input);
    if (status != OC_OK)
        goto cleanup;
    print_place(path, &info);
    printf("%-14s %dx%dx%d (channels x height x width), %d classes\n", "input", input->channels,
           input->height, input->width, input->classes);
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
    free(input);
    free(recipe);
    return status;
}

static oc_status inspect_dataset(const char *path)
{
    return oc_cli_data_card(path, 1);
}

static oc_status (*const inspect_kind[])(const char *path) = {
    [OC_FILE_DATASET] = inspect_dataset,
    [OC_FILE_CHECKPOINT] = inspect_checkpoint,
};

oc_status oc_command_inspect(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {NULL, parse_option, "PATH", doc, NULL, NULL, NULL};
    const char *path = NULL;
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &path, &done);
    if (status != OC_OK || done)
        return status;
    struct stat about;
    if (stat(path, &about) != 0)
        return oc_fail(OC_ERR_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return oc_cli_inspect_run(path);
    oc_file_kind kind;
    status = oc_user_block_identify(path, &kind);
    return status == OC_OK ? inspect_kind[kind](path) : status;
}
