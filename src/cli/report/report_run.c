/* report_run.c - see report_run.h: reading a run directory. Classifying is report_classify.c. */
#include "cli/report/report_run.h"

#include "base/file.h"
#include "rundir/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 1 << 20 };

/* A run that has not ended lacks a summary. */
static oc_status read_status(oc_report_run *run)
{
    oc_summary_view found;
    const oc_status status = oc_summary_read(&found, run->folder);
    snprintf(run->status, sizeof run->status, "%s", found.status[0] ? found.status : "unfinished");
    return status;
}

oc_status oc_report_open(oc_report_run *run, const char *folder)
{
    char path[OC_PATH_BYTES];
    size_t bytes = 0;
    *run = (oc_report_run){.folder = folder, .why_not = "not asked for"};
    oc_status status = oc_path_join(path, folder, "recipe.yaml");
    if (status == OC_OK && !oc_file_exists(path))
        status = oc_fail(OC_ERR_IO, "%s: no such file; expected a run directory", path);
    if (status == OC_OK)
        status = oc_file_read(path, TEXT_BYTES, &run->recipe, &bytes);
    if (status == OC_OK)
        status = read_status(run);
    if (status == OC_OK)
        status = oc_table_read(&run->steps, folder, &oc_steps_table);
    if (status == OC_OK)
        status = oc_table_read(&run->epochs, folder, &oc_epochs_table);
    run->is_r2 = run->epochs.kind == OC_TARGETS_REGRESSION;
    if (status == OC_OK && run->is_r2 != (run->steps.kind == OC_TARGETS_REGRESSION))
        status = oc_fail(OC_ERR_DATA, "%s: steps.csv and epochs.csv are of different runs", folder);
    if (status == OC_OK && run->steps.count == 0)
        status = oc_fail(OC_ERR_DATA, "%s/steps.csv: no row yet: nothing to report", folder);
    size_t finite = 0;
    for (size_t i = 0; status == OC_OK && i < run->steps.count; i++)
        finite += isfinite(oc_table_row(&run->steps, i)[OC_STEP_LOSS]) != 0;
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
    oc_table_free(&run->steps);
    oc_table_free(&run->epochs);
    *run = (oc_report_run){0};
}
