/* scorer.c - see scorer.h. */
#include "run/scorer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESIDUAL, SQUARES, ABSOLUTE }; /* sums: squares by weight, squares, absolute errors */
enum { RIGHT, FOUND, POSITIVE };      /* counts: labels right, true positives, said or are 1 */

const oc_scores oc_no_scores = {NAN, NAN, NAN, NAN, NAN};

/* Sum of squares of target t around its mean, over the samples of a selection (NULL: a split). */
static double total_squares(const oc_dataset *dataset, oc_split split,
                            const oc_selection *selection, size_t t)
{
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    const double *values = oc_dataset_targets(dataset, split) + t;
    const size_t targets = (size_t)info->schema.classes;
    const uint64_t count = selection ? selection->count : info->samples[split];
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < count; i++) {
        const uint32_t at = selection ? oc_selection_at(selection, 0, (uint32_t)i) : (uint32_t)i;
        sum += values[(size_t)at * targets];
    }
    const double mean = sum / (double)count;
    for (uint64_t i = 0; i < count; i++) {
        const uint32_t at = selection ? oc_selection_at(selection, 0, (uint32_t)i) : (uint32_t)i;
        const double from_mean = values[(size_t)at * targets] - mean;
        squares += from_mean * from_mean;
    }
    return squares;
}

static void find_weights(oc_scorer *scorer, const oc_dataset *dataset, oc_split split,
                         const oc_selection *selection)
{
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    for (size_t t = 0; t < scorer->targets; t++) {
        const double total = total_squares(dataset, split, selection, t);
        const double deviation = info->schema.target_deviation[t];
        scorer->weight[t] = total > 0 ? 1 / total : 0;
        scorer->constant += total > 0 ? 0 : 1;
        scorer->variance += total_squares(dataset, OC_SPLIT_TRAIN, NULL, t) /
                            (double)info->samples[OC_SPLIT_TRAIN] / (deviation * deviation);
    }
    scorer->variance /= (double)scorer->targets;
}

oc_status oc_scorer_create(oc_scorer *scorer, const oc_dataset *dataset, oc_split split,
                           const oc_selection *selection, size_t chunks)
{
    const oc_dataset_info *info = oc_dataset_describe(dataset);
    *scorer = (oc_scorer){
        .kind = info->schema.kind, .targets = (size_t)info->schema.classes, .chunks = chunks};
    if (scorer->kind == OC_TARGETS_CLASSES)
        return OC_OK;
    scorer->deviation = info->schema.target_deviation;
    scorer->weight = calloc(scorer->targets, sizeof *scorer->weight);
    scorer->sums = calloc(chunks * OC_SCORE_SUMS, sizeof *scorer->sums);
    if (!scorer->weight || !scorer->sums) {
        oc_scorer_free(scorer);
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for scores", info->path);
    }
    if (scorer->kind == OC_TARGETS_REGRESSION)
        find_weights(scorer, dataset, split, selection);
    return OC_OK;
}

void oc_scorer_free(oc_scorer *scorer)
{
    free(scorer->weight);
    free(scorer->sums);
    memset(scorer, 0, sizeof *scorer);
}

static void add_errors(const oc_scorer *scorer, double *sums, int n, const float *outputs,
                       const float *targets)
{
    memset(sums, 0, OC_SCORE_SUMS * sizeof *sums);
    for (int i = 0; i < n; i++)
        for (size_t t = 0; t < scorer->targets; t++, outputs++, targets++) {
            const double error = scorer->deviation[t] * ((double)*outputs - (double)*targets);
            sums[RESIDUAL] += scorer->weight[t] * (error * error);
            sums[SQUARES] += error * error;
            sums[ABSOLUTE] += fabs(error);
        }
}

static void count_labels(const oc_scorer *scorer, uint64_t *counts, int n, const float *outputs,
                         const float *targets)
{
    for (size_t i = 0; i < (size_t)n * scorer->targets; i++) {
        const unsigned said = outputs[i] > 0, is = targets[i] > 0.5f;
        counts[RIGHT] += said == is;
        counts[FOUND] += said & is;
        counts[POSITIVE] += said + is;
    }
}

void oc_scorer_chunk(const oc_scorer *scorer, size_t chunk, int n, const float *outputs,
                     const float *targets, uint64_t counts[OC_SCORE_COUNTS])
{
    if (scorer->kind == OC_TARGETS_REGRESSION)
        add_errors(scorer, scorer->sums + chunk * OC_SCORE_SUMS, n, outputs, targets);
    else if (scorer->kind == OC_TARGETS_MULTI_LABEL)
        count_labels(scorer, counts, n, outputs, targets);
}

oc_scores oc_scorer_finish(const oc_scorer *scorer, const uint64_t counts[OC_SCORE_COUNTS],
                           uint64_t samples)
{
    const double values = (double)samples * (double)scorer->targets;
    oc_scores scores = oc_no_scores;
    double sums[OC_SCORE_SUMS] = {0};
    if (scorer->kind == OC_TARGETS_MULTI_LABEL) {
        scores.label_accuracy = (double)counts[RIGHT] / values;
        scores.f1 = counts[POSITIVE] ? 2 * (double)counts[FOUND] / (double)counts[POSITIVE] : 0;
    }
    if (scorer->kind != OC_TARGETS_REGRESSION)
        return scores;
    for (size_t c = 0; c < scorer->chunks; c++)
        for (size_t s = 0; s < OC_SCORE_SUMS; s++)
            sums[s] += scorer->sums[c * OC_SCORE_SUMS + s];
    scores.r2 = 1 - (sums[RESIDUAL] + scorer->constant) / (double)scorer->targets;
    scores.rmse = sqrt(sums[SQUARES] / values);
    scores.mae = sums[ABSOLUTE] / values;
    return scores;
}

double oc_scorer_training(const oc_scorer *scorer, double mean_loss, double accuracy)
{
    if (scorer->kind != OC_TARGETS_REGRESSION)
        return accuracy;
    return scorer->variance > 0 ? 1 - mean_loss / scorer->variance : 0;
}
