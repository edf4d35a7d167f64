/* command_fine_tune.c - onecycle fine-tune RECIPE --init C: the recipe with fastai's fine_tune as
 * its schedule. What comes of it is a recipe like any other, which `train` resumes too. */
#include "cli/common/cli.h"
#include "cli/train/training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_EPOCHS = 'e', OPTION_FREEZE = 'f', OPTION_RATE = 'l', OPTION_MULT = 'm' };
enum { STUB_SETS = OC_ARGUMENT_SETS + 4, SET_BYTES = 96 };

typedef struct tune_arguments {
    oc_training training;
    uint64_t epochs, freeze_epochs; /* epochs 0: as the recipe says */
    double base_lr, lr_mult;        /* base_lr 0: likewise */
} tune_arguments;

static const struct argp_option options[] = {
    {"epochs", OPTION_EPOCHS, "N", 0, "Epochs of the second cycle (default: train.epochs)", 0},
    {"freeze-epochs", OPTION_FREEZE, "N", 0,
     "Epochs of the first cycle, in which only the last parameter group is trained "
     "(default 1)",
     0},
    {"base-lr", OPTION_RATE, "X", 0,
     "Highest learning rate of the first cycle (default: the recipe's); the second cycle "
     "reaches half of it",
     0},
    {"lr-mult", OPTION_MULT, "X", 0,
     "In the second cycle, the first group's rate is the last group's divided by X "
     "(default 100)",
     0},
    {0},
};

static const char doc[] =
    "Fine-tune the weights given by --init, as fastai's fine_tune does: a first cycle "
    "trains only the last parameter group, a second one all groups, with learning rates "
    "that increase towards the last. Groups are those of optimizer.groups; without them, "
    "the last layer is one group and all layers before it are the other. It is a single "
    "run, alone or under mpirun or srun.\v"
    "RECIPE is a recipe as for `train`. Of its schedule only learning rate and momentum "
    "are used; --set schedule.KEY=VALUE sets keys of the fine_tune schedule. The run's "
    "recipe.yaml contains all of this: --resume, with this command or with `train` and that "
    "recipe, continues to the same result.\n"
    "\n"
    "Examples:\n"
    "  onecycle fine-tune flowers.yaml --init runs/pets-001\n"
    "  mpirun -n 4 onecycle fine-tune flowers.yaml \\\n"
    "      --init resnet18.safetensors --epochs 4 --base-lr 0.02";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    tune_arguments *const a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->training;
        return 0;
    case OPTION_EPOCHS:
        a->epochs = oc_argument_whole(state, "epochs", argument, 1, 1000000);
        return 0;
    case OPTION_FREEZE:
        a->freeze_epochs = oc_argument_whole(state, "freeze-epochs", argument, 1, 1000000);
        return 0;
    case OPTION_RATE:
        a->base_lr = oc_argument_real(state, "base-lr", argument, 0, 1000);
        if (!(a->base_lr > 0))
            argp_error(state, "--base-lr %s: expected a number above 0", argument);
        return 0;
    case OPTION_MULT:
        a->lr_mult = oc_argument_real(state, "lr-mult", argument, 1, 1e9);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int is_of_schedule(const char *set)
{
    return strncmp(set, "schedule.", 9) == 0 || strncmp(set, "schedule=", 9) == 0;
}

/* What a recipe's schedule becomes: a recipe with nothing else in it is read, so that all defaults
 * and checks are those of any recipe. */
static oc_status make_schedule(const tune_arguments *a, const oc_schedule_config *old,
                               oc_schedule_config *made)
{
    static const char stub[] = "model: mlp\ndata: {file: x.h5}\ntrain: {epochs: 2}\n";
    const oc_recipe_arguments *const given = &a->training.recipe;
    char text[3][SET_BYTES];
    const char *set[STUB_SETS] = {"schedule.name=fine_tune", text[0], text[1], text[2]};
    const int pair = oc_schedule_is_peaked(old->kind);
    size_t sets = 4;
    snprintf(text[0], SET_BYTES, "schedule.frozen=%llu epochs",
             (unsigned long long)a->freeze_epochs);
    snprintf(text[1], SET_BYTES, "schedule.lr_mult=%.17g", a->lr_mult);
    snprintf(text[2], SET_BYTES, "schedule.momentum=[%.17g, %.17g]", old->momentum[0],
             old->momentum[pair]);
    for (size_t i = 0; i < given->sets; i++)
        if (is_of_schedule(given->set[i]))
            set[sets++] = given->set[i];
    oc_recipe *const recipe = malloc(sizeof *recipe);
    char rate[SET_BYTES];
    snprintf(rate, sizeof rate, "%sschedule: {max_lr: %.17g}\n", stub,
             a->base_lr > 0 ? a->base_lr : old->lr.last);
    oc_status status =
        recipe ? oc_recipe_parse(recipe, rate, strlen(rate), given->path, "/", set, sets)
               : oc_fail(OC_ERR_MEMORY, "fine-tune: out of memory");
    if (status == OC_OK)
        *made = recipe->schedule;
    free(recipe);
    return status;
}

/* The recipe without what --set says of the schedule, which is fine_tune's. */
static oc_status load_given(const oc_training *t, oc_recipe *recipe)
{
    const char *set[OC_ARGUMENT_SETS];
    size_t sets = 0;
    for (size_t i = 0; i < t->recipe.sets; i++)
        if (!is_of_schedule(t->recipe.set[i]))
            set[sets++] = t->recipe.set[i];
    return oc_recipe_load(recipe, t->recipe.path, set, sets);
}

/* Rank 0. */
static oc_status load(oc_training *t, oc_recipe *recipe, void *context)
{
    const tune_arguments *const a = context;
    oc_schedule_config schedule;
    oc_status status = load_given(t, recipe);
    if (status == OC_OK && !recipe->train.init[0])
        status =
            oc_fail(OC_ERR_USAGE, "fine-tune: no initial weights; expected --init or train.init");
    if (status == OC_OK && recipe->schedule.kind == OC_SCHEDULE_FINE_TUNE)
        status =
            oc_fail(OC_ERR_USAGE, "%s: its schedule is fine_tune already: use `onecycle train`",
                    t->recipe.path);
    if (status == OC_OK)
        status = make_schedule(a, &recipe->schedule, &schedule);
    if (status != OC_OK)
        return status;
    recipe->schedule = schedule;
    if (a->epochs > 0)
        recipe->train.epochs = (int64_t)a->epochs;
    if (recipe->train.epochs > 0)
        recipe->train.epochs += (int64_t)a->freeze_epochs;
    return OC_OK;
}

oc_status oc_command_fine_tune(oc_comm *comm, int argc, char **argv)
{
    static const struct argp_child children[] = {{&oc_training_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "RECIPE", doc, children, NULL, NULL};
    tune_arguments a = {.freeze_epochs = 1, .lr_mult = 100};
    int done = 0;
    const oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    return status != OC_OK || done ? status : oc_cli_train(comm, &a.training, load, &a);
}
