/* csv_columns.c - see csv_columns.h. */
#include "data/csv_columns.h"

#include "storage/extents.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SET_BYTES = 64 << 20, SHOWN = 40 };

/* ---- sets ---- */

/* A whole number of at most 18 digits without anything around it. */
static int is_whole(const char *text, long long *value)
{
    const char *digits = text + (*text == '-');
    const size_t length = strlen(digits);
    if (length < 1 || length > 18 || strspn(digits, "0123456789") != length)
        return 0;
    *value = strtoll(text, NULL, 10);
    return 1;
}

static int compare(const char *a, const char *b)
{
    long long x = 0, y = 0;
    const int whole_a = is_whole(a, &x), whole_b = is_whole(b, &y);
    if (whole_a != whole_b)
        return whole_a ? -1 : 1;
    if (whole_a && x != y)
        return x < y ? -1 : 1;
    return strcmp(a, b);
}

/* Where the text is, or where it belongs. */
static size_t place_of(const oc_csv_set *set, const char *text, int *found)
{
    size_t low = 0, high = set->count;
    *found = 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare(text, set->item[middle].text);
        if (order == 0) {
            *found = 1;
            return middle;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static oc_status set_insert(oc_csv_set *set, size_t at, const char *text, const char *path,
                            const char *name)
{
    const size_t bytes = strlen(text) + 1;
    if (set->count == OC_MAX_CLASSES || set->bytes + bytes > SET_BYTES)
        return oc_fail(OC_ERR_DATA,
                       "%s: column %s: more than %d different values or 64 MiB of them", path, name,
                       OC_MAX_CLASSES);
    if (set->count == set->room) {
        const size_t room = set->room ? 2 * set->room : 16;
        oc_csv_category *item = realloc(set->item, room * sizeof *item);
        if (!item)
            return oc_fail(OC_ERR_INTERNAL, "%s: no memory for the values of %s", path, name);
        set->item = item;
        set->room = room;
    }
    char *copy = strdup(text);
    if (!copy)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for the values of %s", path, name);
    memmove(set->item + at + 1, set->item + at, (set->count - at) * sizeof *set->item);
    set->item[at] = (oc_csv_category){copy, 0};
    set->count++;
    set->bytes += bytes;
    return OC_OK;
}

/* ---- roles ---- */

static size_t find_column(const oc_csv_columns *columns, const char *name, size_t length)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strlen(columns->column[i].name) == length &&
            memcmp(columns->column[i].name, name, length) == 0)
            return i;
    return columns->count;
}

/* Give a role to the columns of a list "a,b,c" (NULL: none). */
static oc_status set_roles(oc_csv_columns *columns, const char *path, const char *option,
                           const char *list, oc_csv_role role)
{
    while (list && *list) {
        const size_t length = strcspn(list, ",");
        const size_t at = find_column(columns, list, length);
        if (at == columns->count)
            return oc_fail(OC_ERR_USAGE, "%s %.*s: %s has no such column", option, (int)length,
                           list, path);
        oc_csv_column *column = &columns->column[at];
        if (column->role != OC_CSV_NUMBER)
            return oc_fail(OC_ERR_USAGE, "%s %.*s: the column is named twice", option, (int)length,
                           list);
        column->role = role;
        if (role == OC_CSV_TARGET)
            column->at = columns->targets++;
        if (role == OC_CSV_LABEL)
            columns->label = at;
        list += length + (list[length] == ',');
    }
    return OC_OK;
}

static oc_status name_columns(oc_csv_columns *columns, const oc_csv *csv, int no_header)
{
    columns->column = calloc(csv->fields, sizeof *columns->column);
    if (!columns->column)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for columns", csv->path);
    for (size_t i = 0; i < csv->fields; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i + 1);
        const char *name = no_header ? number : oc_csv_field(csv, i);
        if (!*name)
            return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": column %zu has no name", csv->path,
                           csv->line, i + 1);
        if (!no_header && find_column(columns, name, strlen(name)) != columns->count)
            return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": two columns are called %.*s",
                           csv->path, csv->line, SHOWN, name);
        columns->column[i].name = strdup(name);
        if (!columns->column[i].name)
            return oc_fail(OC_ERR_INTERNAL, "%s: no memory for columns", csv->path);
        columns->count = i + 1;
    }
    columns->label = columns->count;
    return OC_OK;
}

oc_status oc_csv_columns_create(oc_csv_columns *columns, const oc_csv *csv,
                                const oc_import_csv *options)
{
    *columns = (oc_csv_columns){.is_multi_label = options->multi_label != NULL};
    columns->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!columns->plain)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for a locale", csv->path);
    const struct {
        const char *option, *list;
        oc_csv_role role;
    } roles[] = {
        {"--label", options->label, OC_CSV_LABEL},
        {"--targets", options->targets, OC_CSV_TARGET},
        {"--multi-label", options->multi_label, OC_CSV_TARGET},
        {"--categorical", options->categorical, OC_CSV_CATEGORY},
        {"--ignore", options->ignore, OC_CSV_IGNORED},
    };
    oc_status status = name_columns(columns, csv, options->no_header);
    for (size_t i = 0; !status && i < sizeof roles / sizeof roles[0]; i++)
        status = set_roles(columns, csv->path, roles[i].option, roles[i].list, roles[i].role);
    if (!status && options->label && strchr(options->label, ','))
        status = oc_fail(OC_ERR_USAGE, "--label %s: expected one column", options->label);
    return status;
}

void oc_csv_columns_free(oc_csv_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        oc_csv_column *column = &columns->column[i];
        for (size_t k = 0; k < column->set.count; k++)
            free(column->set.item[k].text);
        free(column->set.item);
        free(column->name);
    }
    free(columns->column);
    if (columns->plain)
        freelocale(columns->plain);
    memset(columns, 0, sizeof *columns);
}

oc_status oc_csv_columns_same(const oc_csv_columns *columns, const oc_csv *csv)
{
    if (csv->fields != columns->count)
        return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": %zu columns, expected %zu", csv->path,
                       csv->line, csv->fields, columns->count);
    for (size_t i = 0; i < csv->fields; i++)
        if (strcmp(oc_csv_field(csv, i), columns->column[i].name) != 0)
            return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": column %zu is %.*s, expected %.*s",
                           csv->path, csv->line, i + 1, SHOWN, oc_csv_field(csv, i), SHOWN,
                           columns->column[i].name);
    return OC_OK;
}

/* ---- records ---- */

static oc_status wrong(const oc_csv *csv, const oc_csv_column *column, size_t i,
                       const char *expected)
{
    const char *const text = oc_csv_field(csv, i);
    if (!*text)
        return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ", column %.*s: the value is missing",
                       csv->path, csv->line, SHOWN, column->name);
    return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ", column %.*s: found %.*s, expected %s",
                   csv->path, csv->line, SHOWN, column->name, SHOWN, text, expected);
}

/* A decimal number that is finite as a float. */
static int read_number(const oc_csv_columns *columns, const char *text, float *value)
{
    char *end;
    if (!*text || text[strspn(text, "0123456789+-.eE")])
        return 0;
    *value = (float)strtod_l(text, &end, columns->plain);
    return end != text && !*end && isfinite(*value);
}

static oc_status scan_field(oc_csv_columns *columns, const oc_csv *csv, size_t i, int collect)
{
    oc_csv_column *column = &columns->column[i];
    const char *text = oc_csv_field(csv, i);
    float value;
    int found;
    if (column->role == OC_CSV_IGNORED)
        return OC_OK;
    if (column->role == OC_CSV_NUMBER || column->role == OC_CSV_TARGET) {
        if (!read_number(columns, text, &value))
            return wrong(csv, column, i,
                         column->role == OC_CSV_TARGET
                             ? "a number"
                             : "a number (or see --categorical and --ignore)");
        const int is_bit = value == 0.0f || value == 1.0f;
        return column->role == OC_CSV_TARGET && columns->is_multi_label && !is_bit
                   ? wrong(csv, column, i, "0 or 1")
                   : OC_OK;
    }
    if (!*text)
        return wrong(csv, column, i, "");
    const size_t at = place_of(&column->set, text, &found);
    if (!found && !collect)
        return wrong(csv, column, i, "a value that the training file has");
    const oc_status status =
        found ? OC_OK : set_insert(&column->set, at, text, csv->path, column->name);
    if (!status)
        column->set.item[at].count++;
    return status;
}

oc_status oc_csv_columns_scan(oc_csv_columns *columns, const oc_csv *csv, int collect)
{
    oc_status status = OC_OK;
    if (csv->fields != columns->count)
        return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": %zu fields, expected %zu", csv->path,
                       csv->line, csv->fields, columns->count);
    for (size_t i = 0; !status && i < columns->count; i++)
        status = scan_field(columns, csv, i, collect);
    return status;
}

oc_status oc_csv_columns_lay_out(oc_csv_columns *columns, const char *path)
{
    columns->features = 0;
    for (size_t i = 0; i < columns->count; i++) {
        oc_csv_column *column = &columns->column[i];
        if (column->role != OC_CSV_NUMBER && column->role != OC_CSV_CATEGORY)
            continue;
        column->at = columns->features;
        columns->features += column->role == OC_CSV_NUMBER ? 1 : column->set.count;
        if (columns->features > OC_MAX_EXTENT)
            return oc_fail(OC_ERR_DATA, "%s: more than %d features, with one for each category",
                           path, OC_MAX_EXTENT);
    }
    return columns->features > 0
               ? OC_OK
               : oc_fail(OC_ERR_DATA, "%s: no column is left for the inputs", path);
}

oc_status oc_csv_columns_values(const oc_csv_columns *columns, const oc_csv *csv, float *features,
                                float *targets, int32_t *label)
{
    int sound = csv->fields == columns->count;
    memset(features, 0, columns->features * sizeof *features);
    for (size_t i = 0; sound && i < columns->count; i++) {
        const oc_csv_column *column = &columns->column[i];
        const char *text = oc_csv_field(csv, i);
        float *number = column->role == OC_CSV_TARGET ? targets : features;
        if (column->role == OC_CSV_IGNORED)
            continue;
        if (column->role == OC_CSV_NUMBER || column->role == OC_CSV_TARGET) {
            sound = read_number(columns, text, number + column->at);
            continue;
        }
        const size_t at = place_of(&column->set, text, &sound);
        if (column->role == OC_CSV_LABEL)
            *label = (int32_t)at;
        else if (sound)
            features[column->at + at] = 1;
    }
    return sound ? OC_OK
                 : oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": the file changed while it was read",
                           csv->path, csv->line);
}
