/* guard_test.c - what the guard against divergence decides from what it remembers, and what it
 * believes of a record from outside. Steps that diverge are in tests/mpi/guard_test.c. */
#include "harness.h"
#include "run/guard.h"

#include <math.h>
#include <string.h>

static void it_acts_so_often_and_no_more(void)
{
    static oc_run run;
    run.recipe.guard.max_retries = 2;
    for (int wish = OC_GUARD_STOP; wish <= OC_GUARD_ROLLBACK; wish++) {
        run.recipe.guard.on_divergence = wish;
        for (uint64_t before = 0; before < 4; before++) {
            run.info.guard.diverged = before;
            CU_ASSERT_EQUAL((int)oc_guard_next(&run), before < 2 ? wish : OC_GUARD_STOP);
        }
    }
}

/* Of odd and even numbers of losses, in any order, and of the last 64 alone. */
static void a_spike_is_measured_by_the_median(void)
{
    static oc_run run;
    run.recipe.guard.spike = 3;
    for (int i = 0; i < 15; i++)
        oc_guard_end_step(&run, (i * 7) % 15);
    CU_ASSERT_EQUAL(oc_guard_most_loss(&run), 0); /* too few */
    oc_guard_end_step(&run, 100);
    CU_ASSERT_EQUAL(oc_guard_most_loss(&run), 3 * 7.5); /* 0 to 14 and 100 */
    oc_guard_end_step(&run, 200);
    CU_ASSERT_EQUAL(oc_guard_most_loss(&run), 3 * 8);
    for (int i = 0; i < 63; i++)
        oc_guard_end_step(&run, 1);
    CU_ASSERT_EQUAL(oc_guard_most_loss(&run), 3);
    for (int i = 0; i < 64; i++)
        oc_guard_end_step(&run, -1);
    CU_ASSERT_EQUAL(oc_guard_most_loss(&run), 0);
    run.recipe.guard.spike = 0;
    for (int i = 0; i < 64; i++)
        oc_guard_end_step(&run, 1);
    CU_ASSERT_EQUAL(oc_guard_most_loss(&run), 0);
}

static void steps_are_remembered(void)
{
    static oc_run run;
    run.info.guard.back.step = UINT64_MAX;
    run.info.unfrozen_step = UINT64_MAX;
    for (uint64_t i = 0; i < 20; i++) {
        run.info.step = 10 * i;
        oc_guard_get_over(&run, OC_GUARD_SKIP);
        CU_ASSERT_EQUAL(run.info.step, 10 * i + 1);
        CU_ASSERT_PTR_NULL(oc_guard_record_fault(&run.info.guard, run.info.step, UINT64_MAX));
    }
    CU_ASSERT_EQUAL(run.info.guard.diverged, 20);
    CU_ASSERT_EQUAL(run.info.guard.skipped, 20);
    CU_ASSERT(!oc_guard_has_skipped(&run, 30)); /* 16 are remembered */
    CU_ASSERT(oc_guard_has_skipped(&run, 40));
    CU_ASSERT(!oc_guard_has_skipped(&run, 41));
    CU_ASSERT(oc_guard_has_skipped(&run, 190));
}

static const oc_guard_record good = {
    .diverged = 2,
    .rollbacks = 1,
    .skipped = 5,
    .idle = 4,
    .step = {3, 9},
    .losses = 2,
    .loss = {1, 2},
    .back = {.step = 6, .unfrozen_step = 2, .idle = 1, .skipped = 1}};

static void check_fault(oc_guard_record record, const char *says)
{
    const char *const fault = oc_guard_record_fault(&record, 10, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fault);
    CU_ASSERT_PTR_NOT_NULL(strstr(fault, says));
}

static void a_record_from_outside(void)
{
    CU_ASSERT_PTR_NULL(oc_guard_record_fault(&good, 10, 2));
    oc_guard_record r = good;
    r.rollbacks = 3;
    check_fault(r, "skipped than done");
    r = good, r.skipped = 11;
    check_fault(r, "skipped than done");
    r = good, r.skipped = 1;
    check_fault(r, "skipped than done");
    r = good, r.idle = 9; /* 8 since the optimiser began anew */
    check_fault(r, "of the optimiser");
    r = good, r.step[1] = 11;
    check_fault(r, "has not been reached");
    r = good, r.step[0] = 0;
    check_fault(r, "has not been reached");
    r = good, r.loss[1] = NAN;
    check_fault(r, "not finite");
    r = good, r.back.step = 11;
    check_fault(r, "snapshot");
    r = good, r.back.idle = 5;
    check_fault(r, "snapshot");
    r = good, r.back.skipped = 7;
    check_fault(r, "snapshot");
    r = good, r.back.unfrozen_step = 7;
    check_fault(r, "snapshot");
}

int main(void)
{
    static const oc_case cases[] = {
        {"so often", it_acts_so_often_and_no_more},
        {"median", a_spike_is_measured_by_the_median},
        {"steps are remembered", steps_are_remembered},
        {"records from outside", a_record_from_outside},
    };
    return OC_RUN_CASES("guard", cases);
}
