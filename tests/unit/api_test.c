/* api_test.c - the public library in one process: what it refuses, and that it does what the
 * program does (include/onecycle/onecycle.h). On several ranks: mpi/api_test.c. */
#include "harness.h"

#include "data/dataset/dataset.h"
#include "import/import_synthetic.h"
#include "onecycle/onecycle.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRAIN = 96, TEST = 32, VALUES = 12, CLASSES = 3 };

static const char text[] = "model: {name: mlp, hidden: [8]}\n"
                           "batch: {size: 32}\n"
                           "train: {epochs: 2}\n"
                           "schedule: {max_lr: 0.05}\n";
static const int shape[3] = {3, 2, 2};
static float inputs[TRAIN + TEST][VALUES];
static int32_t labels[TRAIN + TEST];
static double targets[TRAIN + TEST];
static const onecycle_arrays train = {TRAIN, inputs[0], labels, NULL},
                             test = {TEST, inputs[TRAIN], labels + TRAIN, NULL},
                             train_real = {TRAIN, inputs[0], NULL, targets},
                             test_real = {TEST, inputs[TRAIN], NULL, targets + TRAIN};
static onecycle_job *job;

static void fill(void)
{
    oc_fill_normal(inputs[0], sizeof inputs / sizeof(float), 5, 1);
    for (int i = 0; i < TRAIN + TEST; i++) {
        labels[i] = i % CLASSES;
        inputs[i][labels[i]] += 4;
        targets[i] = 10 * (double)inputs[i][0] - 3;
    }
}

static int says(const char *part)
{
    const int found = strstr(onecycle_message(), part) != NULL;
    if (!found)
        fprintf(stderr, "api_test: \"%s\" is not in \"%s\"\n", part, onecycle_message());
    return found;
}

static onecycle_recipe *parsed(const char *set)
{
    onecycle_recipe *recipe = NULL;
    CU_ASSERT_EQUAL_FATAL(onecycle_recipe_parse(&recipe, text), ONECYCLE_OK);
    if (set)
        CU_ASSERT_EQUAL(onecycle_recipe_set(recipe, set), ONECYCLE_OK);
    return recipe;
}

/* Train on the arrays; *model may be NULL after. */
static onecycle_status learn(onecycle_model **model, const char *set, int outputs,
                             const onecycle_arrays *some, const onecycle_arrays *others,
                             const onecycle_train_options *options)
{
    onecycle_recipe *const recipe = parsed(set);
    onecycle_data *data = NULL;
    CU_ASSERT_EQUAL_FATAL(onecycle_data_from_arrays(&data, shape, outputs, some, others),
                          ONECYCLE_OK);
    const onecycle_status status = onecycle_train(model, job, recipe, data, options);
    onecycle_data_free(data);
    onecycle_recipe_free(recipe);
    return status;
}

static void test_job(void)
{
    onecycle_job *second = job;
    CU_ASSERT_EQUAL(onecycle_job_open(&second), ONECYCLE_ERR_USAGE);
    CU_ASSERT(second == NULL && says("another job"));
    CU_ASSERT_EQUAL(onecycle_job_open(NULL), ONECYCLE_ERR_USAGE);
    CU_ASSERT_EQUAL(onecycle_job_open_comm(&second, NULL), ONECYCLE_ERR_USAGE);
    CU_ASSERT(onecycle_job_rank(job) == 0 && onecycle_job_size(job) == 1);
    onecycle_job_close(NULL);
    char version[40];
    snprintf(version, sizeof version, "%d.%d.%d", ONECYCLE_VERSION_MAJOR, ONECYCLE_VERSION_MINOR,
             ONECYCLE_VERSION_PATCH);
    CU_ASSERT_STRING_EQUAL(onecycle_version(), version);
    CU_ASSERT_STRING_EQUAL(onecycle_version(), ONECYCLE_VERSION);
}

static void test_recipe(void)
{
    onecycle_recipe *recipe = NULL;
    CU_ASSERT_EQUAL(onecycle_recipe_parse(&recipe, "model: lenett\n"), ONECYCLE_ERR_USAGE);
    CU_ASSERT(recipe == NULL && says("recipe:1") && says("lenet"));
    CU_ASSERT_EQUAL(onecycle_recipe_parse(&recipe, NULL), ONECYCLE_ERR_USAGE);
    CU_ASSERT_EQUAL(onecycle_recipe_load(&recipe, oc_scratch_path("none.yaml")), ONECYCLE_ERR_IO);
    CU_ASSERT(recipe == NULL && says("none.yaml"));
    recipe = parsed("train.epochs=3");
    CU_ASSERT_EQUAL(onecycle_recipe_set(recipe, "train.epoch=4"), ONECYCLE_ERR_USAGE);
    CU_ASSERT(says("train.epochs"));
    CU_ASSERT_EQUAL(onecycle_recipe_set(recipe, "batch.size=0"), ONECYCLE_ERR_USAGE);
    CU_ASSERT_EQUAL(onecycle_recipe_set(recipe, NULL), ONECYCLE_ERR_USAGE);
    onecycle_model *model = NULL; /* as before the failures, but nothing to train on */
    CU_ASSERT_EQUAL(onecycle_train(&model, job, recipe, NULL, NULL), ONECYCLE_ERR_USAGE);
    CU_ASSERT(model == NULL && says("data.file"));
    CU_ASSERT_EQUAL(onecycle_train(&model, job, NULL, NULL, NULL), ONECYCLE_ERR_USAGE);
    CU_ASSERT_EQUAL(onecycle_train(&model, NULL, recipe, NULL, NULL), ONECYCLE_ERR_USAGE);
    onecycle_recipe_free(recipe);
    onecycle_recipe_free(NULL);
}

static void test_wrong_arrays(void)
{
    onecycle_data *data = NULL;
    const int flat[3] = {12, 0, 1}, huge[3] = {65536, 65536, 1};
    const onecycle_arrays none = {0, inputs[0], labels, NULL},
                          both = {1, inputs[0], labels, targets},
                          neither = {1, inputs[0], NULL, NULL}, no_inputs = {1, NULL, labels, NULL};
    const struct {
        const int *shape;
        int outputs;
        const onecycle_arrays *train, *test;
        onecycle_status status;
        const char *says;
    } wrong[] = {
        {NULL, 3, &train, &test, ONECYCLE_ERR_USAGE, "shape"},
        {shape, 3, NULL, &test, ONECYCLE_ERR_USAGE, "train"},
        {shape, 0, &train, &test, ONECYCLE_ERR_USAGE, "0 outputs"},
        {flat, 3, &train, &test, ONECYCLE_ERR_USAGE, "{12, 0, 1}"},
        {huge, 3, &train, &test, ONECYCLE_ERR_DATA, "values in an image"},
        {shape, 3, &none, &test, ONECYCLE_ERR_USAGE, "train: found no samples"},
        {shape, 3, &train, &both, ONECYCLE_ERR_USAGE, "test: found both"},
        {shape, 3, &neither, NULL, ONECYCLE_ERR_USAGE, "train: found neither"},
        {shape, 3, &no_inputs, NULL, ONECYCLE_ERR_USAGE, "train.inputs"},
        {shape, 3, &train, &test_real, ONECYCLE_ERR_USAGE, "expected labels"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CU_ASSERT_EQUAL(onecycle_data_from_arrays(&data, wrong[i].shape, wrong[i].outputs,
                                                  wrong[i].train, wrong[i].test),
                        wrong[i].status);
        CU_ASSERT(data == NULL && says(wrong[i].says));
    }
    CU_ASSERT_EQUAL(onecycle_data_from_arrays(NULL, shape, 3, &train, NULL), ONECYCLE_ERR_USAGE);
    CU_ASSERT_EQUAL(onecycle_data_from_file(&data, NULL), ONECYCLE_ERR_USAGE);
    onecycle_data_free(NULL);
}

/* What only shows in training: numbers, labels, no test samples, a recipe of other data. */
static void test_wrong_numbers(void)
{
    onecycle_model *model = NULL;
    const float kept = inputs[7][5];
    inputs[7][5] = NAN;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, NULL), ONECYCLE_ERR_DATA);
    CU_ASSERT(model == NULL && says("arrays in memory: train inputs") && says("7"));
    inputs[7][5] = kept;
    labels[TRAIN + 3] = CLASSES;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, NULL), ONECYCLE_ERR_DATA);
    CU_ASSERT(says("test labels") && says("index 3"));
    labels[TRAIN + 3] = 0;
    targets[2] = INFINITY;
    CU_ASSERT_EQUAL(learn(&model, NULL, 1, &train_real, &test_real, NULL), ONECYCLE_ERR_DATA);
    CU_ASSERT(says("train targets") && says("sample 2"));
    targets[2] = 10 * (double)inputs[2][0] - 3;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, NULL, NULL), ONECYCLE_ERR_DATA);
    CU_ASSERT(says("no test samples"));
    CU_ASSERT_EQUAL(learn(&model, "batch.size=1000", CLASSES, &train, &test, NULL),
                    ONECYCLE_ERR_USAGE);
    CU_ASSERT(says("96 training samples"));
    fill();
}

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

typedef struct watched {
    int events[4];
    uint64_t stop_at;
    onecycle_status answer;
    onecycle_view last;
} watched;

static onecycle_status watch(void *context, onecycle_event event, const onecycle_view *view)
{
    watched *const w = context;
    w->events[event]++;
    w->last = *view;
    return event == ONECYCLE_STEP && view->step == w->stop_at ? w->answer : ONECYCLE_OK;
}

static void test_callback(void)
{
    onecycle_train_options options = ONECYCLE_TRAIN_OPTIONS;
    onecycle_model *model = NULL;
    onecycle_model_info info;
    watched w = {.answer = ONECYCLE_STOPPED};
    options.callback = watch;
    options.context = &w;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_OK);
    CU_ASSERT(w.events[ONECYCLE_STEP] == 6 && w.events[ONECYCLE_EPOCH] == 2);
    CU_ASSERT(w.events[ONECYCLE_EVALUATION] == 2 && w.events[ONECYCLE_END] == 1);
    CU_ASSERT(w.last.step == 6 && w.last.steps == 6 && w.last.steps_per_epoch == 3);
    CU_ASSERT(w.last.loss > 0 && w.last.learning_rate > 0 && w.last.momentum > 0.5);
    CU_ASSERT(w.last.test_accuracy >= 0 && w.last.seconds > 0);
    onecycle_model_free(model);

    w.stop_at = 2;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_STOPPED);
    CU_ASSERT_EQUAL_FATAL(onecycle_model_describe(model, &info), ONECYCLE_OK);
    CU_ASSERT(info.steps == 2 && info.test_loss == -1);
    onecycle_model_free(model);

    w.answer = ONECYCLE_ERR_IO;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_ERR_IO);
    CU_ASSERT(model == NULL && says("step 2: the callback returned 74"));

    options.callback = NULL;
    options.stop_at = 4;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_STOPPED);
    onecycle_model_free(model);
    options.size = 3;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_ERR_USAGE);
    options = (onecycle_train_options)ONECYCLE_TRAIN_OPTIONS;
    options.resume = 1;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_ERR_USAGE);
    CU_ASSERT(says("resume"));
}

/* Stopped and resumed in a run directory: the weights of a run that left no file. */
static void test_run_dir(void)
{
    onecycle_train_options options = ONECYCLE_TRAIN_OPTIONS;
    onecycle_model *model = NULL;
    onecycle_model_info whole, resumed;
    char folder[256];
    snprintf(folder, sizeof folder, "%s", oc_scratch_path("run"));
    CU_ASSERT_EQUAL_FATAL(learn(&model, NULL, CLASSES, &train, &test, NULL), ONECYCLE_OK);
    onecycle_model_describe(model, &whole);
    onecycle_model_free(model);
    options.run_dir = folder;
    options.stop_at = 4;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_STOPPED);
    onecycle_model_free(model);
    options.stop_at = 0;
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_ERR_USAGE);
    CU_ASSERT(says("holds a run already"));
    options.resume = 1;
    inputs[0][0] += 1; /* other data are not the same run's */
    CU_ASSERT_EQUAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_ERR_USAGE);
    inputs[0][0] -= 1;
    fill();
    CU_ASSERT_EQUAL_FATAL(learn(&model, NULL, CLASSES, &train, &test, &options), ONECYCLE_OK);
    onecycle_model_describe(model, &resumed);
    onecycle_model_free(model);
    CU_ASSERT_STRING_EQUAL(whole.weights_hash, resumed.weights_hash);
    CU_ASSERT_EQUAL_FATAL(onecycle_model_load(&model, folder), ONECYCLE_OK);
    onecycle_model_describe(model, &resumed);
    CU_ASSERT_STRING_EQUAL(whole.weights_hash, resumed.weights_hash);
    onecycle_model_free(model);
}

/* The samples of a file, given as arrays, train to the same bits as the file. */
static void test_file_and_arrays(void)
{
    static float pixels[300][28 * 28];
    static int32_t classes[300];
    oc_dataset *dataset = NULL;
    onecycle_data *data = NULL;
    onecycle_model *model = NULL;
    onecycle_model_info info[2];
    char path[256];
    snprintf(path, sizeof path, "%s", oc_scratch_path("data.h5"));
    const oc_import_synthetic images = {.common = {.seed = 3},
                                        .channels = 1,
                                        .height = 28,
                                        .width = 28,
                                        .classes = 10,
                                        .train = 250,
                                        .test = 50};
    CU_ASSERT_EQUAL_FATAL(oc_import_synthetic_run(&images, path), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, path), OC_OK);
    for (int i = 0; i < 300; i++) {
        const oc_split split = i < 250 ? OC_SPLIT_TRAIN : OC_SPLIT_TEST;
        const int at = i < 250 ? i : i - 250;
        const unsigned char *const from = oc_dataset_images(dataset, split);
        for (int p = 0; p < 28 * 28; p++)
            pixels[i][p] = from[at * 28 * 28 + p];
        classes[i] = oc_dataset_labels(dataset, split)[at];
    }
    oc_dataset_close(dataset);
    const int image[3] = {1, 28, 28};
    const onecycle_arrays some = {250, pixels[0], classes, NULL},
                          others = {50, pixels[250], classes + 250, NULL};
    for (int k = 0; k < 2; k++) {
        onecycle_recipe *const recipe = parsed(NULL);
        CU_ASSERT_EQUAL(k ? onecycle_data_from_file(&data, path)
                          : onecycle_data_from_arrays(&data, image, 10, &some, &others),
                        ONECYCLE_OK);
        CU_ASSERT_EQUAL_FATAL(onecycle_train(&model, job, recipe, data, NULL), ONECYCLE_OK);
        onecycle_model_describe(model, &info[k]);
        onecycle_model_free(model);
        onecycle_data_free(data);
        onecycle_recipe_free(recipe);
    }
    CU_ASSERT_STRING_EQUAL(info[0].weights_hash, info[1].weights_hash);
}

int main(void)
{
    const oc_case cases[] = {
        {"one job at a time", test_job},
        {"recipes", test_recipe},
        {"arrays that are none", test_wrong_arrays},
        {"numbers that cannot be trained on", test_wrong_numbers},
        {"classes", test_classes},
        {"regression", test_regression},
        {"several labels", test_several_labels},
        {"parameters, saving, loading", test_parameters_and_files},
        {"a callback sees, stops, fails", test_callback},
        {"with and without a run directory", test_run_dir},
        {"a file and its samples as arrays", test_file_and_arrays},
    };
    fill();
    if (onecycle_job_open(&job) != ONECYCLE_OK) {
        fprintf(stderr, "api_test: %s\n", onecycle_message());
        return 1;
    }
    const int code = OC_RUN_CASES("api", cases);
    onecycle_job_close(job);
    return code;
}
