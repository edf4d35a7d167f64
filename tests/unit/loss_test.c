/* loss_test.c - losses: values, gradients against finite differences, extremes, ties. */
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
            float outputs[N * CLASSES], found[N * CLASSES];
            fill(outputs, N * CLASSES);
            oc_loss_apply(kind, N, CLASSES, outputs, labels, scale, found);
            for (int i = 0; i < N * CLASSES; i++) {
                const float kept = outputs[i];
                const float up = kept + 1e-3f, down = kept - 1e-3f;
                outputs[i] = up;
                double change = oc_loss_apply(kind, N, CLASSES, outputs, labels, 1, NULL).loss;
                outputs[i] = down;
                change -= oc_loss_apply(kind, N, CLASSES, outputs, labels, 1, NULL).loss;
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
    {"names", names},
};

int main(void)
{
    return OC_RUN_CASES("loss", cases);
}
