/* command_import.c - onecycle import IMPORTER ... OUT.h5: what a user has -> a data set file. The
 * importers, with their options and help, are in src/import; here is what the user sees of them:
 * progress while they run, and the data card of what they made. */
#include "base/suggest.h"
#include "cli/common/cli.h"
#include "cli/common/data_card.h"
#include "cli/import/import_progress.h"
#include "import/importer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Not options: argp sets them as a list, with their summaries. */
static const struct argp_option importers[] = {
    {NULL, 0, NULL, 0, "Importers:", 0},
#define OC_IMPORTER(name, summary) {#name, 0, NULL, OPTION_DOC, summary, 0},
#include "import/importers.def"
#undef OC_IMPORTER
    {0},
};
enum { IMPORTERS = sizeof importers / sizeof importers[0] - 2 };

static const char doc[] =
    "Make a data set file that onecycle can train on. `onecycle import IMPORTER --help` shows the "
    "options of an importer.\v"
    "OUT.h5 appears only when it is complete. If it exists already, --force replaces it.\n\n"
    "Examples:\n"
    "  onecycle import idx datasets/mnist datasets/mnist/mnist.h5\n"
    "  onecycle import images photos photos.h5 --size 64x64 --test-fraction 0.2\n"
    "  onecycle import csv --label species --test-fraction 0.2 iris.csv iris.h5\n"
    "  onecycle import npz --inputs x --targets y --test-fraction 0.2 a.npz a.h5\n"
    "  onecycle import synthetic digits.h5";

/* "idx, cifar, ... or synthetic" */
static void list_names(char *text, size_t bytes)
{
    size_t used = 0;
    for (size_t i = 0; i < IMPORTERS && used < bytes; i++)
        used += (size_t)snprintf(text + used, bytes - used, "%s%s", oc_importers_row(i)->name,
                                 i + 2 < IMPORTERS    ? ", "
                                 : i + 2 == IMPORTERS ? " or "
                                                      : "");
}

/* Without an importer: --help, or an error. */
static error_t parse_general(int key, char *argument, struct argp_state *state)
{
    const char *names[IMPORTERS];
    char all[512];
    for (size_t i = 0; i < IMPORTERS; i++)
        names[i] = oc_importers_row(i)->name;
    list_names(all, sizeof all);
    const char *const meant = key == ARGP_KEY_ARG ? oc_nearest(argument, names, IMPORTERS) : NULL;
    switch (key) {
    case ARGP_KEY_ARG:
        if (meant)
            argp_error(state, "%s: unknown importer; did you mean %s?", argument, meant);
        else
            argp_error(state, "%s: unknown importer, expected %s", argument, all);
        state->next = state->argc; /* one message is enough */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "the importer is missing, expected %s", all);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static oc_status run_parsed(const oc_importer_row *row, oc_import_common *options)
{
    oc_import_progress progress;
    options->listener = oc_import_progress_begin(&progress);
    const oc_status status = oc_importer_run(row, options);
    oc_import_progress_end(&progress);
    if (status != OC_OK)
        return status;
    if (progress.skipped > 0)
        printf("%-12s %" PRIu64 " samples, %" PRIu64 " skipped\n", "imported", progress.samples,
               progress.skipped);
    return oc_cli_data_card(options->out);
}

static oc_status run_importer(const oc_importer_row *row, oc_comm *comm, int argc, char **argv)
{
    oc_import_common *options;
    char name[64];
    int done = 0;
    oc_status status = oc_importer_make_options(row, &options);
    snprintf(name, sizeof name, "%s %s", argv[0], row->name);
    argv[1] = name;
    if (status == OC_OK)
        status = oc_cli_parse(&row->importer->argp, comm, argc - 1, argv + 1, options, &done);
    if (status == OC_OK && !done)
        status = run_parsed(row, options);
    free(options);
    return status;
}

oc_status oc_command_import(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {importers, parse_general, "IMPORTER ...", doc, NULL,
                                     NULL,      NULL};
    const oc_importer_row *const row = argc > 1 ? oc_importers_find(argv[1]) : NULL;
    int done = 0;
    return row ? run_importer(row, comm, argc, argv)
               : oc_cli_parse(&argp, comm, argc, argv, NULL, &done);
}
