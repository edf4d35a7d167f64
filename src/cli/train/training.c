/* training.c - see training.h. */
#include "cli/train/training.h"

#include "base/clock.h"
#include "base/log.h"
#include "cli/common/cli.h"
#include "cli/common/run_folder.h"
#include "cli/common/signals.h"
#include "job/allocation.h"
#include "run/share.h"
#include "rundir/session.h"
#include "storage/checkpoint_dir.h"
#include "studies/trace.h"

#include <stdio.h>

enum { OPTION_RUN_DIR = 'd', OPTION_RESUME = 'r', OPTION_QUIET = 'q', OPTION_INIT = 'i' };
enum { OPTION_STOP_AT = 256, OPTION_TRACE, OPTION_FORCE_RECIPE };

static const double lock_seconds = 10;

static const struct argp_option options[] = {
    {"set", 's', "KEY=VALUE", 0,
     "Change a key of the recipe, such as train.epochs=5; may be given several times", 0},
    {"run-dir", OPTION_RUN_DIR, "DIR", 0,
     "Folder for all results (default: runs/NAME-001, or the next free number)", 0},
    {"init", OPTION_INIT, "FILE", 0,
     "Weights to start from, as in train.init: a checkpoint, a run directory, an .npz or a"
     " .safetensors file",
     0},
    {"resume", OPTION_RESUME, NULL, 0,
     "Resume from the newest checkpoint in the run directory, at the same step and on any "
     "number of ranks; without a checkpoint, start a new run",
     0},
    {"force-recipe", OPTION_FORCE_RECIPE, NULL, 0,
     "With --resume: go on although keys that decide the result have other values now; each is "
     "told. Other data are always refused",
     0},
    {"stop-at", OPTION_STOP_AT, "STEP", 0,
     "Save a checkpoint after this step and exit with code 75", 0},
    {"trace", OPTION_TRACE, "FILE.json", 0,
     "Write what each thread of each rank did when, for Perfetto or chrome://tracing", 0},
    {"quiet", OPTION_QUIET, NULL, 0, "Print no progress, only warnings", 0},
    {0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    oc_training *const t = state->input;
    switch (key) {
    case OPTION_RUN_DIR:
        t->run_dir = argument;
        return 0;
    case OPTION_INIT:
        t->init = argument;
        return 0;
    case OPTION_RESUME:
        t->resume = 1;
        return 0;
    case OPTION_FORCE_RECIPE:
        t->force_recipe = 1;
        return 0;
    case OPTION_QUIET:
        t->quiet = 1;
        return 0;
    case OPTION_STOP_AT:
        t->stop_at = oc_argument_whole(state, "stop-at", argument, 1, UINT64_MAX);
        return 0;
    case OPTION_TRACE:
        t->trace = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        if (t->may_lack_recipe)
            return 0;
        return oc_argument_recipe(&t->recipe, key, argument, state);
    case ARGP_KEY_END:
        if (t->force_recipe && !t->resume)
            argp_error(state, "--force-recipe: expected with --resume");
        if (t->init)
            oc_training_set_init(t, t->init);
        if (t->recipe.sets > OC_ARGUMENT_SETS)
            argp_error(state, "--set is given more than %d times", OC_ARGUMENT_SETS - 1);
        return 0;
    default:
        return oc_argument_recipe(&t->recipe, key, argument, state); /* --set */
    }
}

const struct argp oc_training_argp = {options, parse_option, NULL, NULL, NULL, NULL, NULL};

void oc_training_set_init(oc_training *training, const char *path)
{
    snprintf(training->init_set, sizeof training->init_set, "train.init=%s", path);
    oc_recipe_arguments *const recipe = &training->recipe;
    if (recipe->sets < OC_ARGUMENT_SETS)
        recipe->set[recipe->sets] = training->init_set;
    recipe->sets++; /* one too many is seen by the caller */
}

/* Rank 0: open the run directory, and the checkpoint in it to go on from (path[0] = '\0': none).
 * The lock comes first, so that nobody writes what is read here. */
static oc_status open_folder(const oc_training *t, oc_run_dir *dir, char *path, double peer_timeout,
                             const volatile sig_atomic_t *stop)
{
    char checkpoints[OC_PATH_BYTES];
    int skipped = 0;
    double wait = t->resume ? lock_seconds : 0; /* the last attempt may be on its way out */
    if (peer_timeout > 0 && wait > peer_timeout / 2)
        wait = peer_timeout / 2; /* the other ranks wait for this one */
    const oc_run_dir_options open = {.resumes = t->resume, .wait = wait, .stop = stop};
    path[0] = '\0';
    oc_status status =
        oc_run_folder_open(dir, t->run_dir, t->name ? t->name : t->recipe.path, "", &open);
    if (status != OC_OK)
        return status;
    if (!t->resume)
        return oc_run_dir_holds_run(dir->path)
                   ? oc_fail(OC_ERR_USAGE,
                             "%s: already contains a run; continue with "
                             "--resume or choose another --run-dir",
                             dir->path)
                   : OC_OK;
    status = oc_path_join(checkpoints, dir->path, "checkpoints");
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

/* Also of a run that was stopped or failed, as long as its ranks can talk; how the run ended comes
 * first. */
static oc_status write_trace(oc_trace *trace, const oc_comm *comm, oc_status status)
{
    if (trace->path && !oc_comm_is_broken(comm)) {
        char message[1024];
        snprintf(message, sizeof message, "%s", status == OC_OK ? "" : oc_message());
        const oc_status written = oc_trace_write(trace);
        if (status == OC_OK)
            status = written;
        else
            oc_fail(status, "%s", message);
    }
    return status;
}

/* What only rank 0 knows, for who may take its place. Clocks differ between hosts: by the time
 * left. */
static oc_status share_duties(oc_session *session, oc_comm *comm, double *allocation_end)
{
    double left = *allocation_end > 0 ? *allocation_end - oc_seconds() : 0;
    oc_status status = oc_comm_broadcast(comm, &left, sizeof left, 0);
    if (status == OC_OK && left > 0)
        *allocation_end = oc_seconds() + left;
    return status == OC_OK ? oc_session_share(session, comm) : status;
}

static oc_status run_to_end(oc_comm *comm, const oc_training *t, const oc_recipe *recipe,
                            oc_run_dir *dir, const volatile sig_atomic_t *stop)
{
    const int root = oc_comm_rank(comm) == 0;
    char path[OC_PATH_BYTES] = "";
    oc_status status = OC_OK;
    if (root)
        status = open_folder(t, dir, path, recipe->train.peer_timeout, stop);
    status = oc_comm_agree(comm, status);
    if (status != OC_OK)
        return status;
    double allocation_end = 0;
    if (root && recipe->train.fit_time == OC_TIME_ALLOCATION)
        status = oc_job_allocation_end(&allocation_end);
    status = oc_comm_agree(comm, status);
    oc_run run = {0};
    if (status == OC_OK)
        status = oc_run_create(&run, comm, recipe);
    run.stop_signal = stop;
    run.any_recipe = t->force_recipe;
    if (status == OC_OK)
        status = restore(comm, &run, path);
    if (status == OC_OK) {
        oc_session session;
        const oc_keeper keeper = oc_session_keeper(&session, dir, t->quiet ? NULL : stdout);
        const int may_lose_ranks = oc_comm_may_lose_ranks(comm) && !t->trace;
        if (may_lose_ranks)
            status = share_duties(&session, comm, &allocation_end);
        const oc_loop_options loop = {.keeper = &keeper,
                                      .may_lose_ranks = may_lose_ranks,
                                      .stop_at = t->stop_at,
                                      .started = oc_job_started(),
                                      .allocation_end = allocation_end};
        oc_trace trace = {0};
        if (status == OC_OK && t->trace)
            status = oc_trace_start(&trace, &run, t->trace);
        oc_cli_answer_signals(root);
        if (status == OC_OK)
            status = write_trace(&trace, comm, oc_session_loop(&run, dir, &loop));
        oc_cli_answer_signals(0);
        oc_trace_free(&trace);
    }
    oc_run_destroy(&run);
    return status;
}

oc_status oc_cli_train(oc_comm *comm, oc_training *training,
                       oc_status (*load)(oc_training *training, oc_recipe *recipe, void *context),
                       void *context)
{
    int root = oc_comm_rank(comm) == 0;
    const oc_recipe_arguments *const given = &training->recipe;
    if (training->quiet)
        oc_log_configure(oc_comm_rank(comm), OC_LOG_WARN);
    const volatile sig_atomic_t *const stop = oc_cli_stop_signal();
    oc_recipe recipe;
    oc_status status = root ? load(training, &recipe, context) : OC_OK;
    status = oc_share_recipe(comm, status, &recipe);
    if (status != OC_OK)
        return status;
    status = oc_cli_stop_if_asked(comm); /* opening the data may take long */
    if (status != OC_OK)
        return status;
    oc_run_dir dir = OC_RUN_DIR_CLOSED;
    status = run_to_end(comm, training, &recipe, &dir, stop);
    root = oc_comm_rank(comm) == 0; /* if the first was lost another has its place */
    /* One reads the recipe again, all say the same. */
    if (root && given->path)
        status = oc_recipe_place(status, given->path, given->set, given->sets);
    if (root)
        oc_run_dir_close(&dir, status); /* with the message as it is told */
    return status;
}
