/* summary.h - summary.json, what a run came to: the one place that knows its keys. */
#ifndef OC_RUNDIR_SUMMARY_H
#define OC_RUNDIR_SUMMARY_H

#include "base/hash.h"
#include "base/status.h"
#include "run/scorer.h"

#include <stdint.h>

#define OC_SUMMARY_FILE "summary.json"

typedef struct oc_summary {
    double test_accuracy, test_loss, train_loss;
    uint64_t steps, epochs;      /* done */
    uint64_t skipped, rollbacks; /* by the guard; see oc_guard_record */
    double seconds;              /* training, all sessions together */
    double images_per_second;
    int ranks, shards;
    int resumed;        /* this session started from a checkpoint */
    const char *status; /* "done", "stopped", "diverged" */
    const char *model;
    oc_digest weights_hash;
    oc_targets_kind kind;
    oc_scores scores;
} oc_summary;

/* Local. FOLDER/summary.json, atomically. OC_ERR_IO. */
oc_status oc_summary_write(const char *folder, const oc_summary *summary);

/* What others look at in one that is there. */
typedef struct oc_summary_view {
    char status[32]; /* "" where there is no summary: the run has not ended. As it stands in the
                        file, so not to be printed as it is */
    char weights_hash[OC_DIGEST_TEXT]; /* likewise */
    uint64_t steps;
    int is_r2;    /* of regression: the score is R2, else an accuracy */
    double score; /* of the test; this and what follows NaN where it is not known */
    double test_loss, train_loss, seconds;
} oc_summary_view;

/* Local. Of a run directory; a missing file is no failure. OC_ERR_IO; OC_ERR_DATA: no summary of a
 * run. *view is set in any case. */
oc_status oc_summary_read(oc_summary_view *view, const char *folder);

#endif
