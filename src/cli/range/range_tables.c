/* range_tables.c - a range test as files of numbers: see range_result.h. */
#include "base/csv_text.h"
#include "base/file.h"
#include "cli/range/range_result.h"

#include <stdlib.h>
#include <string.h>

static const char *const end_names[] = {
    [OC_RANGE_WHOLE] = "whole",
    [OC_RANGE_DIVERGED] = "diverged",
    [OC_RANGE_NOT_FINITE] = "not_finite",
    [OC_RANGE_STOPPED] = "stopped",
};

static void put_points(FILE *out, const oc_range_report *r)
{
    const char *const score = r->is_r2 ? "r2" : "accuracy";
    fprintf(out, "test,step,lr,loss,smoothed_loss,%s,test_%s\n", score, score);
    for (size_t t = 0; t < r->count; t++)
        for (size_t i = 0; i < r->result[t].curve.count; i++) {
            const oc_range_point *const p = &r->result[t].curve.point[i];
            fprintf(out, "%zu,%zu,%.17g,%.17g,%.17g,%.17g,%.17g\n", t + 1, i + 1, p->lr, p->loss,
                    p->smoothed, p->accuracy, p->evaluated);
        }
}

static void put_suggestions(FILE *out, const oc_range_report *r)
{
    fputs("test,changed,end,steps,seconds", out);
    for (int k = 0; k < OC_SUGGESTIONS; k++)
        fprintf(out, ",%s", oc_suggestion_name(k));
    fputs(",accuracy_rises_at,weights_before,weights_after\n", out);
    for (size_t t = 0; t < r->count; t++) {
        const oc_range_result *const result = &r->result[t];
        char before[OC_DIGEST_TEXT], after[OC_DIGEST_TEXT];
        oc_digest_text(result->curve.before, before);
        oc_digest_text(result->curve.after, after);
        fprintf(out, "%zu,", t + 1);
        oc_csv_put_quoted(out, result->label);
        fprintf(out, ",%s,%zu,%.3f", end_names[result->curve.end], result->curve.count,
                result->curve.seconds);
        for (int k = 0; k < OC_SUGGESTIONS; k++)
            fprintf(out, ",%.17g", result->rate[k]);
        fprintf(out, ",%.17g,%s,%s\n", result->smith.start, before, after);
    }
}

static oc_status write_table(const oc_range_report *report, const char *folder, const char *name,
                             void (*put)(FILE *, const oc_range_report *))
{
    char path[OC_PATH_BYTES];
    char *text = NULL;
    size_t length = 0;
    oc_status status = oc_path_join(path, folder, name);
    if (status != OC_OK)
        return status;
    FILE *const out = open_memstream(&text, &length);
    if (!out)
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", path);
    put(out, report);
    if (fclose(out) != 0)
        status = oc_fail(OC_ERR_MEMORY, "%s: out of memory", path);
    else
        status = oc_file_write(path, text, length);
    free(text);
    return status;
}

oc_status oc_range_write_tables(const oc_range_report *report, const char *folder)
{
    const oc_status status = write_table(report, folder, "range.csv", put_points);
    return status == OC_OK ? write_table(report, folder, "suggestions.csv", put_suggestions)
                           : status;
}
