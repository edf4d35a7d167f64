/* api_train.c - onecycle_train: one run, with or without a run directory. What fails on one rank is
 * agreed upon before the next collective. */
#include "api/api.h"
#include "api/api_view.h"
#include "job/allocation.h"
#include "run/share.h"
#include "rundir/session.h"
#include "storage/checkpoint_dir.h"

#include <stdlib.h>
#include <string.h>

static const double lock_seconds = 10; /* the last attempt may be on its way out */

typedef struct training {
    oc_comm *comm;
    const onecycle_recipe *given;
    const onecycle_data *data;
    oc_recipe recipe;
    oc_run run;
    /* What follows is rank 0's. */
    onecycle_train_options options;
    oc_run_dir dir;
    char checkpoint[OC_PATH_BYTES]; /* to go on from; "": none */
    double allocation_end;
    oc_session session;
} training;

static int is_root(const training *t)
{
    return oc_comm_rank(t->comm) == 0;
}

/* As many members as the program's version has. */
static oc_status take_options(training *t, const onecycle_train_options *given)
{
    t->options = (onecycle_train_options)ONECYCLE_TRAIN_OPTIONS;
    if (!given)
        return OC_OK;
    if (given->size < sizeof given->size || given->size > sizeof t->options)
        return oc_fail(OC_ERR_USAGE,
                       "onecycle_train: options.size: found %zu, expected at most %zu (begin with "
                       "ONECYCLE_TRAIN_OPTIONS)",
                       given->size, sizeof t->options);
    memcpy(&t->options, given, given->size);
    if (!t->options.run_dir && (t->options.resume || t->options.progress))
        return oc_fail(OC_ERR_USAGE, "onecycle_train: options.%s: expected a run_dir with it",
                       t->options.resume ? "resume" : "progress");
    return OC_OK;
}

/* Rank 0: all that is said by the caller. */
static oc_status take(training *t, const onecycle_train_options *options)
{
    oc_status status = oc_api_need(t->given, "onecycle_train", "recipe");
    if (status == OC_OK)
        status = take_options(t, options);
    if (status == OC_OK)
        status = oc_api_resolve(&t->recipe, t->given, t->data);
    if (status == OC_OK && t->recipe.train.fit_time == OC_TIME_ALLOCATION)
        status = oc_job_allocation_end(&t->allocation_end);
    return status;
}

/* Rank 0: the run directory, and what to go on from in it. */
static oc_status open_folder(training *t)
{
    char checkpoints[OC_PATH_BYTES];
    const double timeout = t->recipe.train.peer_timeout; /* the other ranks wait for this one */
    const double most = timeout > 0 && timeout < 2 * lock_seconds ? timeout / 2 : lock_seconds;
    const oc_run_dir_options open = {.resumes = t->options.resume,
                                     .wait = t->options.resume ? most : 0};
    oc_status status = oc_run_dir_open(&t->dir, t->options.run_dir, &open);
    if (status != OC_OK)
        return status;
    if (!t->options.resume)
        return oc_run_dir_holds_run(t->dir.path) ? oc_fail(OC_ERR_USAGE,
                                                           "%s: already contains a run; continue "
                                                           "with options.resume or choose another "
                                                           "options.run_dir",
                                                           t->dir.path)
                                                 : OC_OK;
    int skipped = 0;
    status = oc_path_join(checkpoints, t->dir.path, "checkpoints");
    return status == OC_OK && oc_file_exists(checkpoints)
               ? oc_checkpoint_dir_latest(checkpoints, t->checkpoint, &skipped)
               : status;
}

/* Do the samples of all ranks come from the same kind of place as rank 0's? */
static oc_status agree_on_source(training *t, int *are_arrays)
{
    uint64_t here = t->data && !t->data->path, at_root = here;
    oc_status status = oc_comm_broadcast(t->comm, &at_root, sizeof at_root, 0);
    if (status == OC_OK && at_root && !here)
        status = oc_fail(OC_ERR_USAGE, "onecycle_train: data: found none in memory, expected "
                                       "arrays as on rank 0");
    *are_arrays = at_root != 0;
    return oc_comm_agree(t->comm, status);
}

static oc_status create_run(training *t)
{
    int are_arrays = 0;
    oc_dataset *dataset = NULL;
    oc_status status = agree_on_source(t, &are_arrays);
    if (status != OC_OK)
        return status;
    if (!are_arrays)
        return oc_run_create(&t->run, t->comm, &t->recipe);
    status = oc_comm_agree(t->comm, oc_api_open_arrays(&dataset, t->data, &t->recipe));
    if (status == OC_OK)
        return oc_run_create_on(&t->run, t->comm, &t->recipe, dataset);
    oc_dataset_close(dataset);
    return status;
}

static oc_status restore(training *t)
{
    uint64_t found = t->checkpoint[0] != '\0'; /* rank 0 knows */
    const oc_status status = oc_comm_broadcast(t->comm, &found, sizeof found, 0);
    return status == OC_OK && found ? oc_run_restore(&t->run, t->checkpoint) : status;
}

static oc_status loop(training *t)
{
    const onecycle_train_options *const o = &t->options;
    oc_api_watcher watcher = {.callback = o->callback, .context = o->context};
    const oc_callback callback = oc_api_watch(&watcher);
    const oc_keeper keeper = oc_session_keeper(&t->session, &t->dir, o->progress);
    const oc_loop_options options = {.keeper = o->run_dir ? &keeper : NULL,
                                     .stop_at = o->stop_at,
                                     .callbacks = &callback,
                                     .callback_count = 1,
                                     .allocation_end = t->allocation_end};
    return oc_session_loop(&t->run, &t->dir, &options);
}

static oc_status train(training *t, const onecycle_train_options *options, onecycle_model **model)
{
    const int root = is_root(t);
    oc_status status = root ? take(t, options) : OC_OK;
    status = oc_share_recipe(t->comm, status, &t->recipe);
    if (status == OC_OK)
        status = oc_comm_agree(t->comm, root && t->options.run_dir ? open_folder(t) : OC_OK);
    if (status == OC_OK)
        status = create_run(t);
    if (status != OC_OK)
        return status;
    status = restore(t);
    if (status == OC_OK)
        status = loop(t);
    if (status == OC_OK || status == OC_STOPPED) {
        const oc_status made = oc_comm_agree(t->comm, oc_api_model_of_run(model, &t->run));
        status = made != OC_OK ? made : status;
    }
    oc_run_destroy(&t->run);
    return status;
}

/* Rank 0: a key that showed only when the run was built, with its line. */
static oc_status place(const training *t, oc_status status)
{
    if (!t->given || !t->given->is_file)
        return status;
    return oc_recipe_place(status, t->given->name, (const char *const *)t->given->set,
                           t->given->sets);
}

static oc_status train_in(oc_comm *comm, const onecycle_recipe *recipe, const onecycle_data *data,
                          const onecycle_train_options *options, onecycle_model **model)
{
    training *const t = calloc(1, sizeof *t);
    oc_status status =
        oc_comm_agree(comm, t ? OC_OK : oc_fail(OC_ERR_MEMORY, "onecycle_train: no memory"));
    if (status == OC_OK) {
        t->comm = comm;
        t->given = recipe;
        t->data = data;
        t->dir = OC_RUN_DIR_CLOSED;
        status = train(t, options, model);
        if (is_root(t)) {
            status = place(t, status);
            oc_run_dir_close(&t->dir, status); /* with the message as it is told */
        }
    }
    free(t);
    if (status != OC_OK && status != OC_STOPPED) {
        onecycle_model_free(*model);
        *model = NULL;
    }
    return status;
}

onecycle_status onecycle_train(onecycle_model **model, onecycle_job *job,
                               const onecycle_recipe *recipe, const onecycle_data *data,
                               const onecycle_train_options *options)
{
    oc_status status = oc_api_need(model, "onecycle_train", "model");
    if (status != OC_OK)
        return oc_api_status(status);
    *model = NULL;
    status = oc_api_need(job, "onecycle_train", "job");
    return oc_api_status(status == OC_OK ? train_in(job->job.comm, recipe, data, options, model)
                                         : status);
}
