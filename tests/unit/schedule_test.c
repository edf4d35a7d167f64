/* schedule_test.c - onecycle against the golden table of fastai v1's mechanics and values
 * checked by hand, constant, and what makes no schedule. */
#include "schedules/schedule.h"
#include "tests/harness.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static oc_schedule_config onecycle(void)
{
    return (oc_schedule_config){.kind = OC_SCHEDULE_ONECYCLE,
                                .lr = {.last = 1},
                                .div_factor = 25,
                                .pct_start = 0.3,
                                .momentum = {0.95, 0.85}};
}

static int near(double found, double expected, double relative)
{
    return fabs(found - expected) <= relative * fabs(expected);
}

static oc_schedule_point point_at(const oc_schedule *schedule, uint64_t step)
{
    oc_schedule_point point = {(double)NAN, (double)NAN};
    CU_ASSERT_EQUAL(oc_schedule_at(schedule, step, &point), OC_OK);
    return point;
}

/* N = 10, max_lr = 1: from the formulas of callbacks/one_cycle.py, to the digits given. */
static void ten_steps_by_hand(void)
{
    static const double lr[] = {0.04,       0.28,       0.76,       1,          0.95048463,
                                0.81174565, 0.61126202, 0.38874198, 0.18825835, 0.049519368};
    static const double momentum[] = {0.95,     0.925,    0.875,    0.85,     0.854952,
                                      0.868826, 0.888874, 0.911126, 0.931174, 0.945048};
    const oc_schedule_config config = onecycle();
    oc_schedule s;
    CU_ASSERT_EQUAL_FATAL(oc_schedule_create(&s, &config, 10, 0), OC_OK);
    for (uint64_t k = 0; k < 10; k++) {
        const oc_schedule_point at = point_at(&s, k);
        CU_ASSERT(near(at.learning_rate, lr[k], 3e-8));
        CU_ASSERT(near(at.momentum, momentum[k], 1e-6));
    }
}

static void golden_table(void)
{
    const char *source = getenv("ONECYCLE_SOURCE");
    char path[4096], line[512];
    snprintf(path, sizeof path, "%s/tests/golden/onecycle_table.csv", source ? source : ".");
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof line, file)); /* names of the columns */
    int rows = 0;
    while (fgets(line, sizeof line, file)) {
        oc_schedule_config c = {.kind = OC_SCHEDULE_ONECYCLE};
        uint64_t n, step;
        int linear;
        double lr, momentum;
        CU_ASSERT_EQUAL_FATAL(
            sscanf(line, "%" SCNu64 ",%lf,%lf,%lf,%lf,%lf,%lf,%d,%" SCNu64 ",%lf,%lf", &n,
                   &c.lr.last, &c.div_factor, &c.pct_start, &c.final_div, &c.momentum[0],
                   &c.momentum[1], &linear, &step, &lr, &momentum),
            11);
        c.anneal = linear ? OC_ANNEAL_LINEAR : OC_ANNEAL_COS;
        oc_schedule s;
        CU_ASSERT_EQUAL_FATAL(oc_schedule_create(&s, &c, n, 0), OC_OK);
        const oc_schedule_point at = point_at(&s, step);
        if (!near(at.learning_rate, lr, 1e-12) || !near(at.momentum, momentum, 1e-12)) {
            printf("found %.17g, %.17g in %s", at.learning_rate, at.momentum, line);
            CU_FAIL("differs from the table");
        }
        rows++;
    }
    fclose(file);
    CU_ASSERT(rows > 700);
}

/* Rises to the peak, then falls; momentum the other way round; every length, no NaN. */
static void shape_at_every_length(void)
{
    static const double parts[] = {0, 0.001, 0.3, 0.5, 0.999, 1};
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++)
        for (uint64_t n = 1; n <= 60; n++) {
            oc_schedule_config config = onecycle();
            oc_schedule s;
            config.pct_start = parts[p];
            CU_ASSERT_EQUAL_FATAL(oc_schedule_create(&s, &config, n, 0), OC_OK);
            CU_ASSERT(near(point_at(&s, 0).learning_rate, 0.04, 1e-12));
            int turns = 0;
            oc_schedule_point last = point_at(&s, 0);
            for (uint64_t k = 1; k < n; k++) {
                const oc_schedule_point at = point_at(&s, k);
                const int rises = at.learning_rate > last.learning_rate;
                CU_ASSERT(at.learning_rate >= 4e-6 && at.learning_rate <= 1 + 1e-12);
                CU_ASSERT(at.momentum >= 0.85 - 1e-12 && at.momentum <= 0.95 + 1e-12);
                CU_ASSERT_EQUAL(rises, at.momentum < last.momentum);
                turns += turns == 0 && !rises;
                CU_ASSERT(turns == 0 || !rises);
                last = at;
            }
        }
}

static void constant_is_constant(void)
{
    const oc_schedule_config config = {
        .kind = OC_SCHEDULE_CONSTANT, .lr = {.last = 0.01}, .momentum = {0.9}};
    oc_schedule s;
    CU_ASSERT_EQUAL_FATAL(oc_schedule_create(&s, &config, 5, 0), OC_OK);
    for (uint64_t k = 0; k < 5; k++) {
        CU_ASSERT_EQUAL(point_at(&s, k).learning_rate, 0.01);
        CU_ASSERT_EQUAL(point_at(&s, k).momentum, 0.9);
    }
}

/* A huge run neither overflows nor stops before its end. */
static void longest_run(void)
{
    const oc_schedule_config config = onecycle();
    oc_schedule s;
    CU_ASSERT_EQUAL_FATAL(oc_schedule_create(&s, &config, UINT64_MAX, 0), OC_OK);
    CU_ASSERT(near(point_at(&s, 0).learning_rate, 0.04, 1e-12));
    CU_ASSERT(near(point_at(&s, (uint64_t)(0.3 * 0x1p64)).learning_rate, 1, 1e-9));
    CU_ASSERT(near(point_at(&s, UINT64_MAX - 1).learning_rate, 4e-6, 1e-9));
}

static void refuse(oc_schedule_config config, uint64_t steps, const char *what)
{
    oc_schedule s;
    CU_ASSERT_EQUAL(oc_schedule_create(&s, &config, steps, 0), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), what));
}

static void no_schedules(void)
{
    oc_schedule_config c = onecycle();
    refuse(c, 0, "0 steps");
    c.kind = OC_SCHEDULE_COUNT;
    refuse(c, 10, "kind");
    c.kind = -1;
    refuse(c, 10, "kind");
    c = onecycle();
    c.lr.last = 0;
    refuse(c, 10, "max_lr");
    c.lr.last = (double)NAN;
    refuse(c, 10, "max_lr");
    c = onecycle();
    c.div_factor = 0;
    refuse(c, 10, "div_factor");
    c = onecycle();
    c.final_div = 0.5;
    refuse(c, 10, "final_div");
    c = onecycle();
    c.pct_start = 1.01;
    refuse(c, 10, "pct_start");
    c = onecycle();
    c.momentum[0] = 1;
    refuse(c, 10, "momentum");
    c = onecycle();
    c.momentum[1] = 0.96;
    refuse(c, 10, "higher one first");
    refuse((oc_schedule_config){.kind = OC_SCHEDULE_CONSTANT, .momentum = {0.9}}, 10, "lr");
    refuse((oc_schedule_config){.kind = OC_SCHEDULE_CONSTANT, .lr = {.last = 1}, .momentum = {-1}},
           10, "momentum");
}

static void names(void)
{
    CU_ASSERT_EQUAL(oc_schedule_find("onecycle"), OC_SCHEDULE_ONECYCLE);
    CU_ASSERT_EQUAL(oc_schedule_find("constant"), OC_SCHEDULE_CONSTANT);
    CU_ASSERT_EQUAL(oc_schedule_find("OneCycle"), -1);
    for (int kind = 0; kind < OC_SCHEDULE_COUNT; kind++)
        CU_ASSERT_EQUAL(oc_schedule_find(oc_schedule_name(kind)), kind);
}

int main(void)
{
    static const oc_case cases[] = {
        {"ten steps by hand", ten_steps_by_hand},
        {"golden table", golden_table},
        {"shape at every length", shape_at_every_length},
        {"constant is constant", constant_is_constant},
        {"longest run", longest_run},
        {"no schedules", no_schedules},
        {"names", names},
    };
    return OC_RUN_CASES("schedule", cases);
}
