/* sweep_run.c - the runs of a group of ranks: see sweep.h. A group tells the others to stop by a
 * file, because they share no collective while they train. */
#include "base/clock.h"
#include "base/log.h"
#include "rundir/session.h"
#include "storage/checkpoint_dir.h"
#include "studies/sweep.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct stopper {
    char file[OC_PATH_BYTES];
    double looked; /* oc_seconds() */
} stopper;

/* Has somebody asked to stop? Looks once a second: the file may be far away. */
static oc_status look_for_stop(void *context, const oc_run *run, const oc_step *step,
                               const oc_step_result *result)
{
    stopper *const s = context;
    (void)run, (void)step, (void)result;
    if (oc_seconds() - s->looked < 1)
        return OC_OK;
    s->looked = oc_seconds();
    return access(s->file, F_OK) == 0 ? OC_STOPPED : OC_OK;
}

static void tell_others(const char *file)
{
    const int handle = open(file, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    if (handle >= 0)
        close(handle);
}

/* What the group's first rank knows of a point before it starts. */
typedef struct beginning {
    uint64_t is_over; /* nothing to do */
    uint64_t resumes;
    char folder[OC_PATH_BYTES], checkpoint[OC_PATH_BYTES];
} beginning;

static oc_status look_at_point(beginning *b, oc_run_dir *dir, const oc_sweep_options *options,
                               size_t point)
{
    char status[32], checkpoints[OC_PATH_BYTES];
    int skipped = 0;
    oc_status result = oc_sweep_point_folder(b->folder, options->folder, point);
    if (result != OC_OK)
        return result;
    const oc_run_dir_options open = {.resumes = 1};
    result = oc_run_dir_open(dir, b->folder, &open);
    if (result != OC_OK)
        return result;
    oc_sweep_point_status(b->folder, status);
    b->is_over = strcmp(status, "done") == 0 || strcmp(status, "diverged") == 0;
    result = oc_path_join(checkpoints, b->folder, "checkpoints");
    if (result == OC_OK && !b->is_over && oc_file_exists(checkpoints))
        result = oc_checkpoint_dir_latest(checkpoints, b->checkpoint, &skipped);
    b->resumes = b->checkpoint[0] != '\0';
    return result;
}

static oc_status run_point(const oc_rank_groups *groups, const oc_grid *grid, size_t point,
                           const oc_sweep_options *options, stopper *stop)
{
    oc_comm *const comm = groups->mine;
    const int root = oc_comm_rank(comm) == 0;
    beginning *const b = calloc(1, sizeof *b);
    oc_recipe *const recipe = malloc(sizeof *recipe);
    oc_run run;
    oc_run_dir dir = OC_RUN_DIR_CLOSED;
    oc_status status = b && recipe ? oc_grid_recipe(grid, point, recipe)
                                   : oc_fail(OC_ERR_MEMORY, "sweep: out of memory");
    if (status == OC_OK && root)
        status = look_at_point(b, &dir, options, point);
    status = oc_comm_agree(comm, status);
    if (status == OC_OK)
        status = oc_comm_broadcast(comm, b, sizeof *b, 0);
    if (status != OC_OK || b->is_over)
        goto cleanup;
    oc_rank_groups_share_memory(groups, recipe);
    status = oc_run_create(&run, comm, recipe);
    if (status != OC_OK)
        goto cleanup;
    run.stop_signal = options->stop;
    if (b->resumes)
        status = oc_run_restore(&run, b->checkpoint);
    if (status == OC_OK) {
        const oc_callback callback = {.context = stop, .on_step = look_for_stop};
        oc_session session;
        const oc_keeper keeper = oc_session_keeper(&session, &dir, NULL);
        const oc_loop_options loop = {
            .keeper = &keeper, .callbacks = &callback, .callback_count = 1};
        status = oc_session_loop(&run, &dir, &loop);
    }
    if (root && options->on_end &&
        (status == OC_OK || status == OC_STOPPED || status == OC_ERR_DIVERGED))
        options->on_end(grid, point, &run, status);
    if (root && status == OC_STOPPED)
        tell_others(stop->file);
    oc_run_destroy(&run);
cleanup:
    if (root)
        oc_run_dir_close(&dir, status);
    free(recipe);
    free(b);
    return status == OC_ERR_DIVERGED ? OC_OK : status; /* a row of the table */
}

/* Between two runs nobody trains, so nobody has looked at the signal or the file. */
static oc_status may_go_on(const oc_rank_groups *groups, const oc_sweep_options *options,
                           const stopper *stop)
{
    uint64_t asked = (options->stop && *options->stop) ||
                     (oc_comm_rank(groups->mine) == 0 && access(stop->file, F_OK) == 0);
    const oc_status status = oc_comm_max_u64(groups->mine, &asked, 1);
    if (status == OC_OK && asked && oc_comm_rank(groups->mine) == 0)
        tell_others(stop->file);
    return status == OC_OK && asked ? OC_STOPPED : status;
}

oc_status oc_sweep_run(const oc_rank_groups *groups, const oc_grid *grid,
                       const oc_sweep_options *options)
{
    stopper stop = {.looked = 0};
    oc_status status = oc_path_join(stop.file, options->folder, "stop");
    for (size_t i = (size_t)groups->group; i < grid->points && status == OC_OK;
         i += (size_t)groups->groups) {
        status = may_go_on(groups, options, &stop);
        if (status == OC_OK)
            status = run_point(groups, grid, i, options, &stop);
    }
    return status;
}
