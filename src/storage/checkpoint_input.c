/* checkpoint_input.c - what the network was trained on, in a checkpoint: see checkpoint.h. */
#include "storage/checkpoint_input.h"

#include "storage/extents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The attributes of /input and the fields they come from. */
static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    {"channels", offsetof(oc_checkpoint_input, channels)},
    {"height", offsetof(oc_checkpoint_input, height)},
    {"width", offsetof(oc_checkpoint_input, width)},
    {"classes", offsetof(oc_checkpoint_input, classes)},
    {"is_float", offsetof(oc_checkpoint_input, is_float)},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };
_Static_assert(sizeof(int) == sizeof(int32_t), "int fields are stored as int32");

static oc_status write_vector(oc_h5 *file, const char *name, const float *values, int count)
{
    const oc_h5_array array = {OC_H5_FLOAT32, 1, {(uint64_t)count}};
    const oc_status status = oc_h5_array_create(file, name, &array, 0);
    return status ? status : oc_h5_array_write(file, name, 0, (uint64_t)count, values);
}

oc_status oc_checkpoint_input_write(oc_h5 *file, const oc_checkpoint_input *input)
{
    oc_status status = write_vector(file, "/input/mean", input->mean, input->channels);
    if (!status)
        status = write_vector(file, "/input/deviation", input->deviation, input->channels);
    if (!status)
        status = oc_h5_texts_write(file, "/input/class_names", input->class_names,
                                   (size_t)input->classes);
    for (size_t i = 0; !status && i < FIELDS; i++)
        status = oc_h5_attribute_write(file, "/input", fields[i].name, OC_H5_INT32,
                                       (const char *)input + fields[i].offset);
    if (status || input->kind == OC_TARGETS_CLASSES)
        return status;
    status = write_vector(file, "/input/target_mean", input->target_mean, input->classes);
    if (!status)
        status =
            write_vector(file, "/input/target_deviation", input->target_deviation, input->classes);
    if (!status)
        status = oc_h5_attribute_text_write(file, "/input", "targets",
                                            oc_targets_name((oc_targets_kind)input->kind));
    return status;
}

/* No attribute `targets`: classes. */
static oc_status read_kind(const oc_h5 *file, const char *path, oc_checkpoint_input *input)
{
    char name[32];
    if (!oc_h5_attribute_exists(file, "/input", "targets"))
        return OC_OK;
    const oc_status status =
        oc_h5_attribute_text_read(file, "/input", "targets", name, sizeof name);
    input->kind = status ? OC_TARGETS_CLASSES : oc_targets_find(name);
    if (!status && input->kind <= OC_TARGETS_CLASSES)
        return oc_fail(OC_ERR_DATA,
                       "%s: attribute targets says something else than regression or multi_label",
                       path);
    return status;
}

static oc_status read_attributes(const oc_h5 *file, const char *path, oc_checkpoint_input *input)
{
    oc_status status = OC_OK;
    for (size_t i = 0; !status && i < FIELDS; i++)
        status = oc_h5_attribute_read(file, "/input", fields[i].name, OC_H5_INT32,
                                      (char *)input + fields[i].offset);
    /* Negative numbers become huge ones and are refused like these. */
    if (!status)
        status = oc_extents_check(path, (uint64_t)input->channels, (uint64_t)input->height,
                                  (uint64_t)input->width, (uint64_t)input->classes);
    if (!status && input->is_float != 0 && input->is_float != 1)
        status = oc_fail(OC_ERR_DATA, "%s: attribute is_float is %d, expected 0 or 1", path,
                         input->is_float);
    return status ? status : read_kind(file, path, input);
}

static oc_status read_vector(const oc_h5 *file, const char *path, const char *name, float *values,
                             int count)
{
    oc_h5_array found;
    const oc_status status = oc_h5_array_describe(file, name, &found);
    if (status)
        return status;
    if (found.type != OC_H5_FLOAT32 || found.rank != 1 || found.extent[0] != (uint64_t)count)
        return oc_fail(OC_ERR_DATA, "%s: %s: expected %d float32, one each", path, name, count);
    return oc_h5_array_read(file, name, OC_H5_FLOAT32, values);
}

/* Everything in one block: the struct, the pointers to names, the numbers, the names. */
static oc_status read_block(const oc_h5 *file, const char *path, const oc_checkpoint_input *head,
                            const char *names, size_t width, oc_checkpoint_input **out)
{
    const size_t classes = (size_t)head->classes, channels = (size_t)head->channels;
    const size_t pointer_bytes = classes * sizeof(const char *);
    const size_t vector_bytes = channels * sizeof(float);
    const size_t targets = head->kind == OC_TARGETS_CLASSES ? 0 : classes;
    const size_t at_names =
        sizeof *head + pointer_bytes + 2 * vector_bytes + 2 * targets * sizeof(float);
    char *block = calloc(1, at_names + classes * width);
    if (!block)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for /input", path);
    oc_checkpoint_input *input = (oc_checkpoint_input *)(void *)block;
    const char **pointers = (const char **)(void *)(block + sizeof *head);
    float *mean = (float *)(void *)(block + sizeof *head + pointer_bytes);
    float *deviation = mean + channels;
    float *target_mean = deviation + channels, *target_deviation = target_mean + targets;
    memcpy(block + at_names, names, classes * width);
    for (size_t i = 0; i < classes; i++)
        pointers[i] = block + at_names + i * width;
    *input = *head;
    input->class_names = pointers;
    input->mean = mean;
    input->deviation = deviation;
    oc_status status = read_vector(file, path, "/input/mean", mean, head->channels);
    if (!status)
        status = read_vector(file, path, "/input/deviation", deviation, head->channels);
    if (!status)
        status = oc_statistics_check(path, mean, deviation, channels);
    if (!status && targets > 0) {
        input->target_mean = target_mean;
        input->target_deviation = target_deviation;
        status = read_vector(file, path, "/input/target_mean", target_mean, head->classes);
    }
    if (!status && targets > 0)
        status =
            read_vector(file, path, "/input/target_deviation", target_deviation, head->classes);
    if (!status && targets > 0)
        status = oc_statistics_check(path, target_mean, target_deviation, targets);
    if (status)
        free(block);
    else
        *out = input;
    return status;
}

oc_status oc_checkpoint_read_input(const char *path, oc_checkpoint_input **input)
{
    oc_h5 *file = NULL;
    oc_checkpoint_input head = {0};
    char *names = NULL;
    size_t count = 0, width = 0;
    *input = NULL;
    oc_status status = oc_h5_open(&file, path, OC_FILE_CHECKPOINT, NULL);
    if (!status)
        status = read_attributes(file, path, &head);
    if (!status)
        status = oc_h5_texts_read(file, "/input/class_names", &names, &count, &width);
    if (!status && (count != (size_t)head.classes || width > OC_MAX_CLASS_NAME + 1))
        status = oc_fail(OC_ERR_DATA,
                         "%s: /input/class_names: %zu names of %zu bytes, expected "
                         "%d of at most %d",
                         path, count, width - 1, head.classes, OC_MAX_CLASS_NAME);
    if (!status)
        status = read_block(file, path, &head, names, width, input);
    free(names);
    oc_h5_close(file);
    return status;
}
