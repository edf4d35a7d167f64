/* command_train.c - onecycle train RECIPE: one run, new, resumed, or on from the weights of
 * another, on all ranks. */
#include "cli/common/cli.h"
#include "cli/train/training.h"
#include "storage/checkpoint.h"
#include "storage/find_checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_CONTINUE = 'c' };

typedef struct train_arguments {
    oc_training training;
    const char *from;
    char checkpoint[OC_PATH_BYTES], name[OC_PATH_BYTES];
} train_arguments;

static const struct argp_option options[] = {
    {"continue-from", OPTION_CONTINUE, "RUN", 0,
     "Start a new run from the weights of a run or checkpoint; without RECIPE, use its "
     "recipe",
     0},
    {0},
};

static const char doc[] =
    "Train a network as RECIPE describes, alone or under mpirun or srun.\v"
    "When any rank receives TERM, USR1, USR2 or INT, the run saves a checkpoint and exits"
    " with code 75.\n"
    "\n"
    "Exit codes: 0 done; 64 wrong usage or recipe; 65 bad data; 70 internal error or out of "
    "memory; 71 "
    "lost a peer (submit again); 72 diverged; 73 replicas differ; 74 input/output error; "
    "75 stopped and saved (submit again).\n"
    "\n"
    "Examples:\n"
    "  mpirun -n 2 onecycle train datasets/mnist/lenet.yaml\n"
    "  onecycle train recipe.yaml --set train.epochs=5 --run-dir runs/five\n"
    "  mpirun -n 4 onecycle train recipe.yaml --run-dir runs/five --resume\n"
    "  onecycle train --continue-from runs/five --set train.epochs=3";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    train_arguments *const a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->training;
        return 0;
    case OPTION_CONTINUE:
        a->from = argument;
        a->training.may_lack_recipe = 1;
        return 0;
    case ARGP_KEY_END:
        if (a->from && a->training.init)
            argp_error(state, "expected either --continue-from or --init, found both");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* "runs/lenet-001" -> "lenet", so that the next is runs/lenet-002. */
static void name_run(train_arguments *a)
{
    char plain[OC_PATH_BYTES];
    snprintf(plain, sizeof plain, "%s", a->from);
    size_t length = strlen(plain);
    while (length > 1 && plain[length - 1] == '/')
        plain[--length] = '\0';
    const char *const slash = strrchr(plain, '/'), *const name = slash ? slash + 1 : plain;
    const size_t stem = strcspn(name, "."), digits = strspn(name, "0123456789");
    size_t end = stem;
    while (end > 0 && strchr("0123456789", name[end - 1]))
        end--;
    if (digits < stem && end > 0 && end < stem && name[end - 1] == '-')
        end--;
    else
        end = stem;
    snprintf(a->name, sizeof a->name, "%.*s.yaml", (int)end, end > 0 ? name : "run");
}

/* The recipe of a checkpoint, changed as --set says. */
static oc_status load_from_checkpoint(const train_arguments *a, oc_recipe *recipe)
{
    const oc_recipe_arguments *const given = &a->training.recipe;
    oc_checkpoint_info info;
    char *text = NULL;
    oc_status status = oc_checkpoint_read_info(a->checkpoint, &info, &text);
    if (status == OC_OK)
        status = oc_recipe_parse(recipe, text, strlen(text), a->checkpoint, "/", given->set,
                                 given->sets);
    free(text);
    return status;
}

/* Rank 0. What goes on has the same network, so names that differ are a mistake. */
static oc_status load(oc_training *t, oc_recipe *recipe, void *context)
{
    static const char strict[] = "train.init_strict=true";
    train_arguments *const a = context;
    if (!a->from)
        return oc_recipe_load(recipe, t->recipe.path, t->recipe.set, t->recipe.sets);
    oc_status status = oc_find_checkpoint(a->checkpoint, a->from);
    if (status != OC_OK)
        return status;
    if (t->recipe.sets + 2 > OC_ARGUMENT_SETS)
        return oc_fail(OC_ERR_USAGE, "--set is given more than %d times", OC_ARGUMENT_SETS - 2);
    memmove(t->recipe.set + 1, t->recipe.set, t->recipe.sets * sizeof *t->recipe.set);
    t->recipe.set[0] = strict;
    t->recipe.sets++;
    oc_training_set_init(t, a->checkpoint);
    if (t->recipe.path)
        return oc_recipe_load(recipe, t->recipe.path, t->recipe.set, t->recipe.sets);
    name_run(a);
    t->name = a->name;
    return load_from_checkpoint(a, recipe);
}

oc_status oc_command_train(oc_comm *comm, int argc, char **argv)
{
    static const struct argp_child children[] = {{&oc_training_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {options, parse_option, "RECIPE", doc, children, NULL, NULL};
    train_arguments a = {0};
    int done = 0;
    const oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    return status != OC_OK || done ? status : oc_cli_train(comm, &a.training, load, &a);
}
