/* dataset_write.c - see dataset_write.h. */
#include "data/dataset_write.h"

#include "storage/extents.h"
#include "storage/h5_large.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const split_names[OC_SPLIT_COUNT] = {"train", "test"};

/* Sums over one channel of the training images; of bytes they are exact. */
typedef struct channel_sums {
    uint64_t bytes, squares;
    double values, value_squares;
} channel_sums;

struct oc_dataset_writer {
    oc_h5_large *file;
    int images[OC_SPLIT_COUNT], labels[OC_SPLIT_COUNT], mean, deviation; /* arrays of the file */
    oc_dataset_plan plan;
    uint64_t done[OC_SPLIT_COUNT];
    channel_sums *sums; /* one a channel */
    char path[];
};

oc_status oc_dataset_check_extents(const char *path, uint64_t channels, uint64_t height,
                                   uint64_t width, uint64_t classes,
                                   const uint64_t samples[OC_SPLIT_COUNT])
{
    const oc_status status = oc_extents_check(path, channels, height, width, classes);
    if (status)
        return status;
    for (int split = 0; split < OC_SPLIT_COUNT; split++)
        if (samples[split] < 1 || samples[split] > UINT32_MAX)
            return oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " samples in %s, expected 1 to %" PRIu32,
                           path, samples[split], split_names[split], UINT32_MAX);
    return OC_OK;
}

static oc_status reserve_arrays(oc_dataset_writer *writer)
{
    const oc_dataset_plan *plan = &writer->plan;
    const uint64_t c = (uint64_t)plan->channels, h = (uint64_t)plan->height,
                   w = (uint64_t)plan->width;
    const oc_h5_array vector = {OC_H5_FLOAT32, 1, {c}};
    char name[32];
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++) {
        const oc_h5_array images = {
            plan->is_float ? OC_H5_FLOAT32 : OC_H5_UINT8, 4, {plan->samples[split], c, h, w}};
        const int is_class = plan->kind == OC_TARGETS_CLASSES;
        const oc_h5_array labels = {is_class ? OC_H5_INT32 : OC_H5_FLOAT32,
                                    is_class ? 1 : 2,
                                    {plan->samples[split], is_class ? 0 : (uint64_t)plan->classes}};
        snprintf(name, sizeof name, "/%s/images", split_names[split]);
        status = oc_h5_large_reserve(writer->file, name, &images, &writer->images[split]);
        snprintf(name, sizeof name, "/%s/%s", split_names[split], is_class ? "labels" : "targets");
        if (!status)
            status = oc_h5_large_reserve(writer->file, name, &labels, &writer->labels[split]);
    }
    if (!status)
        status = oc_h5_large_reserve(writer->file, "/mean", &vector, &writer->mean);
    if (!status)
        status = oc_h5_large_reserve(writer->file, "/deviation", &vector, &writer->deviation);
    return status;
}

/* Images and labels. */
static uint64_t bytes_of(const oc_dataset_plan *plan)
{
    const uint64_t values =
        (uint64_t)plan->channels * (uint64_t)plan->height * (uint64_t)plan->width;
    return (plan->samples[OC_SPLIT_TRAIN] + plan->samples[OC_SPLIT_TEST]) *
           (values * (plan->is_float ? sizeof(float) : 1) +
            (plan->kind == OC_TARGETS_CLASSES ? 1 : (uint64_t)plan->classes) * sizeof(int32_t));
}

static oc_status write_class_names(oc_dataset_writer *writer)
{
    enum { NUMBER_BYTES = 16 };
    const size_t classes = (size_t)writer->plan.classes;
    const char **names = calloc(classes, sizeof *names);
    char *numbers = calloc(classes, NUMBER_BYTES);
    oc_status status = OC_OK;
    if (!names || !numbers) {
        status = oc_fail(OC_ERR_INTERNAL, "%s: no memory for class names", writer->path);
        goto done;
    }
    for (size_t i = 0; i < classes; i++) {
        snprintf(numbers + i * NUMBER_BYTES, NUMBER_BYTES, "%d", (int)i);
        names[i] =
            writer->plan.class_names ? writer->plan.class_names[i] : numbers + i * NUMBER_BYTES;
        if (strlen(names[i]) > OC_MAX_CLASS_NAME) {
            status = oc_fail(OC_ERR_DATA,
                             "%s: the name of class %zu has %zu bytes, expected at "
                             "most %d",
                             writer->path, i, strlen(names[i]), OC_MAX_CLASS_NAME);
            goto done;
        }
    }
    status = oc_h5_texts_write(
        oc_h5_large_file(writer->file),
        writer->plan.kind == OC_TARGETS_CLASSES ? "/class_names" : "/target_names", names, classes);
done:
    free(numbers);
    free(names);
    return status;
}

oc_status oc_dataset_writer_create(oc_dataset_writer **out, const oc_dataset_plan *plan,
                                   const char *path)
{
    const uint64_t version = plan->kind == OC_TARGETS_CLASSES ? 1 : 2;
    *out = NULL;
    oc_status status =
        oc_dataset_check_extents(path, (uint64_t)plan->channels, (uint64_t)plan->height,
                                 (uint64_t)plan->width, (uint64_t)plan->classes, plan->samples);
    if (status)
        return status;
    oc_dataset_writer *writer = calloc(1, sizeof *writer + strlen(path) + 1);
    if (!writer)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory", path);
    writer->plan = *plan;
    memcpy(writer->path, path, strlen(path) + 1);
    writer->sums = calloc((size_t)plan->channels, sizeof *writer->sums);
    if (!writer->sums)
        status = oc_fail(OC_ERR_INTERNAL, "%s: no memory", path);
    if (!status)
        status = oc_h5_large_create(&writer->file, path, bytes_of(plan));
    if (!status)
        status = write_class_names(writer);
    if (!status)
        status =
            oc_h5_attribute_text_write(oc_h5_large_file(writer->file), "/", "source", plan->source);
    if (!status)
        status = oc_h5_attribute_write(oc_h5_large_file(writer->file), "/", "format_version",
                                       OC_H5_UINT64, &version);
    if (!status && plan->kind != OC_TARGETS_CLASSES)
        status = oc_h5_attribute_text_write(oc_h5_large_file(writer->file), "/", "targets",
                                            oc_targets_name(plan->kind));
    if (!status)
        status = reserve_arrays(writer);
    if (!status)
        status = oc_h5_large_lay_out(writer->file);
    if (status)
        oc_dataset_writer_discard(writer);
    else
        *out = writer;
    return status;
}

static void add_bytes(channel_sums *sums, const uint8_t *values, size_t count)
{
    uint64_t sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        squares += (uint32_t)values[i] * values[i];
    }
    sums->bytes += sum;
    sums->squares += squares;
}

/* Non-zero unless all are finite. */
static int add_floats(channel_sums *sums, const float *values, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i];
        squares += (double)values[i] * (double)values[i];
    }
    sums->values += sum;
    sums->value_squares += squares;
    return !isfinite(sum); /* finite floats cannot overflow a double's sum */
}

/* Check the values; take those of the training split into its statistics. */
static oc_status add_values(oc_dataset_writer *writer, oc_split split, const void *images, size_t n)
{
    const size_t channels = (size_t)writer->plan.channels;
    const size_t plane = (size_t)writer->plan.height * (size_t)writer->plan.width;
    channel_sums ignored;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < channels; c++) {
            const size_t at = (i * channels + c) * plane;
            channel_sums *sums = split == OC_SPLIT_TRAIN ? &writer->sums[c] : &ignored;
            ignored = (channel_sums){0};
            if (!writer->plan.is_float)
                add_bytes(sums, (const uint8_t *)images + at, plane);
            else if (add_floats(sums, (const float *)images + at, plane))
                return oc_fail(OC_ERR_DATA,
                               "%s: %s image %" PRIu64 " has a value that is not "
                               "finite",
                               writer->path, split_names[split], writer->done[split] + i);
        }
    return OC_OK;
}

/* Images and what is checked already of their labels or targets. */
static oc_status add_samples(oc_dataset_writer *writer, oc_split split, const void *images,
                             const void *labels, size_t n)
{
    const uint64_t done = writer->done[split];
    if (n > writer->plan.samples[split] - done)
        return oc_fail(OC_ERR_DATA, "%s: more than the %" PRIu64 " samples planned for %s",
                       writer->path, writer->plan.samples[split], split_names[split]);
    oc_status status = add_values(writer, split, images, n);
    if (status)
        return status;
    status = oc_h5_large_write(writer->file, writer->images[split], done, n, images);
    if (!status)
        status = oc_h5_large_write(writer->file, writer->labels[split], done, n, labels);
    writer->done[split] += n;
    const oc_import_watch *watch = &writer->plan.watch;
    const uint64_t samples = writer->done[OC_SPLIT_TRAIN] + writer->done[OC_SPLIT_TEST];
    if (watch->progress)
        watch->progress(watch->user, samples, samples,
                        writer->plan.samples[OC_SPLIT_TRAIN] + writer->plan.samples[OC_SPLIT_TEST]);
    return status;
}

oc_status oc_dataset_writer_add(oc_dataset_writer *writer, oc_split split, const void *images,
                                const int32_t *labels, size_t n)
{
    const uint64_t done = writer->done[split];
    for (size_t i = 0; i < n; i++)
        if (labels[i] < 0 || labels[i] >= writer->plan.classes)
            return oc_fail(
                OC_ERR_DATA, "%s: %s label %" PRId32 " at index %" PRIu64 ", expected 0 to %d",
                writer->path, split_names[split], labels[i], done + i, writer->plan.classes - 1);
    return add_samples(writer, split, images, labels, n);
}

oc_status oc_dataset_writer_add_targets(oc_dataset_writer *writer, oc_split split,
                                        const void *images, const float *targets, size_t n)
{
    const size_t each = (size_t)writer->plan.classes;
    const int is_multi = writer->plan.kind == OC_TARGETS_MULTI_LABEL;
    for (size_t i = 0; i < n * each; i++)
        if (!isfinite(targets[i]) || (is_multi && targets[i] != 0.0f && targets[i] != 1.0f))
            return oc_fail(OC_ERR_DATA, "%s: %s target %zu at index %" PRIu64 " is %g, expected %s",
                           writer->path, split_names[split], i % each,
                           writer->done[split] + i / each, (double)targets[i],
                           is_multi ? "0 or 1" : "a finite number");
    return add_samples(writer, split, images, targets, n);
}

/* Mean and deviation (of the population) a channel; a channel that never varies gets
 * deviation 1, so that normalising only centres it. */
static oc_status write_statistics(oc_dataset_writer *writer)
{
    const oc_dataset_plan *plan = &writer->plan;
    const size_t channels = (size_t)plan->channels;
    const double count =
        (double)plan->samples[OC_SPLIT_TRAIN] * (double)plan->height * (double)plan->width;
    float *mean = calloc(2 * channels, sizeof *mean), *deviation = mean + channels;
    if (!mean)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for statistics", writer->path);
    for (size_t c = 0; c < channels; c++) {
        const channel_sums *sums = &writer->sums[c];
        const double sum = plan->is_float ? sums->values : (double)sums->bytes / 255.0;
        const double squares =
            plan->is_float ? sums->value_squares : (double)sums->squares / (255.0 * 255.0);
        const double variance = squares / count - (sum / count) * (sum / count);
        mean[c] = (float)(sum / count);
        deviation[c] = variance > 1e-12 * squares / count ? (float)sqrt(variance) : 1.0f;
    }
    oc_status status = oc_h5_large_write(writer->file, writer->mean, 0, channels, mean);
    if (!status)
        status = oc_h5_large_write(writer->file, writer->deviation, 0, channels, deviation);
    free(mean);
    return status;
}

oc_status oc_dataset_writer_finish(oc_dataset_writer *writer)
{
    oc_status status = OC_OK;
    for (int split = 0; !status && split < OC_SPLIT_COUNT; split++)
        if (writer->done[split] != writer->plan.samples[split])
            status = oc_fail(OC_ERR_DATA, "%s: %" PRIu64 " of %" PRIu64 " samples of %s came",
                             writer->path, writer->done[split], writer->plan.samples[split],
                             split_names[split]);
    if (!status)
        status = write_statistics(writer);
    if (!status) {
        status = oc_h5_large_commit(writer->file, OC_FILE_DATASET);
        writer->file = NULL;
    }
    oc_dataset_writer_discard(writer);
    return status;
}

void oc_dataset_writer_discard(oc_dataset_writer *writer)
{
    if (!writer)
        return;
    oc_h5_large_discard(writer->file);
    free(writer->sums);
    free(writer);
}
