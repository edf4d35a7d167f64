/* schema.c - see schema.h: building, copying and freeing. schema_json.c has the text. */
#include "storage/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    double unit;
} values_table[OC_VALUES_KINDS] = {
    [OC_VALUES_NUMBERS] = {"numbers", 1},
    [OC_VALUES_BYTES] = {"bytes", 255},
    [OC_VALUES_WORDS] = {"words", 65535},
};

const char *oc_values_name(oc_values values)
{
    return values_table[values].name;
}

int oc_values_find(const char *name)
{
    for (int i = 0; i < OC_VALUES_KINDS; i++)
        if (strcmp(values_table[i].name, name) == 0)
            return i;
    return -1;
}

double oc_values_unit(oc_values values)
{
    return values_table[values].unit;
}

static oc_status no_memory(void)
{
    return oc_fail(OC_ERR_MEMORY, "no memory for the names and statistics of a data set");
}

static void free_texts(char **text, size_t count)
{
    for (size_t i = 0; text && i < count; i++)
        free(text[i]);
    free(text);
}

/* A copy of texts, or of numbers from 0 on; NULL without memory, and for none. */
static char **copy_texts(const char *const *from, size_t count)
{
    enum { NUMBER_BYTES = 24 };
    char **to = count > 0 ? calloc(count, sizeof *to) : NULL;
    for (size_t i = 0; to && i < count; i++) {
        char number[NUMBER_BYTES];
        snprintf(number, sizeof number, "%zu", i);
        if (!(to[i] = strdup(from ? from[i] : number))) {
            free_texts(to, i);
            return NULL;
        }
    }
    return to;
}

void oc_schema_free(oc_schema *schema)
{
    free_texts(schema->class_names, (size_t)schema->classes);
    free_texts(schema->note, schema->notes);
    for (size_t i = 0; i < schema->features; i++) {
        free(schema->feature[i].name);
        free_texts(schema->feature[i].level, schema->feature[i].levels);
    }
    free(schema->feature);
    free(schema->label);
    free(schema->mean);
    free(schema->target_mean);
    *schema = (oc_schema){0};
}

oc_status oc_schema_set_classes(oc_schema *schema, const char *const *names, size_t count)
{
    char **copy = copy_texts(names, count);
    if (!copy && count > 0)
        return no_memory();
    free_texts(schema->class_names, (size_t)schema->classes);
    schema->class_names = copy;
    schema->classes = (int)count;
    return OC_OK;
}

oc_status oc_schema_set_label(oc_schema *schema, const char *label)
{
    char *copy = strdup(label);
    if (!copy)
        return no_memory();
    free(schema->label);
    schema->label = copy;
    return OC_OK;
}

/* Room for one more of `bytes` in a list that grows by doubling: 1, 2, 4... */
static int grow(void **list, size_t count, size_t bytes)
{
    if ((count & (count - 1)) != 0)
        return 1;
    void *more = realloc(*list, (count > 0 ? 2 * count : 1) * bytes);
    if (more)
        *list = more;
    return more != NULL;
}

oc_status oc_schema_add_feature(oc_schema *schema, const char *name, const char *const *levels,
                                size_t count)
{
    void *list = schema->feature;
    if (!grow(&list, schema->features, sizeof *schema->feature))
        return no_memory();
    schema->feature = list;
    oc_feature *to = &schema->feature[schema->features];
    *to = (oc_feature){strdup(name), copy_texts(levels, count), count};
    if (!to->name || (count > 0 && !to->level)) {
        free(to->name);
        free_texts(to->level, count);
        return no_memory();
    }
    schema->features++;
    return OC_OK;
}

oc_status oc_schema_add_note(oc_schema *schema, const char *text)
{
    void *list = schema->note;
    if (!grow(&list, schema->notes, sizeof *schema->note))
        return no_memory();
    schema->note = list;
    if (!(schema->note[schema->notes] = strndup(text, OC_MAX_NOTE)))
        return no_memory();
    schema->notes++;
    return OC_OK;
}

/* Mean 0, deviation 1. */
static double *make_pair(size_t count)
{
    double *values = calloc(2 * count, sizeof *values);
    for (size_t i = 0; values && i < count; i++)
        values[count + i] = 1;
    return values;
}

oc_status oc_schema_make_statistics(oc_schema *schema)
{
    const size_t channels = (size_t)schema->channels, targets = (size_t)schema->classes;
    double *values = make_pair(channels);
    double *target_values = schema->kind != OC_TARGETS_CLASSES ? make_pair(targets) : NULL;
    if (!values || (schema->kind != OC_TARGETS_CLASSES && !target_values)) {
        free(values);
        free(target_values);
        return no_memory();
    }
    free(schema->mean);
    free(schema->target_mean);
    schema->mean = values;
    schema->deviation = values + channels;
    schema->target_mean = target_values;
    schema->target_deviation = target_values ? target_values + targets : NULL;
    return OC_OK;
}

static oc_status copy_statistics(oc_schema *to, const oc_schema *from)
{
    const oc_status status = oc_schema_make_statistics(to);
    if (status)
        return status;
    memcpy(to->mean, from->mean, 2 * (size_t)from->channels * sizeof *to->mean);
    if (from->target_mean)
        memcpy(to->target_mean, from->target_mean,
               2 * (size_t)from->classes * sizeof *to->target_mean);
    return OC_OK;
}

oc_status oc_schema_copy(oc_schema *to, const oc_schema *from)
{
    *to = (oc_schema){.channels = from->channels,
                      .height = from->height,
                      .width = from->width,
                      .values = from->values,
                      .kind = from->kind,
                      .picture = from->picture};
    oc_status status =
        oc_schema_set_classes(to, (const char *const *)from->class_names, (size_t)from->classes);
    if (!status && from->label)
        status = oc_schema_set_label(to, from->label);
    for (size_t i = 0; !status && i < from->features; i++)
        status = oc_schema_add_feature(to, from->feature[i].name,
                                       (const char *const *)from->feature[i].level,
                                       from->feature[i].levels);
    for (size_t i = 0; !status && i < from->notes; i++)
        status = oc_schema_add_note(to, from->note[i]);
    if (!status && from->mean)
        status = copy_statistics(to, from);
    if (status)
        oc_schema_free(to);
    return status;
}

size_t oc_schema_values(const oc_schema *schema)
{
    return (size_t)schema->channels * (size_t)schema->height * (size_t)schema->width;
}

size_t oc_feature_values(const oc_feature *feature)
{
    return feature->levels > 0 ? feature->levels : 1;
}

oc_status oc_schema_write(const oc_schema *schema, oc_h5 *file, const char *name)
{
    char *text = NULL;
    oc_status status = oc_schema_format(schema, &text);
    if (!status)
        status = oc_h5_text_write(file, name, text);
    free(text);
    return status;
}

oc_status oc_schema_read(oc_schema *schema, const oc_h5 *file, const char *name, const char *path)
{
    char *text = NULL;
    size_t count, width;
    *schema = (oc_schema){0};
    oc_status status = oc_h5_texts_read(file, name, &text, &count, &width);
    if (!status)
        status = oc_schema_parse(schema, text, path);
    free(text);
    return status;
}
