/* checkpoint_input.c - what the network was trained on, in a checkpoint: /input/schema, or in files
 * of earlier versions the arrays and attributes of /input. */
#include "storage/checkpoint_private.h"

#include "base/utf8.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- earlier versions: mean and deviation as floats, of bytes divided by 255 ---- */

static oc_status read_int(const oc_h5 *file, const char *name, int *value)
{
    int32_t found = 0;
    const oc_status status = oc_h5_attribute_read(file, "/input", name, OC_H5_INT32, &found);
    *value = found;
    return status;
}

static oc_status read_shape(const oc_h5 *file, const char *path, oc_schema *schema, int *classes)
{
    int is_float = 0;
    oc_status status = read_int(file, "channels", &schema->channels);
    if (!status)
        status = read_int(file, "height", &schema->height);
    if (!status)
        status = read_int(file, "width", &schema->width);
    if (!status)
        status = read_int(file, "classes", classes);
    if (!status)
        status = read_int(file, "is_float", &is_float);
    /* Negative numbers become huge ones and are refused like these. */
    if (!status)
        status = oc_extents_check(path, (uint64_t)schema->channels, (uint64_t)schema->height,
                                  (uint64_t)schema->width, (uint64_t)*classes);
    if (!status && is_float != 0 && is_float != 1)
        status =
            oc_fail(OC_ERR_DATA, "%s: attribute is_float is %d, expected 0 or 1", path, is_float);
    schema->values = is_float ? OC_VALUES_NUMBERS : OC_VALUES_BYTES;
    return status;
}

/* No attribute `targets`: classes. */
static oc_status read_kind(const oc_h5 *file, const char *path, oc_schema *schema)
{
    char name[32];
    if (!oc_h5_attribute_exists(file, "/input", "targets"))
        return OC_OK;
    const oc_status status =
        oc_h5_attribute_text_read(file, "/input", "targets", name, sizeof name);
    const int kind = status ? -1 : oc_targets_find(name);
    if (!status && kind <= OC_TARGETS_CLASSES)
        return oc_fail(OC_ERR_DATA, "%s: attribute targets is neither regression nor multi_label",
                       path);
    if (!status)
        schema->kind = (oc_targets_kind)kind;
    return status;
}

static oc_status read_names(const oc_h5 *file, const char *path, oc_schema *schema, int classes)
{
    char *block = NULL;
    size_t count, width;
    oc_status status = oc_h5_texts_read(file, "/input/class_names", &block, &count, &width);
    if (status)
        return status;
    const char **names = calloc(count, sizeof *names);
    if (!names)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for class names", path);
    else if (count != (size_t)classes || width > OC_MAX_CLASS_NAME + 1)
        status = oc_fail(OC_ERR_DATA,
                         "%s: /input/class_names: %zu names of %zu bytes, expected %d of at most "
                         "%d",
                         path, count, width - 1, classes, OC_MAX_CLASS_NAME);
    for (size_t i = 0; !status && i < count; i++) {
        names[i] = block + i * width;
        if (!oc_utf8_is_valid(names[i]))
            status = oc_fail(OC_ERR_DATA, "%s: /input/class_names: name %zu is not UTF-8", path, i);
    }
    if (!status)
        status = oc_schema_set_classes(schema, names, count);
    free(names);
    free(block);
    return status;
}

static oc_status read_vector(const oc_h5 *file, const char *path, const char *name, double *values,
                             int count, double unit)
{
    oc_h5_array found;
    oc_status status = oc_h5_array_describe(file, name, &found);
    if (status)
        return status;
    if (found.type != OC_H5_FLOAT32 || found.rank != 1 || found.extent[0] != (uint64_t)count)
        return oc_fail(OC_ERR_DATA, "%s: %s: expected %d float32", path, name, count);
    status = oc_h5_array_read(file, name, OC_H5_FLOAT64, values);
    for (int i = 0; !status && i < count; i++)
        values[i] *= unit;
    return status;
}

static oc_status read_statistics(const oc_h5 *file, const char *path, oc_schema *s)
{
    const double unit = oc_values_unit(s->values);
    oc_status status = oc_schema_make_statistics(s);
    if (!status)
        status = read_vector(file, path, "/input/mean", s->mean, s->channels, unit);
    if (!status)
        status = read_vector(file, path, "/input/deviation", s->deviation, s->channels, unit);
    if (!status)
        status = oc_statistics_check(path, s->mean, s->deviation, (uint64_t)s->channels);
    if (status || s->kind == OC_TARGETS_CLASSES)
        return status;
    status = read_vector(file, path, "/input/target_mean", s->target_mean, s->classes, 1);
    if (!status)
        status =
            read_vector(file, path, "/input/target_deviation", s->target_deviation, s->classes, 1);
    return status ? status
                  : oc_statistics_check(path, s->target_mean, s->target_deviation,
                                        (uint64_t)s->classes);
}

static oc_status read_earlier(const oc_h5 *file, const char *path, oc_schema *schema)
{
    int classes = 0;
    oc_status status = read_shape(file, path, schema, &classes);
    if (!status)
        status = read_kind(file, path, schema);
    if (!status)
        status = read_names(file, path, schema, classes);
    return status ? status : read_statistics(file, path, schema);
}

/* ---- any version ---- */

oc_status oc_checkpoint_schema_of(const oc_h5 *file, const char *path, oc_schema *schema)
{
    *schema = (oc_schema){0};
    oc_status status = oc_h5_array_exists(file, "/input/schema")
                           ? oc_schema_read(schema, file, "/input/schema", path)
                           : read_earlier(file, path, schema);
    if (!status && !schema->mean)
        status = oc_fail(OC_ERR_DATA, "%s: schema: mean is missing", path);
    if (status)
        oc_schema_free(schema);
    return status;
}

oc_status oc_checkpoint_read_schema(const char *path, oc_schema *schema)
{
    oc_h5 *file = NULL;
    *schema = (oc_schema){0};
    oc_status status = oc_h5_open(&file, path, OC_FILE_CHECKPOINT, NULL);
    if (!status)
        status = oc_checkpoint_schema_of(file, path, schema);
    oc_h5_close(file);
    return status;
}
