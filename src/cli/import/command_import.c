/* command_import.c - onecycle import IMPORTER ... OUT.h5: what a user has -> a data set file.
 * The importers are in src/data; here are the options of idx and synthetic, and what all share. */
#include "base/file.h"
#include "base/suggest.h"
#include "cli/common/data_card.h"
#include "cli/import/import_arguments.h"
#include "cli/import/import_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Long options only. Those of idx files come first, in the order of idx_files. */
enum { OPTION_IDX = 256, OPTION_SEED = 300, OPTION_CLASSES, OPTION_TRAIN, OPTION_TEST };
enum { OPTION_SHAPE = 'x' };

/* ---- idx ---- */

static const struct {
    const char *option;
    const char *names[2]; /* what such files are called */
} idx_files[OC_IMPORT_IDX_FILES] = {
    {"--train-images", {"train-images-idx3-ubyte", "train-images.idx3-ubyte"}},
    {"--train-labels", {"train-labels-idx1-ubyte", "train-labels.idx1-ubyte"}},
    {"--test-images", {"t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"}},
    {"--test-labels", {"t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"}},
};

static const struct argp_option idx_options[] = {
    {"train-images", OPTION_IDX + 0, "FILE", 0, "Images of the training split", 0},
    {"train-labels", OPTION_IDX + 1, "FILE", 0, "Labels of the training split", 0},
    {"test-images", OPTION_IDX + 2, "FILE", 0, "Images of the test split", 0},
    {"test-labels", OPTION_IDX + 3, "FILE", 0, "Labels of the test split", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char idx_doc[] =
    "Import four idx files, as MNIST and its relatives come, plain or packed (.gz). DIR holds "
    "them under their usual names (train-images-idx3-ubyte, ...).\v"
    "Examples:\n"
    "  onecycle import idx datasets/mnist datasets/mnist/mnist.h5\n"
    "  onecycle import idx --train-images a --train-labels b \\\n"
    "      --test-images c --test-labels d out.h5";

/* DIR/NAME for either name of an idx file, also packed; if none is there, an error that says so. */
static oc_status find_idx(char *path, const char *folder, int which)
{
    static const char *const endings[] = {"", ".gz"};
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", idx_files[which].names[i % 2], endings[i / 2]);
        const oc_status status = oc_path_join(path, folder, name);
        if (status != OC_OK || oc_file_exists(path))
            return status;
    }
    return oc_fail(OC_ERR_IO, "%s: no file %s or %s in this folder, nor with .gz", folder,
                   idx_files[which].names[0], idx_files[which].names[1]);
}

static oc_status run_idx(oc_import_arguments *a, const char *out)
{
    char found[OC_IMPORT_IDX_FILES][OC_PATH_BYTES];
    const char *path[OC_IMPORT_IDX_FILES];
    int given = 0;
    for (int i = 0; i < OC_IMPORT_IDX_FILES; i++)
        given += a->idx[i] != NULL;
    if (given > 0 && a->arguments == 2)
        return oc_fail(OC_ERR_USAGE, "import idx: expected a folder or the four files, found both");
    if (given == 0 && a->arguments == 1)
        return oc_fail(OC_ERR_USAGE, "import idx: expected a folder or the four files, and OUT.h5 "
                                     "(see `onecycle import idx --help`)");
    for (int i = 0; i < OC_IMPORT_IDX_FILES; i++) {
        if (given > 0 && !a->idx[i])
            return oc_fail(OC_ERR_USAGE, "import idx: %s is missing", idx_files[i].option);
        const oc_status status = given > 0 ? OC_OK : find_idx(found[i], a->argument[0], i);
        if (status != OC_OK)
            return status;
        path[i] = given > 0 ? a->idx[i] : found[i];
    }
    const oc_import_idx files = {path[0], path[1], path[2], path[3], a->watch};
    return oc_import_idx_run(&files, out);
}

/* ---- synthetic ---- */

static const struct argp_option synthetic_options[] = {
    {"seed", OPTION_SEED, "N", 0, "Seed (default 1)", 0},
    {"classes", OPTION_CLASSES, "N", 0, "Classes (default 10)", 0},
    {"train", OPTION_TRAIN, "N", 0, "Training samples (default 10000)", 0},
    {"test", OPTION_TEST, "N", 0, "Test samples (default 2000)", 0},
    {"shape", OPTION_SHAPE, "CxHxW", 0, "Channels, height, width (default 1x28x28)", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char synthetic_doc[] =
    "Make a data set out of nothing: a random pattern for each class, shifted and with noise. A "
    "small network learns it to 0.99. The same options give the same bytes.\v"
    "Example:\n  onecycle import synthetic --train 60000 digits.h5";

static oc_status run_synthetic(oc_import_arguments *a, const char *out)
{
    if (a->arguments != 1)
        return oc_fail(OC_ERR_USAGE, "import synthetic: expected OUT.h5 alone, found also %s",
                       a->argument[1]);
    a->synthetic.watch = a->watch;
    return oc_import_synthetic_run(&a->synthetic, out);
}

/* ---- common ---- */

static void read_shape(struct argp_state *state, const char *text, oc_import_synthetic *options)
{
    int length = 0;
    if (text[0] < '0' || text[0] > '9' ||
        sscanf(text, "%6dx%6dx%6d%n", &options->channels, &options->height, &options->width,
               &length) != 3 ||
        text[length] != '\0')
        argp_error(state, "--shape %s: expected channels x height x width, such as 3x32x32", text);
}

error_t oc_import_parse_common(int key, char *argument, struct argp_state *state)
{
    oc_import_arguments *const a = state->input;
    switch (key) {
    case OC_OPTION_FORCE:
        a->force = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (a->arguments == OC_IMPORT_ARGUMENTS)
            argp_error(state, "%s: one argument too many", argument);
        else
            a->argument[a->arguments++] = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "OUT.h5 is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    oc_import_arguments *const a = state->input;
    switch (key) {
    case OPTION_IDX:
    case OPTION_IDX + 1:
    case OPTION_IDX + 2:
    case OPTION_IDX + 3:
        a->idx[key - OPTION_IDX] = argument;
        return 0;
    case OPTION_SEED:
        a->synthetic.seed = oc_argument_whole(state, "seed", argument, 0, UINT64_MAX);
        return 0;
    case OPTION_CLASSES:
        a->synthetic.classes = (int)oc_argument_whole(state, "classes", argument, 1, 1000000);
        return 0;
    case OPTION_TRAIN:
        a->synthetic.train = oc_argument_whole(state, "train", argument, 1, UINT32_MAX);
        return 0;
    case OPTION_TEST:
        a->synthetic.test = oc_argument_whole(state, "test", argument, 1, UINT32_MAX);
        return 0;
    case OPTION_SHAPE:
        read_shape(state, argument, &a->synthetic);
        return 0;
    default:
        return oc_import_parse_common(key, argument, state);
    }
}

static const oc_importer importer_idx = {"idx",
                                         {idx_options, parse_option,
                                          "DIR OUT.h5\n--train-images=FILE ... OUT.h5", idx_doc,
                                          NULL, NULL, NULL},
                                         run_idx};

static const oc_importer importer_synthetic = {
    "synthetic",
    {synthetic_options, parse_option, "OUT.h5", synthetic_doc, NULL, NULL, NULL},
    run_synthetic};

static const oc_importer *const importers[] = {
    &importer_idx,    &oc_importer_cifar, &oc_importer_images, &oc_importer_csv,
    &oc_importer_npy, &oc_importer_npz,   &oc_importer_hdf5,   &importer_synthetic};
enum { IMPORTERS = sizeof importers / sizeof importers[0] };

#define IMPORTER_NAMES "idx, cifar, images, csv, npy, npz, hdf5 or synthetic"

static const char doc[] =
    "Make a data set file that onecycle can train on. IMPORTER is " IMPORTER_NAMES
    "; each has its own --help.\v"
    "OUT.h5 appears only whole. If it is there already, --force replaces it.\n\n"
    "Examples:\n"
    "  onecycle import idx datasets/mnist datasets/mnist/mnist.h5\n"
    "  onecycle import images photos photos.h5 --size 64x64 --test-fraction 0.2\n"
    "  onecycle import csv --label species --test-fraction 0.2 iris.csv iris.h5\n"
    "  onecycle import npz --inputs x --targets y --test-fraction 0.2 set.npz set.h5\n"
    "  onecycle import synthetic digits.h5\n"
    "  onecycle import idx --help";

/* Without an importer: --help, or an error. */
static error_t parse_general(int key, char *argument, struct argp_state *state)
{
    const char *names[IMPORTERS];
    for (size_t i = 0; i < IMPORTERS; i++)
        names[i] = importers[i]->name;
    const char *const meant = key == ARGP_KEY_ARG ? oc_nearest(argument, names, IMPORTERS) : NULL;
    switch (key) {
    case ARGP_KEY_ARG:
        if (meant)
            argp_error(state, "%s: unknown importer; did you mean %s?", argument, meant);
        else
            argp_error(state, "%s: unknown importer, expected " IMPORTER_NAMES, argument);
        state->next = state->argc; /* one message is enough */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "the importer is missing, expected " IMPORTER_NAMES);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static oc_status run_importer(size_t which, oc_comm *comm, int argc, char **argv)
{
    oc_import_arguments a = {.synthetic = {.seed = 1,
                                           .channels = 1,
                                           .height = 28,
                                           .width = 28,
                                           .classes = 10,
                                           .train = 10000,
                                           .test = 2000},
                             .images = {.channels = 3, .seed = 1},
                             .csv = {.delimiter = ',', .seed = 1},
                             .arrays = {.seed = 1}};
    char name[64];
    int done = 0;
    snprintf(name, sizeof name, "%s %s", argv[0], importers[which]->name);
    argv[1] = name;
    oc_status status = oc_cli_parse(&importers[which]->argp, comm, argc - 1, argv + 1, &a, &done);
    if (status != OC_OK || done)
        return status;
    const char *const out = a.argument[a.arguments - 1];
    if (!a.force && oc_file_exists(out))
        return oc_fail(OC_ERR_IO, "%s: already exists (--force replaces it)", out);
    oc_import_progress progress;
    a.watch = oc_import_progress_begin(&progress);
    status = importers[which]->run(&a, out);
    oc_import_progress_end(&progress);
    if (status == OC_OK && progress.skipped > 0)
        printf("%-12s %" PRIu64 " samples, %" PRIu64 " skipped\n", "imported", progress.samples,
               progress.skipped);
    return status == OC_OK ? oc_cli_data_card(out) : status;
}

oc_status oc_command_import(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {NULL, parse_general, "IMPORTER ...", doc, NULL, NULL, NULL};
    for (size_t i = 0; argc > 1 && i < IMPORTERS; i++)
        if (strcmp(argv[1], importers[i]->name) == 0)
            return run_importer(i, comm, argc, argv);
    int done = 0;
    return oc_cli_parse(&argp, comm, argc, argv, NULL, &done);
}
