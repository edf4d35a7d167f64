/* import_npy.c - the importer of arrays that numpy saved: .npy files, or the members of an .npz
 * (npy_read.h). Targets are read whole, inputs in blocks. */
#include "base/hash.h"
#include "data/array_samples.h"
#include "data/npy_read.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES = 4096 };

typedef struct npy_import {
    const oc_import_arrays *options;
    oc_npy *inputs[OC_SPLIT_COUNT];
    int32_t *labels[OC_SPLIT_COUNT]; /* one of both */
    double *values[OC_SPLIT_COUNT];
    oc_array_samples samples;
    double value[VALUES];
} npy_import;

static oc_status open_array(const npy_import *im, oc_npy **npy, const char *name)
{
    const char *const archive = im->options->source;
    return archive ? oc_npy_open(npy, archive, name) : oc_npy_open(npy, name, NULL);
}

/* (N) or (N, 1) whole numbers, or (N, T) numbers of any type. */
static oc_status check_targets(oc_array_samples *to, oc_split split, const oc_npy_info *info)
{
    const int is_class = to->kind == OC_TARGETS_CLASSES;
    const uint64_t each = info->rank == 2 ? info->extent[1] : 1;
    if (is_class && (info->type == 'f' || each != 1 || info->rank < 1 || info->rank > 2))
        return oc_fail(OC_ERR_DATA,
                       "%s: expected a list of whole numbers, one a sample (--kind regression or "
                       "multi_label for other targets)",
                       info->name);
    if (info->rank < 1 || info->rank > 2 || each < 1 || each > OC_MAX_CLASSES)
        return oc_fail(OC_ERR_DATA, "%s: expected 1 to %d numbers a sample", info->name,
                       OC_MAX_CLASSES);
    if (info->extent[0] != to->samples[split])
        return oc_fail(OC_ERR_DATA, "%s has targets of %" PRIu64 " samples, %s has %" PRIu64,
                       info->name, info->extent[0], to->name[split], to->samples[split]);
    if (split == OC_SPLIT_TEST && !is_class && (int)each != to->targets)
        return oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " targets a sample, expected %d as in %s",
                       info->name, each, to->targets, to->targets_name[OC_SPLIT_TRAIN]);
    to->targets = is_class ? 0 : (int)each;
    return OC_OK;
}

/* What no label can be becomes -1, which none is. */
static int32_t to_label(double value)
{
    return value >= 0 && value < OC_MAX_CLASSES ? (int32_t)value : -1;
}

static oc_status read_targets(npy_import *im, oc_split split)
{
    oc_array_samples *to = &im->samples;
    oc_npy *npy = NULL;
    oc_status status = open_array(im, &npy, im->options->targets[split]);
    if (!status)
        status = check_targets(to, split, oc_npy_describe(npy));
    const uint64_t count = status ? 0 : oc_npy_describe(npy)->elements;
    if (!status && to->kind == OC_TARGETS_CLASSES)
        im->labels[split] = malloc(count * sizeof(int32_t) + 1);
    else if (!status)
        im->values[split] = malloc(count * sizeof(double) + 1);
    if (!status && !im->labels[split] && !im->values[split])
        status = oc_fail(OC_ERR_INTERNAL, "%s: no memory for %" PRIu64 " targets",
                         to->targets_name[split], count);
    for (uint64_t i = 0, n; !status && i < count; i += n) {
        n = count - i < VALUES ? count - i : VALUES;
        status = oc_npy_read(npy, (size_t)n, im->value);
        for (uint64_t k = 0; !status && k < n; k++)
            if (im->labels[split])
                im->labels[split][i + k] = to_label(im->value[k]);
            else
                im->values[split][i + k] = im->value[k];
    }
    to->labels[split] = im->labels[split];
    to->values[split] = im->values[split];
    oc_npy_close(npy);
    return status;
}

/* The inputs' header, then the targets. */
static oc_status open_split(npy_import *im, oc_split split)
{
    const oc_import_arrays *o = im->options;
    oc_array_samples *to = &im->samples;
    uint64_t shape[3];
    oc_status status = open_array(im, &im->inputs[split], o->inputs[split]);
    if (status)
        return status;
    const oc_npy_info *info = oc_npy_describe(im->inputs[split]);
    to->name[split] = info->name;
    to->targets_name[split] = o->targets[split];
    status = oc_array_samples_shape(shape, info->name, info->rank, info->extent, o->channels_last);
    if (status)
        return status;
    to->samples[split] = info->extent[0];
    const int is_float = info->type != 'u' || info->bytes != 1;
    if (split == OC_SPLIT_TEST &&
        (memcmp(shape, to->shape, sizeof shape) != 0 || is_float != to->is_float))
        return oc_fail(OC_ERR_DATA, "%s and %s differ in type or shape", to->name[OC_SPLIT_TRAIN],
                       info->name);
    memcpy(to->shape, shape, sizeof shape);
    to->is_float = is_float;
    return read_targets(im, split);
}

static oc_status read_inputs(void *user, oc_split split, size_t n, void *to)
{
    npy_import *const im = user;
    const uint64_t *s = im->samples.shape;
    const size_t count = n * (size_t)(s[0] * s[1] * s[2]);
    float *values = to;
    oc_status status = OC_OK;
    if (!im->samples.is_float)
        return oc_npy_read_stored(im->inputs[split], count, to);
    for (size_t i = 0, m; !status && i < count; i += m) {
        m = count - i < VALUES ? count - i : VALUES;
        status = oc_npy_read(im->inputs[split], m, im->value);
        for (size_t k = 0; !status && k < m; k++)
            values[i + k] = (float)im->value[k];
    }
    return status;
}

/* What went in, by content and not by name. */
static oc_status describe_source(const oc_import_arrays *o, char *text, size_t bytes)
{
    const char *const files[] = {o->inputs[0], o->targets[0], o->inputs[1], o->targets[1]};
    const char *const *names = o->source ? &o->source : files;
    size_t used =
        (size_t)snprintf(text, bytes, "numpy %s, XXH3-128:", o->source ? "archive" : "arrays");
    for (size_t i = 0; i < (o->source ? 1 : 4) && names[i]; i++) {
        oc_digest digest;
        char hexadecimal[OC_DIGEST_TEXT];
        const oc_status status = oc_hash_file(names[i], 0, &digest);
        if (status)
            return status;
        oc_digest_text(digest, hexadecimal);
        used += (size_t)snprintf(text + used, bytes - used, "%s %s", i ? "," : "", hexadecimal);
    }
    if (o->test_fraction > 0)
        snprintf(text + used, bytes - used, "; test fraction %g of seed %" PRIu64, o->test_fraction,
                 o->seed);
    return OC_OK;
}

oc_status oc_import_npy_run(const oc_import_arrays *options, const char *out)
{
    char source[512];
    npy_import *im = calloc(1, sizeof *im);
    if (!im)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory", out);
    im->options = options;
    im->samples.kind = options->kind;
    im->samples.read = read_inputs;
    im->samples.user = im;
    oc_status status = oc_array_samples_check(options->source ? "npz" : "npy", options);
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        if (options->inputs[split])
            status = open_split(im, (oc_split)split);
    if (!status)
        status = describe_source(options, source, sizeof source);
    if (!status)
        status = oc_array_samples_write(&im->samples, options, source, out);
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        oc_npy_close(im->inputs[split]);
        free(im->labels[split]);
        free(im->values[split]);
    }
    free(im);
    return status;
}
