/* golden_formula_test.c - does C make the same inputs as the scripts that computed the golden
 * files, and are the files whole? The values here were printed by those scripts. */
#include "tests/golden.h"
#include "tests/harness.h"

#include <math.h>
#include <stdlib.h>

static void test_hash(void)
{
    static const uint32_t known[][2] = {{0, 0},
                                        {1, 0x688990c0},
                                        {2, 0xd1132181},
                                        {777, 0xf398bfe7},
                                        {500007919, 0x0b104fb7},
                                        {0xffffffff, 0x6768824a}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        CU_ASSERT_EQUAL(oc_golden_hash(known[i][0]), known[i][1]);
    CU_ASSERT(oc_golden_uniform(0) == 0 && oc_golden_uniform(0xffffffff) < 1);
    float filled[2];
    oc_golden_fill(filled, 2, 1, -1, 2); /* from u(1) */
    CU_ASSERT(filled[0] == (float)(2.0 * 0x688990c0 / 4294967296.0 - 1));
    CU_ASSERT(filled[1] == (float)(2.0 * 0xd1132181 / 4294967296.0 - 1));
}

static void test_lenet_weights(void)
{
    static const struct {
        size_t count, fan_in;
        float first, last;
    } known[] = {{500, 25, -0.20000000298023224F, 0.16416652500629425F},
                 {25000, 500, 0.026132674887776375F, 0.03297216072678566F},
                 {400000, 800, 0.021247288212180138F, -0.011484256945550442F},
                 {5000, 500, 0.011683297343552113F, 0.030985252931714058F}};
    float *weights = malloc(400000 * sizeof *weights);
    CU_ASSERT_PTR_NOT_NULL_FATAL(weights);
    for (uint32_t t = 0; t < 4; t++) {
        oc_golden_weights(weights, known[t].count, t, known[t].fan_in);
        CU_ASSERT(weights[0] == known[t].first);
        CU_ASSERT(weights[known[t].count - 1] == known[t].last);
    }
    free(weights);
}

static void test_lenet_batches(void)
{
    static const int32_t first_labels[] = {7, 8, 8, 0, 3, 7, 6, 6};
    static float images[OC_GOLDEN_BATCH * OC_GOLDEN_PIXELS];
    int32_t labels[OC_GOLDEN_BATCH];
    double sum = 0;
    oc_golden_batch(0, images, labels);
    for (size_t j = 0; j < 8; j++)
        CU_ASSERT_EQUAL(labels[j], first_labels[j]);
    CU_ASSERT(images[0] == 0.04321764037013054F && images[2] == 0.0990542396903038F);
    oc_golden_batch(OC_GOLDEN_STEPS - 1, images, labels);
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
        sum += (double)images[i];
    CU_ASSERT_DOUBLE_EQUAL(sum, 31350.106761877192, 1e-8);
    CU_ASSERT(images[OC_GOLDEN_BATCH * OC_GOLDEN_PIXELS - 1] == 1.4013850688934326F);
    CU_ASSERT_EQUAL(labels[OC_GOLDEN_BATCH - 1], 7);
}

static void test_files_are_whole(void)
{
    static double steps[OC_GOLDEN_STEPS][OC_GOLDEN_LENET_COLUMNS];
    double tensors[8][OC_GOLDEN_TENSOR_COLUMNS], parameters = 0;
    CU_ASSERT_EQUAL(
        oc_golden_numbers("lenet_golden.csv", OC_GOLDEN_LENET_COLUMNS, steps[0], OC_GOLDEN_STEPS),
        OC_GOLDEN_STEPS);
    for (size_t k = 0; k < OC_GOLDEN_STEPS; k++) {
        CU_ASSERT(steps[k][0] == (double)k);
        CU_ASSERT_DOUBLE_EQUAL(steps[k][1], steps[k][2], 1e-6); /* double and single */
    }
    CU_ASSERT(steps[OC_GOLDEN_STEPS - 1][1] < 1.8 && steps[0][1] > 2.3); /* it learns */
    CU_ASSERT_EQUAL(
        oc_golden_numbers("lenet_golden_tensors.csv", OC_GOLDEN_TENSOR_COLUMNS, tensors[0], 8), 8);
    for (size_t t = 0; t < 8; t++)
        parameters += tensors[t][1];
    CU_ASSERT(parameters == 431080);
}

static void test_tensors_are_found(void)
{
    static const struct {
        const char *layer, *tensor;
        size_t count;
    } known[] = {{"batch_norm", "y", 180},    {"batch_norm", "y_eval", 180},
                 {"batch_norm", "dgamma", 3}, {"batch_norm", "running_variance", 3},
                 {"avg_pool", "y", 72},       {"avg_pool", "dx", 252},
                 {"max_pool", "dx", 252},     {"conv2d", "dweight", 108},
                 {"conv2d", "dx", 378},       {"softmax_cross_entropy", "loss", 1},
                 {"no_layer", "y", 0},        {"conv2d", "d", 0}};
    double values[512];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        CU_ASSERT_EQUAL(
            oc_golden_tensor("layers_golden.csv", known[i].layer, known[i].tensor, values, 512),
            known[i].count);
    int32_t classes[5];
    CU_ASSERT_EQUAL(
        oc_golden_tensor("layers_golden.csv", "softmax_cross_entropy", "labels", values, 512), 5);
    for (uint32_t j = 0; j < 5; j++) {
        classes[j] = (int32_t)(oc_golden_hash(5100000 + j) % 7);
        CU_ASSERT(values[j] == classes[j]);
    }
}

int main(void)
{
    static const oc_case cases[] = {
        {"hash", test_hash},
        {"initial weights of LeNet", test_lenet_weights},
        {"batches of LeNet", test_lenet_batches},
        {"files are whole", test_files_are_whole},
        {"tensors are found", test_tensors_are_found},
    };
    return OC_RUN_CASES("golden_formula", cases);
}
