/* lockstep_test.c - statistics of the whole batch, on any number of ranks: what a rank has of it
 * may be shared out anew on the way, and samples that one rank cannot read end the step on all.
 * That the bits are those of one rank is sync_norm_test.sh's. */
#include "harness.h"
#include "lib/small_job.h"
#include "run/run.h"

#include <stdio.h>
#include <string.h>

static oc_comm *comm;
static oc_recipe recipe;

static const char recipe_text[] = "model: {name: mlp, hidden: [20, 12], batch_norm: true}\n"
                                  "data: {file: data.h5}\n"
                                  "batch: {size: 50, shards: 7}\n"
                                  "batch_norm: {sync: true}\n"
                                  "compute: {threads: 2}\n"
                                  "train: {max_steps: 40}\n"
                                  "schedule: {name: onecycle, max_lr: 0.05}\n";

static oc_status one_step(oc_run *run)
{
    oc_schedule_point point;
    oc_step_result result;
    CU_ASSERT_EQUAL_FATAL(oc_schedule_at(&run->plan.schedule, run->info.step, &point), OC_OK);
    oc_step step = {.iteration = run->info.step,
                    .action = OC_ACTION_TRAIN,
                    .groups = 1,
                    .learning_rate = {point.learning_rate},
                    .momentum = point.momentum};
    CU_ASSERT_EQUAL_FATAL(oc_step_broadcast(comm, &step, run->info.step), OC_OK);
    return oc_run_train_step(run, &step, &result);
}

static void shared_out_anew(void)
{
    oc_digest hash[2];
    for (int again = 0; again < 2; again++) {
        oc_run run;
        CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, comm, &recipe), OC_OK);
        CU_ASSERT_PTR_NOT_NULL(run.lockstep);
        for (int i = 0; i < 6; i++) {
            if (again && i == 3)
                CU_ASSERT_EQUAL_FATAL(oc_run_share_out(&run), OC_OK);
            CU_ASSERT_EQUAL_FATAL(one_step(&run), OC_OK);
        }
        CU_ASSERT_EQUAL(run.info.step, 6);
        CU_ASSERT_EQUAL(oc_run_check_replicas(&run), OC_OK);
        CU_ASSERT_EQUAL(oc_run_weights_hash(&run, &hash[again]), OC_OK);
        oc_run_destroy(&run);
    }
    CU_ASSERT_TRUE(oc_digest_equal(hash[0], hash[1]));
}

static void failure_of_one_rank(void)
{
    oc_digest before, after;
    oc_run run;
    CU_ASSERT_EQUAL_FATAL(oc_run_create(&run, comm, &recipe), OC_OK);
    CU_ASSERT_EQUAL_FATAL(one_step(&run), OC_OK);
    CU_ASSERT_EQUAL(oc_run_weights_hash(&run, &before), OC_OK);
    if (oc_comm_rank(comm) == oc_comm_size(comm) - 1) {
        run.workers[1].status = OC_ERR_IO;
        snprintf(run.workers[1].message, sizeof run.workers[1].message, "a test's failure");
    }
    CU_ASSERT_EQUAL(one_step(&run), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "a test's failure"));
    CU_ASSERT_EQUAL(oc_run_weights_hash(&run, &after), OC_OK);
    CU_ASSERT_TRUE(oc_digest_equal(before, after));
    oc_run_destroy(&run);
}

int main(void)
{
    static const oc_case cases[] = {
        {"shared out anew", shared_out_anew},
        {"a failure of one rank", failure_of_one_rank},
    };
    if (oc_small_job_open(&comm, &recipe, recipe_text, 200) != OC_OK)
        return 1;
    const int code = OC_RUN_CASES("lockstep", cases);
    oc_comm_close(comm);
    return code;
}
