/* run.c - building a run: what must fit together is checked here, and memory is planned. */
#include "kernels/kernels.h"
#include "run/average.h"
#include "run/gradient_units.h"
#include "run/guard.h"
#include "run/lockstep.h"
#include "run/run_data.h"
#include "run/step_shards.h"
#include "run/step_update.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static oc_status check_sizes(const oc_run *run)
{
    const oc_recipe *r = &run->recipe;
    const oc_dataset_info *data = oc_dataset_describe(run->dataset);
    if (run->plan.only_evaluates)
        return OC_OK;
    if (r->batch.size > 1 << 24)
        return oc_fail(OC_ERR_USAGE, "batch.size: %lld; expected at most %d",
                       (long long)r->batch.size, 1 << 24);
    if (r->batch.shards > r->batch.size)
        return oc_fail(OC_ERR_USAGE, "batch.shards: %lld shards of a batch of %lld samples",
                       (long long)r->batch.shards, (long long)r->batch.size);
    if (oc_comm_size(run->comm) > r->batch.shards)
        return oc_fail(OC_ERR_USAGE,
                       "%d ranks for %lld shards: some ranks would have nothing to do; use at most "
                       "%lld ranks or raise batch.shards",
                       oc_comm_size(run->comm), (long long)r->batch.shards,
                       (long long)r->batch.shards);
    if (run->plan.train_selection.count < (uint64_t)r->batch.size)
        return oc_fail(OC_ERR_USAGE,
                       "batch.size: %lld is more than the %llu training samples of %s",
                       (long long)r->batch.size,
                       (unsigned long long)run->plan.train_selection.count, data->path);
    return OC_OK;
}

/* What a schedule is planned for when only the clock decides how many steps a run has: fine enough
 * for any run to go through it evenly. */
enum { OPEN_LENGTH = 1000000 };

/* Epochs and max_steps -> the length of the run, which the schedule is stretched over. */
static oc_status plan_length(oc_run *run)
{
    const oc_recipe *r = &run->recipe;
    const oc_dataset_info *data = oc_dataset_describe(run->dataset);
    oc_checkpoint_info *info = &run->info;
    const uint64_t steps = oc_recipe_steps(r, run->plan.train_selection.count);
    info->steps_per_epoch = oc_recipe_steps_per_epoch(r, run->plan.train_selection.count);
    info->seed = r->train.seed;
    info->shards = (uint64_t)r->batch.shards;
    info->ranks = (uint64_t)oc_comm_size(run->comm);
    info->data_digest = data->digest;
    snprintf(info->version, sizeof info->version, "%s", ONECYCLE_VERSION);
    snprintf(info->kernels, sizeof info->kernels, "%s", oc_kernels_name());
    info->best_accuracy = info->test_accuracy = info->test_loss = -1;
    if (data->schema.kind == OC_TARGETS_REGRESSION)
        info->best_accuracy = -HUGE_VAL; /* of R2 */
    info->evaluated_step = UINT64_MAX;
    info->plateau_best = info->early_best = NAN;
    info->unfrozen_step = info->guard.back.step = UINT64_MAX;
    if (run->plan.only_evaluates) {
        info->steps_per_epoch = 1;
        return OC_OK;
    }
    const oc_status status = oc_schedule_create(
        &run->plan.schedule, &r->schedule, steps > 0 ? steps : OPEN_LENGTH, info->steps_per_epoch);
    info->planned_steps =
        steps > 0 ? run->plan.schedule.steps : OC_OPEN; /* cycles end it with one */
    info->decision = (oc_decision){.end = info->planned_steps, .scale = 1};
    return status;
}

void oc_run_set_averages(oc_run *run)
{
    const double wish = run->recipe.batch_norm.momentum;
    const double planned = (double)run->plan.schedule.steps;
    const double steps = run->info.decision.end == OC_OPEN ? 0 : (double)run->info.decision.end;
    const double half = oc_schedule_half_cycle(&run->plan.schedule) * (steps / planned);
    const double keep = wish == OC_AUTO ? oc_averages_kept(half) : wish;
    if (keep == 0)
        return;
    for (int i = 0; i < run->network->layers; i++)
        if (run->network->layer[i].states > 0)
            run->network->layer[i].config.rate = 1 - keep;
}

void oc_run_take_decision(oc_run *run, const oc_decision *decision)
{
    oc_decision *const known = &run->info.decision;
    if (decision->scale == 0 || memcmp(decision, known, sizeof *known) == 0)
        return;
    *known = *decision;
    if (decision->end > decision->step)
        oc_run_set_averages(run);
}

static oc_status build_network(oc_run *run)
{
    const oc_recipe *r = &run->recipe;
    const oc_dataset_info *data = oc_dataset_describe(run->dataset);
    oc_status status =
        oc_model_build(&run->network, &r->model, &r->compute.network,
                       oc_shape3(data->schema.channels, data->schema.height, data->schema.width),
                       data->schema.classes);
    if (status != OC_OK || run->plan.only_evaluates)
        return status;
    status = oc_parameter_groups_create(&run->plan.groups, run->network, &r->optimizer,
                                        &r->schedule, r->batch_norm.frozen);
    if (status == OC_OK)
        oc_run_set_averages(run);
    return status;
}

static oc_status plan_memory(oc_run *run)
{
    const int64_t batch = run->recipe.batch.size, shards = run->recipe.batch.shards;
    const size_t parameters = run->network->parameter_count, states = run->network->state_count;
    const int slots = run->plan.only_evaluates ? 0 : oc_optimizer_slots(run->recipe.optimizer.kind);
    oc_arena *arena = &run->arena;
    oc_shards_of_rank((int)shards, oc_comm_size(run->comm), oc_comm_rank(run->comm),
                      &run->plan.first_shard, &run->plan.last_shard);
    run->plan.largest_shard = (int)((batch + shards - 1) / shards);
    run->plan.statistics_at = parameters;
    run->plan.tail_at = parameters + states;
    run->plan.vector_count = run->plan.tail_at + OC_TAIL_COUNT;
    if (!run->plan.only_evaluates)
        run->plan.norm_sums = oc_run_norm_sums(run->network, &run->recipe.optimizer);
    const size_t n = (size_t)run->plan.largest_shard;
    run->plan.chunks = (run->plan.evaluate_selection.count + n - 1) / n;

    const size_t parameters_at = oc_arena_reserve(arena, parameters);
    const size_t state_at = oc_arena_reserve(arena, states);
    size_t slot_at[OC_MAX_SLOTS] = {0};
    for (int s = 0; s < slots; s++)
        slot_at[s] = oc_arena_reserve(arena, parameters);
    const int average = run->plan.only_evaluates ? OC_AVERAGE_NONE : run->recipe.average.kind;
    const int has_state = average == OC_AVERAGE_EMA || average == OC_AVERAGE_SWA ||
                          (average == OC_AVERAGE_LOOKAHEAD && run->recipe.average.statistics);
    const size_t average_at = oc_arena_reserve(arena, average ? parameters : 0);
    const size_t average_state_at = oc_arena_reserve(arena, has_state ? states : 0);
    const size_t state_sums_at = oc_arena_reserve_bytes(
        arena, average == OC_AVERAGE_SWA ? states * sizeof *run->state_sums : 0);
    const size_t sums_at = oc_arena_reserve_bytes(arena, run->plan.norm_sums * sizeof(double));
    const size_t trust_at = oc_arena_reserve_bytes(
        arena, (size_t)oc_network_parameters(run->network) * sizeof *run->trust);
    const size_t told_at =
        oc_arena_reserve_bytes(arena, (size_t)run->plan.groups.trusts * sizeof *run->trust_told);
    const size_t loss_at =
        oc_arena_reserve_bytes(arena, run->plan.chunks * sizeof *run->chunk_loss);
    const oc_status status = oc_arena_commit(arena, "parameters and optimiser state");
    if (status != OC_OK)
        return status;
    run->parameters = oc_arena_floats(arena, parameters_at);
    run->state = oc_arena_floats(arena, state_at);
    for (int s = 0; s < slots; s++)
        run->slot[s] = oc_arena_floats(arena, slot_at[s]);
    if (average != OC_AVERAGE_NONE)
        run->average = oc_arena_floats(arena, average_at);
    if (has_state)
        run->average_state = oc_arena_floats(arena, average_state_at);
    if (average == OC_AVERAGE_SWA)
        run->state_sums = oc_arena_at(arena, state_sums_at);
    if (run->plan.norm_sums > 0)
        run->norm_sums = oc_arena_at(arena, sums_at);
    if (slots > 0 && oc_optimizer_is_layerwise(run->recipe.optimizer.kind)) {
        run->trust = oc_arena_at(arena, trust_at);
        run->trust_told = oc_arena_at(arena, told_at);
    }
    run->chunk_loss = oc_arena_at(arena, loss_at);
    return OC_OK;
}

/* What each thread has for itself. */
static oc_status create_workers(oc_run *run)
{
    const int threads = (int)run->recipe.compute.threads;
    const oc_worker_use use = {run->plan.only_evaluates ? OC_FOR_EVALUATION : OC_FOR_TRAINING,
                               run->plan.views != OC_VIEWS_ONE};
    oc_status status = OC_OK;
    for (int i = 0; i < threads && status == OC_OK; i++) {
        oc_profile *const profile = run->workers[i].workspace.profile;
        status = oc_worker_create(&run->workers[i], run->network, run->plan.side_by_side,
                                  run->plan.largest_shard, run->network->state_count + OC_TAIL_ROOM,
                                  use, i > 0 ? &run->workers[0] : NULL);
        run->workers[i].workspace.one_by_one =
            run->plan.joined > 1 || oc_gradients_are_rounded(&run->recipe);
        run->workers[i].workspace.profile = profile;
    }
    return status;
}

static oc_status start_workers(oc_run *run)
{
    const int threads = (int)run->recipe.compute.threads;
    run->workers = calloc((size_t)threads, sizeof *run->workers);
    if (!run->workers)
        return oc_fail(OC_ERR_MEMORY, "compute.threads: no memory for %d threads", threads);
    oc_status status = oc_team_create(&run->team, threads);
    if (status == OC_OK)
        status = create_workers(run);
    return status == OC_OK ? oc_network_reserve(run->network, threads) : status;
}

/* Which shards are taken at a time, and whose statistics are joined. */
static oc_status plan_shards(oc_run *run)
{
    run->plan.side_by_side = run->plan.joined = 1;
    if (run->plan.only_evaluates)
        return OC_OK;
    oc_status status = oc_run_choose_side_by_side(run);
    if (status == OC_OK)
        status = oc_run_choose_joined(&run->recipe, &run->plan.joined);
    if (status != OC_OK || run->plan.joined == 1)
        return status;
    run->plan.side_by_side = oc_lockstep_most(run);
    return oc_lockstep_create(&run->lockstep, run);
}

/* All that one rank can find wrong on its own. */
static oc_status create_alone(oc_run *run)
{
    oc_status status = check_sizes(run);
    if (status == OC_OK)
        status = oc_run_choose_loss(run);
    if (status == OC_OK)
        status = plan_length(run);
    if (status == OC_OK && !run->plan.only_evaluates)
        status = oc_run_plan_average(run);
    if (status == OC_OK && !run->plan.only_evaluates)
        status = oc_augment_create(&run->augment, &run->recipe.augment, run->recipe.train.seed,
                                   oc_dataset_describe(run->dataset));
    if (status == OC_OK)
        status = build_network(run);
    if (status == OC_OK)
        status = plan_memory(run);
    if (status == OC_OK)
        status = oc_guard_create(run);
    if (status == OC_OK)
        status = oc_scorer_create(&run->scorer, run->dataset, run->plan.evaluate_split,
                                  &run->plan.evaluate_selection, run->plan.chunks);
    if (status == OC_OK)
        status = plan_shards(run);
    if (status == OC_OK)
        status = start_workers(run);
    if (status == OC_OK)
        oc_network_initialise(run->network, run->recipe.train.seed, run->parameters, run->state);
    return status;
}

/* The reduction first: it says which shards are a thread's. */
static oc_status start_reduction(oc_run *run)
{
    if (run->plan.only_evaluates)
        return oc_comm_agree(run->comm, oc_run_start_loader(run));
    const oc_recipe *r = &run->recipe;
    const int may_change = oc_comm_may_change_thread(run->comm) && !run->lockstep;
    if (r->reduce.overlap == OC_OVERLAP_ON && !may_change) /* the same on all ranks */
        return oc_fail(OC_ERR_USAGE, "reduce.overlap: on, but this program has initialised MPI for "
                                     "calls from one thread; expected MPI_THREAD_SERIALIZED");
    oc_reduction_part part[OC_MAX_LAYERS];
    oc_reduction_config config = {
        .shards = (int)r->batch.shards,
        .threads = (int)r->compute.threads,
        .count = run->plan.vector_count,
        .last_from = run->plan.statistics_at,
        .bucket = (size_t)r->reduce.bucket,
        .by_nodes = r->reduce.hierarchy != OC_HIERARCHY_FLAT,
        .overlaps = r->reduce.overlap != OC_OVERLAP_OFF && may_change,
    };
    oc_gradient_units_plan(run, &config, part);
    run->overlap = oc_overlap_start((oc_overlap_wish)r->reduce.overlap,
                                    config.overlaps && oc_comm_size(run->comm) > 1);
    oc_status status = oc_reduction_create(&run->reduction, run->comm, &config);
    return status == OC_OK ? oc_comm_agree(run->comm, oc_run_start_loader(run)) : status;
}

/* All of a rank's shards are in memory at a time: there are more of them now. */
static oc_status widen(oc_run *run)
{
    oc_lockstep_destroy(run->lockstep);
    run->lockstep = NULL;
    for (int64_t i = run->recipe.compute.threads - 1; i >= 0; i--) {
        oc_profile *const profile = run->workers[i].workspace.profile;
        oc_worker_destroy(&run->workers[i]);
        run->workers[i].workspace.profile = profile;
    }
    oc_status status = plan_shards(run);
    if (status == OC_OK)
        status = create_workers(run);
    return status;
}

/* What a rank has of the batch, and with it who adds what and who reads what. The threads and their
 * memory stay: more shards for each of them change neither, unless they are in step. */
oc_status oc_run_share_out(oc_run *run)
{
    const oc_overlap known = run->overlap;
    (void)oc_run_workers_status(run); /* of what was given up */
    oc_loader_destroy(run->loader);
    oc_reduction_destroy(run->reduction);
    run->loader = NULL;
    run->reduction = NULL;
    run->info.ranks = (uint64_t)oc_comm_size(run->comm);
    oc_shards_of_rank((int)run->recipe.batch.shards, oc_comm_size(run->comm),
                      oc_comm_rank(run->comm), &run->plan.first_shard, &run->plan.last_shard);
    oc_status status = OC_OK;
    if (run->plan.joined > 1)
        status = oc_comm_agree(run->comm, widen(run));
    if (status == OC_OK)
        status = start_reduction(run);
    if (oc_comm_size(run->comm) > 1)
        run->overlap = known;
    return status;
}

/* Evaluation knows chunks of a shard's size, whose sums have the bits that training found with
 * them, and any number of ranks may share them. */
static void forget_batches(oc_run *run)
{
    run->plan.only_evaluates = 1;
    run->recipe.batch.size =
        (run->recipe.batch.size + run->recipe.batch.shards - 1) / run->recipe.batch.shards;
    run->recipe.batch.shards = 1;
}

/* On a data set that is open already, or on the recipe's when `dataset` is NULL. */
static const oc_evaluation training = {.use = OC_USE_TRAIN};

static oc_status create(oc_run *run, oc_comm *comm, const oc_recipe *recipe,
                        const oc_evaluation *evaluation, oc_dataset *dataset)
{
    memset(run, 0, sizeof *run);
    run->comm = comm;
    run->dataset = dataset;
    run->recipe = *recipe;
    run->scores = oc_no_scores;
    run->plan.views = evaluation->views;
    if (evaluation->use != OC_USE_TRAIN)
        forget_batches(run);
    run->patience = (oc_patience){.wish = recipe->train.peer_timeout, .set = -1};
    oc_patience_apply(&run->patience, comm, 1);
    oc_status status = oc_run_open_data(run, evaluation);
    if (status == OC_OK)
        status = oc_comm_agree(comm, create_alone(run));
    if (status == OC_OK)
        status = start_reduction(run);
    if (status != OC_OK)
        oc_run_destroy(run);
    return status;
}

oc_status oc_run_create(oc_run *run, oc_comm *comm, const oc_recipe *recipe)
{
    return create(run, comm, recipe, &training, NULL);
}

oc_status oc_run_create_for(oc_run *run, oc_comm *comm, const oc_recipe *recipe,
                            const oc_evaluation *evaluation)
{
    return create(run, comm, recipe, evaluation, NULL);
}

oc_status oc_run_create_on(oc_run *run, oc_comm *comm, const oc_recipe *recipe, oc_dataset *dataset)
{
    return create(run, comm, recipe, &training, dataset);
}

void oc_run_destroy(oc_run *run)
{
    oc_run_close_data(run); /* first: its thread reads what the others hold */
    oc_reduction_destroy(run->reduction);
    for (int64_t i = 0; run->workers && i < run->recipe.compute.threads; i++)
        oc_worker_destroy(&run->workers[i]);
    free(run->workers);
    oc_lockstep_destroy(run->lockstep);
    oc_team_destroy(run->team);
    oc_guard_destroy(run);
    oc_arena_free(&run->arena);
    oc_parameter_groups_destroy(&run->plan.groups);
    oc_scorer_free(&run->scorer);
    oc_network_destroy(run->network);
    memset(run, 0, sizeof *run);
}
