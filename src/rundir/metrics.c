/* metrics.c - see metrics.h. Reals are written with the fewest digits that read back as the
 * same double, so runs can be compared by their files. */
#include "rundir/metrics.h"

#include "base/file.h"
#include "run/step_message.h"
#include "rundir/csv.h"
#include "rundir/csv_resume.h"
#include "rundir/tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROW_BYTES = 8 * 1024, STREAM_BYTES = 1 << 16 };

/* 2 counts of up to 21 bytes, then reals of up to 26. */
_Static_assert(2 * 21 + ((int)OC_STEP_COLUMNS - 2 + (int)OC_MAX_GROUPS + (int)OC_MOST_TRUSTS) * 26 <
                       ROW_BYTES &&
                   2 * 21 + ((int)OC_EPOCH_COLUMNS - 2) * 26 < ROW_BYTES,
               "a row has room");
_Static_assert((int)OC_STEP_COLUMNS + (int)OC_MAX_GROUPS + (int)OC_MOST_TRUSTS <=
                       (int)OC_CSV_COLUMNS &&
                   (int)OC_EPOCH_COLUMNS <= (int)OC_CSV_COLUMNS &&
                   (int)ROW_BYTES <= (int)OC_CSV_LINE,
               "a row can be read back");
/* ",trust_", a name and what tables.c has before them. */
_Static_assert((int)OC_MOST_TRUSTS *(2 * (int)OC_LAYER_NAME + 7) + 512 < (int)OC_TABLE_HEADER &&
                   (int)OC_TABLE_HEADER <= (int)OC_CSV_LINE,
               "a header has room");

typedef struct table {
    const oc_table *schema;
    size_t columns;
    FILE *file;
    int error;   /* the first errno of a failed write since the last flush, 0: all went well */
    off_t whole; /* bytes of the file up to the last flush: whole rows */
    char path[OC_PATH_BYTES];
    char buffer[STREAM_BYTES]; /* stdio's: a row never allocates */
} table;

struct oc_metrics {
    table steps, epochs;
    int groups, trusts;
    oc_targets_kind kind;
};

static oc_status note_size(table *t)
{
    struct stat about;
    if (fstat(fileno(t->file), &about) != 0)
        return oc_fail(OC_ERR_IO, "%s: cannot look at it: %s", t->path, strerror(errno));
    t->whole = about.st_size;
    return OC_OK;
}

static oc_status table_open(table *t, const oc_table *schema, const char *folder,
                            oc_targets_kind kind, const oc_step_extras *extras, uint64_t from_step)
{
    char header[OC_TABLE_HEADER];
    const size_t groups = extras && extras->groups > 1 ? (size_t)extras->groups : 0;
    const int trusts = extras ? extras->trusts : 0;
    oc_table_header(schema, kind, groups, header);
    for (int i = 0; i < trusts; i++)
        oc_table_header_add_trust(header, extras->trust[i]);
    t->schema = schema;
    t->columns = oc_table_width(schema, kind) + groups + (size_t)trusts;
    const oc_csv_format format = {header, t->columns, schema->step_column, schema->has_every_step};
    oc_status status = oc_path_join(t->path, folder, schema->file);
    if (status == OC_OK)
        status = oc_csv_resume(t->path, &format, from_step);
    if (status == OC_OK)
        status = oc_file_append(&t->file, t->path);
    if (status != OC_OK)
        return status;
    setvbuf(t->file, t->buffer, _IOFBF, sizeof t->buffer);
    return note_size(t);
}

static void remember_error(table *t)
{
    if (!t->error)
        t->error = errno ? errno : EIO;
}

static void table_write(table *t, const char *row, size_t length)
{
    if (fwrite(row, 1, length, t->file) != length)
        remember_error(t);
}

static oc_status table_status(const table *t)
{
    return t->error ? oc_fail(OC_ERR_IO, "%s: cannot write: %s", t->path, strerror(t->error))
                    : OC_OK;
}

/* What could not be written may have left a piece of a row. */
static oc_status table_flush(table *t)
{
    if (fflush(t->file) != 0)
        remember_error(t);
    if (!t->error)
        return note_size(t);
    const oc_status status = table_status(t);
    if (ftruncate(fileno(t->file), t->whole) == 0) {
        clearerr(t->file);
        t->error = 0;
    }
    return status;
}

static oc_status table_sync(const table *t)
{
    int result;
    do
        result = fsync(fileno(t->file));
    while (result < 0 && errno == EINTR); /* a request to stop comes as a signal */
    return result == 0 ? OC_OK
                       : oc_fail(OC_ERR_IO, "%s: cannot write: %s", t->path, strerror(errno));
}

static oc_status table_close(table *t)
{
    if (t->file && fclose(t->file) != 0)
        remember_error(t);
    t->file = NULL;
    return table_status(t);
}

oc_status oc_metrics_open(oc_metrics **metrics, const char *folder, uint64_t from_step, int groups)
{
    return oc_metrics_open_for(metrics, folder, from_step, groups, OC_TARGETS_CLASSES);
}

oc_status oc_metrics_open_for(oc_metrics **metrics, const char *folder, uint64_t from_step,
                              int groups, oc_targets_kind kind)
{
    const oc_step_extras extras = {.groups = groups};
    return oc_metrics_take_over(metrics, folder, from_step, from_step, &extras, kind);
}

oc_status oc_metrics_take_over(oc_metrics **metrics, const char *folder, uint64_t steps_to,
                               uint64_t epochs_to, const oc_step_extras *extras,
                               oc_targets_kind kind)
{
    *metrics = NULL;
    oc_metrics *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for the metrics' buffers", folder);
    fresh->groups = extras->groups > 1 ? extras->groups : 0;
    fresh->trusts = extras->trusts;
    fresh->kind = kind;
    oc_status status = table_open(&fresh->steps, &oc_steps_table, folder, kind, extras, steps_to);
    if (status == OC_OK)
        status = table_open(&fresh->epochs, &oc_epochs_table, folder, kind, NULL, epochs_to);
    if (status == OC_OK)
        *metrics = fresh;
    else
        oc_metrics_close(fresh); /* nothing written: cannot fail, and keeps the message */
    return status;
}

oc_status oc_metrics_close(oc_metrics *metrics)
{
    if (!metrics)
        return OC_OK;
    const oc_status steps = table_close(&metrics->steps);
    const oc_status epochs = table_close(&metrics->epochs);
    free(metrics);
    return steps != OC_OK ? steps : epochs;
}

/* The shortest of 15 to 17 digits that gives the same double again; 17 always do. */
static size_t put_real(char *row, size_t at, double value)
{
    char text[40];
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(text, sizeof text, ",%.*g", digits, value);
        if (strtod(text + 1, NULL) == value)
            break;
    }
    memcpy(row + at, text, (size_t)length);
    return at + (size_t)length;
}

static void put_row(table *t, const double *cells)
{
    char row[ROW_BYTES];
    size_t at = 0;
    for (size_t c = 0; c < t->columns; c++)
        if (c < t->schema->columns && t->schema->column[c].cell == OC_CELL_COUNT)
            at += (size_t)snprintf(row + at, sizeof row - at, "%s%.0f", c ? "," : "", cells[c]);
        else
            at = put_real(row, at, cells[c]);
    row[at++] = '\n';
    table_write(t, row, at);
}

void oc_metrics_step(oc_metrics *metrics, const oc_step_row *row)
{
    double cells[OC_STEP_COLUMNS + OC_MAX_GROUPS + OC_MOST_TRUSTS] = {
        [OC_STEP_STEP] = (double)row->step,
        [OC_STEP_EPOCH] = (double)row->epoch,
        [OC_STEP_LR] = row->lr,
        [OC_STEP_MOMENTUM] = row->momentum,
        [OC_STEP_LOSS] = row->loss,
        [OC_STEP_ACCURACY] = row->accuracy,
        [OC_STEP_SPEED] = row->images_per_second,
        [OC_STEP_DATA_WAIT] = row->data_wait,
    };
    for (int i = 0; i < metrics->groups; i++)
        cells[OC_STEP_COLUMNS + i] = row->group_lr[i];
    for (int i = 0; i < metrics->trusts; i++)
        cells[OC_STEP_COLUMNS + metrics->groups + i] = row->trust[i];
    put_row(&metrics->steps, cells);
}

void oc_metrics_epoch(oc_metrics *metrics, const oc_epoch_row *row)
{
    const int is_multi = metrics->kind == OC_TARGETS_MULTI_LABEL;
    const double cells[OC_EPOCH_COLUMNS] = {
        [OC_EPOCH_EPOCH] = (double)row->epoch,
        [OC_EPOCH_STEP] = (double)row->step,
        [OC_EPOCH_TRAIN_LOSS] = row->train_loss,
        [OC_EPOCH_TRAIN_ACCURACY] = row->train_accuracy,
        [OC_EPOCH_TEST_LOSS] = row->test_loss,
        [OC_EPOCH_TEST_ACCURACY] = row->test_accuracy,
        [OC_EPOCH_LR] = row->lr,
        [OC_EPOCH_SECONDS] = row->seconds,
        [OC_EPOCH_SPEED] = row->images_per_second,
        [OC_EPOCH_SCORE_1] = is_multi ? row->scores.label_accuracy : row->scores.rmse,
        [OC_EPOCH_SCORE_2] = is_multi ? row->scores.f1 : row->scores.mae,
    };
    put_row(&metrics->epochs, cells);
    if (fflush(metrics->epochs.file) != 0)
        remember_error(&metrics->epochs);
    if (fflush(metrics->steps.file) != 0)
        remember_error(&metrics->steps);
}

oc_status oc_metrics_flush(oc_metrics *metrics)
{
    const oc_status steps = table_flush(&metrics->steps);
    const oc_status epochs = table_flush(&metrics->epochs);
    return steps != OC_OK ? steps : epochs;
}

oc_status oc_metrics_sync(oc_metrics *metrics)
{
    const oc_status steps = table_sync(&metrics->steps);
    return steps != OC_OK ? steps : table_sync(&metrics->epochs);
}
