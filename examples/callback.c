/* callback.c - train a recipe into a run directory until the test accuracy is good enough, then save
 * and stop; `onecycle train RECIPE --run-dir RUN-DIR --resume` would go on. Alone or under mpirun.
 *     cc callback.c -o callback $(pkg-config --cflags --libs onecycle)
 *     ./callback recipe.yaml runs/mine 0.98 */
#include <onecycle/onecycle.h>
#include <stdio.h>
#include <stdlib.h>

/* Called on rank 0; all ranks stop after the same step. */
static onecycle_status stop_when_good(void *context, onecycle_event event,
                                      const onecycle_view *view)
{
    const double *const wanted = context;
    if (event != ONECYCLE_EVALUATION)
        return ONECYCLE_OK;
    fprintf(stderr, "step %llu of %llu: test accuracy %.4f\n", (unsigned long long)view->step,
            (unsigned long long)view->steps, view->test_accuracy);
    return view->test_accuracy >= *wanted ? ONECYCLE_STOPPED : ONECYCLE_OK;
}

int main(int argc, char **argv)
{
    onecycle_job *job = NULL;
    onecycle_recipe *recipe = NULL;
    onecycle_model *model = NULL;
    onecycle_train_options options = ONECYCLE_TRAIN_OPTIONS;
    if (argc != 4) {
        fprintf(stderr, "usage: callback RECIPE RUN-DIR WANTED\n");
        return ONECYCLE_ERR_USAGE;
    }
    double wanted = strtod(argv[3], NULL);
    options.run_dir = argv[2];
    options.callback = stop_when_good;
    options.context = &wanted;
    onecycle_status status = onecycle_job_open(&job);
    if (!status)
        status = onecycle_recipe_load(&recipe, argv[1]);
    if (!status)
        status = onecycle_train(&model, job, recipe, NULL, &options);
    if (status && status != ONECYCLE_STOPPED && (!job || onecycle_job_rank(job) == 0))
        fprintf(stderr, "%s\n", onecycle_message());
    onecycle_model_free(model);
    onecycle_recipe_free(recipe);
    onecycle_job_close(job);
    return status;
}
