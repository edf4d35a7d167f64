/* checkpoint.c - see checkpoint.h. What is stored under which name; h5.c does the storing. */
#include "storage/checkpoint_private.h"

#include "storage/checkpoint_lists.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_VERSION = 1, NAME_BYTES = 256 };

/* The fields of oc_checkpoint_info and the attributes of / they land in. */
typedef struct field {
    const char *name;
    oc_h5_type type;
    size_t offset;
} field;
static const field fields[] = {
    {"step", OC_H5_UINT64, offsetof(oc_checkpoint_info, step)},
    {"total_steps", OC_H5_UINT64, offsetof(oc_checkpoint_info, decision.end)},
    {"steps_per_epoch", OC_H5_UINT64, offsetof(oc_checkpoint_info, steps_per_epoch)},
    {"seed", OC_H5_UINT64, offsetof(oc_checkpoint_info, seed)},
    {"ranks", OC_H5_UINT64, offsetof(oc_checkpoint_info, ranks)},
    {"shards", OC_H5_UINT64, offsetof(oc_checkpoint_info, shards)},
    {"seconds", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, seconds)},
    {"best_accuracy", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, best_accuracy)},
    {"test_accuracy", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, test_accuracy)},
    {"test_loss", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, test_loss)},
    {"epoch_loss_sum", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, epoch_loss_sum)},
    {"epoch_correct", OC_H5_UINT64, offsetof(oc_checkpoint_info, epoch_correct)},
    {"epoch_count", OC_H5_UINT64, offsetof(oc_checkpoint_info, epoch_count)},
    {"evaluated_step", OC_H5_UINT64, offsetof(oc_checkpoint_info, evaluated_step)},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

/* Likewise, but files of earlier versions do not have them: see earlier_values. */
static const field later[] = {
    {"planned_steps", OC_H5_UINT64, offsetof(oc_checkpoint_info, planned_steps)},
    {"decided_step", OC_H5_UINT64, offsetof(oc_checkpoint_info, decision.step)},
    {"decided_place", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, decision.place)},
    {"decided_scale", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, decision.scale)},
    {"learning_rate", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, learning_rate)},
    {"wall_seconds", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, wall_seconds)},
    {"plateau_best", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, plateau_best)},
    {"plateau_bad", OC_H5_UINT64, offsetof(oc_checkpoint_info, plateau_bad)},
    {"plateau_cooldown", OC_H5_UINT64, offsetof(oc_checkpoint_info, plateau_cooldown)},
    {"early_best", OC_H5_FLOAT64, offsetof(oc_checkpoint_info, early_best)},
    {"early_bad", OC_H5_UINT64, offsetof(oc_checkpoint_info, early_bad)},
    {"unfrozen_step", OC_H5_UINT64, offsetof(oc_checkpoint_info, unfrozen_step)},
    {"averaged", OC_H5_UINT64, offsetof(oc_checkpoint_info, averaged)},
    {"checkpoints", OC_H5_UINT64, offsetof(oc_checkpoint_info, checkpoints)},
    {"guard_diverged", OC_H5_UINT64, offsetof(oc_checkpoint_info, guard.diverged)},
    {"guard_rollbacks", OC_H5_UINT64, offsetof(oc_checkpoint_info, guard.rollbacks)},
    {"guard_skipped", OC_H5_UINT64, offsetof(oc_checkpoint_info, guard.skipped)},
    {"guard_idle", OC_H5_UINT64, offsetof(oc_checkpoint_info, guard.idle)},
    {"guard_losses", OC_H5_UINT64, offsetof(oc_checkpoint_info, guard.losses)},
    {"snapshot_step", OC_H5_UINT64, offsetof(oc_checkpoint_info, guard.back.step)},
    {"snapshot_averaged", OC_H5_UINT64, offsetof(oc_checkpoint_info, guard.back.averaged)},
    {"snapshot_unfrozen_step", OC_H5_UINT64,
     offsetof(oc_checkpoint_info, guard.back.unfrozen_step)},
    {"snapshot_idle", OC_H5_UINT64, offsetof(oc_checkpoint_info, guard.back.idle)},
    {"snapshot_skipped", OC_H5_UINT64, offsetof(oc_checkpoint_info, guard.back.skipped)},
    {"gradient_units", OC_H5_UINT64, offsetof(oc_checkpoint_info, units.count)},
};
enum { LATER = sizeof later / sizeof later[0] };

/* What wrote the file; likewise. */
static const struct {
    const char *name;
    size_t offset, size;
} makers[] = {
    {"version", offsetof(oc_checkpoint_info, version), sizeof((oc_checkpoint_info *)0)->version},
    {"kernels", offsetof(oc_checkpoint_info, kernels), sizeof((oc_checkpoint_info *)0)->kernels},
};
enum { MAKERS = sizeof makers / sizeof makers[0] };

static const struct {
    const char *name;
    size_t offset;
} digests[] = {
    {"data_digest", offsetof(oc_checkpoint_info, data_digest)},
    {"weights_hash", offsetof(oc_checkpoint_info, weights_hash)},
    {"init_digest", offsetof(oc_checkpoint_info, init_digest)}, /* only of runs that have one */
};
enum { DIGESTS = sizeof digests / sizeof digests[0], ALWAYS = DIGESTS - 1 };

/* What must hold of the numbers in every checkpoint, written or read. Losses may be anything:
 * a run on its way to diverging is still worth saving. */
static const char *wrong_with(const oc_checkpoint_info *info)
{
    if (info->step > info->decision.end)
        return "step is beyond total_steps";
    if (info->decision.end > info->planned_steps)
        return "total_steps is beyond planned_steps";
    if (!(info->seconds >= 0) || !isfinite(info->seconds) || !(info->wall_seconds >= 0) ||
        !isfinite(info->wall_seconds))
        return "seconds is not a time";
    const char *const fault = oc_decision_fault(&info->decision);
    if (fault)
        return fault;
    if (info->decision.step > info->step)
        return "a decision is for a step that has not been reached";
    if (!(info->best_accuracy <= 1) || !(info->test_accuracy <= 1))
        return "an accuracy or R2 is above 1";
    if (info->unfrozen_step != UINT64_MAX && info->unfrozen_step > info->step)
        return "unfrozen_step is beyond step";
    if (info->epoch_correct > info->epoch_count)
        return "epoch_correct is beyond epoch_count";
    return oc_guard_record_fault(&info->guard, info->step, info->unfrozen_step);
}

static oc_status set_name(char name[NAME_BYTES], const char *path, const oc_named_tensor *tensor)
{
    const int length = snprintf(name, NAME_BYTES, "/%s/%s", tensor->group, tensor->name);
    if (length < 0 || length >= NAME_BYTES)
        return oc_fail(OC_ERR_INTERNAL, "%s: the name of tensor %s is longer than %d bytes", path,
                       tensor->name, NAME_BYTES - 1);
    return OC_OK;
}

static oc_status write_field(oc_h5 *file, const oc_checkpoint_info *info, const field *f)
{
    return oc_h5_attribute_write(file, "/", f->name, f->type, (const char *)info + f->offset);
}

static oc_status write_info(oc_h5 *file, const oc_checkpoint_info *info)
{
    const uint64_t version = FORMAT_VERSION;
    char text[OC_DIGEST_TEXT];
    oc_status status = oc_h5_attribute_write(file, "/", "format_version", OC_H5_UINT64, &version);
    for (size_t i = 0; !status && i < FIELDS; i++)
        status = write_field(file, info, &fields[i]);
    for (size_t i = 0; !status && i < LATER; i++)
        status = write_field(file, info, &later[i]);
    for (size_t i = 0; !status && i < MAKERS; i++) {
        const char *const maker = (const char *)info + makers[i].offset;
        if (maker[0])
            status = oc_h5_attribute_text_write(file, "/", makers[i].name, maker);
    }
    for (size_t i = 0; !status && i < DIGESTS; i++) {
        oc_digest digest;
        memcpy(&digest, (const char *)info + digests[i].offset, sizeof digest);
        if (i >= ALWAYS && digest.high == 0 && digest.low == 0)
            continue;
        oc_digest_text(digest, text);
        status = oc_h5_attribute_text_write(file, "/", digests[i].name, text);
    }
    return status;
}

static oc_status write_tensor(oc_h5 *file, const char *path, const oc_named_tensor *tensor)
{
    char name[NAME_BYTES];
    const oc_shape shape = tensor->tensor.shape;
    oc_h5_array array = {.type = OC_H5_FLOAT32, .rank = shape.rank};
    for (int i = 0; i < shape.rank; i++)
        array.extent[i] = (uint64_t)shape.dim[i];
    oc_status status = set_name(name, path, tensor);
    if (!status)
        status = oc_h5_array_create(file, name, &array, 0);
    if (!status)
        status = oc_h5_array_write(file, name, 0, array.extent[0], tensor->tensor.data);
    return status;
}

/* /tensor_names: the order of the tensors as given, which groups do not keep. */
static oc_status write_order(oc_h5 *file, const char *path, const oc_named_tensor *tensors,
                             size_t count)
{
    oc_status status = OC_OK;
    char(*text)[NAME_BYTES] = calloc(count, sizeof *text);
    const char **names = calloc(count, sizeof *names);
    if (!text || !names)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for names", path);
    for (size_t i = 0; !status && i < count; i++) {
        status = set_name(text[i], path, &tensors[i]);
        names[i] = text[i];
    }
    if (!status)
        status = oc_h5_texts_write(file, "/tensor_names", names, count);
    free(names);
    free(text);
    return status;
}

oc_status oc_checkpoint_build(const char *path, const oc_checkpoint_info *info, const char *recipe,
                              const oc_schema *schema, const oc_named_tensor *tensors, size_t count,
                              oc_file_image *image)
{
    oc_h5 *file = NULL;
    *image = (oc_file_image){0};
    const char *wrong = wrong_with(info);
    if (wrong)
        return oc_fail(OC_ERR_INTERNAL, "%s: would not be read back: %s", path, wrong);
    oc_status status = oc_h5_create(&file, path);
    if (!status)
        status = write_info(file, info);
    if (!status)
        status = oc_checkpoint_lists_write(file, info);
    if (!status)
        status = oc_h5_text_write(file, "/recipe", recipe);
    if (!status)
        status = oc_schema_write(schema, file, "/input/schema");
    if (!status && count > 0)
        status = write_order(file, path, tensors, count);
    for (size_t i = 0; !status && i < count; i++)
        status = write_tensor(file, path, &tensors[i]);
    if (!status)
        return oc_h5_image(file, OC_FILE_CHECKPOINT, image);
    oc_h5_close(file);
    return status;
}

oc_status oc_checkpoint_save(const char *path, const oc_checkpoint_info *info, const char *recipe,
                             const oc_schema *schema, const oc_named_tensor *tensors, size_t count)
{
    oc_file_image image;
    oc_status status = oc_checkpoint_build(path, info, recipe, schema, tensors, count, &image);
    if (!status)
        status = oc_file_image_write(&image, path);
    oc_file_image_free(&image);
    return status;
}

/* 32 hexadecimal digits, as oc_digest_text writes them. */
static int parse_digest(const char *text, oc_digest *digest)
{
    int used = 0;
    return strspn(text, "0123456789abcdef") == OC_DIGEST_TEXT - 1 &&
           strlen(text) == OC_DIGEST_TEXT - 1 &&
           sscanf(text, "%16" SCNx64 "%16" SCNx64 "%n", &digest->high, &digest->low, &used) == 2;
}

static oc_status read_field(const oc_h5 *file, oc_checkpoint_info *info, const field *f)
{
    return oc_h5_attribute_read(file, "/", f->name, f->type, (char *)info + f->offset);
}

/* What `later` has in a file of an earlier version: a run that went as planned, and nothing that
 * looked at its evaluations. */
static void earlier_values(oc_checkpoint_info *info)
{
    info->planned_steps = info->decision.end;
    info->decision.scale = 1;
    info->plateau_best = info->early_best = NAN;
    info->unfrozen_step = UINT64_MAX;
    info->averaged = info->checkpoints = 0;
    info->guard = (oc_guard_record){.back.step = UINT64_MAX};
    info->units.count = 0;
}

static oc_status read_fields(const oc_h5 *file, const char *path, oc_checkpoint_info *info)
{
    uint64_t version;
    char text[OC_DIGEST_TEXT];
    oc_status status = oc_h5_attribute_read(file, "/", "format_version", OC_H5_UINT64, &version);
    if (!status && version != FORMAT_VERSION)
        status = oc_fail(OC_ERR_DATA, "%s: checkpoint format %" PRIu64 ", expected %d", path,
                         version, FORMAT_VERSION);
    for (size_t i = 0; !status && i < FIELDS; i++)
        status = read_field(file, info, &fields[i]);
    earlier_values(info);
    for (size_t i = 0; !status && i < LATER; i++)
        if (oc_h5_attribute_exists(file, "/", later[i].name))
            status = read_field(file, info, &later[i]);
    for (size_t i = 0; !status && i < MAKERS; i++)
        if (oc_h5_attribute_exists(file, "/", makers[i].name))
            status = oc_h5_attribute_text_read(file, "/", makers[i].name,
                                               (char *)info + makers[i].offset, makers[i].size);
    for (size_t i = 0; !status && i < DIGESTS; i++) {
        oc_digest digest;
        if (i >= ALWAYS && !oc_h5_attribute_exists(file, "/", digests[i].name))
            continue;
        status = oc_h5_attribute_text_read(file, "/", digests[i].name, text, sizeof text);
        if (!status && !parse_digest(text, &digest))
            status = oc_fail(OC_ERR_DATA, "%s: attribute %s: expected %d hexadecimal digits", path,
                             digests[i].name, OC_DIGEST_TEXT - 1);
        if (!status)
            memcpy((char *)info + digests[i].offset, &digest, sizeof digest);
    }
    if (!status)
        status = oc_checkpoint_lists_read(file, path, info);
    const char *wrong = status ? NULL : wrong_with(info);
    return wrong ? oc_fail(OC_ERR_DATA, "%s: %s", path, wrong) : status;
}

oc_status oc_checkpoint_read_about(const char *path, oc_checkpoint_info *info, char **recipe,
                                   oc_schema *schema)
{
    oc_h5 *file = NULL;
    size_t count, width;
    *info = (oc_checkpoint_info){0};
    *recipe = NULL;
    if (schema)
        *schema = (oc_schema){0};
    oc_status status = oc_h5_open(&file, path, OC_FILE_CHECKPOINT, NULL);
    if (!status)
        status = read_fields(file, path, info);
    if (!status)
        status = oc_h5_texts_read(file, "/recipe", recipe, &count, &width);
    if (!status && schema)
        status = oc_checkpoint_schema_of(file, path, schema);
    oc_h5_close(file);
    return status;
}

oc_status oc_checkpoint_read_info(const char *path, oc_checkpoint_info *info, char **recipe)
{
    return oc_checkpoint_read_about(path, info, recipe, NULL);
}

/* The shape an array says; an extent beyond an int is damage. */
static oc_status shape_of(const char *path, const char *name, const oc_h5_array *array,
                          oc_shape *shape)
{
    *shape = (oc_shape){.rank = array->rank};
    for (int i = 0; i < array->rank; i++) {
        if (array->extent[i] > INT_MAX)
            return oc_fail(OC_ERR_DATA, "%s: %s: extent %" PRIu64 " is too large", path, name,
                           array->extent[i]);
        shape->dim[i] = (int)array->extent[i];
    }
    return OC_OK;
}

static oc_status read_tensor(const oc_h5 *file, const char *path, const oc_named_tensor *tensor)
{
    char name[NAME_BYTES], found_text[OC_SHAPE_TEXT], expected_text[OC_SHAPE_TEXT];
    oc_h5_array array;
    oc_shape shape;
    oc_status status = set_name(name, path, tensor);
    if (!status)
        status = oc_h5_array_describe(file, name, &array);
    if (!status && array.type != OC_H5_FLOAT32)
        status = oc_fail(OC_ERR_DATA, "%s: %s is not float32", path, name);
    if (!status)
        status = shape_of(path, name, &array, &shape);
    if (!status && !oc_shape_equal(shape, tensor->tensor.shape))
        status = oc_fail(OC_ERR_DATA, "%s: %s has shape %s, the model expects %s", path, name,
                         oc_shape_text(shape, found_text),
                         oc_shape_text(tensor->tensor.shape, expected_text));
    if (!status)
        status = oc_h5_array_read(file, name, OC_H5_FLOAT32, tensor->tensor.data);
    return status;
}

oc_status oc_checkpoint_read_tensors(const char *path, const oc_named_tensor *tensors, size_t count)
{
    oc_h5 *file = NULL;
    oc_status status = oc_h5_open(&file, path, OC_FILE_CHECKPOINT, NULL);
    for (size_t i = 0; !status && i < count; i++)
        status = read_tensor(file, path, &tensors[i]);
    oc_h5_close(file);
    return status;
}

typedef struct lister {
    const char *path;
    void (*visit)(const char *group_and_name, oc_shape shape, void *user);
    void *user;
    oc_status status;
} lister;

static void list_array(const char *name, const oc_h5_array *array, void *user)
{
    lister *each = user;
    oc_shape shape;
    if (each->status || array->type != OC_H5_FLOAT32 || strncmp(name, "input/", 6) == 0)
        return;
    each->status = shape_of(each->path, name, array, &shape);
    if (!each->status)
        each->visit(name, shape, each->user);
}

oc_status oc_checkpoint_list(const char *path,
                             void (*visit)(const char *group_and_name, oc_shape shape, void *user),
                             void *user)
{
    oc_h5 *file = NULL;
    lister each = {path, visit, user, OC_OK};
    oc_status status = oc_h5_open(&file, path, OC_FILE_CHECKPOINT, NULL);
    if (!status)
        status = oc_h5_visit(file, list_array, &each);
    oc_h5_close(file);
    return status ? status : each.status;
}
