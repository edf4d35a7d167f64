/* command_schedule.c - onecycle schedule RECIPE: learning rate and momentum of each step, as
 * CSV or as a picture, without training. */
#include "base/file.h"
#include "base/plain_text.h"
#include "cli/common/arguments.h"
#include "cli/common/cli.h"
#include "cli/common/scratch.h"
#include "recipe/recipe.h"
#include "run/run.h"
#include "rundir/plot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_STEPS = 256, OPTION_SAMPLES };

typedef struct schedule_arguments {
    oc_recipe_arguments recipe;
    const char *plot;
    uint64_t steps, samples; /* 0: not given */
} schedule_arguments;

static const struct argp_option options[] = {
    {"set", 's', "KEY=VALUE", 0,
     "Change a key of the recipe, such as train.epochs=5; may be given several times", 0},
    {"plot", 'p', "FILE", 0, "Plot to a .png or .svg file with gnuplot instead of printing", 0},
    {"steps", OPTION_STEPS, "N", 0, "Length of the run, overriding the recipe's", 0},
    {"samples", OPTION_SAMPLES, "N", 0,
     "Number of training samples, for counting steps without reading the data set", 0},
    {0},
};

static const char doc[] =
    "Print the learning rate and momentum of every step that RECIPE would train, as CSV "
    "with the columns step, lr and momentum. Steps are counted from 1, as in a run's "
    "steps.csv.\v"
    "The length of the run is that of training: the recipe's epochs and its data set, or "
    "train.max_steps.\n"
    "\n"
    "Examples:\n"
    "  onecycle schedule recipe.yaml --plot schedule.png\n"
    "  onecycle schedule recipe.yaml --set schedule.pct_start=0.5 > schedule.csv";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    schedule_arguments *const a = state->input;
    switch (key) {
    case 'p':
        a->plot = argument;
        return 0;
    case OPTION_STEPS:
        a->steps = oc_argument_whole(state, "steps", argument, 1, UINT32_MAX);
        return 0;
    case OPTION_SAMPLES:
        a->samples = oc_argument_whole(state, "samples", argument, 1, UINT32_MAX);
        return 0;
    default:
        return oc_argument_recipe(&a->recipe, key, argument, state);
    }
}

/* As many steps as training would do. */
static oc_status count_steps(const schedule_arguments *a, const oc_recipe *recipe, uint64_t *steps,
                             uint64_t *steps_per_epoch)
{
    uint64_t samples = a->samples;
    *steps = a->steps;
    *steps_per_epoch = 0;
    if (samples == 0 &&
        (*steps == 0 ? recipe->train.epochs > 0 : oc_file_exists(recipe->data.file))) {
        if (!oc_file_exists(recipe->data.file))
            return oc_fail(OC_ERR_IO,
                           "%s: no such data set, so the number of steps per epoch is unknown: use "
                           "--steps N or --samples N",
                           recipe->data.file);
        const oc_status status = oc_run_count_samples(recipe, &samples);
        if (status != OC_OK)
            return status;
    }
    *steps_per_epoch = oc_recipe_steps_per_epoch(recipe, samples);
    if (*steps > 0)
        return OC_OK;
    if (recipe->train.epochs > 0 && samples < (uint64_t)recipe->batch.size)
        return oc_fail(OC_ERR_USAGE,
                       "batch.size: %" PRId64 " is more than the %" PRIu64 " training samples",
                       recipe->batch.size, samples);
    *steps = oc_recipe_steps(recipe, samples);
    return *steps > 0
               ? OC_OK
               : oc_fail(OC_ERR_USAGE,
                         "the number of steps depends on train.fit_time alone: use --steps N");
}

static oc_status print_csv(FILE *out, const char *name, const oc_schedule *schedule)
{
    fputs("step,lr,momentum\n", out);
    for (uint64_t k = 0; k < schedule->steps && !ferror(out); k++) {
        oc_schedule_point at;
        const oc_status status = oc_schedule_at(schedule, k, &at);
        if (status != OC_OK)
            return status;
        fprintf(out, "%" PRIu64 ",%.10g,%.10g\n", k + 1, at.learning_rate, at.momentum);
    }
    if (fflush(out) != 0 || ferror(out))
        return oc_fail(OC_ERR_IO, "%s: cannot write: %s", name, strerror(errno));
    return OC_OK;
}

static oc_status draw(const char *picture, const char *recipe, const oc_schedule *schedule)
{
    char csv[OC_PATH_BYTES], title[256], plain[OC_PLAIN_TEXT];
    FILE *file;
    oc_status status = oc_scratch_make(csv, "schedule.csv");
    if (status != OC_OK)
        return status;
    status = oc_file_append(&file, csv);
    if (status != OC_OK) {
        oc_scratch_remove(csv);
        return status;
    }
    const char *const slash = strrchr(recipe, '/');
    snprintf(title, sizeof title, "%s: %s, %" PRIu64 " steps", slash ? slash + 1 : recipe,
             oc_schedule_name(schedule->config.kind), schedule->steps);
    status = print_csv(file, csv, schedule);
    fclose(file); /* flushed already */
    if (status == OC_OK)
        status = oc_plot_schedule(csv, picture, title);
    oc_scratch_remove(csv);
    if (status == OC_OK)
        printf("%s: %" PRIu64 " steps\n", oc_plain_text(picture, plain), schedule->steps);
    return status;
}

oc_status oc_command_schedule(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "RECIPE", doc, NULL, NULL, NULL};
    schedule_arguments a = {0};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    oc_recipe recipe;
    oc_schedule schedule;
    uint64_t steps = 0, steps_per_epoch = 0;
    status = oc_recipe_load(&recipe, a.recipe.path, a.recipe.set, a.recipe.sets);
    if (status == OC_OK)
        status = count_steps(&a, &recipe, &steps, &steps_per_epoch);
    if (status == OC_OK)
        status = oc_schedule_create(&schedule, &recipe.schedule, steps, steps_per_epoch);
    if (status != OC_OK)
        return oc_recipe_place(status, a.recipe.path, a.recipe.set, a.recipe.sets);
    return a.plot ? draw(a.plot, a.recipe.path, &schedule)
                  : print_csv(stdout, "standard output", &schedule);
}
