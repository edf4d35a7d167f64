#include <onecycle/onecycle.h>
#include <stdio.h>

static float image[704][28 * 28], probability[64][4];
static int32_t label[704];

int main(void)
{
    onecycle_job *job = NULL;
    onecycle_recipe *recipe = NULL;
    onecycle_data *data = NULL;
    onecycle_model *model = NULL;
    for (int i = 0; i < 704; i++) /* the class is where the bright pixel is */
        image[i][(label[i] = i % 4) * 196 + 70] = 9;
    const onecycle_arrays train = {640, image[0], label, NULL};
    const onecycle_arrays test = {64, image[640], label + 640, NULL};
    if (onecycle_job_open(&job) ||
        onecycle_recipe_parse(&recipe, "{model: lenet, train: {epochs: 6}, schedule: {max_lr: 0.02}}") ||
        onecycle_data_from_arrays(&data, (const int[]){1, 28, 28}, 4, &train, &test) ||
        onecycle_train(&model, job, recipe, data, NULL) ||
        onecycle_predict(model, 64, test.inputs, probability[0]))
        return fprintf(stderr, "%s\n", onecycle_message()), 1;
    printf("image 1 is of class %d: %.3f\n", label[641], probability[1][label[641]]);
    onecycle_job_close(job);
}
