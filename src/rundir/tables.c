/* tables.c - see tables.h. */
#include "rundir/tables.h"

#include "base/file.h"
#include "rundir/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAME(name)                                                                                 \
    {                                                                                              \
        name, name, name                                                                           \
    }

static const oc_column step_columns[OC_STEP_COLUMNS] = {
    [OC_STEP_STEP] = {SAME("step"), OC_CELL_COUNT},
    [OC_STEP_EPOCH] = {SAME("epoch"), OC_CELL_COUNT},
    [OC_STEP_LR] = {SAME("lr"), OC_CELL_POSITIVE},
    [OC_STEP_MOMENTUM] = {SAME("momentum"), OC_CELL_POSITIVE},
    [OC_STEP_LOSS] = {SAME("loss"), OC_CELL_ANY},
    [OC_STEP_ACCURACY] = {{"accuracy", "r2", "accuracy"}, OC_CELL_ANY},
    [OC_STEP_SPEED] = {SAME("images_per_second"), OC_CELL_POSITIVE},
    [OC_STEP_DATA_WAIT] = {SAME("data_wait"), OC_CELL_POSITIVE},
};

static const oc_column epoch_columns[OC_EPOCH_COLUMNS] = {
    [OC_EPOCH_EPOCH] = {SAME("epoch"), OC_CELL_COUNT},
    [OC_EPOCH_STEP] = {SAME("step"), OC_CELL_COUNT},
    [OC_EPOCH_TRAIN_LOSS] = {SAME("train_loss"), OC_CELL_ANY},
    [OC_EPOCH_TRAIN_ACCURACY] = {{"train_accuracy", "train_r2", "train_accuracy"}, OC_CELL_ANY},
    [OC_EPOCH_TEST_LOSS] = {SAME("test_loss"), OC_CELL_ANY},
    [OC_EPOCH_TEST_ACCURACY] = {{"test_accuracy", "test_r2", "test_accuracy"}, OC_CELL_ANY},
    [OC_EPOCH_LR] = {SAME("lr"), OC_CELL_POSITIVE},
    [OC_EPOCH_SECONDS] = {SAME("seconds"), OC_CELL_POSITIVE},
    [OC_EPOCH_SPEED] = {SAME("images_per_second"), OC_CELL_POSITIVE},
    [OC_EPOCH_SCORE_1] = {{NULL, "test_rmse", "test_label_accuracy"}, OC_CELL_ANY},
    [OC_EPOCH_SCORE_2] = {{NULL, "test_mae", "test_f1"}, OC_CELL_ANY},
};

_Static_assert(OC_TARGETS_CLASSES == 0 && OC_TARGETS_REGRESSION == 1 && OC_TARGETS_MULTI_LABEL == 2,
               "the order of names above");

const oc_table oc_steps_table = {
    .file = "steps.csv",
    .column = step_columns,
    .columns = OC_STEP_COLUMNS,
    .step_column = OC_STEP_STEP,
    .has_every_step = 1,
};

const oc_table oc_epochs_table = {
    .file = "epochs.csv",
    .column = epoch_columns,
    .columns = OC_EPOCH_COLUMNS,
    .step_column = OC_EPOCH_STEP,
};

static const size_t table_bytes = (size_t)1 << 30;

size_t oc_table_width(const oc_table *table, oc_targets_kind kind)
{
    size_t width = 0;
    while (width < table->columns && table->column[width].name[kind])
        width++;
    return width;
}

void oc_table_header(const oc_table *table, oc_targets_kind kind, size_t groups,
                     char header[OC_TABLE_HEADER])
{
    const size_t width = oc_table_width(table, kind);
    size_t length = 0;
    for (size_t c = 0; c < width && length < OC_TABLE_HEADER; c++)
        length += (size_t)snprintf(header + length, OC_TABLE_HEADER - length, "%s%s", c ? "," : "",
                                   table->column[c].name[kind]);
    for (size_t i = 1; i <= groups && length < OC_TABLE_HEADER; i++)
        length += (size_t)snprintf(header + length, OC_TABLE_HEADER - length, ",lr_%zu", i);
    if (length + 1 < OC_TABLE_HEADER)
        strcpy(header + length, "\n");
}

void oc_table_header_add_trust(char header[OC_TABLE_HEADER], const char *parameter)
{
    const size_t length = strcspn(header, "\n"), room = OC_TABLE_HEADER - length;
    const int added = snprintf(header + length, room, ",trust_%s\n", parameter);
    if (added < 0 || (size_t)added >= room)
        strcpy(header + length, "\n");
}

static int begins_header(const oc_table *table, int kind, const char *header, char after)
{
    char expected[OC_TABLE_HEADER];
    oc_table_header(table, (oc_targets_kind)kind, 0, expected);
    const size_t length = strlen(expected) - 1;
    return strncmp(header, expected, length) == 0 && header[length] == after;
}

/* Some kinds have the same steps.csv: then it is the first of them. */
int oc_table_kind(const oc_table *table, const char *header)
{
    for (int more = 0; more < 2; more++)
        for (int kind = 0; kind < OC_TARGETS_KINDS; kind++)
            if (begins_header(table, kind, header, more ? ',' : '\n'))
                return kind;
    return -1;
}

/* `before` is the row before, or NULL. */
static oc_status check_row(const char *path, size_t line, const oc_table *table, size_t width,
                           const double *row, const double *before)
{
    const size_t at = table->step_column;
    for (size_t c = 0; c < width; c++) {
        const oc_cell cell = table->column[c].cell;
        if (cell == OC_CELL_COUNT && !oc_csv_is_count(row[c]))
            return oc_fail(OC_ERR_DATA, "%s:%zu: column %zu: found %g, expected a whole number",
                           path, line, c + 1, row[c]);
        if (cell == OC_CELL_POSITIVE && !(isfinite(row[c]) && row[c] >= 0))
            return oc_fail(OC_ERR_DATA,
                           "%s:%zu: column %zu: found %g, expected a finite number, not negative",
                           path, line, c + 1, row[c]);
    }
    if (before && row[at] <= before[at])
        return oc_fail(OC_ERR_DATA, "%s:%zu: found step %.0f after step %.0f", path, line, row[at],
                       before[at]);
    return OC_OK;
}

static oc_status add_row(oc_table_rows *rows, size_t *room, const double *values, size_t width)
{
    if (rows->count == *room) {
        *room = *room ? 2 * *room : 1024;
        double *const more = realloc(rows->number, *room * rows->columns * sizeof *more);
        if (!more)
            return oc_fail(OC_ERR_MEMORY, "no memory for %zu rows", *room);
        rows->number = more;
    }
    double *const row = rows->number + rows->count++ * rows->columns;
    for (size_t c = 0; c < rows->columns; c++)
        row[c] = c < width ? values[c] : (double)NAN;
    return OC_OK;
}

static oc_status parse_header(oc_table_rows *rows, const char *path, const char *text,
                              const oc_table *table)
{
    char expected[OC_TABLE_HEADER];
    const int kind = strchr(text, '\n') ? oc_table_kind(table, text) : -1;
    oc_table_header(table, OC_TARGETS_CLASSES, 0, expected);
    expected[strlen(expected) - 1] = '\0';
    if (kind < 0)
        return oc_fail(OC_ERR_DATA, "%s:1: not this table's header; expected \"%s\"", path,
                       expected);
    rows->kind = (oc_targets_kind)kind;
    return OC_OK;
}

static oc_status parse(oc_table_rows *rows, const char *path, char *text, const oc_table *table)
{
    double values[OC_CSV_COLUMNS];
    size_t room = 0, line_number = 1;
    oc_status status = parse_header(rows, path, text, table);
    if (status != OC_OK)
        return status;
    const size_t columns = oc_csv_width(text), width = oc_table_width(table, rows->kind);
    char *end = strchr(text, '\n');
    for (char *line = end + 1; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        line_number++;
        const char after = end[1];
        end[1] = '\0';
        const int good = columns <= OC_CSV_COLUMNS && oc_csv_row(line, values, columns);
        end[1] = after;
        if (!good)
            return oc_fail(OC_ERR_DATA, "%s:%zu: damaged row; expected %zu numbers", path,
                           line_number, columns);
        status = check_row(path, line_number, table, width, values, oc_table_last(rows));
        if (status == OC_OK)
            status = add_row(rows, &room, values, width);
        if (status != OC_OK)
            return status;
    }
    return OC_OK;
}

oc_status oc_table_read(oc_table_rows *rows, const char *folder, const oc_table *table)
{
    char path[OC_PATH_BYTES], *text = NULL;
    size_t bytes = 0;
    *rows = (oc_table_rows){.columns = table->columns};
    oc_status status = oc_path_join(path, folder, table->file);
    if (status == OC_OK)
        status = oc_file_read(path, table_bytes, &text, &bytes);
    if (status == OC_OK && strlen(text) != bytes)
        status = oc_fail(OC_ERR_DATA, "%s: a NUL at byte %zu; expected rows of numbers", path,
                         strlen(text));
    if (status == OC_OK)
        status = parse(rows, path, text, table);
    free(text);
    return status;
}

void oc_table_free(oc_table_rows *rows)
{
    free(rows->number);
    *rows = (oc_table_rows){0};
}
