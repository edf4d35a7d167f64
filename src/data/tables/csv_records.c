/* csv_records.c - see csv_columns.h: what the fields of a record are, checked and as numbers. */
#include "data/tables/csv_columns.h"

#include "data/tables/csv_number.h"
#include "storage/extents.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LISTED_BYTES = 200, OPTION_BYTES = 80, REASON_BYTES = 160 };

/* ---- what is wrong with a field ---- */

/* The column as an option names it, fit for a shell. */
static const char *as_option(const oc_csv_columns *columns, size_t at, char out[OPTION_BYTES])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const char *const name = columns->name[at];
    if (*name && strlen(name) < OPTION_BYTES && strspn(name, plain) == strlen(name))
        snprintf(out, OPTION_BYTES, "%s", name);
    else
        snprintf(out, OPTION_BYTES, "'#%zu'", at + 1);
    return out;
}

/* "FILE: line 3, column x: " and the rest. */
static oc_status fail_field(const oc_csv_columns *columns, const oc_csv *csv, size_t at,
                            const char *what, const char *hint)
{
    char shown[OC_CSV_SHOWN];
    return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ", column %s: %s%s", csv->path, csv->line,
                   oc_csv_show(columns->name[at], shown), what, hint);
}

/* Names of further columns of the record that hold words. */
static void list_words(const oc_csv_columns *columns, const oc_csv *csv,
                       const oc_csv_mapping *mapping, size_t field, char *text, size_t bytes)
{
    double value;
    text[0] = '\0';
    for (size_t f = field + 1; f < mapping->fields; f++) {
        const size_t at = mapping->column[f];
        if (columns->column[at].role == OC_CSV_NUMBER &&
            oc_csv_read_number(oc_csv_field(csv, f), columns->plain, &value) == OC_CSV_IS_WORD &&
            !oc_csv_list_add(text, bytes, columns->name[at]))
            return;
    }
}

/* Which options would help where a number is expected. */
static oc_status no_number(const oc_csv_columns *columns, const oc_csv *csv,
                           const oc_csv_mapping *mapping, size_t field, oc_csv_reading reading)
{
    const size_t at = mapping->column[field];
    const char *const text = oc_csv_field(csv, field);
    char shown[OC_CSV_SHOWN], option[OPTION_BYTES], what[REASON_BYTES] = "the value is missing";
    char hint[2 * OPTION_BYTES + LISTED_BYTES + 160] = "", words[LISTED_BYTES] = "";
    as_option(columns, at, option);
    if (*text)
        oc_csv_explain(reading, oc_csv_show(text, shown), what, sizeof what);
    if (columns->column[at].role == OC_CSV_TARGET)
        snprintf(hint, sizeof hint, " (fill or drop such lines first)");
    else if (reading == OC_CSV_IS_WORD) {
        list_words(columns, csv, mapping, field, words, sizeof words);
        snprintf(
            hint, sizeof hint,
            " (--categorical %s turns its values into features, --ignore %s leaves it out)%s%s",
            option, option, *words ? "; there are also words in " : "", words);
    } else
        snprintf(hint, sizeof hint,
                 " (fill or drop such lines first, or --ignore %s leaves the column out)", option);
    return fail_field(columns, csv, at, what, hint);
}

/* ---- scanning ---- */

static oc_status scan_number(oc_csv_columns *columns, const oc_csv *csv,
                             const oc_csv_mapping *mapping, size_t field, int collect)
{
    const size_t at = mapping->column[field];
    oc_csv_column *const column = &columns->column[at];
    const char *const text = oc_csv_field(csv, field);
    char shown[OC_CSV_SHOWN], what[REASON_BYTES];
    double value = 0;
    const oc_csv_reading reading = oc_csv_read_number(text, columns->plain, &value);
    if (reading != OC_CSV_IS_NUMBER && reading != OC_CSV_IS_BOOLEAN)
        return no_number(columns, csv, mapping, field, reading);
    const oc_csv_look look = reading == OC_CSV_IS_NUMBER ? OC_CSV_NUMBERS : OC_CSV_BOOLEANS;
    if (column->look != OC_CSV_UNSEEN && column->look != look) {
        snprintf(what, sizeof what, "found %s, expected %s as in earlier lines",
                 oc_csv_show(text, shown),
                 column->look == OC_CSV_NUMBERS ? "a number" : "True or False");
        return fail_field(columns, csv, at, what, "");
    }
    if (column->role == OC_CSV_TARGET && columns->is_multi_label && value != 0 && value != 1) {
        snprintf(what, sizeof what, "found %s, expected 0 or 1", oc_csv_show(text, shown));
        return fail_field(columns, csv, at, what, "");
    }
    if (column->look == OC_CSV_UNSEEN)
        column->first = value;
    column->look = look;
    column->varies |= collect && value != column->first;
    columns->needs_double |= column->role == OC_CSV_NUMBER && (double)(float)value != value;
    return OC_OK;
}

/* Too many values of a category or label. */
static oc_status check_levels(const oc_csv_columns *columns, const oc_csv *csv, size_t at)
{
    const oc_csv_column *const column = &columns->column[at];
    char shown[OC_CSV_SHOWN], option[OPTION_BYTES];
    size_t most = at;
    if (column->role == OC_CSV_LABEL && column->set.count > OC_MAX_CLASSES)
        return oc_fail(OC_ERR_DATA,
                       "%s: line %" PRIu64
                       ", column %s: found %d different values, expected at most %d classes (for "
                       "numbers to predict, use --targets)",
                       csv->path, csv->line, oc_csv_show(column->name, shown), OC_MAX_CLASSES + 1,
                       OC_MAX_CLASSES);
    if (column->set.bytes > OC_CSV_SET_BYTES)
        return fail_field(columns, csv, at, "more than 64 MiB of different values", "");
    if (columns->numbers + columns->levels <= OC_MAX_EXTENT)
        return OC_OK;
    for (size_t i = 0; i < columns->count; i++)
        if (columns->column[i].role == OC_CSV_CATEGORY &&
            columns->column[i].set.count > columns->column[most].set.count)
            most = i;
    return oc_fail(OC_ERR_DATA,
                   "%s: line %" PRIu64 ": more than %d features, with one for each value of a "
                   "category: column %s has %zu different values so far (--ignore %s leaves it "
                   "out)",
                   csv->path, csv->line, OC_MAX_EXTENT, oc_csv_show(columns->name[most], shown),
                   columns->column[most].set.count, as_option(columns, most, option));
}

/* A word of the test file that the training file does not have. */
static oc_status unknown_value(const oc_csv_columns *columns, const oc_csv *csv, size_t at,
                               const char *text)
{
    const oc_csv_set *const set = &columns->column[at].set;
    char shown[OC_CSV_SHOWN], listed[LISTED_BYTES] = "", what[REASON_BYTES], more[48] = "";
    size_t count = 0;
    while (count < set->count && oc_csv_list_add(listed, sizeof listed, set->item[count]->text))
        count++;
    if (count < set->count)
        snprintf(more, sizeof more, " and %zu more", set->count - count);
    snprintf(what, sizeof what,
             "found %s, expected a value that the training file has: ", oc_csv_show(text, shown));
    snprintf(listed + strlen(listed), sizeof listed - strlen(listed), "%s", more);
    return fail_field(columns, csv, at, what, listed);
}

static oc_status scan_word(oc_csv_columns *columns, const oc_csv *csv, size_t field, size_t at,
                           int collect)
{
    oc_csv_column *const column = &columns->column[at];
    const char *const text = oc_csv_field(csv, field);
    char option[OPTION_BYTES], hint[OPTION_BYTES + 80] = "", shown[OC_CSV_SHOWN];
    const size_t before = column->set.count;
    oc_csv_value *found = NULL;
    if (!*text) {
        if (column->role == OC_CSV_CATEGORY)
            snprintf(hint, sizeof hint, " (fill it, or --ignore %s leaves the column out)",
                     as_option(columns, at, option));
        return fail_field(columns, csv, at, "the value is missing", hint);
    }
    if (strlen(text) > OC_MAX_CLASS_NAME)
        return oc_fail(
            OC_ERR_DATA,
            "%s: line %" PRIu64
            ", column %s: a value of %zu bytes, expected at most %d for a class or category",
            csv->path, csv->line, oc_csv_show(column->name, shown), strlen(text),
            OC_MAX_CLASS_NAME);
    oc_status status = oc_csv_set_count(&column->set, text, collect, &found);
    if (!status && !found && !columns->ignore_unknown)
        status = unknown_value(columns, csv, at, text);
    if (!status && column->set.count > before) {
        columns->levels += column->role == OC_CSV_CATEGORY;
        status = check_levels(columns, csv, at);
    }
    return status;
}

oc_status oc_csv_columns_scan(oc_csv_columns *columns, const oc_csv *csv,
                              const oc_csv_mapping *mapping, int collect)
{
    oc_status status = OC_OK;
    if (csv->fields != mapping->fields)
        return oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": %zu fields, expected %zu", csv->path,
                       csv->line, csv->fields, mapping->fields);
    for (size_t f = 0; !status && f < mapping->fields; f++) {
        const size_t at = mapping->column[f];
        const oc_csv_role role = columns->column[at].role;
        if (role == OC_CSV_NUMBER || role == OC_CSV_TARGET)
            status = scan_number(columns, csv, mapping, f, collect);
        else if (role != OC_CSV_IGNORED)
            status = scan_word(columns, csv, f, at, collect);
    }
    return status;
}

/* ---- values ---- */

oc_status oc_csv_columns_lay_out(oc_csv_columns *columns, const char *path)
{
    columns->features = 0;
    for (size_t i = 0; i < columns->count; i++) {
        oc_csv_column *const column = &columns->column[i];
        oc_csv_set_sort(&column->set);
        if (column->role != OC_CSV_NUMBER && column->role != OC_CSV_CATEGORY)
            continue;
        column->at = columns->features;
        columns->features += column->role == OC_CSV_NUMBER ? 1 : column->set.count;
    }
    if (columns->features > OC_MAX_EXTENT)
        return oc_fail(OC_ERR_DATA, "%s: %zu features, expected at most %d", path,
                       columns->features, OC_MAX_EXTENT);
    return columns->features > 0
               ? OC_OK
               : oc_fail(OC_ERR_DATA, "%s: no column is left for the features", path);
}

oc_status oc_csv_columns_values(const oc_csv_columns *columns, const oc_csv *csv,
                                const oc_csv_mapping *mapping, double *features, double *targets,
                                int32_t *label)
{
    int sound = csv->fields == mapping->fields;
    memset(features, 0, columns->features * sizeof *features);
    for (size_t f = 0; sound && f < mapping->fields; f++) {
        const oc_csv_column *const column = &columns->column[mapping->column[f]];
        const char *const text = oc_csv_field(csv, f);
        double *const number = column->role == OC_CSV_TARGET ? targets : features;
        if (column->role == OC_CSV_IGNORED)
            continue;
        if (column->role == OC_CSV_NUMBER || column->role == OC_CSV_TARGET) {
            sound =
                oc_csv_read_number(text, columns->plain, number + column->at) <= OC_CSV_IS_BOOLEAN;
            continue;
        }
        const size_t at = oc_csv_set_find(&column->set, text);
        const int known = at < column->set.count;
        sound = known || columns->ignore_unknown;
        if (known && column->role == OC_CSV_LABEL)
            *label = (int32_t)at;
        else if (known)
            features[column->at + column->set.item[at]->level] = 1;
    }
    return sound ? OC_OK
                 : oc_fail(OC_ERR_DATA, "%s: line %" PRIu64 ": the file changed while it was read",
                           csv->path, csv->line);
}
