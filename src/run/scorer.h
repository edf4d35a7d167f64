/* scorer.h - how good outputs are besides the loss: of regression R2, RMSE and MAE in the targets'
 * own unit, of multi-label the accuracy of single labels and F1. Sums of real numbers are kept a
 * chunk of the evaluation each and added in their order, counts are whole: the result does not
 * depend on who did which chunk. */
#ifndef OC_RUN_SCORER_H
#define OC_RUN_SCORER_H

#include "data/dataset/dataset.h"
#include "data/loader/selection.h"

enum { OC_SCORE_SUMS = 3, OC_SCORE_COUNTS = 3 };

/* NAN where the kind of targets has no such score. */
typedef struct oc_scores {
    double r2;             /* 1 - residual / total sum of squares, the mean over targets; a target
                            * that never varies counts as 0 */
    double rmse, mae;      /* over all targets, in their unit */
    double label_accuracy; /* fraction of all labels that is right */
    double f1;             /* micro: 2 TP / (2 TP + FP + FN) over all labels; 0 of 0 is 0 */
} oc_scores;

extern const oc_scores oc_no_scores;

typedef struct oc_scorer {
    oc_targets_kind kind;
    size_t targets, chunks;
    const double *deviation; /* the data set's */
    double *weight;          /* (targets) 1 / total sum of squares of what is evaluated, or 0 */
    double constant;         /* targets that never vary there */
    double variance;         /* of the training targets as the loss sees them, their mean */
    double *sums;            /* (chunks, OC_SCORE_SUMS) */
} oc_scorer;

/* Local. For an evaluation of these samples in so many chunks. OC_ERR_INTERNAL. */
oc_status oc_scorer_create(oc_scorer *scorer, const oc_dataset *dataset, oc_split split,
                           const oc_selection *selection, size_t chunks);
void oc_scorer_free(oc_scorer *scorer); /* safe on a zeroed one */

/* Local, no allocation; chunks may be added by several threads. Outputs and standardised targets
 * (n, targets): sums of the chunk are set, counts added to. */
void oc_scorer_chunk(const oc_scorer *scorer, size_t chunk, int n, const float *outputs,
                     const float *targets, uint64_t counts[OC_SCORE_COUNTS]);

/* Local. All chunks' sums and all counts -> scores of so many samples. */
oc_scores oc_scorer_finish(const oc_scorer *scorer, const uint64_t counts[OC_SCORE_COUNTS],
                           uint64_t samples);

/* Local. What stands beside a training loss: of regression 1 - loss / variance of the training
 * targets (R2 with the targets weighted by variance), else correct / count. */
double oc_scorer_training(const oc_scorer *scorer, double mean_loss, double accuracy);

#endif
