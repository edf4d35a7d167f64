/* import_hdf5.c - the importer of HDF5 files that others made: any two arrays of one (or four, with
 * a test split), as training from data.inputs reads them (dataset.h). What it adds: a digest, mean
 * and deviation found once, channels first, a test split, and samples that lie one behind another.
 */
#include "base/hash.h"
#include "data/array_samples.h"
#include "storage/h5.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20 };

typedef struct hdf5_import {
    oc_dataset *dataset;
    void *memory;                  /* labels or targets */
    uint64_t done[OC_SPLIT_COUNT]; /* samples read */
    unsigned char *stored;         /* `most` samples as they are in the file */
    size_t most;
    oc_array_samples samples;
} hdf5_import;

static oc_status read_inputs(void *user, oc_split split, size_t n, void *to)
{
    hdf5_import *const im = user;
    const size_t values =
        (size_t)(im->samples.shape[0] * im->samples.shape[1] * im->samples.shape[2]);
    const uint64_t first = im->done[split];
    oc_status status = OC_OK;
    im->done[split] += n;
    if (!im->samples.is_float)
        return oc_dataset_read(im->dataset, split, first, n, to);
    for (size_t i = 0, m; !status && i < n; i += m) {
        m = n - i < im->most ? n - i : im->most;
        status = oc_dataset_read(im->dataset, split, first + i, m, im->stored);
        for (size_t k = 0; !status && k < m; k++) { /* without statistics this only converts */
            oc_dataset_decode(im->dataset, im->stored + k * oc_dataset_sample_bytes(im->dataset),
                              (float *)to + (i + k) * values);
        }
    }
    return status;
}

/* With channels last the number of dimensions matters, which the data set does not tell. */
static oc_status check_rank(const oc_import_arrays *o)
{
    oc_h5 *file;
    oc_h5_array array;
    uint64_t shape[3];
    if (!o->channels_last)
        return OC_OK;
    oc_status status = oc_h5_open_foreign(&file, o->source);
    if (status)
        return status;
    status = oc_h5_array_describe(file, o->inputs[OC_SPLIT_TRAIN], &array);
    if (!status)
        status =
            oc_array_samples_shape(shape, o->inputs[OC_SPLIT_TRAIN], array.rank, array.extent, 1);
    oc_h5_close(file);
    return status;
}

/* Everything but the inputs' values is read and checked. */
static oc_status open_set(hdf5_import *im, const oc_import_arrays *o)
{
    const oc_dataset_source source = {.path = o->source,
                                      .inputs = {o->inputs[0], o->inputs[1]},
                                      .targets = {o->targets[0], o->targets[1]},
                                      .kind = o->kind,
                                      .as_is = 1,
                                      .targets_as_is = 1,
                                      .stays_open = 1};
    oc_status status = check_rank(o);
    if (!status)
        status = oc_dataset_attach(&im->dataset, &source);
    if (status)
        return status;
    im->memory = malloc((size_t)oc_dataset_bytes(im->dataset, 0) + 1);
    const size_t bytes = oc_dataset_sample_bytes(im->dataset);
    const uint64_t *samples = oc_dataset_describe(im->dataset)->samples;
    const uint64_t all = samples[OC_SPLIT_TRAIN] + samples[OC_SPLIT_TEST];
    im->most = bytes < BLOCK_BYTES ? BLOCK_BYTES / bytes : 1;
    im->most = im->most < all ? im->most : (size_t)all;
    im->stored = malloc(im->most * bytes);
    if (!im->memory || !im->stored)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for its targets", o->source);
    oc_dataset_place(im->dataset, im->memory, 0);
    status = oc_dataset_fill(im->dataset, 0, 1);
    return status ? status : oc_dataset_ready(im->dataset, NULL);
}

static void describe_samples(hdf5_import *im, const oc_import_arrays *o)
{
    const oc_dataset_info *info = oc_dataset_describe(im->dataset);
    oc_array_samples *to = &im->samples;
    to->kind = info->schema.kind;
    to->targets = info->schema.kind == OC_TARGETS_CLASSES ? 0 : info->schema.classes;
    to->is_float = info->schema.values == OC_VALUES_NUMBERS;
    to->shape[0] = (uint64_t)info->schema.channels;
    to->shape[1] = (uint64_t)info->schema.height;
    to->shape[2] = (uint64_t)info->schema.width;
    for (int split = 0; split < OC_SPLIT_COUNT; split++) {
        to->name[split] = o->inputs[split];
        to->targets_name[split] = o->targets[split];
        to->samples[split] = info->samples[split];
        to->labels[split] = oc_dataset_labels(im->dataset, (oc_split)split);
        to->values[split] = oc_dataset_targets(im->dataset, (oc_split)split);
    }
    to->read = read_inputs;
    to->user = im;
}

/* What went in, by content and not by name. */
static oc_status describe_source(const oc_import_arrays *o, char *text, size_t bytes)
{
    oc_digest digest;
    char hexadecimal[OC_DIGEST_TEXT];
    const oc_status status = oc_hash_file(o->source, 0, &digest);
    if (status)
        return status;
    oc_digest_text(digest, hexadecimal);
    const size_t used =
        (size_t)snprintf(text, bytes, "HDF5 file, XXH3-128: %s, arrays %.200s and %.200s",
                         hexadecimal, o->inputs[OC_SPLIT_TRAIN], o->targets[OC_SPLIT_TRAIN]);
    if (o->test_fraction > 0)
        snprintf(text + used, bytes - used, "; test fraction %g of seed %" PRIu64, o->test_fraction,
                 o->seed);
    else
        snprintf(text + used, bytes - used, "; test %.200s and %.200s", o->inputs[OC_SPLIT_TEST],
                 o->targets[OC_SPLIT_TEST]);
    return OC_OK;
}

oc_status oc_import_hdf5_run(const oc_import_arrays *options, const char *out)
{
    char source[OC_DATASET_MAX_SOURCE + 1];
    hdf5_import im = {0};
    oc_status status = oc_array_samples_check("hdf5", options);
    if (!status)
        status = open_set(&im, options);
    if (!status)
        status = describe_source(options, source, sizeof source);
    if (!status) {
        describe_samples(&im, options);
        status = oc_array_samples_write(&im.samples, options, source, out);
    }
    oc_dataset_close(im.dataset);
    free(im.memory);
    free(im.stored);
    return status;
}
