/* metrics.h - writes the numbers of a run into steps.csv and epochs.csv, whose columns tables.h
 * knows. Rank 0 only. Writing a step's row allocates nothing. */
#ifndef OC_RUNDIR_METRICS_H
#define OC_RUNDIR_METRICS_H

#include "base/status.h"
#include "run/parameter_groups.h"
#include "run/scorer.h"
#include "storage/targets.h"

#include <stdint.h>

typedef struct oc_step_row {
    uint64_t step;       /* counted from 1: the step just done */
    uint64_t epoch;      /* from 1 */
    double lr, momentum; /* lr: of the last group */
    int groups;
    const double *group_lr; /* (groups); columns lr_1... if there are several. Not owned */
    double loss, accuracy;  /* of this step's batch */
    int trusts;
    const double *trust; /* (trusts); columns trust_NAME. Not owned */
    double images_per_second;
    double data_wait; /* seconds a thread waited for samples, the mean of all ranks' threads */
} oc_step_row;

typedef struct oc_epoch_row {
    uint64_t epoch;                    /* from 1 */
    uint64_t step;                     /* steps done */
    double train_loss, train_accuracy; /* means over the epoch's batches as trained */
    double test_loss, test_accuracy;   /* all accuracies are R2 where there is regression */
    double lr;
    double seconds; /* of the epoch's training, without evaluation */
    double images_per_second;
    oc_scores scores; /* columns of the kinds that have them */
} oc_epoch_row;

/* What steps.csv has besides the columns of tables.h. */
typedef struct oc_step_extras {
    int groups; /* of parameters, 1 to OC_MAX_GROUPS */
    int trusts; /* trust ratios, up to OC_MOST_TRUSTS, and whose */
    char trust[OC_MOST_TRUSTS][2 * OC_LAYER_NAME];
} oc_step_extras;

typedef struct oc_metrics oc_metrics;

/* Local. Open steps.csv and epochs.csv in the folder: new with a header when from_step is 0,
 * else keep the rows up to from_step (rewritten atomically) and go on behind them. `groups` of
 * parameters, 1 to OC_MAX_GROUPS. OC_ERR_IO. */
oc_status oc_metrics_open(oc_metrics **metrics, const char *folder, uint64_t from_step, int groups);

/* Local. The same for other targets than classes: of regression the columns of accuracy are called
 * r2, and epochs.csv has test_rmse and test_mae behind the others; of multi-label
 * test_label_accuracy and test_f1. */
oc_status oc_metrics_open_for(oc_metrics **metrics, const char *folder, uint64_t from_step,
                              int groups, oc_targets_kind kind);

/* Local. The same for a run whose last rows another process may not have written: each table keeps
 * the rows up to a step of its own. */
oc_status oc_metrics_take_over(oc_metrics **metrics, const char *folder, uint64_t steps_to,
                               uint64_t epochs_to, const oc_step_extras *extras,
                               oc_targets_kind kind);
oc_status oc_metrics_close(oc_metrics *metrics); /* NULL-safe; OC_ERR_IO if a write failed */

void oc_metrics_step(oc_metrics *metrics, const oc_step_row *row); /* errors show on flush/close */
void oc_metrics_epoch(oc_metrics *metrics, const oc_epoch_row *row); /* also flushes */

/* Local. The rows so far into the files. OC_ERR_IO: those since the last time are lost, on a full
 * disk for example; the files have whole rows, and what follows is tried anew. */
oc_status oc_metrics_flush(oc_metrics *metrics);

/* Local. Make what was flushed durable (before a checkpoint); any thread. OC_ERR_IO. */
oc_status oc_metrics_sync(oc_metrics *metrics);

#endif
