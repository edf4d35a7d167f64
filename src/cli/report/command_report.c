/* command_report.c - onecycle report RUN...: a page, a picture or a table of runs. */
#include "base/file.h"
#include "base/plain_text.h"
#include "cli/common/cli.h"
#include "cli/report/report_output.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_HTML = 'o', OPTION_PNG = 'p', OPTION_TEXT = 't' };

typedef struct report_arguments {
    const char *run[OC_REPORT_RUNS], *html, *png;
    size_t runs;
    int text;
} report_arguments;

static const struct argp_option options[] = {
    {"html", OPTION_HTML, "FILE", 0, "Name of the page (default: report.html in the first RUN)", 0},
    {"png", OPTION_PNG, "FILE.png", 0, "Plot the curves instead of writing a page", 0},
    {"text", OPTION_TEXT, NULL, 0, "Print a table instead of writing a page", 0},
    {0},
};

static const char doc[] =
    "Report on up to 8 RUN directories, finished or not, in one self-contained HTML page:"
    " final metrics, curves, confusion matrices, the worst-classified samples and "
    "settings.\v"
    "Example:\n"
    "  onecycle report runs/lenet-001 runs/lenet-002 --html both.html";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    report_arguments *const a = state->input;
    const char *const ending = argument ? strrchr(argument, '.') : NULL;
    switch (key) {
    case OPTION_HTML:
        a->html = argument;
        return 0;
    case OPTION_PNG:
        if (!ending || strcmp(ending, ".png") != 0)
            argp_error(state, "--png %s: the name must end in .png", argument);
        a->png = argument;
        return 0;
    case OPTION_TEXT:
        a->text = 1;
        return 0;
    case ARGP_KEY_ARG:
        if (a->runs == OC_REPORT_RUNS)
            argp_error(state, "more than %d runs", OC_REPORT_RUNS);
        else
            a->run[a->runs++] = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "the run directory is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void oc_report_text(const oc_report_run *runs, size_t count)
{
    char clean[OC_PLAIN_TEXT];
    printf("%-28.28s %-10s %8s %6s %8s %8s %6s\n", "run", "status", "steps", "epochs",
           runs[0].is_r2 ? "test R2" : "test acc", "loss", "img/s");
    for (size_t r = 0; r < count; r++) {
        const oc_report_run *const run = &runs[r];
        const size_t length = strlen(run->folder);
        const char *const name = run->folder + (length > 28 ? length - 28 : 0); /* its end tells */
        printf("%-28.28s", oc_plain_text(name, clean));
        printf(" %-10.10s %8.0f", oc_plain_text(run->status, clean),
               oc_table_last(&run->steps)[OC_STEP_STEP]);
        const double *const last = oc_table_last(&run->epochs);
        if (last)
            printf(" %6.0f %8.4f %8.4f %6.0f\n", last[OC_EPOCH_EPOCH], last[OC_EPOCH_TEST_ACCURACY],
                   last[OC_EPOCH_TEST_LOSS], last[OC_EPOCH_SPEED]);
        else
            printf(" %6d %8s %8s %6s\n", 0, "-", "-", "-");
    }
}

static oc_status put_page(const report_arguments *a, oc_report_run *runs)
{
    char page[OC_PATH_BYTES];
    oc_status status = OC_OK;
    if (!a->html)
        status = oc_path_join(page, a->run[0], "report.html");
    const char *const name = a->html ? a->html : page;
    for (size_t r = 0; r < a->runs && status == OC_OK; r++)
        oc_report_classify(&runs[r]);
    if (status == OC_OK)
        status = oc_report_html(runs, a->runs, name);
    if (status != OC_OK)
        return status;
    oc_plain_put(stdout, name);
    putchar('\n');
    return OC_OK;
}

oc_status oc_command_report(oc_comm *comm, int argc, char **argv)
{
    static const struct argp argp = {options, parse_option, "RUN...", doc, NULL, NULL, NULL};
    report_arguments a = {0};
    oc_report_run runs[OC_REPORT_RUNS] = {0};
    int done = 0;
    oc_status status = oc_cli_parse(&argp, comm, argc, argv, &a, &done);
    if (status != OC_OK || done)
        return status;
    for (size_t r = 0; r < a.runs && status == OC_OK; r++)
        status = oc_report_open(&runs[r], a.run[r]);
    for (size_t r = 1; r < a.runs && status == OC_OK; r++)
        if (runs[r].is_r2 != runs[0].is_r2)
            status =
                oc_fail(OC_ERR_DATA,
                        "%s, %s: one is a regression, the other is not; report them separately",
                        a.run[0], a.run[r]);
    if (status == OC_OK && a.text)
        oc_report_text(runs, a.runs);
    if (status == OC_OK && a.png)
        status = oc_report_plot(runs, a.runs, a.png);
    if (status == OC_OK && (a.html || (!a.text && !a.png)))
        status = put_page(&a, runs);
    for (size_t r = 0; r < a.runs; r++)
        oc_report_close(&runs[r]);
    return status;
}
