/* scorer_test.c - R2, RMSE, MAE against their definitions, labels and F1 by counting; the same
 * whatever chunks there are; and what data sets with targets refuse. */
#include "harness.h"

#include "base/status.h"
#include "data/dataset/dataset_write.h"
#include "run/scorer.h"

#include <math.h>
#include <stdio.h>

enum { N = 6, T = 2 };

static const double train[N * T] = {1, 10, 2, 20, 3, 30, 4, 10, 5, 20, 6, 30};
static const double test[N * T] = {2, 7, 4, 7, 6, 7, 1, 7, 3, 7, 8, 7}; /* the second is constant */
static const double bits[N * T] = {1, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0};

static oc_dataset *make(oc_targets_kind kind, const double *a, const double *b)
{
    const char *path = oc_scratch_path("targets.h5");
    static const char *const names[T] = {"one", "two"};
    static const float x[N] = {1, 2, 3, 4, 5, 6};
    oc_schema schema = {.channels = 1, .height = 1, .width = 1, .kind = kind};
    const oc_dataset_plan plan = {
        .schema = &schema, .stored = OC_STORED_FLOAT32, .samples = {N, N}, .source = "test"};
    oc_dataset_writer *writer;
    oc_dataset *dataset = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, names, T), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, path), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_writer_add_targets(writer, OC_SPLIT_TRAIN, x, a, N), OC_OK);
    CU_ASSERT_EQUAL(oc_dataset_writer_add_targets(writer, OC_SPLIT_TEST, x, b, N), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_finish(writer), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, path), OC_OK);
    oc_schema_free(&schema);
    return dataset;
}

/* All test samples in chunks of `chunk` -> scores. Outputs are targets plus 0.5 and 1.5 deviations
 * in turn. */
static oc_scores score(const oc_dataset *dataset, int chunk)
{
    const oc_selection all = {.count = N};
    oc_scorer scorer;
    uint64_t counts[OC_SCORE_COUNTS] = {0};
    const size_t chunks = (size_t)((N + chunk - 1) / chunk);
    CU_ASSERT_EQUAL_FATAL(oc_scorer_create(&scorer, dataset, OC_SPLIT_TEST, &all, chunks), OC_OK);
    for (int first = 0; first < N; first += chunk) {
        float outputs[N * T], targets[N * T];
        const int n = N - first < chunk ? N - first : chunk;
        for (int i = 0; i < n; i++) {
            oc_dataset_target(dataset, OC_SPLIT_TEST, (uint32_t)(first + i), targets + i * T);
            for (int t = 0; t < T; t++)
                outputs[i * T + t] = targets[i * T + t] + ((first + i) % 2 ? -1.5f : 0.5f);
        }
        oc_scorer_chunk(&scorer, (size_t)(first / chunk), n, outputs, targets, counts);
    }
    const oc_scores scores = oc_scorer_finish(&scorer, counts, N);
    oc_scorer_free(&scorer);
    return scores;
}

static void regression(void)
{
    oc_dataset *d = make(OC_TARGETS_REGRESSION, train, test);
    const oc_dataset_info *info = oc_dataset_describe(d);
    const double deviation[T] = {info->schema.target_deviation[0],
                                 info->schema.target_deviation[1]};
    CU_ASSERT_DOUBLE_EQUAL(deviation[0], sqrt(35.0 / 12), 1e-6);
    double squares = 0, absolute = 0, residual = 0;
    for (int i = 0; i < N; i++)
        for (int t = 0; t < T; t++) {
            const double error = deviation[t] * (i % 2 ? 1.5 : 0.5);
            squares += error * error;
            absolute += error;
            residual += t == 0 ? error * error : 0;
        }
    const double total = 34; /* of 2 4 6 1 3 8 around 4 */
    for (int chunk = 1; chunk <= N; chunk++) {
        const oc_scores s = score(d, chunk);
        CU_ASSERT_DOUBLE_EQUAL(s.rmse, sqrt(squares / (N * T)), 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(s.mae, absolute / (N * T), 1e-5);
        CU_ASSERT_DOUBLE_EQUAL(s.r2, (1 - residual / total + 0) / 2, 1e-5);
        CU_ASSERT(isnan(s.f1) && isnan(s.label_accuracy));
    }
    oc_dataset_close(d);
}

static void multi_label(void)
{
    oc_dataset *d = make(OC_TARGETS_MULTI_LABEL, bits, bits);
    /* +0.5 says 1 always, -1.5 says 0 always: even samples' 3 + 3 labels */
    const oc_scores s = score(d, 4);
    CU_ASSERT_DOUBLE_EQUAL(s.label_accuracy, (4.0 + 5.0) / 12, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(s.f1, 2 * 4.0 / (6 + 5), 1e-12);
    CU_ASSERT(isnan(s.r2) && isnan(s.rmse));
    oc_dataset_close(d);
}

static void wrong_targets_are_refused(void)
{
    static const double wrong[] = {NAN, INFINITY, 0.5, 2, -1};
    static const float x = 1;
    for (size_t i = 0; i < 5; i++) {
        const oc_targets_kind kind = i < 2 ? OC_TARGETS_REGRESSION : OC_TARGETS_MULTI_LABEL;
        oc_schema schema = {.channels = 1, .height = 1, .width = 1, .kind = kind};
        const oc_dataset_plan plan = {
            .schema = &schema, .stored = OC_STORED_FLOAT32, .samples = {1, 1}, .source = "test"};
        oc_dataset_writer *writer;
        CU_ASSERT_EQUAL_FATAL(oc_schema_set_classes(&schema, NULL, 1), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_dataset_writer_create(&writer, &plan, oc_scratch_path("wrong.h5")),
                              OC_OK);
        CU_ASSERT_EQUAL(oc_dataset_writer_add_targets(writer, OC_SPLIT_TRAIN, &x, &wrong[i], 1),
                        OC_ERR_DATA);
        oc_dataset_writer_discard(writer);
        oc_schema_free(&schema);
    }
}

static const oc_case cases[] = {
    {"regression", regression},
    {"multi-label", multi_label},
    {"wrong targets are refused", wrong_targets_are_refused},
};

int main(void)
{
    return OC_RUN_CASES("scorer", cases);
}
