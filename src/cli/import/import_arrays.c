/* import_arrays.c - the options of `onecycle import hdf5`, `import npz` and `import npy`. */
#include "cli/import/import_arguments.h"

#include <string.h>

enum {
    OPTION_INPUTS = 256,
    OPTION_TARGETS,
    OPTION_TEST_INPUTS,
    OPTION_TEST_TARGETS,
    OPTION_TARGETS_FILE,
    OPTION_TEST_FILE,
    OPTION_TEST_TARGETS_FILE,
    OPTION_KIND,
    OPTION_FIRST_LABEL,
    OPTION_CHANNELS_LAST,
    OPTION_CHANNELS_FIRST,
    OPTION_FRACTION,
    OPTION_SEED
};

#define ARRAYS(ARRAY)                                                                                \
    {"inputs", OPTION_INPUTS, ARRAY, 0, "The samples: (N, ...) with 1 to 3 dimensions each", 0},     \
        {"targets",                                                                                  \
         OPTION_TARGETS,                                                                             \
         ARRAY,                                                                                      \
         0,                                                                                          \
         "What is to be learnt: (N) labels or strings, one-hot (N, K), or (N, T) numbers",           \
         0},                                                                                         \
        {"test-inputs", OPTION_TEST_INPUTS, ARRAY, 0, "Samples of the test split", 0},               \
        {"test-targets", OPTION_TEST_TARGETS, ARRAY, 0, "Targets of the test split", 0},             \
        {"test-fraction",                                                                            \
         OPTION_FRACTION,                                                                            \
         "X",                                                                                        \
         0,                                                                                          \
         "Instead: part (of each class) that becomes the test split",                                \
         0},                                                                                         \
        {"seed", OPTION_SEED, "N", 0, "Chooses that part (default 1)", 0},                           \
        {"kind", OPTION_KIND, "KIND", 0, "Targets are classes (default), regression or multi_label", \
         0},                                                                                         \
        {"first-label",                                                                              \
         OPTION_FIRST_LABEL,                                                                         \
         "N",                                                                                        \
         0,                                                                                          \
         "Labels count from N (default: from 0, which some sample must have)",                       \
         0},                                                                                         \
        {"channels-last",                                                                            \
         OPTION_CHANNELS_LAST,                                                                       \
         NULL,                                                                                       \
         0,                                                                                          \
         "Samples are (height, width, channels), not (channels, height, width)",                     \
         0},                                                                                         \
    {                                                                                                \
        "channels-first", OPTION_CHANNELS_FIRST, NULL, 0,                                            \
            "They are not, though they look like it", 0                                              \
    }

#define FILES(KIND)                                                                                \
    {"targets-file",                                                                               \
     OPTION_TARGETS_FILE,                                                                          \
     "FILE",                                                                                       \
     0,                                                                                            \
     KIND " that holds the targets, if not FILE",                                                  \
     0},                                                                                           \
        {"test-file",                                                                              \
         OPTION_TEST_FILE,                                                                         \
         "FILE",                                                                                   \
         0,                                                                                        \
         KIND " that holds the test split, if not FILE",                                           \
         0},                                                                                       \
    {                                                                                              \
        "test-targets-file", OPTION_TEST_TARGETS_FILE, "FILE", 0,                                  \
            KIND " that holds its targets, if another", 0                                          \
    }

static const struct argp_option hdf5_options[] = {
    ARRAYS("NAME"), FILES("The HDF5 file"), OC_IMPORT_FORCE, {0}};
static const struct argp_option npz_options[] = {
    ARRAYS("NAME"), FILES("The archive"), OC_IMPORT_FORCE, {0}};
static const struct argp_option npy_options[] = {ARRAYS("FILE"), OC_IMPORT_FORCE, {0}};

static const char hdf5_doc[] =
    "Import arrays of an HDF5 file made by another program: integers, floats and booleans of any "
    "width and order of bytes, stored plainly or packed by a filter that HDF5 has; labels also as "
    "strings. Training can also read such a file as it is (data.inputs).\v"
    "Examples:\n"
    "  onecycle import hdf5 scans.h5 set.h5 --inputs /x --targets /y \\\n"
    "      --test-inputs /test/x --test-targets /test/y\n"
    "  onecycle import hdf5 scans.h5 set.h5 --inputs /x --targets /dose \\\n"
    "      --kind regression --test-fraction 0.1";

static const char npz_doc[] =
    "Import arrays of an .npz archive (numpy.savez, numpy.savez_compressed). Unsigned bytes stay "
    "bytes, other numbers become float32 if that keeps them, else float64. Pickled objects are not "
    "read.\v"
    "Example:\n"
    "  onecycle import npz mnist.npz mnist.h5 --inputs x_train --targets y_train \\\n"
    "      --test-inputs x_test --test-targets y_test";

static const char npy_doc[] =
    "Import arrays saved by numpy.save, plain or packed with gzip. Unsigned bytes stay bytes, "
    "other numbers become float32 if that keeps them, else float64.\v"
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
    case OPTION_TARGETS_FILE:
        arrays->targets_source = argument;
        return 0;
    case OPTION_TEST_FILE:
        arrays->test_source = argument;
        return 0;
    case OPTION_TEST_TARGETS_FILE:
        arrays->test_targets_source = argument;
        return 0;
    case OPTION_KIND:
        read_kind(state, argument, arrays);
        return 0;
    case OPTION_CHANNELS_LAST:
        arrays->channels = OC_CHANNELS_LAST;
        return 0;
    case OPTION_CHANNELS_FIRST:
        arrays->channels = OC_CHANNELS_FIRST;
        return 0;
    case OPTION_FIRST_LABEL:
        arrays->is_first_label_said = 1;
        arrays->first_label =
            (int64_t)oc_argument_whole(state, "first-label", argument, 0, INT32_MAX);
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

static oc_status run(oc_import_arguments *a, oc_array_format format, const char *out)
{
    static const char *const usage[] = {[OC_ARRAY_HDF5] = "hdf5: expected FILE and OUT.h5",
                                        [OC_ARRAY_NPZ] = "npz: expected FILE.npz and OUT.h5",
                                        [OC_ARRAY_NPY] = "npy: expected OUT.h5 alone"};
    if (a->arguments != (format == OC_ARRAY_NPY ? 1 : 2))
        return oc_fail(OC_ERR_USAGE, "import %s (see --help)", usage[format]);
    a->arrays.format = format;
    a->arrays.source = format == OC_ARRAY_NPY ? NULL : a->argument[0];
    a->arrays.watch = a->watch;
    return oc_import_arrays_run(&a->arrays, out);
}

static oc_status run_hdf5(oc_import_arguments *a, const char *out)
{
    return run(a, OC_ARRAY_HDF5, out);
}

static oc_status run_npz(oc_import_arguments *a, const char *out)
{
    return run(a, OC_ARRAY_NPZ, out);
}

static oc_status run_npy(oc_import_arguments *a, const char *out)
{
    return run(a, OC_ARRAY_NPY, out);
}

const oc_importer oc_importer_hdf5 = {
    "hdf5", {hdf5_options, parse, "FILE OUT.h5", hdf5_doc, NULL, NULL, NULL}, run_hdf5};
const oc_importer oc_importer_npz = {
    "npz", {npz_options, parse, "FILE.npz OUT.h5", npz_doc, NULL, NULL, NULL}, run_npz};
const oc_importer oc_importer_npy = {
    "npy", {npy_options, parse, "OUT.h5", npy_doc, NULL, NULL, NULL}, run_npy};
