/* csv_columns.c - see csv_columns.h: names and roles. Records are csv_records.c's. */
#include "data/tables/csv_columns.h"

#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED_BYTES = 300 };

/* ---- roles ---- */

static oc_status set_role(oc_csv_columns *columns, const char *option, size_t at, oc_csv_role role)
{
    oc_csv_column *column = &columns->column[at];
    char shown[OC_CSV_SHOWN];
    if (column->role != OC_CSV_NUMBER)
        return oc_fail(OC_ERR_USAGE, "%s %s: column %zu is named twice", option,
                       oc_csv_show(column->name, shown), at + 1);
    if (role == OC_CSV_LABEL && columns->label != columns->count)
        return oc_fail(OC_ERR_USAGE, "%s %s: expected one column", option,
                       oc_csv_show(column->name, shown));
    column->role = role;
    if (role == OC_CSV_TARGET)
        column->at = columns->targets++;
    if (role == OC_CSV_LABEL)
        columns->label = at;
    return OC_OK;
}

/* Give a role to all columns that an option names. */
static oc_status set_roles(oc_csv_columns *columns, const oc_csv_names *names, const char *path,
                           const char *option, const oc_csv_lists *lists, oc_csv_role role)
{
    oc_status status = OC_OK;
    for (size_t l = 0; !status && l < lists->count; l++) {
        size_t *picked = NULL, count = 0;
        status = oc_csv_names_pick(names, lists->list[l], option, path, &picked, &count);
        for (size_t i = 0; !status && i < count; i++)
            status = set_role(columns, option, picked[i], role);
        free(picked);
    }
    return status;
}

static oc_status set_all_roles(oc_csv_columns *columns, const oc_csv_names *names,
                               const oc_csv *csv, const oc_csv_roles *roles)
{
    const struct {
        const char *option;
        const oc_csv_lists *lists;
        oc_csv_role role;
    } named[] = {
        {"--label", &roles->label, OC_CSV_LABEL},
        {"--targets", &roles->targets, OC_CSV_TARGET},
        {"--multi-label", &roles->multi_label, OC_CSV_TARGET},
        {"--categorical", &roles->categorical, OC_CSV_CATEGORY},
        {"--ignore", &roles->ignore, OC_CSV_IGNORED},
    };
    oc_status status = OC_OK;
    for (size_t i = 0; !status && i < sizeof named / sizeof named[0]; i++)
        status =
            set_roles(columns, names, csv->path, named[i].option, named[i].lists, named[i].role);
    for (size_t i = 0; i < columns->count; i++)
        columns->numbers += columns->column[i].role == OC_CSV_NUMBER;
    return status;
}

/* Columns in use have a name of their own. */
static oc_status check_names(const oc_csv_columns *columns, const oc_csv_names *names,
                             const oc_csv *csv)
{
    size_t last = columns->count;
    for (size_t s = 0; s < columns->count; s++) {
        const size_t at = names->sorted[s];
        const char *name = columns->name[at];
        char shown[OC_CSV_SHOWN];
        if (columns->column[at].role == OC_CSV_IGNORED)
            continue;
        if (!*name)
            return oc_fail(OC_ERR_DATA,
                           "%s: line %" PRIu64 ": column %zu has no name, as pandas writes its "
                           "index: leave it out with --ignore '' or --ignore '#%zu', or name it",
                           csv->path, csv->line, at + 1, at + 1);
        if (strlen(name) > OC_MAX_CLASS_NAME)
            return oc_fail(OC_ERR_DATA,
                           "%s: line %" PRIu64 ": the name of column %zu, %s, has %zu bytes, "
                           "expected at most %d",
                           csv->path, csv->line, at + 1, oc_csv_show(name, shown), strlen(name),
                           OC_MAX_CLASS_NAME);
        if (last != columns->count && strcmp(name, columns->name[last]) == 0)
            return oc_fail(OC_ERR_DATA,
                           "%s: line %" PRIu64 ": two columns are called %s (%zu and %zu): leave "
                           "one out, as with --ignore '#%zu', or rename it",
                           csv->path, csv->line, oc_csv_show(name, shown), last + 1, at + 1,
                           at + 1);
        last = at;
    }
    return OC_OK;
}

/* ---- creating ---- */

static oc_status name_columns(oc_csv_columns *columns, const oc_csv *csv, int no_header)
{
    columns->column = calloc(csv->fields + 1, sizeof *columns->column);
    columns->name = calloc(csv->fields, sizeof *columns->name);
    if (!columns->column || !columns->name)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for columns", csv->path);
    for (size_t i = 0; i < csv->fields; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        columns->name[i] = strdup(no_header ? number : oc_csv_field(csv, i));
        columns->column[i].name = columns->name[i];
        if (!columns->name[i])
            return oc_fail(OC_ERR_MEMORY, "%s: no memory for columns", csv->path);
        columns->count = i + 1;
    }
    columns->column[columns->count].role = OC_CSV_IGNORED;
    columns->label = columns->count;
    return OC_OK;
}

oc_status oc_csv_columns_create(oc_csv_columns *columns, const oc_csv *csv,
                                const oc_csv_roles *roles)
{
    oc_csv_names names = {0};
    *columns = (oc_csv_columns){.is_multi_label = roles->multi_label.count > 0};
    columns->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!columns->plain)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for a locale", csv->path);
    oc_status status = name_columns(columns, csv, roles->no_header);
    if (!status)
        status = oc_csv_names_create(&names, (const char *const *)columns->name, columns->count);
    if (!status)
        status = set_all_roles(columns, &names, csv, roles);
    if (!status)
        status = check_names(columns, &names, csv);
    oc_csv_names_free(&names);
    return status;
}

void oc_csv_columns_free(oc_csv_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        oc_csv_set_free(&columns->column[i].set);
        free(columns->name[i]);
    }
    free(columns->column);
    free(columns->name);
    if (columns->plain)
        freelocale(columns->plain);
    memset(columns, 0, sizeof *columns);
}

/* ---- the place of a file ---- */

/* What a second file lacks, and what it has besides. */
static oc_status check_both(const oc_csv_columns *columns, const oc_csv *csv, const char *used,
                            const char *passed, const oc_csv_mapping *mapping)
{
    char missing[LISTED_BYTES] = "", new[LISTED_BYTES] = "";
    size_t lacks = 0, has = 0;
    for (size_t i = 0; i < columns->count; i++)
        if (!used[i] && columns->column[i].role != OC_CSV_IGNORED) {
            oc_csv_list_add(missing, sizeof missing, columns->name[i]);
            lacks++;
        }
    for (size_t f = 0; f < mapping->fields; f++)
        if (mapping->column[f] == columns->count && !passed[f]) {
            oc_csv_list_add(new, sizeof new, oc_csv_field(csv, f));
            has++;
        }
    if (lacks + has == 0)
        return OC_OK;
    return oc_fail(OC_ERR_DATA,
                   "%s: line %" PRIu64 ": its columns are not those of the training file: %zu "
                   "missing%s%s; %zu new%s%s%s",
                   csv->path, csv->line, lacks, lacks ? ": " : "", missing, has, has ? ": " : "",
                   new, has ? " (--ignore leaves a column out)" : "");
}

/* The fields that lists of columns to ignore name in this file: 1 each. */
static oc_status pass_over(const oc_csv *csv, const oc_csv_lists *ignore, char *passed)
{
    oc_csv_names names = {0};
    const char **name = calloc(csv->fields + 1, sizeof *name);
    if (!name)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for columns", csv->path);
    for (size_t f = 0; f < csv->fields; f++)
        name[f] = oc_csv_field(csv, f);
    oc_status status = oc_csv_names_create(&names, name, csv->fields);
    for (size_t l = 0; !status && l < ignore->count; l++) {
        size_t *picked = NULL, count = 0;
        status = oc_csv_names_pick(&names, ignore->list[l], "--ignore", csv->path, &picked, &count);
        for (size_t i = 0; i < count; i++)
            passed[picked[i]] = 1;
        free(picked);
    }
    oc_csv_names_free(&names);
    free(name);
    return status;
}

/* Columns of the same name go by their order. */
static oc_status map_by_name(oc_csv_mapping *mapping, const oc_csv_columns *columns,
                             const oc_csv *csv, const oc_csv_lists *ignore)
{
    oc_csv_names names = {0};
    char *const used = calloc(columns->count + 1, 1), *const passed = calloc(csv->fields, 1);
    oc_status status =
        used && passed
            ? oc_csv_names_create(&names, (const char *const *)columns->name, columns->count)
            : oc_fail(OC_ERR_MEMORY, "%s: no memory for columns", csv->path);
    if (!status && ignore)
        status = pass_over(csv, ignore, passed);
    for (size_t f = 0; !status && f < csv->fields; f++) {
        size_t count, at = oc_csv_names_find(&names, oc_csv_field(csv, f), &count);
        mapping->column[f] = columns->count;
        for (; count > 0 && used[names.sorted[at]]; count--)
            at++;
        if (count > 0 && !passed[f]) {
            mapping->column[f] = names.sorted[at];
            used[names.sorted[at]] = 1;
        }
    }
    if (!status)
        status = check_both(columns, csv, used, passed, mapping);
    oc_csv_names_free(&names);
    free(used);
    free(passed);
    return status;
}

oc_status oc_csv_mapping_create(oc_csv_mapping *mapping, const oc_csv_columns *columns,
                                const oc_csv *csv, const oc_csv_lists *ignore, int by_number)
{
    *mapping = (oc_csv_mapping){malloc(csv->fields * sizeof *mapping->column), csv->fields};
    if (!mapping->column)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for columns", csv->path);
    if (!by_number)
        return map_by_name(mapping, columns, csv, ignore);
    if (csv->fields != columns->count)
        return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": %zu fields, expected %zu", csv->path,
                       csv->line, csv->fields, columns->count);
    for (size_t i = 0; i < csv->fields; i++)
        mapping->column[i] = i;
    return OC_OK;
}

void oc_csv_mapping_free(oc_csv_mapping *mapping)
{
    free(mapping->column);
    *mapping = (oc_csv_mapping){0};
}
