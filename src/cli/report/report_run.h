/* report_run.h - what `onecycle report` knows of one run: its tables, settings and, if the data
 * set can be had, how its newest checkpoint classifies the test split. No output. */
#ifndef OC_CLI_REPORT_REPORT_RUN_H
#define OC_CLI_REPORT_REPORT_RUN_H

#include "base/status.h"
#include "rundir/tables.h"

#include <stddef.h>
#include <stdint.h>

enum { OC_REPORT_WORST = 24, OC_REPORT_RUNS = 8 };

/* A test sample and the probability its own class was given. */
typedef struct oc_report_sample {
    uint64_t number;
    int label, guess;
    float probability;
    uint8_t *pixels; /* (H, W, C), owned */
} oc_report_sample;

typedef struct oc_report_run {
    const char *folder;          /* not owned */
    char status[32];             /* of summary.json; "unfinished" without one */
    char *recipe;                /* YAML, owned */
    oc_table_rows steps, epochs; /* of steps.csv (one at least) and epochs.csv, owned */
    int is_r2;                   /* of regression: R2 stands where accuracy does else */
    int classes, channels, height, width;
    char **class_name;   /* (classes), owned */
    uint64_t *confusion; /* (label, guess), owned; NULL: see why_not */
    uint64_t samples, correct;
    char why_not[1024];
    oc_report_sample worst[OC_REPORT_WORST];
    size_t worst_count;
} oc_report_run;

/* Local. Recipe, status and tables of a folder. A torn last line is what a run that writes leaves
 * behind and is ignored. OC_ERR_IO for a file that is not there; OC_ERR_DATA, with file and line,
 * for one that is damaged or has no row. Close it also after a failure. */
oc_status oc_report_open(oc_report_run *run, const char *folder);
void oc_report_close(oc_report_run *run); /* safe on a zeroed one */

/* Local. Take the test split through the newest checkpoint; what hinders it goes into why_not. */
void oc_report_classify(oc_report_run *run);

#endif
