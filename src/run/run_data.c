/* run_data.c - see run_data.h.
 *
 * One rank of a node verifies the file, so that hundreds of ranks do not read it whole; the
 * others see that it is done. Labels are in memory that the node's ranks share; the images too
 * when they fit data.memory, on every node. Which of the two it is changes no bit of the
 * result. */
#include "run/run_data.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>

oc_dataset_source oc_run_data_source(const oc_recipe *recipe, const oc_schema *trained)
{
    return (oc_dataset_source){
        .path = recipe->data.file,
        .inputs = {recipe->data.inputs, recipe->data.test_inputs},
        .targets = {recipe->data.targets, recipe->data.test_targets},
        .targets_path = recipe->data.targets_file,
        .test_path = recipe->data.test_file,
        .test_targets_path = recipe->data.test_targets_file,
        .channels = (oc_channel_order)recipe->data.channels_last,
        .is_first_label_said = recipe->data.first_label >= 0,
        .first_label = recipe->data.first_label,
        .kind = oc_run_targets_of_loss(recipe->loss.kind),
        .as_is = recipe->data.normalise == OC_NORMALISE_NONE,
        .targets_as_is = !recipe->data.normalise_targets,
        .trained = trained,
    };
}

/* First the first rank of each node, then the others. */
static oc_status attach(oc_run *run, const oc_evaluation *evaluation)
{
    const int first = oc_comm_node_rank(run->comm) == 0;
    oc_dataset_source source = oc_run_data_source(&run->recipe, evaluation->trained);
    source.ignore_unknown_levels = evaluation->ignore_unknown_levels;
    source.verified = !first;
    oc_status status =
        oc_comm_agree(run->comm, first ? oc_dataset_attach(&run->dataset, &source) : OC_OK);
    if (status == OC_OK)
        status =
            oc_comm_agree(run->comm, first ? OC_OK : oc_dataset_attach(&run->dataset, &source));
    return status;
}

/* Bytes that this node may use for data, as its first rank sees it. */
static uint64_t budget_of(const oc_recipe *recipe)
{
    return recipe->data.memory > 0 ? (uint64_t)recipe->data.memory
                                   : (uint64_t)(oc_memory_available() / 2);
}

/* The budgets of all nodes by their first rank: the least, so that all hold alike. */
static oc_status choose_memory(oc_run *run, int *in_memory)
{
    uint64_t least = oc_comm_node_rank(run->comm) == 0 ? budget_of(&run->recipe) : UINT64_MAX;
    const oc_status status = oc_comm_min_u64(run->comm, &least, 1);
    *in_memory = oc_dataset_bytes(run->dataset, 1) <= least;
    run->plan.data_budget = least;
    return status;
}

static oc_status fill(oc_run *run, int in_memory)
{
    uint64_t bytes = oc_dataset_bytes(run->dataset, in_memory);
    oc_status status = oc_node_memory_create(&run->node_memory, run->comm, (size_t)bytes);
    if (status == OC_ERR_MEMORY && in_memory) {
        oc_log(OC_LOG_WARN, "%s; the data are read while training instead", oc_message());
        in_memory = 0;
        bytes = oc_dataset_bytes(run->dataset, 0);
        status = oc_node_memory_create(&run->node_memory, run->comm, (size_t)bytes);
    }
    if (status == OC_ERR_MEMORY) /* labels are small: each rank can have its own */
        status = oc_node_memory_create_apart(&run->node_memory, run->comm, (size_t)bytes);
    if (status == OC_OK && !in_memory)
        status = oc_comm_agree(run->comm, oc_dataset_check_streaming(run->dataset));
    if (status != OC_OK)
        return status;
    oc_dataset_place(run->dataset, run->node_memory.bytes, in_memory);
    int part, parts;
    oc_node_memory_part(&run->node_memory, &part, &parts);
    status = oc_comm_agree(run->comm, oc_dataset_fill(run->dataset, part, parts));
    return status == OC_OK ? oc_node_memory_sync(&run->node_memory) : status;
}

/* Mean and deviation of a foreign file, each rank a part. */
static oc_status survey(oc_run *run)
{
    const size_t count = oc_dataset_survey_count(run->dataset);
    double *sums = count > 0 ? calloc(count, sizeof *sums) : NULL;
    oc_status status = OC_OK;
    if (count > 0 && !sums)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for its statistics", run->recipe.data.file);
    if (status == OC_OK && count > 0)
        status =
            oc_dataset_survey(run->dataset, oc_comm_rank(run->comm), oc_comm_size(run->comm), sums);
    status = oc_comm_agree(run->comm, status);
    if (status == OC_OK && count > 0)
        status = oc_comm_sum_f64(run->comm, sums, count);
    if (status == OC_OK)
        status = oc_comm_agree(run->comm, oc_dataset_ready(run->dataset, sums));
    free(sums);
    return status;
}

/* Two nodes with different files under one name would train on different data. */
static oc_status compare(oc_run *run)
{
    const oc_dataset_info *data = oc_dataset_describe(run->dataset);
    oc_digest first = data->digest;
    const oc_status status = oc_comm_broadcast(run->comm, &first, sizeof first, 0);
    if (status != OC_OK)
        return status;
    if (oc_digest_equal(first, data->digest))
        return oc_comm_agree(run->comm, OC_OK);
    char here[OC_DIGEST_TEXT], there[OC_DIGEST_TEXT];
    oc_digest_text(data->digest, here);
    oc_digest_text(first, there);
    return oc_comm_agree(
        run->comm, oc_fail(OC_ERR_DATA, "%s: digest %s; expected rank 0's %s: not the same data",
                           data->path, here, there));
}

/* What an epoch of training is made of. */
static oc_status select_training(oc_selection *selection, const oc_recipe *r,
                                 const oc_dataset *dataset)
{
    const oc_dataset_info *data = oc_dataset_describe(dataset);
    const oc_selection_config config = {
        .subset = r->data.validation > 0 ? OC_SUBSET_TRAINING : OC_SUBSET_ALL,
        .validation = r->data.validation,
        .balance = r->data.balance,
        .classes = data->schema.classes,
    };
    if (r->data.balance && data->schema.kind != OC_TARGETS_CLASSES)
        return oc_fail(OC_ERR_USAGE, "data.balance: %s has no classes but targets for %s",
                       data->path, oc_targets_name(data->schema.kind));
    return oc_selection_create(selection, &config, oc_dataset_labels(dataset, OC_SPLIT_TRAIN),
                               (uint32_t)data->samples[OC_SPLIT_TRAIN]);
}

oc_status oc_run_count_samples(const oc_recipe *recipe, uint64_t *samples)
{
    oc_dataset_source source = oc_run_data_source(recipe, NULL);
    oc_selection selection = {0};
    oc_dataset *dataset;
    source.as_is = 1; /* no survey */
    oc_status status = oc_dataset_attach(&dataset, &source);
    if (status != OC_OK)
        return status;
    void *labels = malloc((size_t)oc_dataset_bytes(dataset, 0));
    if (!labels)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for its labels", recipe->data.file);
    if (status == OC_OK) {
        oc_dataset_place(dataset, labels, 0);
        status = oc_dataset_fill(dataset, 0, 1);
    }
    if (status == OC_OK)
        status = oc_dataset_ready(dataset, NULL);
    if (status == OC_OK)
        status = select_training(&selection, recipe, dataset);
    *samples = selection.count;
    oc_selection_free(&selection);
    oc_dataset_close(dataset);
    free(labels);
    return status;
}

static oc_status select_samples(oc_run *run, oc_use use)
{
    const oc_recipe *r = &run->recipe;
    const oc_dataset_info *data = oc_dataset_describe(run->dataset);
    const int has_split = data->samples[OC_SPLIT_VALIDATION] > 0, kept = r->data.validation > 0;
    const int validate = use == OC_USE_VALIDATION || (use == OC_USE_TRAIN && (has_split || kept));
    const oc_selection_config evaluate = {.subset = validate && !has_split ? OC_SUBSET_VALIDATION
                                                                           : OC_SUBSET_ALL,
                                          .validation = r->data.validation};
    if (has_split && kept)
        return oc_fail(OC_ERR_USAGE,
                       "data.validation: %g, but %s has a validation split of its own; expected 0",
                       r->data.validation, data->path);
    if (validate && !has_split && !kept)
        return oc_fail(OC_ERR_USAGE, "data.validation is 0: no samples were kept for validation");
    run->plan.evaluate_split = !validate   ? OC_SPLIT_TEST
                               : has_split ? OC_SPLIT_VALIDATION
                                           : OC_SPLIT_TRAIN;
    if (data->samples[run->plan.evaluate_split] == 0)
        return oc_fail(OC_ERR_DATA, "%s: no test samples; expected at least one", data->path);
    oc_status status = OC_OK;
    if (run->plan.only_evaluates) /* as they are, balanced or not; nobody takes them */
        run->plan.train_selection.count = (uint32_t)data->samples[OC_SPLIT_TRAIN];
    else
        status = select_training(&run->plan.train_selection, r, run->dataset);
    if (status != OC_OK)
        return status;
    return oc_selection_create(&run->plan.evaluate_selection, &evaluate,
                               oc_dataset_labels(run->dataset, run->plan.evaluate_split),
                               (uint32_t)data->samples[run->plan.evaluate_split]);
}

oc_status oc_run_open_data(oc_run *run, const oc_evaluation *evaluation)
{
    const oc_use use = evaluation->use;
    int in_memory = 0;
    if (run->dataset) { /* somebody has opened it */
        run->plan.data_budget = UINT64_MAX;
        const oc_status same = compare(run);
        return same == OC_OK ? oc_comm_agree(run->comm, select_samples(run, use)) : same;
    }
    oc_status status = attach(run, evaluation);
    if (status == OC_OK)
        status = choose_memory(run, &in_memory);
    if (status == OC_OK)
        status = fill(run, in_memory);
    if (status == OC_OK)
        status = survey(run);
    if (status == OC_OK)
        status = compare(run);
    return status == OC_OK ? oc_comm_agree(run->comm, select_samples(run, use)) : status;
}

oc_status oc_run_start_loader(oc_run *run)
{
    const oc_recipe *r = &run->recipe;
    const int threads = oc_team_size(run->team);
    const uint64_t labels = oc_dataset_bytes(run->dataset, 0);
    oc_worker_range *ranges = calloc(2 * (size_t)threads, sizeof *ranges);
    if (!ranges)
        return oc_fail(OC_ERR_MEMORY, "loader: no memory for %d threads", threads);
    for (int i = 0; i < threads; i++) {
        int first, last;
        first = last = 0;
        if (!run->plan.only_evaluates)
            oc_reduction_thread_shards(run->reduction, i, &first, &last);
        ranges[i] = (oc_worker_range){first, last};
        ranges[threads + i] = oc_run_evaluation_range(run, i);
    }
    const oc_loader_config config = {
        .dataset = run->dataset,
        .selection = &run->plan.train_selection,
        .order = oc_order_make(r->train.seed, run->plan.train_selection.count,
                               oc_dataset_sample_bytes(run->dataset), (uint64_t)r->data.window),
        .augment = run->plan.only_evaluates ? NULL : &run->augment,
        .batch = r->batch.size,
        .shards = r->batch.shards,
        .steps_per_epoch = run->info.steps_per_epoch,
        .total_steps = run->plan.only_evaluates ? 0 : run->info.planned_steps,
        .evaluate_split = run->plan.evaluate_split,
        .evaluate_selection = &run->plan.evaluate_selection,
        .chunk = run->plan.largest_shard,
        .workers = threads,
        .at_once = run->plan.side_by_side,
        .train = ranges,
        .evaluate = ranges + threads,
        .memory = (run->plan.data_budget > labels ? run->plan.data_budget - labels : 0) /
                  (uint64_t)oc_comm_node_size(run->comm),
    };
    const oc_status status = oc_loader_create(&run->loader, &config);
    free(ranges);
    return status;
}

void oc_run_close_data(oc_run *run)
{
    oc_loader_destroy(run->loader);
    oc_dataset_close(run->dataset);
    oc_selection_free(&run->plan.train_selection);
    oc_selection_free(&run->plan.evaluate_selection);
    oc_node_memory_destroy(&run->node_memory);
}
