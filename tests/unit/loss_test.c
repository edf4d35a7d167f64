/* loss_test.c - losses: values, gradients against finite differences, extremes, ties. */
#include "golden.h"
#include "harness.h"

#include "base/random.h"
#include "losses/loss.h"

#include <float.h>
#include <math.h>

enum { N = 4, CLASSES = 7 };

static const int32_t labels[N] = {0, 6, 3, 3};

static void fill(float *out, int count)
{
    const oc_random_key key = oc_random_make_key(5, OC_PURPOSE_TEST, 0);
    for (int i = 0; i < count; i++)
        out[i] = 6 * oc_random_uniform(oc_random_at(key, (uint32_t)i, 0, 0, 0).word[0]) - 3;
}

static void value(void)
{
    float outputs[N * CLASSES];
    fill(outputs, N * CLASSES);
    double expected = 0;
    uint64_t correct = 0;
    for (int i = 0; i < N; i++) {
        long double sum = 0;
        int best = 0;
        for (int c = 0; c < CLASSES; c++) {
            sum += expl((long double)outputs[i * CLASSES + c]);
            best = outputs[i * CLASSES + c] > outputs[i * CLASSES + best] ? c : best;
        }
        expected -= (double)logl(expl((long double)outputs[i * CLASSES + labels[i]]) / sum);
        correct += best == labels[i];
    }
    const oc_loss_sums sums =
        oc_loss_apply(OC_LOSS_SOFTMAX_CROSS_ENTROPY, N, CLASSES, outputs, labels, 1, NULL);
    CU_ASSERT_DOUBLE_EQUAL(sums.loss, expected, 1e-12);
    CU_ASSERT_EQUAL(sums.correct, correct);
}

/* Smoothing and mixing are the same as the mean of hard losses, weighted by the soft target. */
static void soft_targets(void)
{
    static const int32_t others[N] = {1, 6, 0, 2};
    static const float share[N] = {0.75f, 0.5f, 1.0f, 0.625f};
    const double smoothing = 0.2;
    const oc_loss_targets targets = {labels, others, share, smoothing, NULL};
    float outputs[N * CLASSES], found[N * CLASSES];
    double expected = 0;
    fill(outputs, N * CLASSES);
    for (int i = 0; i < N; i++)
        for (int32_t c = 0; c < CLASSES; c++) {
            double weight = smoothing / CLASSES;
            weight += c == labels[i] ? (1 - smoothing) * (double)share[i] : 0;
            weight += c == others[i] ? (1 - smoothing) * (1 - (double)share[i]) : 0;
            expected +=
                weight * oc_loss_apply(0, 1, CLASSES, outputs + i * CLASSES, &c, 1, NULL).loss;
        }
    const oc_loss_sums sums = oc_loss_apply_targets(0, N, CLASSES, outputs, &targets, 0.5f, found);
    CU_ASSERT_DOUBLE_EQUAL(sums.loss, expected, 1e-9);
    CU_ASSERT_EQUAL(sums.correct, oc_loss_apply(0, N, CLASSES, outputs, labels, 1, NULL).correct);
    for (int i = 0; i < N * CLASSES; i++) {
        const float kept = outputs[i];
        const float up = kept + 1e-3f, down = kept - 1e-3f;
        outputs[i] = up;
        double change = oc_loss_apply_targets(0, N, CLASSES, outputs, &targets, 1, NULL).loss;
        outputs[i] = down;
        change -= oc_loss_apply_targets(0, N, CLASSES, outputs, &targets, 1, NULL).loss;
        outputs[i] = kept;
        CU_ASSERT_DOUBLE_EQUAL(found[i], 0.5 * change / ((double)up - (double)down), 1e-6);
    }
}

static void gradient(void)
{
    for (int kind = 0; kind < OC_LOSS_COUNT; kind++)
        for (int s = 0; s < 2; s++) {
            const float scale = s ? 0.125f : 1.0f;
            float outputs[N * CLASSES], found[N * CLASSES], values[N * CLASSES];
            for (int i = 0; i < N * CLASSES; i++)
                values[i] = (float)(i % 3 == 0);
            const oc_loss_targets targets = {.labels = labels, .values = values};
            fill(outputs, N * CLASSES);
            oc_loss_apply_targets(kind, N, CLASSES, outputs, &targets, scale, found);
            for (int i = 0; i < N * CLASSES; i++) {
                const float kept = outputs[i];
                const float up = kept + 1e-3f, down = kept - 1e-3f;
                outputs[i] = up;
                double change =
                    oc_loss_apply_targets(kind, N, CLASSES, outputs, &targets, 1, NULL).loss;
                outputs[i] = down;
                change -= oc_loss_apply_targets(kind, N, CLASSES, outputs, &targets, 1, NULL).loss;
                outputs[i] = kept;
                CU_ASSERT_DOUBLE_EQUAL(found[i],
                                       (double)scale * change / ((double)up - (double)down), 1e-6);
            }
        }
}

static void extremes(void)
{
    const float outputs[3 * 3] = {1e4f, -1e4f, 0, -1e4f, 1e4f, 1e4f, -FLT_MAX, FLT_MAX, 0};
    const int32_t wanted[3] = {1, 1, 1};
    float found[9], p[3];
    const oc_loss_sums sums =
        oc_loss_apply(OC_LOSS_SOFTMAX_CROSS_ENTROPY, 3, 3, outputs, wanted, 1, found);
    CU_ASSERT_DOUBLE_EQUAL(sums.loss, 2e4 + log(2), 1e-6);
    CU_ASSERT_EQUAL(sums.correct, 2);
    const float expected[9] = {1, -1, 0, 0, -0.5f, 0.5f, 0, 0, 0};
    for (int i = 0; i < 9; i++)
        CU_ASSERT_EQUAL(found[i], expected[i]);
    oc_softmax(3, outputs + 6, p);
    CU_ASSERT(p[0] == 0 && p[1] == 1 && p[2] == 0);
}

/* A diverged network must be seen, not hidden. */
static void not_a_number(void)
{
    const float outputs[3] = {0, NAN, 1};
    const int32_t label = 0;
    CU_ASSERT(
        isnan(oc_loss_apply(OC_LOSS_SOFTMAX_CROSS_ENTROPY, 1, 3, outputs, &label, 1, NULL).loss));
}

static void ties(void)
{
    const float outputs[2 * 3] = {1, 2, 2, 0, 0, 0};
    const int32_t first[2] = {1, 0}, later[2] = {2, 2};
    CU_ASSERT_EQUAL(
        oc_loss_apply(OC_LOSS_SOFTMAX_CROSS_ENTROPY, 2, 3, outputs, first, 1, NULL).correct, 2);
    CU_ASSERT_EQUAL(
        oc_loss_apply(OC_LOSS_SOFTMAX_CROSS_ENTROPY, 2, 3, outputs, later, 1, NULL).correct, 0);
}

static void softmax(void)
{
    float outputs[CLASSES], p[CLASSES], shifted[CLASSES];
    fill(outputs, CLASSES);
    oc_softmax(CLASSES, outputs, p);
    double sum = 0;
    for (int c = 0; c < CLASSES; c++) {
        sum += (double)p[c];
        CU_ASSERT_DOUBLE_EQUAL((double)p[c] / (double)p[0],
                               exp((double)outputs[c] - (double)outputs[0]), 1e-5);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum, 1, 1e-6);
    for (int c = 0; c < CLASSES; c++)
        outputs[c] += 64; /* a constant changes nothing */
    oc_softmax(CLASSES, outputs, shifted);
    for (int c = 0; c < CLASSES; c++)
        CU_ASSERT_DOUBLE_EQUAL(shifted[c], p[c], 1e-5);
}

/* Losses against numbers, as PyTorch has them. */
static void golden(void)
{
    enum { ROWS = 6, COLUMNS = 3, COUNT = ROWS * COLUMNS };
    float x[COUNT], y[COUNT], dx[COUNT];
    oc_golden_fill(x, COUNT, 6000000, -4, 8);
    for (int kind = OC_LOSS_MSE; kind <= OC_LOSS_BINARY_CROSS_ENTROPY; kind++) {
        double loss, expected[COUNT];
        const oc_loss_targets targets = {.values = y};
        oc_golden_fill(y, COUNT, 6100000, -2, 4);
        for (int i = 0; kind == OC_LOSS_BINARY_CROSS_ENTROPY && i < COUNT; i++)
            y[i] = y[i] > 0;
        CU_ASSERT_EQUAL_FATAL(
            oc_golden_tensor("losses_golden.csv", oc_loss_name(kind), "loss", &loss, 1), 1);
        CU_ASSERT_EQUAL_FATAL(
            oc_golden_tensor("losses_golden.csv", oc_loss_name(kind), "dx", expected, COUNT),
            COUNT);
        const oc_loss_sums sums =
            oc_loss_apply_targets(kind, ROWS, COLUMNS, x, &targets, 1.0f / ROWS, dx);
        CU_ASSERT_DOUBLE_EQUAL(sums.loss / ROWS, loss, 1e-13);
        for (int i = 0; i < COUNT; i++)
            CU_ASSERT_DOUBLE_EQUAL(dx[i], expected[i], 1e-7 * fabs(expected[i]) + 1e-9);
    }
}

/* No log odds are too large; a sample counts when all its labels are found; a NaN shows. */
static void binary_extremes(void)
{
    const float outputs[6] = {FLT_MAX, -FLT_MAX, 1e4f, -1e4f, 0.5f, -0.5f};
    const float values[6] = {1, 0, 0, 1, 1, 1};
    const oc_loss_targets targets = {.values = values};
    float found[6], p[2];
    const oc_loss_sums sums =
        oc_loss_apply_targets(OC_LOSS_BINARY_CROSS_ENTROPY, 3, 2, outputs, &targets, 1, found);
    CU_ASSERT_DOUBLE_EQUAL(sums.loss, 1e4 + log1p(exp(-0.5)) + 0.25, 1e-9);
    CU_ASSERT_EQUAL(sums.correct, 1);
    CU_ASSERT(found[0] == 0 && found[1] == 0 && found[2] == 0.5f && found[3] == -0.5f);
    oc_sigmoid(2, outputs, p);
    CU_ASSERT(p[0] == 1 && p[1] == 0);
    const float no_number = NAN;
    for (int kind = OC_LOSS_MSE; kind <= OC_LOSS_BINARY_CROSS_ENTROPY; kind++)
        CU_ASSERT(isnan(oc_loss_apply_targets(kind, 1, 1, &no_number, &targets, 1, NULL).loss));
}

static void names(void)
{
    for (int kind = 0; kind < OC_LOSS_COUNT; kind++)
        CU_ASSERT_EQUAL(oc_loss_find(oc_loss_name(kind)), kind);
    CU_ASSERT_EQUAL(oc_loss_find("hinge"), -1);
}

static const oc_case cases[] = {
    {"softmax cross-entropy: value", value},
    {"soft targets", soft_targets},
    {"gradient of every loss", gradient},
    {"extreme outputs stay finite", extremes},
    {"a NaN shows", not_a_number},
    {"ties go to the first class", ties},
    {"softmax", softmax},
    {"losses against numbers, as PyTorch has them", golden},
    {"extreme log odds", binary_extremes},
    {"names", names},
};

int main(void)
{
    return OC_RUN_CASES("loss", cases);
}
