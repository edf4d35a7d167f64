/* metrics.c - see metrics.h. Reals are written with the fewest digits that read back as the
 * same double, so runs can be compared by their files. */
#include "rundir/metrics.h"

#include "base/file.h"
#include "run/step_message.h"
#include "rundir/csv.h"
#include "rundir/csv_resume.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STEP_COLUMNS = 8,
    EPOCH_COLUMNS = 9,
    SCORE_COLUMNS = 2, /* behind them where there are other targets than classes */
    ROW_BYTES = 1024,
    HEADER_BYTES = 128,
    STREAM_BYTES = 1 << 16
};

static const char *const step_headers[OC_TARGETS_KINDS] = {
    "step,epoch,lr,momentum,loss,accuracy,images_per_second,data_wait",
    "step,epoch,lr,momentum,loss,r2,images_per_second,data_wait",
    "step,epoch,lr,momentum,loss,accuracy,images_per_second,data_wait",
};
static const oc_csv_format epoch_formats[OC_TARGETS_KINDS] = {
    {"epoch,step,train_loss,train_accuracy,test_loss,test_accuracy,lr,seconds,"
     "images_per_second\n",
     EPOCH_COLUMNS, 1, 0},
    {"epoch,step,train_loss,train_r2,test_loss,test_r2,lr,seconds,"
     "images_per_second,test_rmse,test_mae\n",
     EPOCH_COLUMNS + SCORE_COLUMNS, 1, 0},
    {"epoch,step,train_loss,train_accuracy,test_loss,test_accuracy,lr,seconds,"
     "images_per_second,test_label_accuracy,test_f1\n",
     EPOCH_COLUMNS + SCORE_COLUMNS, 1, 0},
};

_Static_assert(STEP_COLUMNS + OC_MAX_GROUPS <= OC_CSV_COLUMNS, "a row can be read back");

typedef struct table {
    FILE *file;
    int error; /* the first errno of a failed write, 0 while all went well */
    char path[OC_PATH_BYTES];
    char buffer[STREAM_BYTES]; /* stdio's: a row never allocates */
} table;

struct oc_metrics {
    table steps, epochs;
    int groups;
    oc_targets_kind kind;
};

static oc_status table_open(table *t, const char *folder, const char *name,
                            const oc_csv_format *format, uint64_t from_step)
{
    oc_status status = oc_path_join(t->path, folder, name);
    if (status == OC_OK)
        status = oc_csv_resume(t->path, format, from_step);
    if (status == OC_OK)
        status = oc_file_append(&t->file, t->path);
    if (status != OC_OK)
        return status;
    setvbuf(t->file, t->buffer, _IOFBF, sizeof t->buffer);
    return OC_OK;
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

static oc_status table_flush(table *t)
{
    if (fflush(t->file) != 0 || fsync(fileno(t->file)) != 0)
        remember_error(t);
    return table_status(t);
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
    char header[HEADER_BYTES + OC_MAX_GROUPS * sizeof ",lr_99"];
    size_t length = (size_t)snprintf(header, sizeof header, "%s", step_headers[kind]);
    const size_t more = groups > 1 ? (size_t)groups : 0;
    for (size_t i = 0; i < more; i++)
        length += (size_t)snprintf(header + length, sizeof header - length, ",lr_%zu", i + 1);
    snprintf(header + length, sizeof header - length, "\n");
    const oc_csv_format step_format = {header, STEP_COLUMNS + more, 0, 1};
    *metrics = NULL;
    oc_metrics *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for the metrics' buffers", folder);
    fresh->groups = (int)more;
    fresh->kind = kind;
    oc_status status = table_open(&fresh->steps, folder, "steps.csv", &step_format, from_step);
    if (status == OC_OK)
        status = table_open(&fresh->epochs, folder, "epochs.csv", &epoch_formats[kind], from_step);
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

/* One row: two counters, then reals. At most 2 * 21 + (5 + OC_MAX_GROUPS) * 26 bytes. */
static void put_row(table *t, uint64_t first, uint64_t second, const double *reals, size_t count)
{
    char row[ROW_BYTES];
    size_t at = (size_t)snprintf(row, sizeof row, "%llu,%llu", (unsigned long long)first,
                                 (unsigned long long)second);
    for (size_t i = 0; i < count; i++)
        at = put_real(row, at, reals[i]);
    row[at++] = '\n';
    table_write(t, row, at);
}

void oc_metrics_step(oc_metrics *metrics, const oc_step_row *row)
{
    enum { PLAIN = STEP_COLUMNS - 2 };
    double reals[PLAIN + OC_MAX_GROUPS] = {row->lr,       row->momentum,          row->loss,
                                           row->accuracy, row->images_per_second, row->data_wait};
    for (int i = 0; i < metrics->groups; i++)
        reals[PLAIN + i] = row->group_lr[i];
    put_row(&metrics->steps, row->step, row->epoch, reals, PLAIN + (size_t)metrics->groups);
}

void oc_metrics_epoch(oc_metrics *metrics, const oc_epoch_row *row)
{
    const int is_multi = metrics->kind == OC_TARGETS_MULTI_LABEL;
    const double reals[] = {row->train_loss,
                            row->train_accuracy,
                            row->test_loss,
                            row->test_accuracy,
                            row->lr,
                            row->seconds,
                            row->images_per_second,
                            is_multi ? row->scores.label_accuracy : row->scores.rmse,
                            is_multi ? row->scores.f1 : row->scores.mae};
    _Static_assert(sizeof reals / sizeof reals[0] + 2 == EPOCH_COLUMNS + SCORE_COLUMNS,
                   "as the header");
    put_row(&metrics->epochs, row->epoch, row->step, reals,
            epoch_formats[metrics->kind].columns - 2);
    if (fflush(metrics->epochs.file) != 0)
        remember_error(&metrics->epochs);
    if (fflush(metrics->steps.file) != 0)
        remember_error(&metrics->steps);
}

oc_status oc_metrics_flush(oc_metrics *metrics)
{
    const oc_status steps = table_flush(&metrics->steps);
    return steps != OC_OK ? steps : table_flush(&metrics->epochs);
}

/* JSON has no NaN and no infinity: null stands for them. */
static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *summary_object(const oc_summary *s)
{
    char hash[OC_DIGEST_TEXT];
    oc_digest_text(s->weights_hash, hash);
    const int is_regression = s->kind == OC_TARGETS_REGRESSION;
    json_t *object =
        json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:i, s:i, s:b, s:s}", "model",
                  s->model, "status", s->status, is_regression ? "test_r2" : "test_accuracy",
                  real_or_null(s->test_accuracy), "test_loss", real_or_null(s->test_loss),
                  "train_loss", real_or_null(s->train_loss), "steps", (json_int_t)s->steps,
                  "epochs", (json_int_t)s->epochs, "seconds", real_or_null(s->seconds),
                  "images_per_second", real_or_null(s->images_per_second), "ranks", s->ranks,
                  "shards", s->shards, "resumed", s->resumed, "weights_hash", hash);
    const int is_multi = s->kind == OC_TARGETS_MULTI_LABEL;
    if (!object || s->kind == OC_TARGETS_CLASSES)
        return object;
    if (json_object_set_new(object, is_multi ? "test_label_accuracy" : "test_rmse",
                            real_or_null(is_multi ? s->scores.label_accuracy : s->scores.rmse)) ||
        json_object_set_new(object, is_multi ? "test_f1" : "test_mae",
                            real_or_null(is_multi ? s->scores.f1 : s->scores.mae))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

oc_status oc_summary_write(const char *folder, const oc_summary *summary)
{
    char path[OC_PATH_BYTES];
    oc_status status = oc_path_join(path, folder, "summary.json");
    if (status != OC_OK)
        return status;
    json_t *object = summary_object(summary);
    char *text = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) : NULL;
    if (text) {
        const size_t length = strlen(text);
        text[length] = '\n'; /* in place of the NUL: what is written is counted, not a string */
        status = oc_file_write(path, text, length + 1);
    } else {
        status =
            oc_fail(OC_ERR_INTERNAL, "%s: cannot be made (no memory, or text not UTF-8)", path);
    }
    free(text);
    json_decref(object);
    return status;
}
