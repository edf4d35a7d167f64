/* sweep_table.c - the table of a sweep: see sweep.h. Its picture is sweep_plot.c's. */
#include "base/log.h"
#include "base/plain_text.h"
#include "rundir/summary.h"
#include "studies/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

oc_status oc_sweep_point_folder(char *out, const char *folder, size_t point)
{
    char name[32];
    snprintf(name, sizeof name, "point-%03zu", point + 1);
    return oc_path_join(out, folder, name);
}

static void copy_plain(char *out, size_t size, const char *text)
{
    char plain[OC_PLAIN_TEXT];
    snprintf(out, size, "%s", oc_plain_text(text, plain));
}

/* A summary that is not there or damaged is a run without an end. */
static void read_row(oc_sweep_row *r, const char *point_folder)
{
    oc_summary_view found;
    (void)oc_summary_read(&found, point_folder);
    copy_plain(r->status, sizeof r->status, found.status);
    copy_plain(r->hash, sizeof r->hash, found.weights_hash);
    r->is_r2 = found.is_r2;
    r->score = found.score;
    r->test_loss = found.test_loss;
    r->train_loss = found.train_loss;
    r->seconds = found.seconds;
    r->steps = found.steps;
}

void oc_sweep_point_status(const char *point_folder, char status[32])
{
    oc_sweep_row r = {0};
    read_row(&r, point_folder);
    snprintf(status, 32, "%s", r.status);
}

int oc_sweep_is_done(const oc_sweep_row *r)
{
    return strcmp(r->status, "done") == 0 && isfinite(r->score);
}

/* The best first; what has no score behind, in the order of the grid. */
static int by_score(const void *a, const void *b)
{
    const oc_sweep_row *const x = a, *const y = b;
    if (oc_sweep_is_done(x) != oc_sweep_is_done(y))
        return oc_sweep_is_done(x) ? -1 : 1;
    if (oc_sweep_is_done(x) && x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->point < y->point ? -1 : x->point > y->point;
}

const char *oc_sweep_row_status(const oc_sweep_row *r)
{
    return r->status[0] ? r->status : "unfinished";
}

static void put_csv(FILE *out, const oc_sweep_row *rows, size_t count)
{
    fprintf(out, "point,changed,status,test_%s,test_loss,train_loss,steps,seconds,weights_hash\n",
            rows[0].is_r2 ? "r2" : "accuracy");
    for (size_t i = 0; i < count; i++) {
        const oc_sweep_row *const r = &rows[i];
        fprintf(out, "%zu,\"", r->point + 1);
        for (const char *c = r->label; *c; c++)
            fprintf(out, *c == '"' ? "\"%c" : "%c", *c);
        fprintf(out, "\",%s,%.17g,%.17g,%.17g,%llu,%.3f,%s\n", oc_sweep_row_status(r), r->score,
                r->test_loss, r->train_loss, (unsigned long long)r->steps, r->seconds, r->hash);
    }
}

static oc_status write_csv(const char *folder, const oc_sweep_row *rows, size_t count)
{
    char path[OC_PATH_BYTES], *text = NULL;
    size_t length = 0;
    oc_status status = oc_path_join(path, folder, "sweep.csv");
    if (status != OC_OK)
        return status;
    FILE *const out = open_memstream(&text, &length);
    if (!out)
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", path);
    put_csv(out, rows, count);
    status = fclose(out) == 0 ? oc_file_write(path, text, length)
                              : oc_fail(OC_ERR_MEMORY, "%s: out of memory", path);
    free(text);
    return status;
}

oc_status oc_sweep_table(const char *folder, const oc_grid *grid, oc_sweep_row *rows,
                         size_t *unfinished)
{
    char point_folder[OC_PATH_BYTES];
    oc_status status = OC_OK;
    *unfinished = 0;
    for (size_t i = 0; i < grid->points && status == OC_OK; i++) {
        rows[i] = (oc_sweep_row){.point = i, .label = grid->point[i].label};
        status = oc_sweep_point_folder(point_folder, folder, i);
        if (status == OC_OK)
            read_row(&rows[i], point_folder);
        *unfinished +=
            strcmp(rows[i].status, "done") != 0 && strcmp(rows[i].status, "diverged") != 0;
    }
    if (status == OC_OK) {
        qsort(rows, grid->points, sizeof *rows, by_score);
        status = write_csv(folder, rows, grid->points);
    }
    if (status == OC_OK && oc_sweep_plot(folder, rows, grid->points) != OC_OK)
        oc_log(OC_LOG_WARN, "no plot: %s", oc_message());
    return status;
}
