/* api_test.c - the public library in one process: what it refuses, and that it does what the
 * program does (include/onecycle/onecycle.h). On several ranks: mpi/api_test.c. */
#include "tests/unit/api_check.h"

#include "data/dataset/dataset.h"
#include "import/import_synthetic.h"

#include <math.h>
#include <stdlib.h>

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
    CU_ASSERT(says("already contains a run"));
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
    static const oc_case cases[] = {
        {"one job at a time", test_job},
        {"recipes", test_recipe},
        {"arrays that are none", test_wrong_arrays},
        {"numbers that cannot be trained on", test_wrong_numbers},
        {"a callback sees, stops, fails", test_callback},
        {"with and without a run directory", test_run_dir},
        {"a file and its samples as arrays", test_file_and_arrays},
    };
    return run_with_job("api", cases, sizeof cases / sizeof cases[0]);
}
