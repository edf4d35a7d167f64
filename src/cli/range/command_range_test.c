/* command_range_test.c - onecycle range-test RECIPE: Smith's and fastai's learning-rate range test
 * on all ranks, and what it suggests. */
#include "base/clock.h"
#include "base/log.h"
#include "base/plain_text.h"
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "cli/common/run_folder.h"
#include "cli/common/signals.h"
#include "cli/range/range_result.h"
#include "recipe/recipe_edit.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { OPTION_STEPS = 256, OPTION_MIN, OPTION_MAX, OPTION_STOP, OPTION_EVALUATE, OPTION_GROUPS };
enum { OPTION_WRITE = 'w', OPTION_OUT = 'd', OPTION_LINEAR = 'l', OPTION_SUGGESTION = 'u' };
enum { OPTION_GRID = 'g' };

typedef struct range_arguments {
    oc_recipe_arguments recipe;
    const char *folder;
    const char *axis[OC_GRID_AXES];
    size_t axes;
    int groups;
    int quiet, write;
    int chosen; /* oc_suggestion_kind */
    oc_range_options range;
    int has_min, has_max, has_steps, has_stop;
    double shown; /* oc_seconds() of the last line about progress */
} range_arguments;

static const struct argp_option options[] = {
    {"set", 's', "KEY=VALUE", 0,
     "Change a key of the recipe, such as train.epochs=5; may be given several times", 0},
    {"steps", OPTION_STEPS, "N", 0, "Steps of the test (default 100; with --linear 400)", 0},
    {"min-lr", OPTION_MIN, "X", 0, "Learning rate at the start (default 1e-7; with --linear 0)", 0},
    {"max-lr", OPTION_MAX, "X", 0, "Learning rate at the end (default 10; with --linear 1)", 0},
    {"linear", OPTION_LINEAR, NULL, 0,
     "Increase the rate linearly, as in Smith's papers, rather than by a constant factor", 0},
    {"stop-factor", OPTION_STOP, "X", 0,
     "End when the smoothed loss exceeds X times its minimum; 0: never (default 4; with "
     "--linear 0)",
     0},
    {"evaluate-every", OPTION_EVALUATE, "N", 0,
     "Also evaluate every N steps, and use the accuracy measured there", 0},
    {"suggestion", OPTION_SUGGESTION, "NAME", 0,
     "Rule for the rate to suggest and write: smith (default), valley, slide, minimum, "
     "steep or gradient",
     0},
    {"grid", OPTION_GRID, "KEY=A,B,...", 0,
     "Run one test per value, side by side; several --grid test all combinations", 0},
    {"groups", OPTION_GROUPS, "N", 0, "Number of groups of ranks that share the tests of a grid",
     0},
    {"write", OPTION_WRITE, NULL, 0, "Write the rate into RECIPE and change nothing else in it", 0},
    {"out", OPTION_OUT, "DIR", 0,
     "Folder for tables and plot (default: runs/NAME-range-001, or the next free number)", 0},
    {"quiet", 'q', NULL, 0, "Print only the rate", 0},
    {0},
};

static const char doc[] =
    "Train RECIPE for a few steps while the learning rate increases, and suggest a rate "
    "from the curve. The recipe's schedule is not used, and the weights are restored at "
    "the end. Works alone or under mpirun or srun; the curve does not depend on the "
    "number of ranks.\v"
    "TERM, USR1, USR2 and INT end the test with exit code 75.\n"
    "\n"
    "Examples:\n"
    "  mpirun -n 2 onecycle range-test recipe.yaml --write\n"
    "  onecycle range-test recipe.yaml --linear --max-lr 3 --steps 1000\n"
    "  mpirun -n 4 onecycle range-test r.yaml --grid weight_decay=1e-3,1e-4,0";

static uint64_t steps(struct argp_state *state, const char *option, const char *text)
{
    return oc_argument_whole(state, option, text, 1, OC_RANGE_MOST_STEPS);
}

static error_t parse_range(int key, char *argument, struct argp_state *state)
{
    range_arguments *const a = state->input;
    switch (key) {
    case OPTION_STEPS:
        a->range.steps = steps(state, "steps", argument);
        a->has_steps = 1;
        return 0;
    case OPTION_MIN:
        a->range.min_lr = oc_argument_real(state, "min-lr", argument, 0, HUGE_VAL);
        a->has_min = 1;
        return 0;
    case OPTION_MAX:
        a->range.max_lr = oc_argument_real(state, "max-lr", argument, 0, HUGE_VAL);
        a->has_max = 1;
        return 0;
    case OPTION_STOP:
        a->range.stop_factor = oc_argument_real(state, "stop-factor", argument, 0, HUGE_VAL);
        a->has_stop = 1;
        return 0;
    case OPTION_EVALUATE:
        a->range.evaluate_every = steps(state, "evaluate-every", argument);
        return 0;
    case OPTION_LINEAR:
        a->range.scale = OC_RANGE_LINEAR;
        return 0;
    default:
        return oc_argument_recipe(&a->recipe, key, argument, state);
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    range_arguments *const a = state->input;
    switch (key) {
    case OPTION_SUGGESTION:
        a->chosen = oc_suggestion_find(argument);
        if (a->chosen < 0)
            argp_error(state,
                       "--suggestion %s: expected valley, slide, minimum, steep, gradient or smith",
                       argument);
        return 0;
    case OPTION_GRID:
        if (a->axes == OC_GRID_AXES)
            argp_error(state, "--grid is given more than %d times", OC_GRID_AXES);
        else
            a->axis[a->axes++] = argument;
        return 0;
    case OPTION_GROUPS:
        a->groups = (int)oc_argument_whole(state, "groups", argument, 1, 1000000);
        return 0;
    case OPTION_WRITE:
        a->write = 1;
        return 0;
    case OPTION_OUT:
        a->folder = argument;
        return 0;
    case 'q':
        a->quiet = 1;
        return 0;
    default:
        return parse_range(key, argument, state);
    }
}

/* What was not given: fastai's lr_find; of a linear range, as Smith runs it, to its end. */
static void fill_defaults(range_arguments *a)
{
    const int linear = a->range.scale == OC_RANGE_LINEAR;
    if (!a->has_steps)
        a->range.steps = linear ? 400 : 100;
    if (!a->has_min)
        a->range.min_lr = linear ? 0 : 1e-7;
    if (!a->has_max)
        a->range.max_lr = linear ? 1 : 10;
    if (!a->has_stop)
        a->range.stop_factor = linear ? 0 : 4;
}

/* Rank 0: a folder of its own for the results, made now so that it fails now. */
static oc_status make_folder(const range_arguments *a, oc_run_dir *dir)
{
    char table[OC_PATH_BYTES];
    const oc_run_dir_options open = {.resumes = 0};
    oc_status status = oc_run_folder_open(dir, a->folder, a->recipe.path, "-range", &open);
    if (status == OC_OK)
        status = oc_path_join(table, dir->path, "range.csv");
    if (status == OC_OK && oc_file_exists(table))
        status = oc_fail(OC_ERR_USAGE,
                         "%s: holds a range test already; choose another --out folder", dir->path);
    return status;
}

/* A terminal that knows its width: mpirun's pipes to a file do not. */
static int is_terminal(void)
{
    struct winsize size;
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
}

/* Rank 0, on a terminal, ten times a second: where the test is. */
static void show_point(void *context, uint64_t done, double lr, double smoothed)
{
    range_arguments *const a = context;
    if (oc_seconds() - a->shown < 0.1)
        return;
    a->shown = oc_seconds();
    fprintf(stdout, "\rstep %" PRIu64 " of %" PRIu64 ", learning rate %.3g, loss %.4g   ", done,
            a->range.steps, lr, smoothed);
    fflush(stdout);
}

static void clear_line(void)
{
    fprintf(stdout, "\r%79s\r", "");
}

/* Rank 0: tables, picture, terminal. */
static oc_status show(const range_arguments *a, const oc_range_report *report, const char *folder)
{
    char picture[OC_PATH_BYTES], plain[OC_PLAIN_TEXT];
    oc_status status = oc_range_write_tables(report, folder);
    if (status == OC_OK)
        status = oc_path_join(picture, folder, "range.png");
    if (status != OC_OK)
        return status;
    if (!a->quiet)
        oc_range_print(stdout, report);
    if (oc_range_plot(report, picture) != OC_OK)
        oc_log(OC_LOG_WARN, "no plot: %s", oc_message());
    if (!a->quiet)
        printf("\nTables and plot in %s\n", oc_plain_text(folder, plain));
    return OC_OK;
}

/* Rank 0: the recommended rate as the recipe gives it, told and, if asked for, written. */
static oc_status recommend(const range_arguments *a, const oc_recipe *recipe, double found)
{
    const double rate = found / recipe->schedule.scale;
    char value[OC_NAME_BYTES], plain[OC_PLAIN_TEXT];
    const char *const key = oc_recipe_rate_key(&recipe->schedule);
    if (!isfinite(rate)) {
        const char *const why = "the curve is too short or never falls; try more --steps";
        if (a->write)
            return oc_fail(OC_ERR_USAGE, "--write: there is no suggestion %s: %s",
                           oc_suggestion_name(a->chosen), why);
        oc_log(OC_LOG_WARN, "no suggestion %s: %s", oc_suggestion_name(a->chosen), why);
        return OC_OK;
    }
    if (a->quiet)
        printf("%.3g\n", rate);
    if (!a->write) {
        if (!a->quiet)
            printf("Suggested: %s: %.3g (--write puts it into the recipe)\n", key, rate);
        return OC_OK;
    }
    const oc_status status = oc_recipe_write_rate(a->recipe.path, rate, value);
    if (status == OC_OK && !a->quiet)
        printf("Written to %s: %s: %s\n", oc_plain_text(a->recipe.path, plain), key, value);
    return status;
}

static oc_status finish(const range_arguments *a, const oc_grid *grid,
                        const oc_range_result *result, int is_r2, oc_status ended,
                        const char *folder)
{
    char title[256];
    const char *const slash = strrchr(a->recipe.path, '/');
    snprintf(title, sizeof title, "Range test of %s", slash ? slash + 1 : a->recipe.path);
    oc_recipe *const recipe = malloc(sizeof *recipe);
    oc_status status = recipe ? oc_grid_recipe(grid, 0, recipe)
                              : oc_fail(OC_ERR_MEMORY, "range test: out of memory");
    if (status == OC_OK) {
        const oc_range_report report = {.title = title,
                                        .options = &a->range,
                                        .chosen = a->chosen,
                                        .is_r2 = is_r2,
                                        .momentum = oc_range_momentum(&recipe->schedule),
                                        .result = result,
                                        .count = grid->points};
        if (a->range.on_point)
            clear_line();
        status = show(a, &report, folder);
    }
    if (status == OC_OK && ended == OC_STOPPED)
        oc_log(OC_LOG_WARN, "stopped by a signal: an incomplete curve gives no recommendation");
    else if (status == OC_OK && grid->points == 1)
        status = recommend(a, recipe, result->rate[a->chosen]);
    free(recipe);
    return status;
}

/* From the grid to its results, on all ranks. */
static oc_status run_tests(oc_comm *comm, range_arguments *a, const oc_grid *grid,
                           const volatile sig_atomic_t *stop)
{
    const int root = oc_comm_rank(comm) == 0;
    oc_run_dir dir = OC_RUN_DIR_CLOSED;
    oc_rank_groups groups = {0};
    int is_r2 = 0;
    oc_range_result *const result = calloc(grid->points, sizeof *result);
    oc_status status = result ? OC_OK : oc_fail(OC_ERR_MEMORY, "range test: out of memory");
    status = oc_comm_agree(comm, status == OC_OK && root ? make_folder(a, &dir) : status);
    if (status == OC_OK)
        status = oc_rank_groups_split(&groups, comm, grid, a->groups);
    if (status == OC_OK)
        status = oc_range_grid_run(result, &is_r2, &groups, grid, &a->range, stop);
    if (status == OC_OK || status == OC_STOPPED) {
        const oc_status ended = status;
        status = root ? finish(a, grid, result, is_r2, ended, dir.path) : OC_OK;
        status = oc_comm_agree(comm, status); /* no rank leaves before all is written */
        status = status == OC_OK ? ended : status;
    }
    if (root)
        oc_run_dir_close(&dir, status); /* an empty folder goes again */
    for (size_t i = 0; result && i < grid->points; i++)
        oc_range_curve_free(&result[i].curve);
    free(result);
    return status;
}

oc_status oc_command_range_test(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "RECIPE", doc, NULL, NULL, NULL};
    range_arguments a = {.chosen = OC_SUGGEST_SMITH};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    fill_defaults(&a);
    status = oc_range_check(&a.range);
    if (status == OC_OK && a.write && a.axes > 0)
        status = oc_fail(OC_ERR_USAGE, "--write: with --grid there are several rates; choose one, "
                                       "then test it alone");
    if (status != OC_OK)
        return status;
    if (a.quiet)
        oc_log_configure(oc_comm_rank(comm), OC_LOG_WARN);
    if (oc_comm_rank(comm) == 0 && !a.quiet && is_terminal()) {
        a.range.on_point = show_point;
        a.range.context = &a;
    }
    const volatile sig_atomic_t *const stop = oc_cli_stop_signal();
    oc_grid grid;
    status = oc_grid_create(&grid, comm, a.recipe.path, a.recipe.set, a.recipe.sets, a.axis, a.axes,
                            oc_recipe_load_any_rate);
    if (status == OC_OK) {
        oc_cli_answer_signals(oc_comm_rank(comm) == 0);
        status = run_tests(comm, &a, &grid, stop);
        oc_cli_answer_signals(0);
    }
    oc_grid_free(&grid);
    return status;
}
