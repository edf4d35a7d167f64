/* guard_test.c - a step that diverges and is skipped changes nothing, one that goes back leaves the
 * numbers of the snapshot, on every rank; the run goes on from there. Divergence is made by a
 * message that calls any loss too large. */
#include "harness.h"
#include "lib/small_job.h"
#include "run/guard.h"
#include "run/snapshot.h"

#include <math.h>
#include <string.h>

static oc_comm *comm;
static oc_recipe recipe;

static const char recipe_text[] = "model: {name: mlp, hidden: [8], batch_norm: true}\n"
                                  "data: {file: data.h5}\n"
                                  "batch: {size: 40, shards: 4}\n"
                                  "train: {max_steps: 30}\n"
                                  "average: ema\n"
                                  "optimizer: {name: adam, weight_decay: 0}\n"
                                  "schedule: {name: constant, lr: 0.001}\n"
                                  "guard: {on_divergence: rollback, snapshot_every: 4}\n";

/* One step; with an action other than stop it diverges. */
static oc_step_result step_of(oc_run *run, oc_guard_action action)
{
    oc_step_result result;
    oc_step step = {.iteration = run->info.step,
                    .action = OC_ACTION_TRAIN,
                    .groups = 1,
                    .learning_rate = {0.001},
                    .momentum = 0.9,
                    .guard = (uint64_t)action,
                    .most_loss = action == OC_GUARD_STOP ? 0 : 1e-30};
    CU_ASSERT_EQUAL_FATAL(oc_step_broadcast(comm, &step, run->info.step), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_run_train_step(run, &step, &result), OC_OK);
    CU_ASSERT_EQUAL(result.diverged, action != OC_GUARD_STOP);
    CU_ASSERT(result.finite);
    CU_ASSERT_EQUAL(run->info.step, step.iteration + 1);
    return result;
}

static void steps(oc_run *run, int count)
{
    for (int i = 0; i < count; i++)
        step_of(run, OC_GUARD_STOP);
}

static void create(oc_run *run, oc_snapshot *copy)
{
    CU_ASSERT_EQUAL_FATAL(oc_run_create(run, comm, &recipe), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_snapshot_create(copy, run, "a copy"), OC_OK);
}

static void destroy(oc_run *run, oc_snapshot *copy)
{
    CU_ASSERT_EQUAL(oc_run_check_replicas(run), OC_OK);
    oc_snapshot_free(copy);
    oc_run_destroy(run);
}

/* Are the run's numbers those of the copy, each of them? */
static int is_as(const oc_run *run, const oc_snapshot *copy)
{
    oc_snapshot_block block[OC_SNAPSHOT_BLOCKS];
    const int count = oc_snapshot_blocks(run, block);
    int same = count == 6; /* parameters, state, averages of both, Adam's two */
    for (int i = 0; i < count; i++)
        same &= memcmp(block[i].floats, copy->block[i], block[i].count * sizeof(float)) == 0;
    return same;
}

static void a_skipped_step_changes_nothing(void)
{
    oc_run run;
    oc_snapshot copy;
    create(&run, &copy);
    steps(&run, 5);
    oc_snapshot_take(&copy, &run);
    step_of(&run, OC_GUARD_SKIP);
    CU_ASSERT(is_as(&run, &copy));
    CU_ASSERT_EQUAL(run.info.averaged, copy.info.averaged);
    CU_ASSERT_EQUAL(run.info.guard.skipped, 1);
    steps(&run, 1);
    CU_ASSERT(!is_as(&run, &copy));
    destroy(&run, &copy);
}

/* Adam's first update moves each parameter by the rate, if it counts as its first; as its second,
 * after one that was skipped, it would be 0.74 of it. */
static void the_optimiser_does_not_count_it(void)
{
    oc_run run;
    oc_snapshot copy;
    float most = 0;
    create(&run, &copy);
    oc_snapshot_take(&copy, &run);
    step_of(&run, OC_GUARD_SKIP);
    steps(&run, 1);
    for (size_t i = 0; i < run.network->parameter_count; i++)
        most = fmaxf(most, fabsf(run.parameters[i] - copy.block[0][i]));
    CU_ASSERT_DOUBLE_EQUAL(most, 0.001, 1e-5);
    destroy(&run, &copy);
}

static void a_rollback_is_the_snapshot(void)
{
    oc_run run;
    oc_snapshot copy;
    create(&run, &copy);
    steps(&run, 8);
    oc_snapshot_take(&copy, &run);
    steps(&run, 2);
    CU_ASSERT_EQUAL(run.info.guard.back.step, 8);
    CU_ASSERT(!is_as(&run, &copy));
    step_of(&run, OC_GUARD_ROLLBACK);
    CU_ASSERT(is_as(&run, &copy));
    CU_ASSERT_EQUAL(run.info.averaged, 8);
    CU_ASSERT_EQUAL(run.info.step, 11);
    CU_ASSERT_EQUAL(run.info.guard.skipped, 3); /* and the optimiser has done 8 */
    CU_ASSERT_EQUAL(run.info.guard.idle, 3);
    CU_ASSERT_EQUAL(run.info.guard.back.step, 8); /* no snapshot of a bad step */
    steps(&run, 2);                               /* at 12 there is a new one */
    CU_ASSERT_EQUAL(run.info.guard.back.step, 12);
    oc_snapshot_take(&copy, &run);
    CU_ASSERT_EQUAL(run.info.guard.back.skipped, 3);
    step_of(&run, OC_GUARD_ROLLBACK);
    step_of(&run, OC_GUARD_ROLLBACK); /* twice to the same */
    CU_ASSERT_EQUAL(run.info.guard.back.step, 12);
    CU_ASSERT_EQUAL(run.info.guard.rollbacks, 3);
    CU_ASSERT_EQUAL(run.info.guard.skipped, 6);
    CU_ASSERT_PTR_NULL(oc_guard_record_fault(&run.info.guard, run.info.step, UINT64_MAX));
    destroy(&run, &copy);
}

static void the_first_snapshot_is_the_beginning(void)
{
    oc_run run;
    oc_snapshot copy;
    create(&run, &copy);
    oc_snapshot_take(&copy, &run);
    steps(&run, 3);
    step_of(&run, OC_GUARD_ROLLBACK);
    CU_ASSERT(is_as(&run, &copy));
    CU_ASSERT_EQUAL(run.info.guard.skipped, 4);
    destroy(&run, &copy);
}

static void a_spike_at_or_below_1_is_refused(void)
{
    oc_run run;
    oc_recipe strange = recipe;
    strange.guard.spike = 0.5;
    CU_ASSERT_EQUAL(oc_run_create(&run, comm, &strange), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "guard.spike: found 0.5"));
}

int main(void)
{
    static const oc_case cases[] = {
        {"skip", a_skipped_step_changes_nothing},
        {"the optimiser's count", the_optimiser_does_not_count_it},
        {"rollback", a_rollback_is_the_snapshot},
        {"rollback to the beginning", the_first_snapshot_is_the_beginning},
        {"spike", a_spike_at_or_below_1_is_refused},
    };
    if (oc_small_job_open(&comm, &recipe, recipe_text, 400) != OC_OK)
        return 1;
    const int code = OC_RUN_CASES("guard", cases);
    oc_comm_close(comm);
    return code;
}
