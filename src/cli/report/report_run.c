/* report_run.c - see report_run.h: reading a run directory. Classifying is report_classify.c. */
#include "cli/report/report_run.h"

#include "base/file.h"
#include "rundir/csv.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 1 << 20 };
static const size_t table_bytes = (size_t)1 << 30;

typedef struct table_format {
    const char *file;
    const char *header[2]; /* of classes or labels, and of regression; more columns may follow */
    size_t width, step_column;
    const char *column; /* (width): 'c' a count, 'p' finite and not negative, '*' any number */
} table_format;

static const table_format step_format = {
    "steps.csv",
    {"step,epoch,lr,momentum,loss,accuracy,images_per_second,data_wait",
     "step,epoch,lr,momentum,loss,r2,images_per_second,data_wait"},
    OC_REPORT_STEP,
    0,
    "ccpp**pp"};
static const table_format epoch_format = {
    "epochs.csv",
    {"epoch,step,train_loss,train_accuracy,test_loss,test_accuracy,lr,seconds,images_per_second",
     "epoch,step,train_loss,train_r2,test_loss,test_r2,lr,seconds,images_per_second"},
    OC_REPORT_EPOCH,
    1,
    "cc****ppp"};

/* `before` is the row before, or NULL. */
static oc_status check_row(const char *path, size_t line, const table_format *format,
                           const double *row, const double *before)
{
    const size_t at = format->step_column;
    for (size_t c = 0; c < format->width; c++) {
        const char kind = format->column[c];
        if (kind == 'c' && !oc_csv_is_count(row[c]))
            return oc_fail(OC_ERR_DATA, "%s:%zu: column %zu: found %g, expected a whole number",
                           path, line, c + 1, row[c]);
        if (kind == 'p' && !(isfinite(row[c]) && row[c] >= 0))
            return oc_fail(OC_ERR_DATA,
                           "%s:%zu: column %zu: found %g, expected a finite number, not negative",
                           path, line, c + 1, row[c]);
    }
    if (before && row[at] <= before[at])
        return oc_fail(OC_ERR_DATA, "%s:%zu: found step %.0f behind step %.0f", path, line, row[at],
                       before[at]);
    return OC_OK;
}

/* All whole lines of a table, the first `width` columns of each -> *rows, owned by the caller;
 * which of the two headers it has -> *is_r2. */
static oc_status parse_table(const char *path, char *text, const table_format *format,
                             double **rows, size_t *count, int *is_r2)
{
    const size_t width = format->width;
    const char *const *const header = format->header;
    double values[OC_CSV_COLUMNS];
    size_t room = 0, line_number = 1;
    char *end = strchr(text, '\n');
    *is_r2 = strncmp(text, header[1], strlen(header[1])) == 0;
    if (!end || strncmp(text, header[*is_r2], strlen(header[*is_r2])) != 0)
        return oc_fail(OC_ERR_DATA, "%s:1: not this table's header; expected \"%s\"", path,
                       header[0]);
    const size_t columns = oc_csv_width(text);
    for (char *line = end + 1; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        line_number++;
        const char after = end[1];
        end[1] = '\0';
        const int good = columns <= OC_CSV_COLUMNS && oc_csv_row(line, values, columns);
        end[1] = after;
        if (!good)
            return oc_fail(OC_ERR_DATA, "%s:%zu: damaged row; expected %zu numbers", path,
                           line_number, columns);
        const oc_status status = check_row(path, line_number, format, values,
                                           *count ? *rows + (*count - 1) * width : NULL);
        if (status != OC_OK)
            return status;
        if (*count == room) {
            room = room ? 2 * room : 1024;
            double *const more = realloc(*rows, room * width * sizeof *more);
            if (!more)
                return oc_fail(OC_ERR_INTERNAL, "%s: no memory for %zu rows", path, room);
            *rows = more;
        }
        memcpy(*rows + *count * width, values, width * sizeof *values);
        (*count)++;
    }
    return OC_OK;
}

static oc_status read_table(const char *folder, const table_format *format, double **rows,
                            size_t *count, int *is_r2)
{
    char path[OC_PATH_BYTES], *text = NULL;
    size_t bytes = 0;
    oc_status status = oc_path_join(path, folder, format->file);
    if (status == OC_OK)
        status = oc_file_read(path, table_bytes, &text, &bytes);
    if (status == OC_OK && strlen(text) != bytes)
        status = oc_fail(OC_ERR_DATA, "%s: a NUL at byte %zu; expected rows of numbers", path,
                         strlen(text));
    if (status == OC_OK)
        status = parse_table(path, text, format, rows, count, is_r2);
    free(text);
    return status;
}

/* The word in summary.json, which a run that has not ended lacks. */
static oc_status read_status(oc_report_run *run)
{
    char path[OC_PATH_BYTES], *text = NULL;
    size_t bytes = 0;
    json_error_t error;
    snprintf(run->status, sizeof run->status, "unfinished");
    oc_status status = oc_path_join(path, run->folder, "summary.json");
    if (status != OC_OK || !oc_file_exists(path))
        return status;
    status = oc_file_read(path, TEXT_BYTES, &text, &bytes);
    json_t *const object = status == OC_OK ? json_loads(text, 0, &error) : NULL;
    const char *const word = json_string_value(json_object_get(object, "status"));
    if (word)
        snprintf(run->status, sizeof run->status, "%s", word);
    else if (status == OC_OK)
        status = oc_fail(OC_ERR_DATA, "%s: no \"status\" in it; expected a run's summary", path);
    json_decref(object);
    free(text);
    return status;
}

oc_status oc_report_open(oc_report_run *run, const char *folder)
{
    char path[OC_PATH_BYTES];
    size_t bytes = 0;
    int is_r2 = 0;
    double *steps = NULL, *epochs = NULL;
    *run = (oc_report_run){.folder = folder, .why_not = "not asked for"};
    oc_status status = oc_path_join(path, folder, "recipe.yaml");
    if (status == OC_OK && !oc_file_exists(path))
        status = oc_fail(OC_ERR_IO, "%s: no such file; expected a run directory", path);
    if (status == OC_OK)
        status = oc_file_read(path, TEXT_BYTES, &run->recipe, &bytes);
    if (status == OC_OK)
        status = read_status(run);
    if (status == OC_OK)
        status = read_table(folder, &step_format, &steps, &run->steps, &run->is_r2);
    if (status == OC_OK)
        status = read_table(folder, &epoch_format, &epochs, &run->epochs, &is_r2);
    if (status == OC_OK && is_r2 != run->is_r2)
        status = oc_fail(OC_ERR_DATA, "%s: steps.csv and epochs.csv are of different runs", folder);
    run->step = (double(*)[OC_REPORT_STEP])steps;
    run->epoch = (double(*)[OC_REPORT_EPOCH])epochs;
    if (status == OC_OK && run->steps == 0)
        status = oc_fail(OC_ERR_DATA, "%s/steps.csv: no row yet: nothing to report", folder);
    size_t finite = 0;
    for (size_t i = 0; status == OC_OK && i < run->steps; i++)
        finite += isfinite(run->step[i][4]) != 0;
    if (status == OC_OK && finite == 0)
        status = oc_fail(OC_ERR_DATA, "%s/steps.csv: no row with a finite loss", folder);
    return status;
}

void oc_report_close(oc_report_run *run)
{
    for (int c = 0; run->class_name && c < run->classes; c++)
        free(run->class_name[c]);
    for (size_t i = 0; i < run->worst_count; i++)
        free(run->worst[i].pixels);
    free(run->class_name);
    free(run->confusion);
    free(run->recipe);
    free(run->step);
    free(run->epoch);
    *run = (oc_report_run){0};
}
