/* train.c - lenet learns from arrays in memory in which quarter of an image the bright square is.
 *     cc train.c -o train $(pkg-config --cflags --libs onecycle) && ./train    (or mpirun -n 2 ./train)
 */
#include <onecycle/onecycle.h>
#include <stdio.h>

enum { SAMPLES = 640, TESTS = 64, SIDE = 28 };
static float image[SAMPLES + TESTS][SIDE][SIDE], chance[TESTS][4];
static int32_t label[SAMPLES + TESTS];

int main(void)
{
    onecycle_job *job = NULL;
    onecycle_recipe *recipe = NULL;
    onecycle_data *data = NULL;
    onecycle_model *model = NULL;
    onecycle_model_info info;
    const int shape[3] = {1, SIDE, SIDE};
    for (int i = 0; i < SAMPLES + TESTS; i++) {
        label[i] = i % 4;
        for (int p = 0; p < 100; p++)
            image[i][i % 4 / 2 * 14 + 2 + p / 10][i % 2 * 14 + 2 + p % 10] = 1 + i % 7;
    }
    const onecycle_arrays train = {SAMPLES, image[0][0], label, NULL};
    const onecycle_arrays test = {TESTS, image[SAMPLES][0], label + SAMPLES, NULL};

    onecycle_status status = onecycle_job_open(&job);
    if (!status)
        status = onecycle_recipe_parse(&recipe, "model: lenet\nbatch: {size: 64}\n"
                                                "train: {epochs: 6}\nschedule: {max_lr: 0.02}\n");
    if (!status)
        status = onecycle_data_from_arrays(&data, shape, 4, &train, &test);
    if (!status)
        status = onecycle_train(&model, job, recipe, data, NULL);
    if (!status)
        status = onecycle_predict(model, TESTS, test.inputs, chance[0]);
    if (!status)
        status = onecycle_model_describe(model, &info);
    if (job && onecycle_job_rank(job) > 0)
        ; /* rank 0 speaks */
    else if (status)
        fprintf(stderr, "%s\n", onecycle_message());
    else
        printf("accuracy %g after %d steps, hash %s; sample 1 is in quarter %d with probability %g\n",
               info.test_accuracy, (int)info.steps, info.weights_hash, (int)label[SAMPLES + 1],
               (double)chance[1][label[SAMPLES + 1]]);
    onecycle_model_free(model);
    onecycle_data_free(data);
    onecycle_recipe_free(recipe);
    onecycle_job_close(job);
    return status;
}
