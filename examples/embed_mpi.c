/* embed_mpi.c - a program with an MPI of its own: half of its ranks train, while the others go on with
 * their work; then all get a weight of the trained network.
 *     mpicc embed_mpi.c -o embed_mpi $(pkg-config --cflags --libs onecycle) && mpirun -n 4 ./embed_mpi
 */
#include <onecycle/mpi.h>
#include <stdio.h>

enum { SAMPLES = 512 };

/* y = 3 a - 2 b, from `ranks` to learn it. */
static onecycle_status learn(MPI_Comm ranks, float weight[2])
{
    static float input[SAMPLES][2];
    static double target[SAMPLES];
    onecycle_job *job = NULL;
    onecycle_recipe *recipe = NULL;
    onecycle_data *data = NULL;
    onecycle_model *model = NULL;
    onecycle_tensor tensor;
    const int shape[3] = {2, 1, 1};
    for (int i = 0; i < SAMPLES; i++) {
        input[i][0] = (float)(i % 32) / 16 - 1;
        input[i][1] = (float)(i / 32) / 8 - 1;
        target[i] = 3 * (double)input[i][0] - 2 * (double)input[i][1];
    }
    const onecycle_arrays train = {SAMPLES, input[0], NULL, target};
    onecycle_status status = onecycle_job_open_mpi(&job, ranks);
    if (!status)
        status = onecycle_recipe_parse(
            &recipe, "model: {layers: [flatten, {type: linear, name: fc}]}\n"
                     "data: {normalise: none, normalise_targets: false, validation: 0.1}\n"
                     "batch: {size: 64}\ntrain: {epochs: 20}\nschedule: {max_lr: 0.1}\n");
    if (!status)
        status = onecycle_data_from_arrays(&data, shape, 1, &train, NULL);
    if (!status)
        status = onecycle_train(&model, job, recipe, data, NULL);
    if (!status)
        status = onecycle_model_parameter(model, "fc.weight", &tensor);
    if (!status) {
        weight[0] = tensor.values[0];
        weight[1] = tensor.values[1];
    } else if (!job || onecycle_job_rank(job) == 0)
        fprintf(stderr, "%s\n", onecycle_message());
    onecycle_model_free(model);
    onecycle_data_free(data);
    onecycle_recipe_free(recipe);
    onecycle_job_close(job);
    return status;
}

int main(int argc, char **argv)
{
    int rank, size, failed = 0, sum = 1;
    float weight[2] = {0, 0};
    MPI_Comm half;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_split(MPI_COMM_WORLD, rank < (size + 1) / 2, rank, &half);
    if (rank < (size + 1) / 2)
        failed = learn(half, weight);
    else
        for (int i = 0; i < 1000; i++) /* their work */
            MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_INT, MPI_MAX, half);
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    MPI_Bcast(weight, 2, MPI_FLOAT, 0, MPI_COMM_WORLD);
    if (rank == size - 1 && !failed)
        printf("y = %.2f a %+.2f b\n", (double)weight[0], (double)weight[1]);
    MPI_Comm_free(&half);
    MPI_Finalize();
    return failed;
}
