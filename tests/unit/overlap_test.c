/* overlap_test.c - what the first steps show decides whether exchange and backward overlap. */
#include "tests/harness.h"

#include "run/overlap.h"

static void test_said(void)
{
    double without, with;
    oc_overlap on = oc_overlap_start(OC_OVERLAP_ON, 1), off = oc_overlap_start(OC_OVERLAP_OFF, 1);
    const oc_overlap alone = oc_overlap_start(OC_OVERLAP_ON, 0);
    for (int i = 0; i < 50; i++) {
        CU_ASSERT(oc_overlap_next(&on) && !oc_overlap_next(&off) && !oc_overlap_next(&alone));
        CU_ASSERT_EQUAL(oc_overlap_note(&on, 1, &without, &with), 0);
        CU_ASSERT_EQUAL(oc_overlap_note(&off, 1, &without, &with), 0);
    }
}

/* Steps with overlap take `with` seconds, one of them very long; how many there were of each. */
static oc_overlap try_out(double with, int steps[2])
{
    oc_overlap overlap = oc_overlap_start(OC_OVERLAP_AUTO, 1);
    double a = 0, b = 0;
    steps[0] = steps[1] = 0;
    for (int ended = 0; !ended;) {
        const int is_on = oc_overlap_next(&overlap);
        const int outlier = steps[is_on]++ == 4;
        ended = oc_overlap_note(&overlap, (is_on ? with : 1.0) + 100 * outlier, &a, &b);
    }
    CU_ASSERT_EQUAL(a, 1.0);
    CU_ASSERT_EQUAL(b, with);
    return overlap;
}

static void test_tried(void)
{
    int steps[2];
    oc_overlap better = try_out(0.9, steps), worse = try_out(1.1, steps);
    CU_ASSERT_EQUAL(steps[0], OC_OVERLAP_WARM_UP + OC_OVERLAP_TRIALS);
    CU_ASSERT_EQUAL(steps[1], OC_OVERLAP_TRIALS);
    CU_ASSERT(oc_overlap_next(&better) && !oc_overlap_next(&worse));
    double a, b;
    CU_ASSERT_EQUAL(oc_overlap_note(&better, 1000, &a, &b), 0); /* for good */
    CU_ASSERT(oc_overlap_next(&better));
    const oc_overlap alone = oc_overlap_start(OC_OVERLAP_AUTO, 0);
    CU_ASSERT(!oc_overlap_next(&alone));
}

int main(void)
{
    const oc_case cases[] = {
        {"as the recipe says", test_said},
        {"as the first steps show", test_tried},
    };
    return OC_RUN_CASES("overlap", cases);
}
