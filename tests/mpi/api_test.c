/* api_test.c - the public library on several ranks of a program with an MPI of its own. */
#include "harness.h"

#include "onecycle/mpi.h"
#include "onecycle/onecycle.h"

#include <stdio.h>
#include <string.h>

enum { TRAIN = 256, TEST = 64, VALUES = 8, CLASSES = 2 };

static const char text[] = "model: {name: mlp, hidden: [8]}\n"
                           "batch: {size: 128}\n"
                           "train: {epochs: 3}\n"
                           "schedule: {max_lr: 0.05}\n";
static const int shape[3] = {VALUES, 1, 1};
static float inputs[TRAIN + TEST][VALUES];
static int32_t labels[TRAIN + TEST];
static const onecycle_arrays train = {TRAIN, inputs[0], labels, NULL},
                             test = {TEST, inputs[TRAIN], labels + TRAIN, NULL};
static int rank, size;

/* On the ranks of `comm`; recipe and callback on its first rank only. Leaves the hash of the
 * weights in `hash`, "" without a model. */
static onecycle_status learn(MPI_Comm comm, int with_data, onecycle_callback callback,
                             char hash[33])
{
    onecycle_job *job = NULL;
    onecycle_recipe *recipe = NULL;
    onecycle_data *data = NULL;
    onecycle_model *model = NULL;
    onecycle_train_options options = ONECYCLE_TRAIN_OPTIONS;
    hash[0] = '\0';
    CU_ASSERT_EQUAL_FATAL(onecycle_job_open_mpi(&job, comm), ONECYCLE_OK);
    if (onecycle_job_rank(job) == 0) {
        CU_ASSERT_EQUAL(onecycle_recipe_parse(&recipe, text), ONECYCLE_OK);
        options.callback = callback;
    }
    if (with_data)
        CU_ASSERT_EQUAL(onecycle_data_from_arrays(&data, shape, CLASSES, &train, &test),
                        ONECYCLE_OK);
    const onecycle_status status = onecycle_train(&model, job, recipe, data, &options);
    CU_ASSERT_EQUAL(model != NULL, status == ONECYCLE_OK || status == ONECYCLE_STOPPED);
    onecycle_model_info info;
    if (model && onecycle_model_describe(model, &info) == ONECYCLE_OK)
        memcpy(hash, info.weights_hash, sizeof info.weights_hash);
    onecycle_model_free(model);
    onecycle_data_free(data);
    onecycle_recipe_free(recipe);
    onecycle_job_close(job);
    return status;
}

/* Each rank alone, then all together. */
static void test_same_weights(void)
{
    char alone[33], together[33];
    CU_ASSERT_EQUAL(learn(MPI_COMM_SELF, 1, NULL, alone), ONECYCLE_OK);
    CU_ASSERT_EQUAL(learn(MPI_COMM_WORLD, 1, NULL, together), ONECYCLE_OK);
    CU_ASSERT(alone[0] && strcmp(alone, together) == 0);
}

static onecycle_status stop(void *context, onecycle_event event, const onecycle_view *view)
{
    (void)context;
    return event == ONECYCLE_STEP && view->step == 3 ? ONECYCLE_STOPPED : ONECYCLE_OK;
}

static onecycle_status fail(void *context, onecycle_event event, const onecycle_view *view)
{
    (void)context, (void)event, (void)view;
    return ONECYCLE_ERR_IO;
}

static void test_callback(void)
{
    char hash[33];
    CU_ASSERT_EQUAL(learn(MPI_COMM_WORLD, 1, stop, hash), ONECYCLE_STOPPED);
    CU_ASSERT_EQUAL(learn(MPI_COMM_WORLD, 1, fail, hash), ONECYCLE_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(onecycle_message(), "the callback returned"));
}

/* What is wrong on one rank alone is a failure of all of them, and the next training works. */
static void test_one_rank(void)
{
    char hash[33];
    const float kept = inputs[5][0];
    if (size < 2)
        return;
    if (rank == size - 1)
        inputs[5][0] += 1;
    CU_ASSERT_EQUAL(learn(MPI_COMM_WORLD, 1, NULL, hash), ONECYCLE_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(onecycle_message(), "not the same data"));
    inputs[5][0] = kept;
    CU_ASSERT_EQUAL(learn(MPI_COMM_WORLD, rank < size - 1, NULL, hash), ONECYCLE_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(onecycle_message(), "expected arrays as on rank 0"));
    const int32_t label = labels[TRAIN + 1];
    if (rank == size - 1)
        labels[TRAIN + 1] = -1;
    CU_ASSERT_EQUAL(learn(MPI_COMM_WORLD, 1, NULL, hash), ONECYCLE_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(onecycle_message(), "test labels"));
    labels[TRAIN + 1] = label;
    CU_ASSERT_EQUAL(learn(MPI_COMM_WORLD, 1, NULL, hash), ONECYCLE_OK);
}

int main(int argc, char **argv)
{
    const oc_case cases[] = {
        {"the weights do not depend on the ranks", test_same_weights},
        {"a callback of rank 0 stops and fails all", test_callback},
        {"a mistake of one rank", test_one_rank},
    };
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    oc_fill_normal(inputs[0], sizeof inputs / sizeof(float), 9, 1);
    for (int i = 0; i < TRAIN + TEST; i++)
        labels[i] = inputs[i][0] + inputs[i][1] > 0;
    const int code = OC_RUN_CASES("api", cases);
    MPI_Finalize();
    return code;
}
