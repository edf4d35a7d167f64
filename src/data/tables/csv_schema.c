/* csv_schema.c - see csv_columns.h: columns as a schema, and back. */
#include "data/tables/csv_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTE_BYTES = 400 /* of names, so that a note is never cut */ };

static oc_status no_memory(void)
{
    return oc_fail(OC_ERR_MEMORY, "no memory for the names of columns");
}

/* ---- there ---- */

/* The texts of a set, freed by the caller with free(). */
static const char **texts_of(const oc_csv_set *set)
{
    const char **text = calloc(set->count + 1, sizeof *text);
    for (size_t i = 0; text && i < set->count; i++)
        text[i] = set->item[i]->text;
    return text;
}

static oc_status describe_classes(const oc_csv_columns *columns, oc_schema *schema)
{
    const oc_csv_column *const label = &columns->column[columns->label];
    const char **names = texts_of(&label->set);
    oc_status status = names ? oc_schema_set_classes(schema, names, label->set.count) : no_memory();
    free(names);
    return status ? status : oc_schema_set_label(schema, label->name);
}

static oc_status describe_targets(const oc_csv_columns *columns, oc_schema *schema)
{
    const char **names = calloc(columns->targets + 1, sizeof *names);
    if (!names)
        return no_memory();
    for (size_t i = 0; i < columns->count; i++)
        if (columns->column[i].role == OC_CSV_TARGET)
            names[columns->column[i].at] = columns->name[i];
    const oc_status status = oc_schema_set_classes(schema, names, columns->targets);
    free(names);
    return status;
}

static oc_status describe_feature(const oc_csv_column *column, oc_schema *schema)
{
    const char **levels = column->role == OC_CSV_CATEGORY ? texts_of(&column->set) : NULL;
    if (column->role == OC_CSV_CATEGORY && !levels)
        return no_memory();
    const oc_status status = oc_schema_add_feature(schema, column->name, levels, column->set.count);
    free(levels);
    return status;
}

static int is_boolean(const oc_csv_column *column)
{
    return column->look == OC_CSV_BOOLEANS;
}

static int is_constant(const oc_csv_column *column)
{
    return column->role == OC_CSV_CATEGORY ? column->set.count == 1
                                           : column->look != OC_CSV_UNSEEN && !column->varies;
}

/* "WHAT: a, b and 7 more" where there are such columns. */
static oc_status note_columns(const oc_csv_columns *columns, oc_schema *schema, const char *what,
                              int (*is_such)(const oc_csv_column *))
{
    char names[NOTE_BYTES] = "", text[OC_MAX_NOTE + 1], more[48] = "";
    size_t count = 0, shown = 0;
    for (size_t i = 0; i < columns->count; i++)
        if (is_such(&columns->column[i])) {
            shown += shown == count && oc_csv_list_add(names, sizeof names, columns->name[i]);
            count++;
        }
    if (count > shown)
        snprintf(more, sizeof more, " and %zu more", count - shown);
    snprintf(text, sizeof text, "%s: %s%s", what, names, more);
    return count > 0 ? oc_schema_add_note(schema, text) : OC_OK;
}

oc_status oc_csv_columns_describe(const oc_csv_columns *columns, oc_schema *schema)
{
    const int is_classes = columns->label < columns->count;
    oc_status status =
        is_classes ? describe_classes(columns, schema) : describe_targets(columns, schema);
    schema->values = OC_VALUES_NUMBERS;
    schema->kind = is_classes                ? OC_TARGETS_CLASSES
                   : columns->is_multi_label ? OC_TARGETS_MULTI_LABEL
                                             : OC_TARGETS_REGRESSION;
    for (size_t i = 0; !status && i < columns->count; i++)
        if (columns->column[i].role == OC_CSV_NUMBER || columns->column[i].role == OC_CSV_CATEGORY)
            status = describe_feature(&columns->column[i], schema);
    if (!status)
        status = note_columns(columns, schema, "True and False are 1 and 0", is_boolean);
    if (!status)
        status = note_columns(columns, schema, "constant, so of no use", is_constant);
    if (!status && columns->needs_double)
        status = oc_schema_add_note(
            schema, "numbers are stored as float64: float32 cannot represent all of them exactly");
    return status;
}

/* ---- and back ---- */

static oc_status add_column(oc_csv_columns *columns, const char *name, oc_csv_role role)
{
    columns->name[columns->count] = strdup(name);
    if (!columns->name[columns->count])
        return no_memory();
    oc_csv_column *const column = &columns->column[columns->count];
    *column = (oc_csv_column){.name = columns->name[columns->count], .role = role};
    columns->count++;
    return OC_OK;
}

/* Levels as a set, each with its number. */
static oc_status add_levels(oc_csv_column *column, const oc_feature *feature)
{
    oc_csv_value *value = NULL;
    oc_status status = OC_OK;
    for (size_t i = 0; !status && i < feature->levels; i++)
        status = oc_csv_set_count(&column->set, feature->level[i], 1, &value);
    if (status)
        return status;
    oc_csv_set_sort(&column->set);
    for (size_t i = 0; i < feature->levels; i++)
        column->set.item[oc_csv_set_find(&column->set, feature->level[i])]->level = i;
    return OC_OK;
}

oc_status oc_csv_columns_restore(oc_csv_columns *columns, const oc_schema *schema, const char *path)
{
    const size_t most = schema->features + (size_t)schema->classes + 1;
    *columns = (oc_csv_columns){.plain = newlocale(LC_ALL_MASK, "C", (locale_t)0),
                                .column = calloc(most + 1, sizeof *columns->column),
                                .name = calloc(most, sizeof *columns->name)};
    if (!columns->plain || !columns->column || !columns->name)
        return no_memory();
    if (schema->features == 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: the network was trained on samples whose columns have no names, so the "
                       "columns of a table cannot be matched (import the training table again: "
                       "then they have names)",
                       path);
    oc_status status = OC_OK;
    for (size_t i = 0; !status && i < schema->features; i++) {
        const oc_feature *const feature = &schema->feature[i];
        oc_csv_column *const column = &columns->column[columns->count];
        status = add_column(columns, feature->name,
                            feature->levels > 0 ? OC_CSV_CATEGORY : OC_CSV_NUMBER);
        if (!status && feature->levels > 0)
            status = add_levels(column, feature);
        column->at = columns->features;
        columns->features += oc_feature_values(feature);
    }
    for (int i = 0; !status && schema->kind != OC_TARGETS_CLASSES && i < schema->classes; i++)
        status = add_column(columns, schema->class_names[i], OC_CSV_IGNORED);
    if (!status && schema->label)
        status = add_column(columns, schema->label, OC_CSV_IGNORED);
    columns->column[columns->count].role = OC_CSV_IGNORED;
    columns->label = columns->count;
    return status;
}
