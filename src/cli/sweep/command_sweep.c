/* command_sweep.c - onecycle sweep RECIPE KEY=A,B...: a whole run for each combination of values,
 * on groups of ranks. */
#include "base/log.h"
#include "base/plain_text.h"
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "cli/common/run_folder.h"
#include "cli/common/signals.h"
#include "cli/sweep/sweep_print.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_GROUPS = 256 };

static const double lock_seconds = 10;

typedef struct sweep_arguments {
    oc_recipe_arguments recipe;
    const char *folder, *axis[OC_GRID_AXES];
    size_t axes;
    int resume, quiet, groups;
} sweep_arguments;

static const struct argp_option options[] = {
    {"set", 's', "KEY=VALUE", 0,
     "Change a key of the recipe in all runs; may be given several times", 0},
    {"sweep-dir", 'd', "DIR", 0,
     "Folder for all runs and the table (default: runs/NAME-sweep-001, or the next free "
     "number)",
     0},
    {"groups", OPTION_GROUPS, "N", 0,
     "Number of groups of ranks that train side by side (default: as many as keep all "
     "ranks busy)",
     0},
    {"resume", 'r', NULL, 0,
     "Resume in the sweep's folder: skip the runs that have ended and resume the others", 0},
    {"quiet", 'q', NULL, 0, "Print only warnings", 0},
    {0},
};

static const char doc[] =
    "Train RECIPE once for every combination of values, several runs at a time on groups "
    "of ranks, and write a table of the results, best first. A run that diverges is a row"
    " of the table, not an error.\v"
    "When any rank receives TERM, USR1, USR2 or INT, or when a file DIR/stop appears, all"
    " runs save a checkpoint and the sweep exits with code 75.\n"
    "\n"
    "Examples:\n"
    "  mpirun -n 4 onecycle sweep recipe.yaml schedule.max_lr=0.03,0.1,0.3\n"
    "  onecycle sweep r.yaml weight_decay=1e-3,1e-4 batch.size=64,128 --resume";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    sweep_arguments *const a = state->input;
    switch (key) {
    case 'd':
        a->folder = argument;
        return 0;
    case OPTION_GROUPS:
        a->groups = (int)oc_argument_whole(state, "groups", argument, 1, 1000000);
        return 0;
    case 'r':
        a->resume = 1;
        return 0;
    case 'q':
        a->quiet = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (!a->recipe.path)
            a->recipe.path = argument;
        else if (a->axes == OC_GRID_AXES)
            argp_error(state, "more than %d keys", OC_GRID_AXES);
        else
            a->axis[a->axes++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (!a->recipe.path)
            argp_error(state, "the recipe is missing");
        else if (a->axes == 0)
            argp_error(state, "expected KEY=VALUE,VALUE... after the recipe");
        return 0;
    default:
        return oc_argument_recipe(&a->recipe, key, argument, state); /* --set */
    }
}

/* Which recipe each point has, so that a resume is of the same sweep. */
static oc_status describe(const oc_grid *grid, char **text)
{
    size_t length = 0;
    FILE *const out = open_memstream(text, &length);
    if (!out)
        return oc_fail(OC_ERR_MEMORY, "sweep: out of memory");
    fputs("point,recipe,changed\n", out);
    for (size_t i = 0; i < grid->points; i++) {
        char digest[OC_DIGEST_TEXT];
        oc_digest_text(oc_hash(grid->point[i].recipe, strlen(grid->point[i].recipe)), digest);
        fprintf(out, "%zu,%s,%s\n", i + 1, digest, grid->point[i].label);
    }
    return fclose(out) == 0 ? OC_OK : oc_fail(OC_ERR_MEMORY, "sweep: out of memory");
}

/* The points as they were when the sweep began are as they are now. */
static oc_status compare_points(const char *path, const char *now)
{
    char *then = NULL;
    size_t length = 0;
    oc_status status = oc_file_read(path, (size_t)1 << 20, &then, &length);
    if (status == OC_OK && strcmp(then, now) != 0)
        status = oc_fail(OC_ERR_USAGE,
                         "%s: the sweep was started with other recipes or values; resume with the "
                         "same ones, or choose another --sweep-dir",
                         path);
    free(then);
    return status;
}

/* Rank 0: the folder, new or gone on with. */
static oc_status open_folder(const sweep_arguments *a, const oc_grid *grid, oc_run_dir *dir,
                             const volatile sig_atomic_t *asked)
{
    char path[OC_PATH_BYTES], stop[OC_PATH_BYTES], *points = NULL;
    const oc_run_dir_options open = {
        .resumes = a->resume, .wait = a->resume ? lock_seconds : 0, .stop = asked};
    oc_status status = oc_run_folder_open(dir, a->folder, a->recipe.path, "-sweep", &open);
    if (status == OC_OK)
        status = oc_path_join(path, dir->path, "points.csv");
    if (status == OC_OK)
        status = oc_path_join(stop, dir->path, "stop");
    if (status == OC_OK)
        status = describe(grid, &points);
    if (status != OC_OK)
        goto cleanup;
    if (!oc_file_exists(path)) {
        status = oc_file_write(path, points, strlen(points));
    } else if (a->resume) {
        status = compare_points(path, points);
    } else {
        status = oc_fail(
            OC_ERR_USAGE,
            "%s: already contains a sweep; continue with --resume or choose another --sweep-dir",
            dir->path);
    }
    if (status == OC_OK) {
        dir->is_begun = 1;
        unlink(stop); /* of the last time */
    }
cleanup:
    free(points);
    return status;
}

static oc_status report(const sweep_arguments *a, const char *folder, const oc_grid *grid,
                        oc_status ended)
{
    size_t unfinished = 0;
    char plain[OC_PLAIN_TEXT];
    oc_sweep_row *const rows = calloc(grid->points, sizeof *rows);
    const oc_status status = rows ? oc_sweep_table(folder, grid, rows, &unfinished)
                                  : oc_fail(OC_ERR_MEMORY, "sweep: out of memory");
    if (status == OC_OK && !a->quiet) {
        oc_sweep_print_table(stdout, rows, grid->points);
        printf("\n%zu of %zu runs have ended; table, plot and runs in %s\n",
               grid->points - unfinished, grid->points, oc_plain_text(folder, plain));
    }
    free(rows);
    if (status == OC_OK && ended == OC_STOPPED)
        oc_log(OC_LOG_WARN, "stopped and saved; continue with --resume --sweep-dir %s", folder);
    return status;
}

/* Rank 0: runs that share an allocation do not each end with it. */
static oc_status check_times(const oc_grid *grid)
{
    oc_recipe *const recipe = malloc(sizeof *recipe);
    oc_status status = recipe ? OC_OK : oc_fail(OC_ERR_MEMORY, "sweep: out of memory");
    for (size_t i = 0; i < grid->points && status == OC_OK; i++) {
        status = oc_grid_recipe(grid, i, recipe);
        if (status == OC_OK && recipe->train.fit_time == OC_TIME_ALLOCATION)
            status = oc_fail(OC_ERR_USAGE, "train.fit_time: found allocation, expected a time: the "
                                           "runs of a sweep share the allocation");
    }
    free(recipe);
    return status;
}

oc_status oc_command_sweep(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "RECIPE KEY=VALUE,VALUE...", doc, NULL,
                                     NULL,    NULL};
    sweep_arguments a = {0};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    const int root = oc_comm_rank(comm) == 0;
    const volatile sig_atomic_t *const stop = oc_cli_stop_signal();
    char folder[OC_PATH_BYTES] = "";
    oc_run_dir dir = OC_RUN_DIR_CLOSED;
    oc_grid grid;
    oc_rank_groups groups = {0};
    status = oc_grid_create(&grid, comm, a.recipe.path, a.recipe.set, a.recipe.sets, a.axis, a.axes,
                            oc_recipe_load);
    if (status == OC_OK)
        status = oc_comm_agree(comm, root ? check_times(&grid) : OC_OK);
    if (status == OC_OK)
        status = oc_rank_groups_split(&groups, comm, &grid, a.groups);
    if (status != OC_OK)
        goto cleanup;
    status = oc_comm_agree(comm, root ? open_folder(&a, &grid, &dir, stop) : OC_OK);
    snprintf(folder, sizeof folder, "%s", dir.path);
    if (status == OC_OK)
        status = oc_comm_broadcast(comm, folder, sizeof folder, 0);
    const int opened = status == OC_OK; /* on all ranks alike */
    /* A group's first rank writes the log of its runs; the terminal has a line a run. */
    oc_log_configure(oc_comm_rank(groups.mine), a.quiet ? OC_LOG_WARN : OC_LOG_INFO);
    oc_log_terminal(OC_LOG_WARN);
    if (opened) {
        const oc_sweep_options sweep = {
            .folder = folder, .stop = stop, .on_end = a.quiet ? NULL : oc_sweep_print_end};
        oc_cli_answer_signals(root);
        status = oc_sweep_run(&groups, &grid, &sweep);
        oc_cli_answer_signals(0);
    }
    if (!oc_comm_is_broken(comm))
        status = oc_rank_groups_join(&groups, status);
    oc_log_configure(oc_comm_rank(comm), a.quiet ? OC_LOG_WARN : OC_LOG_INFO);
    oc_log_terminal(OC_LOG_DEBUG);
    if (opened && !oc_comm_is_broken(comm)) {
        const oc_status reported =
            oc_comm_agree(comm, root ? report(&a, folder, &grid, status) : OC_OK);
        status = status == OC_OK ? reported : status;
    }
cleanup:
    if (root)
        oc_run_dir_close(&dir, status);
    oc_grid_free(&grid);
    return status;
}
