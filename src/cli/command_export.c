/* command_export.c - onecycle export weights CHECKPOINT OUT: parameters and running statistics for
 * other programs. */
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "recipe/recipe.h"
#include "run/torchvision_names.h"
#include "run/weights_file.h"
#include "storage/checkpoint.h"
#include "storage/find_checkpoint.h"
#include "storage/npz_write.h"
#include "storage/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_NAMES = 'n', OPTION_FORCE = 'f' };

typedef struct export_arguments {
    const char *what, *checkpoint, *out;
    int torchvision, force;
} export_arguments;

static const struct argp_option options[] = {
    {"names", OPTION_NAMES, "NAMES", 0,
     "Names of the tensors: onecycle (default), or torchvision for the names in "
     "torchvision's resnet18, resnet34 and resnet50",
     0},
    {"force", OPTION_FORCE, NULL, 0, "Replace OUT if it exists", 0},
    {0},
};

static const char doc[] =
    "Write the parameters and running statistics of CHECKPOINT (a file, or a run "
    "directory for its newest checkpoint) as float32 arrays by name: for NumPy (OUT.npz),"
    " or for PyTorch and others (OUT.safetensors). Convolutions have the shape (out, in, "
    "height, width), linear layers (out, in).\v"
    "Examples:\n"
    "  onecycle export weights runs/lenet-001 lenet.npz\n"
    "  onecycle export weights runs/r18-001/checkpoints/best.h5 \\\n"
    "      r18.safetensors --names torchvision";

static error_t parse_argument(export_arguments *a, char *argument, struct argp_state *state)
{
    switch (state->arg_num) {
    case 0:
        if (strcmp(argument, "weights") != 0)
            argp_error(state, "%s: unknown kind of export; expected weights", argument);
        a->what = argument;
        return 0;
    case 1:
        a->checkpoint = argument;
        return 0;
    case 2:
        a->out = argument;
        return 0;
    default:
        argp_error(state, "%s: one checkpoint and one output only", argument);
        return 0;
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    export_arguments *const a = state->input;
    switch (key) {
    case OPTION_NAMES:
        a->torchvision = strcmp(argument, "torchvision") == 0;
        if (!a->torchvision && strcmp(argument, "onecycle") != 0)
            argp_error(state, "--names %s: expected onecycle or torchvision", argument);
        return 0;
    case OPTION_FORCE:
        a->force = 1;
        return 0;
    case ARGP_KEY_ARG:
        return parse_argument(a, argument, state);
    case ARGP_KEY_END:
        if (!a->out)
            argp_error(state, "expected weights, a checkpoint and OUT.npz or OUT.safetensors");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int ends_in(const char *path, const char *ending)
{
    const size_t length = strlen(path), end = strlen(ending);
    return length > end && strcmp(path + length - end, ending) == 0;
}

/* A tensor of the checkpoint on its way out. */
typedef struct exported {
    char name[OC_WEIGHT_NAME];
    float *data; /* owned */
} exported;

typedef struct exporting {
    oc_weights_file file;
    exported *tensor;
    oc_named_tensor *named;
    float **data;
    size_t *index;
} exporting;

static oc_status allocate(exporting *e)
{
    const size_t count = e->file.count + 1;
    e->tensor = calloc(count, sizeof *e->tensor);
    e->named = calloc(count, sizeof *e->named);
    e->data = calloc(count, sizeof *e->data);
    e->index = calloc(count, sizeof *e->index);
    int good = e->tensor && e->named && e->data && e->index;
    for (size_t i = 0; i < e->file.count && good; i++) {
        const oc_weight *const weight = &e->file.weight[i];
        e->tensor[i].data = malloc(weight->elements * sizeof(float) + 1);
        e->data[i] = e->tensor[i].data;
        e->index[i] = i;
        good = e->tensor[i].data != NULL;
    }
    return good ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: no memory for its tensors", e->file.path);
}

static void release(exporting *e)
{
    for (size_t i = 0; e->tensor && i < e->file.count; i++)
        free(e->tensor[i].data);
    free(e->tensor);
    free(e->named);
    free(e->data);
    free(e->index);
    oc_weights_close(&e->file);
}

/* Names and shapes for the writers. */
static oc_status name_all(exporting *e, int torchvision)
{
    for (size_t i = 0; i < e->file.count; i++) {
        const oc_weight *const weight = &e->file.weight[i];
        char *const name = e->tensor[i].name;
        snprintf(name, OC_WEIGHT_NAME, "%s", weight->name);
        if (torchvision && !oc_torchvision_name(weight->name, name, OC_WEIGHT_NAME))
            return oc_fail(OC_ERR_DATA, "%s: torchvision has no name for tensor %s", e->file.path,
                           weight->name);
        e->named[i] = (oc_named_tensor){"", name, {e->tensor[i].data, {weight->rank, {0}, 0}}};
        for (int k = 0; k < weight->rank; k++)
            e->named[i].tensor.shape.dim[k] = (int)weight->extent[k];
    }
    return OC_OK;
}

/* Only a network that torchvision has too can be called as there. */
static oc_status check_model(const char *path)
{
    oc_checkpoint_info info;
    char *text = NULL;
    oc_recipe *const recipe = malloc(sizeof *recipe);
    oc_status status = recipe ? oc_checkpoint_read_info(path, &info, &text)
                              : oc_fail(OC_ERR_MEMORY, "%s: no memory for its recipe", path);
    if (status == OC_OK)
        status = oc_recipe_parse(recipe, text, strlen(text), path, "/", NULL, 0);
    if (status == OC_OK && !oc_model_is_torchvision(recipe->model.kind))
        status = oc_fail(OC_ERR_USAGE,
                         "--names torchvision: %s has a network %s; expected resnet18, resnet34 or "
                         "resnet50",
                         path, oc_model_name(recipe->model.kind));
    free(text);
    free(recipe);
    return status;
}

static oc_status export_weights(const export_arguments *a, const char *path)
{
    exporting e = {0};
    oc_status status = a->torchvision ? check_model(path) : OC_OK;
    if (status == OC_OK)
        status = oc_weights_open(&e.file, path);
    if (status == OC_OK && e.file.kind != OC_WEIGHTS_CHECKPOINT)
        status = oc_fail(OC_ERR_DATA, "%s: expected a checkpoint of onecycle", path);
    if (status == OC_OK)
        status = allocate(&e);
    if (status == OC_OK)
        status = name_all(&e, a->torchvision);
    if (status == OC_OK)
        status = oc_weights_read(&e.file, e.index, e.data, e.file.count);
    if (status == OC_OK)
        status = ends_in(a->out, ".npz") ? oc_npz_write(a->out, e.named, e.file.count)
                                         : oc_safetensors_write(a->out, e.named, e.file.count);
    if (status == OC_OK)
        printf("%zu tensors of %s in %s\n", e.file.count, path, a->out);
    release(&e);
    return status;
}

oc_status oc_command_export(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "weights CHECKPOINT OUT", doc, NULL,
                                     NULL,    NULL};
    export_arguments a = {0};
    int done = 0;
    char path[OC_PATH_BYTES] = "";
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    if (!ends_in(a.out, ".npz") && !ends_in(a.out, ".safetensors"))
        return oc_fail(OC_ERR_USAGE, "%s: expected a name that ends in .npz or .safetensors",
                       a.out);
    if (!a.force && oc_file_exists(a.out))
        return oc_fail(OC_ERR_IO, "%s: already exists; replace it with --force", a.out);
    status = oc_find_checkpoint(path, a.checkpoint);
    return status == OC_OK ? export_weights(&a, path) : status;
}
