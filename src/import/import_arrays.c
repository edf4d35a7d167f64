/* import_arrays.c - the importer of arrays that other programs wrote: HDF5, .npz or .npy. The same
 * numbers become the same data set, whichever kind of file they come from. */
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
    if ((o->inputs[OC_SPLIT_TEST] != NULL) == (o->test_fraction > 0))
        return oc_fail(OC_ERR_USAGE,
                       "import %s: expected either --test-inputs and --test-targets, or "
                       "--test-fraction",
                       name);
    if (!o->inputs[OC_SPLIT_TEST] && (o->test_source || o->test_targets_source))
        return oc_fail(OC_ERR_USAGE, "import %s: a file of the test split: expected --test-inputs",
                       name);
    return OC_OK;
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    return a ? a : b ? b : c;
}

static oc_array_place inputs_place(const oc_import_arrays *o, int split)
{
    const char *const name = o->inputs[split];
    const char *path = split == OC_SPLIT_TEST && o->test_source ? o->test_source : o->source;
    if (!name)
        path = NULL;
    else if (o->format == OC_ARRAY_NPY)
        path = name;
    return (oc_array_place){o->format, path, name};
}

static oc_array_place targets_place(const oc_import_arrays *o, int split)
{
    const char *const name = o->targets[split];
    const char *path = first_of(o->targets_source, o->source, NULL);
    if (split == OC_SPLIT_TEST)
        path = first_of(o->test_targets_source, o->test_source, path);
    if (!name)
        path = NULL;
    else if (o->format == OC_ARRAY_NPY)
        path = name;
    return (oc_array_place){o->format, path, name};
}

static oc_status open_inputs(oc_array_samples *to, const oc_import_arrays *o, int split)
{
    const oc_array_place place = inputs_place(o, split);
    oc_array_shape shape;
    char note[OC_SHAPE_NOTE];
    if (!place.path)
        return OC_OK;
    oc_status status = oc_array_open(&to->inputs[split], place.format, place.path, place.name);
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
    oc_array_place place[OC_SPLIT_COUNT];
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        place[split] = targets_place(o, split);
    const oc_status status =
        oc_array_targets_open(&to->targets, place, o->kind,
                              o->is_first_label_said ? o->first_label : OC_FIRST_LABEL_UNSAID);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++) {
        const uint64_t samples =
            to->inputs[split] ? oc_array_describe(to->inputs[split])->extent[0] : 0;
        const uint64_t there = oc_array_targets_samples(to->targets, (oc_split)split);
        if (there != samples)
            return oc_fail(OC_ERR_DATA,
                           "%s: %s has targets of %" PRIu64 " samples, %s has %" PRIu64,
                           place[split].path, place[split].name, there,
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
        inputs_place(o, OC_SPLIT_TRAIN).path, targets_place(o, OC_SPLIT_TRAIN).path,
        inputs_place(o, OC_SPLIT_TEST).path, targets_place(o, OC_SPLIT_TEST).path};
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
    if (o->test_fraction > 0)
        snprintf(text + used, bytes - used, "; test fraction %g of seed %" PRIu64, o->test_fraction,
                 o->seed);
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
