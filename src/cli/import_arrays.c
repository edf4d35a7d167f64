/* import_arrays.c - the options of `onecycle import hdf5`, `import npz` and `import npy`. */
#include "cli/import_arguments.h"

#include <string.h>

enum {
    OPTION_INPUTS = 256,
    OPTION_TARGETS,
    OPTION_TEST_INPUTS,
    OPTION_TEST_TARGETS,
    OPTION_KIND,
    OPTION_CHANNELS_LAST,
    OPTION_FRACTION,
    OPTION_SEED
};

#define OPTIONS(ARRAY)                                                                              \
    {                                                                                               \
        {                                                                                           \
            "inputs", OPTION_INPUTS, ARRAY, 0, "The samples: (N, ...) with 1 to 3 dimensions each", \
            0},                                                                                     \
            {"targets", OPTION_TARGETS, ARRAY, 0, "What is to be learnt: (N), or (N, T)", 0},       \
            {"test-inputs", OPTION_TEST_INPUTS, ARRAY, 0, "Samples of the test split", 0},          \
            {"test-targets", OPTION_TEST_TARGETS, ARRAY, 0, "Targets of the test split", 0},        \
            {"test-fraction",                                                                       \
             OPTION_FRACTION,                                                                       \
             "X",                                                                                   \
             0,                                                                                     \
             "Instead: part (of each class) that becomes the test split",                           \
             0},                                                                                    \
            {"seed", OPTION_SEED, "N", 0, "Chooses that part (default 1)", 0},                      \
            {"kind",                                                                                \
             OPTION_KIND,                                                                           \
             "KIND",                                                                                \
             0,                                                                                     \
             "Targets are classes (default; whole numbers from 0), regression or multi_label",      \
             0},                                                                                    \
            {"channels-last",                                                                       \
             OPTION_CHANNELS_LAST,                                                                  \
             NULL,                                                                                  \
             0,                                                                                     \
             "Samples are (height, width, channels), not (channels, height, width)",                \
             0},                                                                                    \
            OC_IMPORT_FORCE, {0},                                                                   \
    }

static const struct argp_option options[] = OPTIONS("NAME");
static const struct argp_option file_options[] = OPTIONS("FILE");

static const char hdf5_doc[] =
    "Import arrays of an HDF5 file made by another program: uint8, int16, float32 or float64 "
    "samples, and their targets. Training can also read such a file as it is (data.inputs).\v"
    "Examples:\n"
    "  onecycle import hdf5 scans.h5 set.h5 --inputs /x --targets /y \\\n"
    "      --test-inputs /test/x --test-targets /test/y\n"
    "  onecycle import hdf5 scans.h5 set.h5 --inputs /x --targets /dose \\\n"
    "      --kind regression --test-fraction 0.1";

static const char npz_doc[] =
    "Import arrays of an .npz archive (numpy.savez, numpy.savez_compressed). Unsigned bytes stay "
    "bytes, other numbers become float32. Pickled objects are not read.\v"
    "Example:\n"
    "  onecycle import npz mnist.npz mnist.h5 --inputs x_train --targets y_train \\\n"
    "      --test-inputs x_test --test-targets y_test";

static const char npy_doc[] =
    "Import arrays saved by numpy.save, plain or packed with gzip. Unsigned bytes stay bytes, "
    "other "
    "numbers become float32.\v"
    "Example:\n"
    "  onecycle import npy --inputs x.npy --targets y.npy --test-fraction 0.2 set.h5";

static void read_kind(struct argp_state *state, const char *text, oc_import_arrays *arrays)
{
    const int kind = oc_targets_find(text);
    if (kind < 0)
        argp_error(state, "--kind %s: expected classes, regression or multi_label", text);
    else
        arrays->kind = (oc_targets_kind)kind;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    oc_import_arguments *const a = state->input;
    oc_import_arrays *const arrays = &a->arrays;
    switch (key) {
    case OPTION_INPUTS:
        arrays->inputs[OC_SPLIT_TRAIN] = argument;
        return 0;
    case OPTION_TARGETS:
        arrays->targets[OC_SPLIT_TRAIN] = argument;
        return 0;
    case OPTION_TEST_INPUTS:
        arrays->inputs[OC_SPLIT_TEST] = argument;
        return 0;
    case OPTION_TEST_TARGETS:
        arrays->targets[OC_SPLIT_TEST] = argument;
        return 0;
    case OPTION_KIND:
        read_kind(state, argument, arrays);
        return 0;
    case OPTION_CHANNELS_LAST:
        arrays->channels_last = 1;
        return 0;
    case OPTION_FRACTION:
        arrays->test_fraction = oc_argument_fraction(state, "test-fraction", argument);
        return 0;
    case OPTION_SEED:
        arrays->seed = oc_argument_whole(state, "seed", argument, 0, UINT64_MAX);
        return 0;
    default:
        return oc_import_parse_common(key, argument, state);
    }
}

static oc_status run_hdf5(oc_import_arguments *a, const char *out)
{
    if (a->arguments != 2)
        return oc_fail(OC_ERR_USAGE, "import hdf5: expected FILE and OUT.h5 (see --help)");
    a->arrays.source = a->argument[0];
    a->arrays.watch = a->watch;
    return oc_import_hdf5_run(&a->arrays, out);
}

static oc_status run_npz(oc_import_arguments *a, const char *out)
{
    if (a->arguments != 2)
        return oc_fail(OC_ERR_USAGE, "import npz: expected FILE.npz and OUT.h5 (see --help)");
    a->arrays.source = a->argument[0];
    a->arrays.watch = a->watch;
    return oc_import_npy_run(&a->arrays, out);
}

static oc_status run_npy(oc_import_arguments *a, const char *out)
{
    if (a->arguments != 1)
        return oc_fail(OC_ERR_USAGE, "import npy: expected OUT.h5 alone, found also %s",
                       a->argument[1]);
    a->arrays.watch = a->watch;
    return oc_import_npy_run(&a->arrays, out);
}

const oc_importer oc_importer_hdf5 = {
    "hdf5", {options, parse, "FILE OUT.h5", hdf5_doc, NULL, NULL, NULL}, run_hdf5};
const oc_importer oc_importer_npz = {
    "npz", {options, parse, "FILE.npz OUT.h5", npz_doc, NULL, NULL, NULL}, run_npz};
const oc_importer oc_importer_npy = {
    "npy", {file_options, parse, "OUT.h5", npy_doc, NULL, NULL, NULL}, run_npy};
