/* command_train.c - onecycle train RECIPE: one run, new or resumed, on all ranks. */
#include "base/log.h"
#include "cli/allocation.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/run_folder.h"
#include "cli/share_recipe.h"
#include "cli/signals.h"
#include "storage/checkpoint_dir.h"
#include "train/loop.h"
#include "train/session.h"

#include <string.h>

enum { OPTION_RUN_DIR = 'd', OPTION_RESUME = 'r', OPTION_QUIET = 'q', OPTION_STOP_AT = 256 };

typedef struct train_arguments {
    oc_recipe_arguments recipe;
    const char *run_dir;
    int resume, quiet;
    uint64_t stop_at;
} train_arguments;

static const struct argp_option options[] = {
    {"set", 's', "KEY=VALUE", 0,
     "Change a key of the recipe, e.g. train.epochs=5; may be "
     "given several times",
     0},
    {"run-dir", OPTION_RUN_DIR, "DIR", 0,
     "Folder for all results (default: runs/NAME-001, the next free number)", 0},
    {"resume", OPTION_RESUME, NULL, 0,
     "Go on from the newest checkpoint in the run directory, at the exact step, on any number of "
     "ranks; starts anew if there is none",
     0},
    {"stop-at", OPTION_STOP_AT, "STEP", 0, "Save and leave with exit code 75 after this step", 0},
    {"quiet", OPTION_QUIET, NULL, 0, "No progress, only warnings", 0},
    {0},
};

static const char doc[] =
    "Train a network as RECIPE says, alone or under mpirun or srun.\v"
    "Signals TERM, USR1, USR2 and INT to any rank: save, then leave with 75.\n\n"
    "Exit codes: 0 done; 64 wrong usage or recipe; 65 bad data; 70 internal error; 71 lost a peer "
    "(submit again); 72 diverged; 73 replicas differ; 74 input/output; 75 stopped and saved "
    "(submit again).\n\n"
    "Examples:\n"
    "  mpirun -n 2 onecycle train datasets/mnist/lenet.yaml\n"
    "  onecycle train recipe.yaml --set train.epochs=5 --run-dir runs/five\n"
    "  mpirun -n 4 onecycle train recipe.yaml --run-dir runs/five --resume";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    train_arguments *a = state->input;
    switch (key) {
    case OPTION_RUN_DIR:
        a->run_dir = argument;
        return 0;
    case OPTION_RESUME:
        a->resume = 1;
        return 0;
    case OPTION_QUIET:
        a->quiet = 1;
        return 0;
    case OPTION_STOP_AT:
        a->stop_at = oc_argument_whole(state, "stop-at", argument, 1, UINT64_MAX);
        return 0;
    default:
        return oc_argument_recipe(&a->recipe, key, argument, state); /* --set */
    }
}

/* Rank 0: which folder, and the checkpoint in it to go on from (path[0] = '\0': none). */
static oc_status choose_folder(const train_arguments *a, char *folder, char *path)
{
    char checkpoints[OC_PATH_BYTES];
    path[0] = '\0';
    oc_status status = oc_run_folder_choose(folder, a->run_dir, a->recipe.path, "", a->resume);
    if (status != OC_OK)
        return status;
    if (!a->resume)
        return oc_session_exists(folder)
                   ? oc_fail(OC_ERR_USAGE,
                             "%s: holds a run already; go on with --resume or choose another "
                             "--run-dir",
                             folder)
                   : OC_OK;
    status = oc_path_join(checkpoints, folder, "checkpoints");
    int skipped = 0;
    return status == OC_OK && oc_file_exists(checkpoints)
               ? oc_checkpoint_dir_latest(checkpoints, path, &skipped)
               : status;
}

static oc_status restore(oc_comm *comm, oc_run *run, const char *path)
{
    uint64_t found = path[0] != '\0'; /* rank 0 knows */
    oc_status status = oc_comm_broadcast(comm, &found, sizeof found, 0);
    return status == OC_OK && found ? oc_run_restore(run, path) : status;
}

oc_status oc_command_train(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "RECIPE", doc, NULL, NULL, NULL};
    train_arguments a = {0};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    const int root = oc_comm_rank(comm) == 0;
    if (a.quiet)
        oc_log_configure(oc_comm_rank(comm), OC_LOG_WARN);
    const volatile sig_atomic_t *stop = oc_cli_catch_signals();
    char folder[OC_PATH_BYTES] = "", path[OC_PATH_BYTES] = "";
    oc_recipe recipe;
    if (root)
        status = oc_recipe_load(&recipe, a.recipe.path, a.recipe.set, a.recipe.sets);
    status = oc_cli_share_recipe(comm, status, &recipe);
    if (status != OC_OK)
        return status;
    oc_comm_set_time_limit(comm, recipe.train.peer_timeout);
    status = oc_comm_agree(comm, root ? choose_folder(&a, folder, path) : OC_OK);
    if (status != OC_OK)
        return status;
    double allocation_end = 0;
    if (root && recipe.train.fit_time == OC_TIME_ALLOCATION)
        status = oc_cli_allocation_end(&allocation_end);
    status = oc_comm_agree(comm, status);
    oc_run run = {0};
    if (status == OC_OK)
        status = oc_run_create(&run, comm, &recipe);
    run.stop_signal = stop;
    if (status == OC_OK)
        status = restore(comm, &run, path);
    if (status == OC_OK) {
        const oc_loop_options loop = {.folder = folder,
                                      .stop_at = a.stop_at,
                                      .progress = a.quiet ? NULL : stdout,
                                      .started = oc_cli_start(),
                                      .allocation_end = allocation_end};
        status = oc_loop_run(&run, &loop);
    }
    oc_run_destroy(&run);
    /* One reads the recipe again, all say the same. */
    return root ? oc_recipe_place(status, a.recipe.path, a.recipe.set, a.recipe.sets) : status;
}
