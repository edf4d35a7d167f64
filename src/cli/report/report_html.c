/* report_html.c - oc_report_html. All text from files is escaped; nothing is loaded. */
#include "base/file.h"
#include "cli/common/scratch.h"
#include "cli/report/report_output.h"
#include "data/images/image_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MATRIX_CLASSES = 24, SVG_BYTES = 64 << 20, UPRIGHT = 4 /* letters of a column's head */ };

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n<title>onecycle report</title>\n<style>\n"
    ":root{color-scheme:light dark;--line:#8884;--soft:#777}\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1120px;margin:2.5rem auto;padding:0 1rem}\n"
    "h1{font-size:1.6rem;margin:0 0 1rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem;"
    "border-bottom:1px solid var(--line);padding-bottom:.2rem}h3{font-size:1rem;"
    "overflow-wrap:anywhere}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    ".metrics td:first-child{min-width:13rem}.metrics .none{text-align:left}\n"
    ".wide{overflow-x:auto}th,td{padding:.25rem .7rem;text-align:right;"
    "border-bottom:1px solid var(--line)}th{font-weight:600}\n"
    "th:first-child,td:first-child{text-align:left;overflow-wrap:anywhere}\n"
    ".key{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.5em}\n"
    ".matrix td,.matrix th{padding:.2rem .45rem;font-size:13px}.note{color:var(--soft)}\n"
    ".worst{display:flex;flex-wrap:wrap;gap:.9rem}.worst figure{margin:0;width:104px;"
    "font-size:12px;line-height:1.3;overflow-wrap:anywhere}\n"
    ".worst img{width:104px;image-rendering:pixelated;display:block}\n"
    ".legend>span{display:inline-block;margin-right:1.4rem;overflow-wrap:anywhere}.legend "
    ".key{margin-right:.5em}\n"
    ".curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));"
    "gap:1rem}.curves svg{width:100%;height:auto}\n"
    ".turned th{vertical-align:bottom}.turned th "
    "span{writing-mode:vertical-rl;transform:rotate(180deg)}\n"
    "pre{font-size:13px;overflow-x:auto}\n"
    "@media "
    "print{body{margin:0;max-width:none}h2{break-after:avoid}figure,tr{break-inside:avoid}}\n"
    "</style>\n</head>\n<body>\n<h1>Training report</h1>\n";

static void escape(FILE *out, const char *text)
{
    static const char *const entity[256] = {
        ['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;", ['\''] = "&#39;"};
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (entity[c])
            fputs(entity[c], out);
        else
            fputc((c < ' ' && c != '\n' && c != '\t') || c == 127 ? '?' : c, out);
    }
}

static void put_base64(FILE *out, const uint8_t *bytes, size_t count)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        const uint32_t v = (uint32_t)bytes[i] << 16 |
                           (i + 1 < count ? (uint32_t)bytes[i + 1] << 8 : 0) |
                           (i + 2 < count ? (uint32_t)bytes[i + 2] : 0);
        fputc(digit[v >> 18], out);
        fputc(digit[v >> 12 & 63], out);
        fputc(i + 1 < count ? digit[v >> 6 & 63] : '=', out);
        fputc(i + 2 < count ? digit[v & 63] : '=', out);
    }
}

/* With the colour of its curves. */
static void put_run_name(FILE *out, const oc_report_run *run, size_t number)
{
    fprintf(out, "<span class=\"key\" style=\"background:%s\"></span>", oc_report_color[number]);
    escape(out, run->folder);
}

static void put_metrics(FILE *out, const oc_report_run *runs, size_t count)
{
    const char *const score = runs[0].is_r2 ? "R2" : "accuracy";
    fprintf(out,
            "<h2>Final metrics</h2>\n<div class=\"wide\"><table "
            "class=\"metrics\">\n<tr><th>run</th><th>status</th>"
            "<th>steps</th><th>epochs</th><th>test %s</th><th>test loss</th>"
            "<th>train loss</th><th>train %s</th><th>images/s</th></tr>\n",
            score, score);
    for (size_t r = 0; r < count; r++) {
        const oc_report_run *const run = &runs[r];
        fputs("<tr><td>", out);
        put_run_name(out, run, r);
        fputs("</td><td>", out);
        escape(out, run->status);
        fprintf(out, "</td><td>%.0f</td>", oc_table_last(&run->steps)[OC_STEP_STEP]);
        const double *const last = oc_table_last(&run->epochs);
        if (last)
            fprintf(out,
                    "<td>%.0f</td><td>%.6f</td><td>%.6f</td><td>%.6f</td><td>%.6f</td>"
                    "<td>%.0f</td></tr>\n",
                    last[OC_EPOCH_EPOCH], last[OC_EPOCH_TEST_ACCURACY], last[OC_EPOCH_TEST_LOSS],
                    last[OC_EPOCH_TRAIN_LOSS], last[OC_EPOCH_TRAIN_ACCURACY], last[OC_EPOCH_SPEED]);
        else
            fprintf(out, "<td colspan=\"6\" class=\"none note\">not evaluated%s</td></tr>\n",
                    strcmp(run->status, "unfinished") == 0 ? " yet" : "");
    }
    fputs("</table></div>\n", out);
}

static void put_matrix(FILE *out, const oc_report_run *run)
{
    const int n = run->classes;
    size_t longest = 0;
    for (int c = 0; c < n; c++)
        longest = strlen(run->class_name[c]) > longest ? strlen(run->class_name[c]) : longest;
    fputs("<p class=\"note\">Rows: true class; columns: predicted.</p>\n<div class=\"wide\">"
          "<table class=\"matrix\">\n",
          out);
    fprintf(out, "<tr%s><th></th>", longest > UPRIGHT ? " class=\"turned\"" : "");
    for (int c = 0; c < n; c++) {
        fputs("<th><span>", out);
        escape(out, run->class_name[c]);
        fputs("</span></th>", out);
    }
    fputs("</tr>\n", out);
    for (int label = 0; label < n; label++) {
        uint64_t sum = 0;
        for (int c = 0; c < n; c++)
            sum += run->confusion[label * n + c];
        fputs("<tr><th>", out);
        escape(out, run->class_name[label]);
        fputs("</th>", out);
        for (int c = 0; c < n; c++) {
            const uint64_t value = run->confusion[label * n + c];
            const double share = sum ? (double)value / (double)sum : 0;
            /* an error of one per cent is to be seen, too */
            const double tint = c == label ? 0.45 * share : (value ? 0.08 + 0.7 * share : 0);
            fprintf(out, "<td style=\"background:rgba(%s,%.3f)\">%llu</td>",
                    c == label ? "44,160,44" : "214,39,40", tint, (unsigned long long)value);
        }
        fputs("</tr>\n", out);
    }
    fputs("</table></div>\n", out);
}

static oc_status put_worst(FILE *out, const oc_report_run *run)
{
    fputs("<h3>Worst-classified test samples</h3>\n<div class=\"worst\">\n", out);
    for (size_t i = 0; i < run->worst_count; i++) {
        const oc_report_sample *const s = &run->worst[i];
        void *png = NULL;
        size_t bytes = 0;
        const oc_status status =
            oc_image_encode_png("sample", (uint32_t)run->width, (uint32_t)run->height,
                                run->channels, s->pixels, &png, &bytes);
        if (status != OC_OK)
            return status;
        fprintf(out, "<figure><img alt=\"test sample %llu\" src=\"data:image/png;base64,",
                (unsigned long long)s->number);
        put_base64(out, png, bytes);
        free(png);
        fputs("\"><figcaption><b>", out);
        escape(out, run->class_name[s->label]);
        fputs("</b> classified as <b>", out);
        escape(out, run->class_name[s->guess]);
        fprintf(out,
                "</b><br><span class=\"note\">p = %.2g<br>no. %llu</span></figcaption></figure>\n",
                (double)s->probability, (unsigned long long)s->number);
    }
    fputs("</div>\n", out);
    return OC_OK;
}

static oc_status put_classes(FILE *out, const oc_report_run *run, size_t number)
{
    fputs("<h3>", out);
    put_run_name(out, run, number);
    fputs("</h3>\n", out);
    if (!run->confusion) {
        fputs("<p class=\"note\">Not classified: ", out);
        escape(out, run->why_not);
        fputs("</p>\n", out);
        return OC_OK;
    }
    fprintf(out,
            "<p>The newest checkpoint classifies %llu of %llu test samples right (%.4f).</p>\n",
            (unsigned long long)run->correct, (unsigned long long)run->samples,
            (double)run->correct / (double)run->samples);
    if (run->classes <= MATRIX_CLASSES)
        put_matrix(out, run);
    else
        fprintf(out, "<p class=\"note\">%d classes: the matrix is left out.</p>\n", run->classes);
    return run->worst_count ? put_worst(out, run) : OC_OK;
}

/* The documents of gnuplot's file, without what stands before their roots. How many. */
static size_t put_documents(FILE *out, const char *text)
{
    static const char end_tag[] = "</svg>";
    size_t documents = 0;
    for (const char *root; (root = strstr(text, "<svg")) != NULL; documents++) {
        const char *const end = strstr(root, end_tag);
        if (!end)
            return 0;
        text = end + strlen(end_tag);
        fwrite(root, 1, (size_t)(text - root), out);
        fputc('\n', out);
    }
    return documents;
}

static oc_status put_curves(FILE *out, const oc_report_run *runs, size_t count)
{
    char picture[OC_PATH_BYTES], *text = NULL;
    size_t bytes = 0;
    oc_status status = oc_scratch_make(picture, "curves.svg");
    if (status != OC_OK)
        return status;
    status = oc_report_plot(runs, count, picture);
    if (status == OC_OK)
        status = oc_file_read(picture, SVG_BYTES, &text, &bytes);
    oc_scratch_remove(picture);
    fputs("<h2>Curves</h2>\n", out);
    if (count > 1) {
        fputs("<p class=\"legend\">", out);
        for (size_t r = 0; r < count; r++) {
            fputs("<span>", out);
            put_run_name(out, &runs[r], r);
            fputs("</span> ", out);
        }
        fputs("</p>\n", out);
    }
    fputs("<div class=\"curves\">\n", out);
    if (status == OC_OK && put_documents(out, text) == 0)
        status = oc_fail(OC_ERR_INTERNAL, "%s: gnuplot wrote no SVG", picture);
    fputs("</div>\n", out);
    free(text);
    return status;
}

oc_status oc_report_html(const oc_report_run *runs, size_t count, const char *page)
{
    char *text = NULL;
    size_t length = 0;
    FILE *const out = open_memstream(&text, &length);
    if (!out)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for the page", page);
    fputs(head, out);
    put_metrics(out, runs, count);
    oc_status status = put_curves(out, runs, count);
    fputs("<h2>Classes</h2>\n", out);
    for (size_t r = 0; r < count && status == OC_OK; r++)
        status = put_classes(out, &runs[r], r);
    fputs("<h2>Settings</h2>\n", out);
    for (size_t r = 0; r < count; r++) {
        fputs(count == 1 ? "<details open><summary>" : "<details><summary>", out);
        escape(out, runs[r].folder);
        fputs("</summary><pre>", out);
        escape(out, runs[r].recipe);
        fputs("</pre></details>\n", out);
    }
    fputs("</body>\n</html>\n", out);
    if (fclose(out) != 0 && status == OC_OK)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for the page", page);
    if (status == OC_OK)
        status = oc_file_write(page, text, length);
    free(text);
    return status;
}
