/* patience_test.c - how long a rank waits for the others: as the recipe says, or as measured. */
#include "tests/harness.h"

#include "run/patience.h"
#include "schedules/schedule.h"

static void test_measured(void)
{
    oc_patience p = {.wish = OC_AUTO};
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 0), OC_COMM_TIME_LIMIT); /* nothing is known yet */
    oc_patience_note(&p, 0.001);
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 0), 60);
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 1), OC_COMM_TIME_LIMIT);
    oc_patience_note(&p, 5);
    oc_patience_note(&p, 0.001); /* the slowest counts */
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 0), 150);
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 1), OC_COMM_TIME_LIMIT);
    oc_patience_note(&p, 100);
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 0), 3000);
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 1), 3000);
}

static void test_as_said(void)
{
    oc_patience p = {.wish = 2.5};
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 1), 2.5);
    oc_patience_note(&p, 100);
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 0), 2.5);
    p.wish = 0; /* for ever */
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 0), 0);
    CU_ASSERT_EQUAL(oc_patience_limit(&p, 1), 0);
}

static void test_applied(void)
{
    oc_comm *alone = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_comm_open(&alone, 0), OC_OK);
    oc_patience p = {.wish = OC_AUTO, .set = -1};
    oc_patience_apply(&p, alone, 1);
    CU_ASSERT_EQUAL(p.set, OC_COMM_TIME_LIMIT);
    oc_patience_note(&p, 1);
    oc_patience_apply(&p, alone, 0);
    CU_ASSERT_EQUAL(p.set, 60);
    oc_comm_close(alone);
}

int main(void)
{
    const oc_case cases[] = {
        {"auto", test_measured},
        {"seconds, or for ever", test_as_said},
        {"what the watchdog knows", test_applied},
    };
    return OC_RUN_CASES("patience", cases);
}
