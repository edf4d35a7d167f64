/* callback.c - example of a program of one's own: train RECIPE into RUN-DIR until the test accuracy
 * is at least WANTED, then save and stop. Alone or under mpirun:
 *     callback recipe.yaml runs/mine 0.98
 * Linked with the library `core` of onecycle's build. */
#include "rundir/session.h"

#include <stdio.h>
#include <stdlib.h>

static oc_status stop_when_good(void *context, const oc_run *run)
{
    const double *const wanted = context;
    fprintf(stderr, "step %llu: test accuracy %.4f\n", (unsigned long long)run->info.step,
            run->info.test_accuracy);
    return run->info.test_accuracy >= *wanted ? OC_STOPPED : OC_OK;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: callback RECIPE RUN-DIR WANTED\n");
        return 64;
    }
    double wanted = strtod(argv[3], NULL);
    const char *const size = getenv("OMPI_COMM_WORLD_SIZE"); /* of another launcher: its own */
    oc_comm *comm;
    oc_recipe recipe;
    oc_run run;
    oc_status status = oc_comm_open(&comm, size ? atoi(size) : 0);
    if (status != OC_OK) {
        fprintf(stderr, "%s\n", oc_message());
        return oc_exit_code(status);
    }
    /* Each rank reads the recipe here; onecycle itself reads it once and shares it. */
    status = oc_comm_agree(comm, oc_recipe_load(&recipe, argv[1], NULL, 0));
    if (status == OC_OK)
        status = oc_run_create(&run, comm, &recipe);
    if (status == OC_OK) {
        const oc_callback callback = {.context = &wanted, .on_evaluate = stop_when_good};
        const oc_loop_options options = {.callbacks = &callback, .callback_count = 1};
        status = oc_session_train(&run, argv[2], NULL, &options);
        oc_run_destroy(&run);
    }
    if (status != OC_OK && status != OC_STOPPED)
        fprintf(stderr, "%s\n", oc_message());
    oc_comm_close(comm);
    return oc_exit_code(status);
}
