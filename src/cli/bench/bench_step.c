/* bench_step.c - onecycle bench step: a recipe and random data -> a measured run. */
#include "cli/bench/bench_step.h"

#include "cli/bench/bench.h"
#include "cli/common/measured.h"
#include "run/share.h"

#include <string.h>

/* As many images as a batch: what is measured is steps, not reading. */
static oc_status make_data(oc_dataset **data, const oc_bench_request *request,
                           const oc_recipe *recipe)
{
    const oc_shape input = oc_cli_model_input(&request->model, recipe);
    const uint64_t samples[OC_SPLIT_COUNT] = {
        [OC_SPLIT_TRAIN] = (uint64_t)recipe->batch.size, [OC_SPLIT_TEST] = 1};
    const oc_status status = oc_dataset_random(data, input.dim[0], input.dim[1], input.dim[2],
                                               oc_cli_model_classes(&request->model, recipe),
                                               samples, recipe->train.seed);
    return status == OC_ERR_DATA ? OC_ERR_USAGE : status; /* no file: it was asked for */
}

static oc_status report(const oc_bench_request *request, const oc_run *run, const oc_bench *bench,
                        const oc_machine *machine)
{
    if (!request->json || strcmp(request->json, "-") != 0)
        oc_bench_step_print(run, bench, machine);
    return request->json ? oc_json_write(request->json, oc_bench_step_json(run, bench, machine))
                         : OC_OK;
}

static oc_status measure(const oc_bench_request *request, oc_run *run)
{
    const oc_bench_options options = {.seconds = request->seconds,
                                      .warm_up = (uint64_t)request->warm_up};
    oc_bench bench;
    oc_machine machine;
    oc_status status = oc_bench_run(&bench, run, &options);
    if (status != OC_OK)
        return status;
    /* After the steps, whose peak of memory it is not part of. */
    if (request->roofline)
        status = oc_machine_measure(&machine, run->comm, (int)run->recipe.compute.threads);
    if (status == OC_OK && oc_comm_rank(run->comm) == 0)
        status = report(request, run, &bench, request->roofline ? &machine : NULL);
    oc_bench_free(&bench);
    return oc_comm_agree(run->comm, status);
}

oc_status oc_bench_step(oc_comm *comm, const oc_bench_request *request)
{
    oc_recipe recipe;
    oc_status status = OC_OK;
    if (oc_comm_rank(comm) == 0)
        status = oc_cli_model_recipe(&request->model, &recipe);
    status = oc_share_recipe(comm, status, &recipe);
    if (status != OC_OK)
        return status;
    /* The schedule is stretched over all steps there can be. */
    recipe.train.epochs = 0;
    recipe.train.max_steps = (int64_t)OC_BENCH_MOST_STEPS + request->warm_up + OC_OVERLAP_STEPS;
    oc_dataset *data = NULL;
    status = oc_comm_agree(comm, make_data(&data, request, &recipe));
    if (status != OC_OK) {
        oc_dataset_close(data);
        return status;
    }
    oc_run run;
    status = oc_run_create_on(&run, comm, &recipe, data);
    if (status != OC_OK)
        return status;
    status = measure(request, &run);
    oc_run_destroy(&run);
    return status;
}
