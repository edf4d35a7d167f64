/* api_model_test.c - what the public library trains: classes, numbers, several labels; what a model
 * tells of itself, and its files. What the library refuses, and how a run is watched: api_test.c.
 */
#include "tests/unit/api_check.h"

#include <math.h>
#include <stdlib.h>

static void test_classes(void)
{
    onecycle_model *model = NULL;
    onecycle_model_info info;
    float output[TEST][CLASSES];
    CU_ASSERT_EQUAL_FATAL(learn(&model, "train.epochs=8", CLASSES, &train, &test, NULL),
                          ONECYCLE_OK);
    CU_ASSERT_EQUAL(onecycle_model_describe(model, &info), ONECYCLE_OK);
    CU_ASSERT(info.shape[0] == 3 && info.shape[1] == 2 && info.shape[2] == 2);
    CU_ASSERT(info.outputs == CLASSES && info.steps == 24 && strlen(info.weights_hash) == 32);
    CU_ASSERT(info.test_accuracy > 0.9 && info.best_accuracy >= info.test_accuracy);
    CU_ASSERT_EQUAL(onecycle_predict(model, TEST, test.inputs, output[0]), ONECYCLE_OK);
    int correct = 0;
    for (int i = 0; i < TEST; i++) {
        int best = 0;
        for (int c = 1; c < CLASSES; c++)
            best = output[i][c] > output[i][best] ? c : best;
        CU_ASSERT_DOUBLE_EQUAL(output[i][0] + output[i][1] + output[i][2], 1, 1e-5);
        correct += best == test.labels[i];
    }
    CU_ASSERT_DOUBLE_EQUAL((double)correct / TEST, info.test_accuracy, 1e-12);
    float one[CLASSES]; /* alone as beside others */
    CU_ASSERT_EQUAL(onecycle_predict(model, 1, inputs[TRAIN + 9], one), ONECYCLE_OK);
    CU_ASSERT_EQUAL(memcmp(one, output[9], sizeof one), 0);
    CU_ASSERT_EQUAL(onecycle_predict(model, 0, NULL, NULL), ONECYCLE_OK);
    CU_ASSERT_EQUAL(onecycle_predict(model, 1, NULL, one), ONECYCLE_ERR_USAGE);
    const float wrong[VALUES] = {0, INFINITY};
    CU_ASSERT_EQUAL(onecycle_predict(model, 1, wrong, one), ONECYCLE_ERR_DATA);
    onecycle_model_free(model);
}

static void test_regression(void)
{
    onecycle_model *model = NULL;
    onecycle_model_info info;
    float said = 0;
    CU_ASSERT_EQUAL_FATAL(learn(&model, "train.epochs=60", 1, &train_real, &test_real, NULL),
                          ONECYCLE_OK);
    CU_ASSERT_EQUAL(onecycle_model_describe(model, &info), ONECYCLE_OK);
    CU_ASSERT(info.outputs == 1 && info.test_accuracy > 0.8); /* R2 */
    CU_ASSERT_EQUAL(onecycle_predict(model, 1, inputs[TRAIN], &said), ONECYCLE_OK);
    CU_ASSERT(fabs((double)said - targets[TRAIN]) < 15);
    onecycle_model_free(model);
}

static void test_several_labels(void)
{
    static double several[TRAIN + TEST][2];
    const onecycle_arrays some = {TRAIN, inputs[0], NULL, several[0]},
                          others = {TEST, inputs[TRAIN], NULL, several[TRAIN]};
    onecycle_model *model = NULL;
    for (int i = 0; i < TRAIN + TEST; i++)
        several[i][0] = labels[i] == 0, several[i][1] = labels[i] != 1;
    CU_ASSERT_EQUAL(learn(&model, "loss.name=binary_cross_entropy", 2, &some, &others, NULL),
                    ONECYCLE_OK);
    onecycle_model_free(model);
    several[4][1] = 0.5;
    CU_ASSERT_EQUAL(learn(&model, "loss.name=binary_cross_entropy", 2, &some, &others, NULL),
                    ONECYCLE_ERR_DATA);
    CU_ASSERT(says("sample 4"));
}

static void test_parameters_and_files(void)
{
    onecycle_model *model = NULL, *loaded = NULL;
    onecycle_model_info info, again;
    onecycle_tensor tensor, other;
    float output[2][CLASSES];
    CU_ASSERT_EQUAL_FATAL(learn(&model, NULL, CLASSES, &train, &test, NULL), ONECYCLE_OK);
    CU_ASSERT_EQUAL(onecycle_model_parameter(model, "fc1.weight", &tensor), ONECYCLE_OK);
    CU_ASSERT(tensor.dimensions == 2 && tensor.extent[0] == 8 && tensor.extent[1] == VALUES);
    CU_ASSERT_EQUAL(onecycle_model_parameter(model, "fc1.wait", &other), ONECYCLE_ERR_USAGE);
    CU_ASSERT(says("fc1.weight"));
    char path[256];
    snprintf(path, sizeof path, "%s", oc_scratch_path("model.h5"));
    CU_ASSERT_EQUAL(onecycle_model_save(model, path), ONECYCLE_OK);
    CU_ASSERT_EQUAL_FATAL(onecycle_model_load(&loaded, path), ONECYCLE_OK);
    CU_ASSERT_EQUAL(onecycle_model_parameter(loaded, "fc1.weight", &other), ONECYCLE_OK);
    CU_ASSERT_EQUAL(memcmp(tensor.values, other.values, 8 * VALUES * sizeof(float)), 0);
    onecycle_model_describe(model, &info);
    onecycle_model_describe(loaded, &again);
    CU_ASSERT_STRING_EQUAL(info.weights_hash, again.weights_hash);
    CU_ASSERT(info.test_loss == again.test_loss && info.steps == again.steps);
    onecycle_predict(model, 1, test.inputs, output[0]);
    onecycle_predict(loaded, 1, test.inputs, output[1]);
    CU_ASSERT_EQUAL(memcmp(output[0], output[1], sizeof output[0]), 0);
    onecycle_model_free(loaded);
    oc_flip_bit(path, oc_file_bytes(path) / 2, 1);
    CU_ASSERT_EQUAL(onecycle_model_load(&loaded, path), ONECYCLE_ERR_DATA);
    CU_ASSERT(loaded == NULL);
    CU_ASSERT_EQUAL(onecycle_model_load(&loaded, oc_scratch_path("none")), ONECYCLE_ERR_IO);
    onecycle_model_free(model);
    onecycle_model_free(NULL);
}

int main(void)
{
    static const oc_case cases[] = {
        {"classes", test_classes},
        {"regression", test_regression},
        {"several labels", test_several_labels},
        {"parameters, saving, loading", test_parameters_and_files},
    };
    return run_with_job("api_model", cases, sizeof cases / sizeof cases[0]);
}
