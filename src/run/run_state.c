/* run_state.c - the numbers of a run out to a checkpoint and back in. */
#include "base/thread_role.h"
#include "run/average.h"
#include "run/gradient_units.h"
#include "run/guard.h"
#include "run/initial_weights.h"
#include "run/resume_rules.h"
#include "run/run_data.h"
#include "run/snapshot.h"
#include "run/tensor_list.h"
#include "storage/checkpoint_dir.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void list_snapshot(const oc_run *run, oc_tensor_list *list)
{
    oc_snapshot_block block[OC_SNAPSHOT_BLOCKS];
    const int count = oc_snapshot_blocks(run, block);
    for (int i = 0; i < count; i++)
        oc_tensor_list_add(list, "snapshot", block[i].name, run->snapshot->block[i],
                           block[i].count);
}

/* The network is these parameters and this state; what else is trained goes beside it, and what the
 * guard may go back to. `info`: of the checkpoint. */
static oc_status list_all(const oc_run *run, const oc_checkpoint_info *info, float *parameters,
                          float *state, oc_tensor_list *list)
{
    const oc_status status = oc_tensor_list_create(list, run->network, parameters, state,
                                                   run->recipe.optimizer.kind, run->slot);
    if (status == OC_OK && run->average)
        oc_tensor_list_add_trained(list, run->network, run->parameters,
                                   run->average_state ? run->state : NULL);
    if (status == OC_OK && oc_guard_has_snapshot(run, info))
        list_snapshot(run, list);
    return status;
}

oc_status oc_run_weights_hash(const oc_run *run, oc_digest *digest)
{
    return oc_network_hash(run->network, oc_run_parameters(run), oc_run_state(run), digest);
}

static oc_status check_owner(const void *run, const char *path, const oc_checkpoint_info *info,
                             const char *recipe)
{
    return oc_resume_check(run, path, info, recipe);
}

oc_status oc_run_checkpoint(oc_run *run, const char *folder, int best, int look,
                            oc_checkpoint_job *job)
{
    assert(oc_thread_is_main());
    *job = (oc_checkpoint_job){0};
    const oc_schema *schema = &oc_dataset_describe(run->dataset)->schema;
    oc_tensor_list list = {0};
    char *recipe = NULL;
    oc_status status = oc_run_weights_hash(run, &run->info.weights_hash);
    if (status == OC_OK)
        status = oc_recipe_format(&run->recipe, &recipe);
    if (status == OC_OK)
        status = list_all(run, &run->info, oc_run_parameters(run), oc_run_state(run), &list);
    if (status == OC_OK) {
        const oc_checkpoint_content content = {&run->info, recipe, schema, list.tensor, list.count};
        const oc_checkpoint_owner owner = {check_owner, run};
        const oc_checkpoint_keep keep = {run->recipe.checkpoint.keep,
                                         run->recipe.checkpoint.every_kept};
        status = oc_checkpoint_dir_build(job, folder, &content, &keep, best, &owner, look);
    }
    oc_tensor_list_free(&list);
    free(recipe);
    return status;
}

/* Rank 0's part of a resume. */
static oc_status read_checkpoint(oc_run *run, const char *path)
{
    oc_checkpoint_info info;
    oc_digest hash;
    char *text = NULL;
    oc_tensor_list list = {0};
    oc_status status = oc_checkpoint_read_info(path, &info, &text);
    if (status == OC_OK)
        status = oc_resume_check(run, path, &info, text);
    float *const parameters = run->average ? run->average : run->parameters;
    float *const state = run->average_state ? run->average_state : run->state;
    if (status == OC_OK)
        status = list_all(run, &info, parameters, state, &list);
    if (status == OC_OK)
        status = oc_checkpoint_read_tensors(path, list.tensor, list.count);
    if (status == OC_OK)
        status = oc_network_hash(run->network, parameters, state, &hash);
    if (status == OC_OK && !oc_digest_equal(hash, info.weights_hash))
        status = oc_fail(OC_ERR_DATA, "%s: the weights do not have the hash the file says", path);
    if (status == OC_OK)
        status = oc_resume_adopt(run, path, &info, text);
    if (!run->snapshot) /* of a recipe that had one */
        run->info.guard.back.step = UINT64_MAX;
    if (!oc_gradients_are_rounded(&run->recipe)) /* likewise */
        run->info.units.count = 0;
    oc_tensor_list_free(&list);
    free(text);
    return status;
}

oc_status oc_run_share_numbers(oc_run *run, int slots, int from)
{
    const size_t parameters = run->network->parameter_count * sizeof(float);
    oc_status status = oc_comm_broadcast(run->comm, run->parameters, parameters, from);
    if (status == OC_OK)
        status = oc_comm_broadcast(run->comm, run->state, run->network->state_count * sizeof(float),
                                   from);
    for (int s = 0; s < slots && status == OC_OK; s++)
        status = oc_comm_broadcast(run->comm, run->slot[s], parameters, from);
    if (status == OC_OK && run->average)
        status = oc_comm_broadcast(run->comm, run->average, parameters, from);
    if (status == OC_OK && run->average_state)
        status = oc_comm_broadcast(run->comm, run->average_state,
                                   run->network->state_count * sizeof(float), from);
    return status;
}

static oc_status read_weights(oc_run *run, const char *path)
{
    oc_tensor_list list = {0};
    oc_status status =
        oc_tensor_list_create(&list, run->network, run->parameters, run->state, -1, NULL);
    if (status == OC_OK)
        status = oc_checkpoint_read_tensors(path, list.tensor, list.count);
    oc_tensor_list_free(&list);
    return status;
}

oc_status oc_run_load_weights(oc_run *run, const char *path)
{
    const int root = oc_comm_rank(run->comm) == 0;
    oc_status status = oc_comm_agree(run->comm, root ? read_weights(run, path) : OC_OK);
    return status == OC_OK ? oc_run_share_numbers(run, 0, 0) : status;
}

oc_status oc_run_restore(oc_run *run, const char *path)
{
    const uint64_t ranks = run->info.ranks;
    const int root = oc_comm_rank(run->comm) == 0;
    oc_status status = oc_comm_agree(run->comm, root ? read_checkpoint(run, path) : OC_OK);
    if (status == OC_OK)
        status = oc_comm_broadcast(run->comm, &run->info, sizeof run->info, 0);
    if (status == OC_OK)
        status = oc_run_share_numbers(run, oc_optimizer_slots(run->recipe.optimizer.kind), 0);
    if (status == OC_OK)
        status = oc_guard_share(run, &run->info, 0);
    run->info.ranks = ranks;
    run->is_started = status == OC_OK;
    if (status == OC_OK)
        oc_run_set_averages(run);
    return status;
}
