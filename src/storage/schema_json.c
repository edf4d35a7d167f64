/* schema_json.c - a schema as a JSON text and back (jansson). A text comes from a file, so whatever
 * it says is checked here: types, limits, that names and values fit together. */
#include "storage/schema.h"

#include "storage/extents.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing; json_array_append_new and its like take NULL as a failure, and remember none: the
 * one flag `bad` does ---- */

static json_t *texts(char *const *text, size_t count, int *bad)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        *bad |= json_array_append_new(list, json_string(text[i])) != 0;
    return list;
}

static json_t *numbers(const double *value, size_t count, int *bad)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        *bad |= json_array_append_new(list, json_real(value[i])) != 0;
    return list;
}

static json_t *features(const oc_schema *schema, int *bad)
{
    json_t *list = json_array();
    for (size_t i = 0; i < schema->features; i++) {
        const oc_feature *f = &schema->feature[i];
        json_t *one = json_object();
        *bad |= json_object_set_new(one, "name", json_string(f->name)) != 0;
        if (f->levels > 0)
            *bad |= json_object_set_new(one, "levels", texts(f->level, f->levels, bad)) != 0;
        *bad |= json_array_append_new(list, one) != 0;
    }
    return list;
}

static int set_statistics(json_t *root, const oc_schema *schema)
{
    const size_t channels = (size_t)schema->channels, targets = (size_t)schema->classes;
    int bad = 0;
    if (schema->mean) {
        bad |= json_object_set_new(root, "mean", numbers(schema->mean, channels, &bad)) != 0;
        bad |=
            json_object_set_new(root, "deviation", numbers(schema->deviation, channels, &bad)) != 0;
    }
    if (schema->target_mean) {
        bad |= json_object_set_new(root, "target_mean",
                                   numbers(schema->target_mean, targets, &bad)) != 0;
        bad |= json_object_set_new(root, "target_deviation",
                                   numbers(schema->target_deviation, targets, &bad)) != 0;
    }
    return bad;
}

oc_status oc_schema_format(const oc_schema *schema, char **text)
{
    int bad = 0;
    const int shape[] = {schema->channels, schema->height, schema->width};
    json_t *root =
        json_pack("{s:[iii], s:s, s:s}", "shape", shape[0], shape[1], shape[2], "values",
                  oc_values_name(schema->values), "targets", oc_targets_name(schema->kind));
    bad |= json_object_set_new(root, "classes",
                               texts(schema->class_names, (size_t)schema->classes, &bad)) != 0;
    if (schema->label)
        bad |= json_object_set_new(root, "label", json_string(schema->label)) != 0;
    if (schema->features > 0)
        bad |= json_object_set_new(root, "features", features(schema, &bad)) != 0;
    if (schema->picture.is_known)
        bad |= json_object_set_new(root, "picture",
                                   json_pack("{s:s, s:b}", "fit", schema->picture.fit, "upright",
                                             schema->picture.upright)) != 0;
    if (schema->notes > 0)
        bad |= json_object_set_new(root, "notes", texts(schema->note, schema->notes, &bad)) != 0;
    bad |= set_statistics(root, schema);
    *text = bad ? NULL : json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(root);
    return *text ? OC_OK
                 : oc_fail(OC_ERR_MEMORY, "no memory for the text of a schema, or a name in it "
                                          "is not UTF-8");
}

/* ---- reading ---- */

static oc_status wrong(const char *where, const char *key, const char *expected)
{
    return oc_fail(OC_ERR_DATA, "%s: schema: %s: expected %s", where, key, expected);
}

/* Is it a list of `count` strings (any number below 2^24 when it is negative), each of at most
 * `bytes`? */
static int are_texts(const json_t *list, int64_t count, size_t bytes)
{
    size_t i;
    json_t *one;
    if (!json_is_array(list) || json_array_size(list) > 1 << 24 ||
        (count >= 0 && json_array_size(list) != (uint64_t)count))
        return 0;
    json_array_foreach(list, i,
                       one) if (!json_is_string(one) || json_string_length(one) > bytes ||
                                strlen(json_string_value(one)) != json_string_length(one)) return 0;
    return 1;
}

/* Pointers into a list of strings, freed by the caller; NULL without memory. */
static const char **pointers(const json_t *list)
{
    size_t i;
    json_t *one;
    const char **to = calloc(json_array_size(list) + 1, sizeof *to);
    if (to)
        json_array_foreach(list, i, one) to[i] = json_string_value(one);
    return to;
}

static oc_status read_shape(oc_schema *schema, const json_t *root, const char *where)
{
    const json_t *shape = json_object_get(root, "shape"),
                 *classes = json_object_get(root, "classes");
    uint64_t extent[3];
    if (!json_is_array(shape) || json_array_size(shape) != 3)
        return wrong(where, "shape", "channels, height, width");
    for (size_t i = 0; i < 3; i++) {
        const json_t *one = json_array_get(shape, i);
        extent[i] = json_is_integer(one) ? (uint64_t)json_integer_value(one) : 0;
    }
    if (!are_texts(classes, -1, OC_MAX_CLASS_NAME))
        return wrong(where, "classes", "a list of names");
    const oc_status status =
        oc_extents_check(where, extent[0], extent[1], extent[2], json_array_size(classes));
    if (status)
        return status;
    schema->channels = (int)extent[0];
    schema->height = (int)extent[1];
    schema->width = (int)extent[2];
    return OC_OK;
}

static oc_status read_kinds(oc_schema *schema, const json_t *root, const char *where)
{
    const char *values = json_string_value(json_object_get(root, "values"));
    const char *targets = json_string_value(json_object_get(root, "targets"));
    const int v = values ? oc_values_find(values) : -1, t = targets ? oc_targets_find(targets) : -1;
    if (v < 0)
        return wrong(where, "values", "numbers, bytes or words");
    if (t < 0)
        return wrong(where, "targets", "classes, regression or multi_label");
    schema->values = (oc_values)v;
    schema->kind = (oc_targets_kind)t;
    return OC_OK;
}

static oc_status read_classes(oc_schema *schema, const json_t *root)
{
    const json_t *classes = json_object_get(root, "classes");
    const char **names = pointers(classes);
    const oc_status status = names ? oc_schema_set_classes(schema, names, json_array_size(classes))
                                   : oc_fail(OC_ERR_MEMORY, "no memory for the names of classes");
    free(names);
    return status;
}

static oc_status read_label(oc_schema *schema, const json_t *root, const char *where)
{
    const json_t *label = json_object_get(root, "label");
    const char *const text = json_string_value(label);
    if (!label)
        return OC_OK;
    return text && strlen(text) == json_string_length(label) ? oc_schema_set_label(schema, text)
                                                             : wrong(where, "label", "a name");
}

/* Together they are as many values as a sample has. */
static oc_status read_features(oc_schema *schema, const json_t *root, const char *where)
{
    static const char expected[] = "one named column for each value of a sample";
    const json_t *list = json_object_get(root, "features");
    size_t i, values = 0;
    json_t *one;
    oc_status status = OC_OK;
    if (!list)
        return OC_OK;
    if (!json_is_array(list))
        return wrong(where, "features", expected);
    json_array_foreach(list, i, one)
    {
        const json_t *name = json_object_get(one, "name"), *levels = json_object_get(one, "levels");
        if (!json_is_string(name) || strlen(json_string_value(name)) != json_string_length(name) ||
            (levels && (!are_texts(levels, -1, SIZE_MAX) || json_array_size(levels) == 0)))
            return wrong(where, "features", expected);
        const char **level = pointers(levels);
        status = level ? oc_schema_add_feature(schema, json_string_value(name), level,
                                               json_array_size(levels))
                       : oc_fail(OC_ERR_MEMORY, "no memory for the names of features");
        free(level);
        if (status)
            return status;
        values += oc_feature_values(&schema->feature[i]);
    }
    return values == oc_schema_values(schema) ? OC_OK : wrong(where, "features", expected);
}

static oc_status read_picture(oc_schema *schema, const json_t *root, const char *where)
{
    const json_t *picture = json_object_get(root, "picture");
    if (!picture)
        return OC_OK;
    const char *fit = json_string_value(json_object_get(picture, "fit"));
    const json_t *upright = json_object_get(picture, "upright");
    if (!fit || strlen(fit) >= sizeof schema->picture.fit || !json_is_boolean(upright))
        return wrong(where, "picture", "fit (a short name) and upright (true or false)");
    schema->picture.is_known = 1;
    schema->picture.upright = json_is_true(upright);
    snprintf(schema->picture.fit, sizeof schema->picture.fit, "%s", fit);
    return OC_OK;
}

static oc_status read_notes(oc_schema *schema, const json_t *root, const char *where)
{
    const json_t *list = json_object_get(root, "notes");
    size_t i;
    json_t *one;
    oc_status status = OC_OK;
    if (!list)
        return OC_OK;
    if (!are_texts(list, -1, OC_MAX_NOTE))
        return wrong(where, "notes", "a list of texts");
    json_array_foreach(list, i, one) if (!status) status =
        oc_schema_add_note(schema, json_string_value(one));
    return status;
}

/* `count` finite numbers, above 0 if they are deviations. */
static oc_status read_numbers(const json_t *root, const char *key, int count, int above_zero,
                              double *to, const char *where)
{
    const json_t *list = json_object_get(root, key);
    if (!json_is_array(list) || json_array_size(list) != (size_t)count)
        return wrong(where, key, "a number for each channel or target");
    for (size_t i = 0; i < (size_t)count; i++) {
        const json_t *one = json_array_get(list, i);
        to[i] = json_is_number(one) ? json_number_value(one) : NAN;
        if (!isfinite(to[i]) || (above_zero && !(to[i] > 0)))
            return wrong(where, key, above_zero ? "numbers above 0" : "finite numbers");
    }
    return OC_OK;
}

static oc_status read_statistics(oc_schema *s, const json_t *root, const char *where)
{
    if (!json_object_get(root, "mean"))
        return OC_OK;
    oc_status status = oc_schema_make_statistics(s);
    if (!status)
        status = read_numbers(root, "mean", s->channels, 0, s->mean, where);
    if (!status)
        status = read_numbers(root, "deviation", s->channels, 1, s->deviation, where);
    if (!status && s->target_mean)
        status = read_numbers(root, "target_mean", s->classes, 0, s->target_mean, where);
    if (!status && s->target_mean)
        status = read_numbers(root, "target_deviation", s->classes, 1, s->target_deviation, where);
    return status;
}

oc_status oc_schema_parse(oc_schema *schema, const char *text, const char *where)
{
    json_error_t error;
    *schema = (oc_schema){0};
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) {
        json_decref(root);
        return oc_fail(OC_ERR_DATA, "%s: schema: not a JSON object", where);
    }
    oc_status status = read_shape(schema, root, where);
    if (!status)
        status = read_kinds(schema, root, where);
    if (!status)
        status = read_classes(schema, root);
    if (!status)
        status = read_label(schema, root, where);
    if (!status)
        status = read_features(schema, root, where);
    if (!status)
        status = read_picture(schema, root, where);
    if (!status)
        status = read_notes(schema, root, where);
    if (!status)
        status = read_statistics(schema, root, where);
    json_decref(root);
    if (status)
        oc_schema_free(schema);
    return status;
}
