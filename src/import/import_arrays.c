/* import_arrays.c - the importers of arrays that other programs wrote: HDF5, .npz or .npy. The same
 * numbers become the same data set, whichever kind of file they come from. */
#include "import/import_arrays.h"

#include "base/hash.h"
#include "base/log.h"
#include "import/array_samples.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FILES = 4, SOURCE_BYTES = OC_DATASET_MAX_SOURCE + 1 };

static const char *const format_names[] = {
    [OC_ARRAY_HDF5] = "hdf5", [OC_ARRAY_NPZ] = "npz", [OC_ARRAY_NPY] = "npy"};

/* Are the arrays' names and the way to a test split complete? */
static oc_status check_options(const oc_import_arrays *o)
{
    const char *const name = format_names[o->format];
    if (!o->inputs[OC_SPLIT_TRAIN] || !o->targets[OC_SPLIT_TRAIN])
        return oc_fail(OC_ERR_USAGE, "import %s: expected --inputs and --targets", name);
    if (!o->inputs[OC_SPLIT_TEST] != !o->targets[OC_SPLIT_TEST])
        return oc_fail(OC_ERR_USAGE,
                       "import %s: expected --test-inputs and --test-targets together", name);
    if ((o->inputs[OC_SPLIT_TEST] != NULL) == (o->common.test_fraction > 0))
        return oc_fail(OC_ERR_USAGE,
                       "import %s: expected either --test-inputs and --test-targets, or "
                       "--test-fraction",
                       name);
    if (!o->inputs[OC_SPLIT_TEST] && (o->test_source || o->test_targets_source))
        return oc_fail(OC_ERR_USAGE, "import %s: a file for the test split needs --test-inputs too",
                       name);
    return OC_OK;
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    return a ? a : b ? b : c;
}

static oc_array_location inputs_location(const oc_import_arrays *o, int split)
{
    const char *const name = o->inputs[split];
    const char *path = split == OC_SPLIT_TEST && o->test_source ? o->test_source : o->common.source;
    if (!name)
        path = NULL;
    else if (o->format == OC_ARRAY_NPY)
        path = name;
    return (oc_array_location){o->format, path, name};
}

static oc_array_location targets_location(const oc_import_arrays *o, int split)
{
    const char *const name = o->targets[split];
    const char *path = first_of(o->targets_source, o->common.source, NULL);
    if (split == OC_SPLIT_TEST)
        path = first_of(o->test_targets_source, o->test_source, path);
    if (!name)
        path = NULL;
    else if (o->format == OC_ARRAY_NPY)
        path = name;
    return (oc_array_location){o->format, path, name};
}

static oc_status open_inputs(oc_array_samples *to, const oc_import_arrays *o, int split)
{
    const oc_array_location location = inputs_location(o, split);
    oc_array_shape shape;
    char note[OC_SHAPE_NOTE];
    if (!location.path)
        return OC_OK;
    oc_status status =
        oc_array_open(&to->inputs[split], location.format, location.path, location.name);
    if (status)
        return status;
    const oc_array_info *info = oc_array_describe(to->inputs[split]);
    status = oc_array_shape_find(&shape, info, o->channels);
    if (status)
        return status;
    if (split == OC_SPLIT_TRAIN)
        to->shape = shape;
    const oc_array_info *train = oc_array_describe(to->inputs[OC_SPLIT_TRAIN]);
    if (memcmp(&shape, &to->shape, sizeof shape) != 0 || info->type.kind != train->type.kind ||
        info->type.bytes != train->type.bytes)
        return oc_fail(OC_ERR_DATA, "%s and %s differ in type or shape", train->name, info->name);
    oc_array_shape_note(&shape, info, split == OC_SPLIT_TRAIN ? "inputs" : "test inputs", note);
    oc_log(OC_LOG_INFO, "%s", note);
    return OC_OK;
}

static oc_status open_targets(oc_array_samples *to, const oc_import_arrays *o)
{
    oc_array_location location[OC_SPLIT_COUNT];
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        location[split] = targets_location(o, split);
    const oc_status status =
        oc_array_targets_open(&to->targets, location, o->kind,
                              o->is_first_label_said ? o->first_label : OC_FIRST_LABEL_UNSAID);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++) {
        const uint64_t samples =
            to->inputs[split] ? oc_array_describe(to->inputs[split])->extent[0] : 0;
        const uint64_t there = oc_array_targets_samples(to->targets, (oc_split)split);
        if (there != samples)
            return oc_fail(OC_ERR_DATA,
                           "%s: %s has targets of %" PRIu64 " samples, %s has %" PRIu64,
                           location[split].path, location[split].name, there,
                           oc_array_describe(to->inputs[split])->name, samples);
    }
    return status;
}

/* What went in, by content and not by name. */
static oc_status describe_source(const oc_import_arrays *o, char *text, size_t bytes)
{
    static const char *const what[] = {[OC_ARRAY_HDF5] = "HDF5",
                                       [OC_ARRAY_NPZ] = "numpy archive",
                                       [OC_ARRAY_NPY] = "numpy arrays"};
    const char *const files[FILES] = {
        inputs_location(o, OC_SPLIT_TRAIN).path, targets_location(o, OC_SPLIT_TRAIN).path,
        inputs_location(o, OC_SPLIT_TEST).path, targets_location(o, OC_SPLIT_TEST).path};
    size_t used = (size_t)snprintf(text, bytes, "%s, XXH3-128:", what[o->format]);
    for (int i = 0; i < FILES; i++) {
        oc_digest digest;
        char hexadecimal[OC_DIGEST_TEXT];
        int is_said = files[i] == NULL;
        for (int k = 0; k < i && !is_said; k++)
            is_said = files[k] && strcmp(files[k], files[i]) == 0;
        if (is_said)
            continue;
        const oc_status status = oc_hash_file(files[i], 0, &digest);
        if (status)
            return status;
        oc_digest_text(digest, hexadecimal);
        used += (size_t)snprintf(text + used, bytes - used, "%s %s", i ? "," : "", hexadecimal);
    }
    if (o->format != OC_ARRAY_NPY)
        used += (size_t)snprintf(text + used, bytes - used, ", arrays %.120s and %.120s",
                                 o->inputs[OC_SPLIT_TRAIN], o->targets[OC_SPLIT_TRAIN]);
    if (o->common.test_fraction > 0)
        snprintf(text + used, bytes - used, "; test fraction %g of seed %" PRIu64,
                 o->common.test_fraction, o->common.seed);
    else if (o->format != OC_ARRAY_NPY)
        snprintf(text + used, bytes - used, "; test %.120s and %.120s", o->inputs[OC_SPLIT_TEST],
                 o->targets[OC_SPLIT_TEST]);
    return OC_OK;
}

oc_status oc_import_arrays_run(const oc_import_arrays *options, const char *out)
{
    char source[SOURCE_BYTES];
    oc_array_samples samples = {0};
    oc_status status = check_options(options);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        status = open_inputs(&samples, options, split);
    if (!status)
        status = open_targets(&samples, options);
    if (!status)
        status = describe_source(options, source, sizeof source);
    if (!status)
        status = oc_array_samples_write(&samples, options, source, out);
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        oc_array_close(samples.inputs[split]);
    oc_array_targets_close(samples.targets);
    return status;
}

/* ---- the command line ---- */

enum {
    OPTION_INPUTS = OC_OPTION_OWN,
    OPTION_TARGETS,
    OPTION_TEST_INPUTS,
    OPTION_TEST_TARGETS,
    OPTION_TARGETS_FILE,
    OPTION_TEST_FILE,
    OPTION_TEST_TARGETS_FILE,
    OPTION_KIND,
    OPTION_FIRST_LABEL,
    OPTION_CHANNELS_LAST,
    OPTION_CHANNELS_FIRST
};

/* The first FILE_OPTIONS are for arrays that have names in a file. */
enum { FILE_OPTIONS = 3 };
static const struct argp_option options[] = {
    {"targets-file", OPTION_TARGETS_FILE, "FILE", 0, "Read the targets from another file", 0},
    {"test-file", OPTION_TEST_FILE, "FILE", 0, "Read the test split from another file", 0},
    {"test-targets-file", OPTION_TEST_TARGETS_FILE, "FILE", 0,
     "Read the targets of the test split from another file", 0},
    {"inputs", OPTION_INPUTS, "ARRAY", 0, "Samples: (N, ...), each with 1 to 3 dimensions", 0},
    {"targets", OPTION_TARGETS, "ARRAY", 0,
     "What to learn: labels or strings (N), one-hot rows (N, K), or numbers (N, T)", 0},
    {"test-inputs", OPTION_TEST_INPUTS, "ARRAY", 0, "Samples of the test split", 0},
    {"test-targets", OPTION_TEST_TARGETS, "ARRAY", 0, "Targets of the test split", 0},
    OC_IMPORT_TEST_FRACTION,
    OC_IMPORT_SEED,
    {"kind", OPTION_KIND, "KIND", 0,
     "What the targets are: classes (default), regression or multi_label", 0},
    {"first-label", OPTION_FIRST_LABEL, "N", 0,
     "Label of the first class (default 0, which some sample must have)", 0},
    {"channels-last", OPTION_CHANNELS_LAST, NULL, 0,
     "Samples are (height, width, channels), not (channels, height, width)", 0},
    {"channels-first", OPTION_CHANNELS_FIRST, NULL, 0,
     "Samples are (channels, height, width), even if they look channels-last", 0},
    OC_IMPORT_FORCE,
    {0},
};

static const char hdf5_doc[] =
    "Import arrays from an HDF5 file made by another program; ARRAY is the path of one in the "
    "file. Integers, floats and booleans of any width and byte order are read, uncompressed or "
    "compressed with a filter that HDF5 has built in; labels may also be strings. Training can "
    "also read such a file directly (data.inputs in the recipe).\v"
    "Examples:\n"
    "  onecycle import hdf5 scans.h5 set.h5 --inputs /x --targets /y \\\n"
    "      --test-inputs /test/x --test-targets /test/y\n"
    "  onecycle import hdf5 scans.h5 set.h5 --inputs /x --targets /dose \\\n"
    "      --kind regression --test-fraction 0.1";

static const char npz_doc[] =
    "Import arrays from an .npz archive (numpy.savez, numpy.savez_compressed); ARRAY is the name "
    "of "
    "one in it. Unsigned bytes stay bytes; other numbers become float32 if that is exact, else "
    "float64. Pickled objects are refused.\v"
    "Example:\n"
    "  onecycle import npz mnist.npz mnist.h5 \\\n"
    "      --inputs x_train --targets y_train \\\n"
    "      --test-inputs x_test --test-targets y_test";

static const char npy_doc[] =
    "Import arrays saved with numpy.save, plain or compressed with gzip; ARRAY is a file. Unsigned "
    "bytes stay bytes; other numbers become float32 if that is exact, else float64.\v"
    "Example:\n"
    "  onecycle import npy --inputs x.npy --targets y.npy \\\n"
    "      --test-fraction 0.2 set.h5";

static void read_kind(struct argp_state *state, const char *text, oc_import_arrays *o)
{
    const int kind = oc_targets_find(text);
    if (kind < 0)
        argp_error(state, "--kind %s: expected classes, regression or multi_label", text);
    else
        o->kind = (oc_targets_kind)kind;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    oc_import_arrays *const o = state->input;
    const char **const text[] = {
        [OPTION_INPUTS - OC_OPTION_OWN] = &o->inputs[OC_SPLIT_TRAIN],
        [OPTION_TARGETS - OC_OPTION_OWN] = &o->targets[OC_SPLIT_TRAIN],
        [OPTION_TEST_INPUTS - OC_OPTION_OWN] = &o->inputs[OC_SPLIT_TEST],
        [OPTION_TEST_TARGETS - OC_OPTION_OWN] = &o->targets[OC_SPLIT_TEST],
        [OPTION_TARGETS_FILE - OC_OPTION_OWN] = &o->targets_source,
        [OPTION_TEST_FILE - OC_OPTION_OWN] = &o->test_source,
        [OPTION_TEST_TARGETS_FILE - OC_OPTION_OWN] = &o->test_targets_source,
    };
    if (key >= OPTION_INPUTS && key <= OPTION_TEST_TARGETS_FILE) {
        *text[key - OC_OPTION_OWN] = argument;
        return 0;
    }
    switch (key) {
    case OPTION_KIND:
        read_kind(state, argument, o);
        return 0;
    case OPTION_CHANNELS_LAST:
        o->channels = OC_CHANNELS_LAST;
        return 0;
    case OPTION_CHANNELS_FIRST:
        o->channels = OC_CHANNELS_FIRST;
        return 0;
    case OPTION_FIRST_LABEL:
        o->is_first_label_said = 1;
        o->first_label = (int64_t)oc_argument_whole(state, "first-label", argument, 0, INT32_MAX);
        return 0;
    default:
        return oc_import_parse_common(key, argument, state);
    }
}

static oc_status run(const void *parsed, const char *out)
{
    return oc_import_arrays_run(parsed, out);
}

static const oc_import_arrays hdf5_defaults = {.format = OC_ARRAY_HDF5},
                              npz_defaults = {.format = OC_ARRAY_NPZ},
                              npy_defaults = {.format = OC_ARRAY_NPY};

const oc_importer oc_importer_hdf5 = {
    .argp = {options, parse, "FILE OUT.h5", hdf5_doc, NULL, NULL, NULL},
    .bytes = sizeof(oc_import_arrays),
    .defaults = &hdf5_defaults,
    .run = run};

const oc_importer oc_importer_npz = {
    .argp = {options, parse, "FILE.npz OUT.h5", npz_doc, NULL, NULL, NULL},
    .bytes = sizeof(oc_import_arrays),
    .defaults = &npz_defaults,
    .run = run};

const oc_importer oc_importer_npy = {
    .argp = {options + FILE_OPTIONS, parse, "OUT.h5", npy_doc, NULL, NULL, NULL},
    .wants = OC_IMPORT_WANTS_NO_SOURCE,
    .bytes = sizeof(oc_import_arrays),
    .defaults = &npy_defaults,
    .run = run};
