/* csv_resume.c - see csv_resume.h. */
#include "rundir/csv_resume.h"

#include "base/file.h"
#include "base/log.h"
#include "rundir/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_COPIES = 1000 };

/* What was found in a table. */
typedef struct findings {
    uint64_t first_damaged, damaged; /* line, from 1; how many */
    uint64_t rows;                   /* kept */
} findings;

/* A row that waits for the next one, which tells whether its step can be right. */
typedef struct waiting_row {
    char text[OC_CSV_LINE];
    double step; /* 0: none waits */
    uint64_t line;
} waiting_row;

static void note_damage(findings *found, uint64_t line, uint64_t lines)
{
    if (lines > 0 && (found->damaged == 0 || line < found->first_damaged))
        found->first_damaged = line;
    found->damaged += lines;
}

static void keep_waiting(waiting_row *row, FILE *fresh, findings *found, double *last)
{
    if (row->step <= 0)
        return;
    fputs(row->text, fresh);
    *last = row->step;
    found->rows++;
}

/* Rows that are whole and rise, up to from_step. Where two rows do not rise, the earlier is the
 * wrong one if the later would follow on the row before both. */
static void copy_rows(FILE *old, FILE *fresh, const oc_csv_format *format, uint64_t from_step,
                      findings *found)
{
    char line[OC_CSV_LINE];
    double values[OC_CSV_COLUMNS], last = 0;
    waiting_row waiting = {.step = 0};
    uint64_t number = 1, beyond = 0, beyond_from = 0;
    oc_csv_end end = oc_csv_line(old, line);
    note_damage(found, 1, end != OC_CSV_END && strcmp(line, format->header) != 0);
    while ((end = oc_csv_line(old, line)) == OC_CSV_WHOLE) {
        number++;
        const int is_row = oc_csv_row(line, values, format->columns);
        const double step = is_row ? values[format->step_column] : 0;
        if (!is_row || !oc_csv_is_count(step)) {
            note_damage(found, number, 1);
            continue;
        }
        if (step > (double)from_step) { /* a continuation that was given up, if all behind is */
            beyond_from = beyond++ ? beyond_from : number;
            continue;
        }
        note_damage(found, beyond_from, beyond);
        beyond = 0;
        const int rises = step > waiting.step;
        if (rises)
            keep_waiting(&waiting, fresh, found, &last);
        else
            note_damage(found, step > last && step < waiting.step ? waiting.line : number, 1);
        if (rises || (step > last && step < waiting.step)) {
            memcpy(waiting.text, line, sizeof line);
            waiting.step = step;
            waiting.line = number;
        }
    }
    keep_waiting(&waiting, fresh, found, &last);
}

/* The damaged table stays under another name: a second link, or where there are none a rename. */
static oc_status keep_copy(const char *path, char copy[OC_PATH_BYTES])
{
    for (int i = 1; i <= MOST_COPIES; i++) {
        const int length = snprintf(copy, OC_PATH_BYTES, "%s.damaged-%d", path, i);
        if (length < 0 || length >= OC_PATH_BYTES)
            return oc_fail(OC_ERR_IO, "%s: damaged, and its path is too long to keep a copy", path);
        if (link(path, copy) == 0)
            return OC_OK;
        if (errno != EEXIST && !oc_file_exists(copy) && rename(path, copy) == 0)
            return OC_OK;
        if (errno != EEXIST)
            break;
    }
    return oc_fail(OC_ERR_IO, "%s: damaged, and no copy can be kept: %s", path, strerror(errno));
}

static oc_status tell(const char *path, const oc_csv_format *format, uint64_t from_step,
                      const findings *found)
{
    char copy[OC_PATH_BYTES], others[64] = "";
    if (found->damaged == 0) {
        if (format->has_every_step && found->rows < from_step)
            oc_log(OC_LOG_WARN, "%s: has rows for only %" PRIu64 " of the %" PRIu64 " steps so far",
                   path, found->rows, from_step);
        return OC_OK;
    }
    const oc_status status = keep_copy(path, copy);
    if (status != OC_OK)
        return status;
    if (found->damaged > 1)
        snprintf(others, sizeof others, " and %" PRIu64 " more", found->damaged - 1);
    oc_log(OC_LOG_WARN,
           "%s:%" PRIu64 ": damaged %s%s; %" PRIu64 " good rows kept; the original table is now %s",
           path, found->first_damaged, found->first_damaged == 1 ? "header" : "row", others,
           found->rows, copy);
    return OC_OK;
}

/* The old table, if there is one, into the fresh one. */
static oc_status copy_table(const char *path, FILE *fresh, const oc_csv_format *format,
                            uint64_t from_step)
{
    findings found = {0};
    FILE *old = NULL;
    oc_status status = oc_file_exists(path) ? oc_file_open_stream(&old, path) : OC_OK;
    if (status != OC_OK)
        return status;
    if (old) {
        copy_rows(old, fresh, format, from_step, &found);
        if (ferror(old))
            status = oc_fail(OC_ERR_IO, "%s: cannot read: %s", path, strerror(errno));
        fclose(old);
    }
    return status == OC_OK ? tell(path, format, from_step, &found) : status;
}

oc_status oc_csv_resume(const char *path, const oc_csv_format *format, uint64_t from_step)
{
    char temporary[OC_PATH_BYTES];
    FILE *fresh;
    oc_status status = oc_file_create_stream(&fresh, temporary, path);
    if (status != OC_OK)
        return status;
    fputs(format->header, fresh);
    if (from_step > 0)
        status = copy_table(path, fresh, format, from_step);
    const int bad = ferror(fresh);
    if ((fclose(fresh) != 0 || bad) && status == OC_OK)
        status = oc_fail(OC_ERR_IO, "%s: cannot write: %s", temporary, strerror(errno));
    if (status == OC_OK)
        return oc_file_commit(temporary, path);
    unlink(temporary);
    return status;
}
