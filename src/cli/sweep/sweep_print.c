/* sweep_print.c - see sweep_print.h. */
#include "cli/sweep/sweep_print.h"

#include "base/plain_text.h"

void oc_sweep_print_end(const oc_grid *grid, size_t point, const oc_run *run, oc_status status)
{
    char plain[OC_PLAIN_TEXT];
    printf("point %zu of %zu: %s: %s", point + 1, grid->points,
           oc_plain_text(grid->point[point].label, plain),
           status == OC_OK        ? "done"
           : status == OC_STOPPED ? "stopped and saved"
                                  : "diverged");
    if (status == OC_OK)
        printf(", test %s %.4f", run->scorer.kind == OC_TARGETS_REGRESSION ? "R2" : "accuracy",
               run->info.test_accuracy);
    printf(", %.1f s\n", run->info.seconds);
    fflush(stdout);
}

void oc_sweep_print_table(FILE *out, const oc_sweep_row *rows, size_t count)
{
    enum { LABEL = 41 };
    fprintf(out, "\npoint  %-*s%9s%10s%10s\n", LABEL, "", rows[0].is_r2 ? "R2" : "accuracy", "loss",
            "seconds");
    for (size_t i = 0; i < count; i++) {
        const oc_sweep_row *const r = &rows[i];
        char label[OC_GRID_LABEL];
        fprintf(out, "%5zu  %-*s", r->point + 1, LABEL, oc_grid_short(r->label, LABEL - 1, label));
        if (oc_sweep_is_done(r))
            fprintf(out, "%9.4f%10.4g%10.1f\n", r->score, r->test_loss, r->seconds);
        else
            fprintf(out, "%s\n", oc_sweep_row_status(r));
    }
}
