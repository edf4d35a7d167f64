/* save_clock_test.c - when a checkpoint by time is due, and the interval that costs least. */
#include "control/save_clock.h"
#include "harness.h"

#include <math.h>
#include <string.h>

static oc_recipe recipe_with(const char *checkpoint)
{
    char text[256];
    oc_recipe recipe;
    const int length = snprintf(text, sizeof text,
                                "model: lenet\ndata: {file: x}\ntrain: {epochs: 1}\n"
                                "schedule: {name: onecycle, max_lr: 1}\ncheckpoint: {%s}\n",
                                checkpoint);
    CU_ASSERT_EQUAL_FATAL(oc_recipe_parse(&recipe, text, (size_t)length, "clock", ".", NULL, 0),
                          OC_OK);
    return recipe;
}

/* By hand: sqrt(2 * 2 * 10000) = 200, and so on. */
static void the_interval_is_young_and_dalys(void)
{
    CU_ASSERT_EQUAL(oc_save_interval(&(oc_save_cost){3, 2}, 10000), 200);
    CU_ASSERT_EQUAL(oc_save_interval(&(oc_save_cost){3, 0.5}, 86400),
                    293.93876913398137);                                    /* sqrt(86400) */
    CU_ASSERT_EQUAL(oc_save_interval(&(oc_save_cost){500, 2}, 10000), 500); /* one at a time */
    CU_ASSERT_EQUAL(oc_save_interval(&(oc_save_cost){1, 1e-9}, 3600), 1);   /* not all the time */
    CU_ASSERT_EQUAL(oc_save_interval(&(oc_save_cost){9, 9000}, 3600),
                    3600); /* beyond the formula */
}

/* Work done for an hour: what checkpoints cost and what the interruptions undo on average, T/2. */
static double lost_in_an_hour(double interval, double cost, double mtbf)
{
    return 3600 / interval * cost + 3600 / mtbf * interval / 2;
}

static void no_other_interval_costs_less(void)
{
    const double cost = 0.7, mtbf = 5000;
    const double best = oc_save_interval(&(oc_save_cost){cost, cost}, mtbf);
    for (double factor = 0.1; factor < 10; factor *= 1.07)
        CU_ASSERT(lost_in_an_hour(best, cost, mtbf) <=
                  lost_in_an_hour(factor * best, cost, mtbf) * (1 + 1e-12));
}

static void off_is_never(void)
{
    const oc_recipe recipe = recipe_with("every_epochs: 1");
    oc_save_clock clock;
    oc_save_clock_begin(&clock, &recipe, 1, 100);
    CU_ASSERT(!oc_save_clock_is_due(&clock, 1e9));
    oc_save_clock_measured(&clock, &(oc_save_cost){1, 1});
    CU_ASSERT(!oc_save_clock_is_due(&clock, 1e9));
}

static void a_time_counts_from_the_last_one(void)
{
    const oc_recipe recipe = recipe_with("every_time: 10m");
    oc_save_clock clock;
    oc_save_clock_begin(&clock, &recipe, 1, 100);
    oc_save_clock_measured(&clock, &(oc_save_cost){1, 1});
    CU_ASSERT(!oc_save_clock_is_due(&clock, 699));
    CU_ASSERT(oc_save_clock_is_due(&clock, 700));
    oc_save_clock_note(&clock, 650);
    CU_ASSERT(!oc_save_clock_is_due(&clock, 1249));
    CU_ASSERT(oc_save_clock_is_due(&clock, 1250));
}

static void auto_goes_by_what_was_measured(void)
{
    const oc_recipe recipe = recipe_with("every_time: auto, mtbf: 10000s");
    oc_save_clock clock;
    oc_save_clock_begin(&clock, &recipe, 8, 0);
    CU_ASSERT_EQUAL(clock.interval, 400); /* by the guess */
    oc_save_clock_measured(&clock, &(oc_save_cost){0, 0});
    CU_ASSERT_EQUAL(clock.interval, 400); /* nothing was measured yet */
    oc_save_clock_measured(&clock, &(oc_save_cost){5, 2});
    CU_ASSERT_EQUAL(clock.interval, 200);
    CU_ASSERT_EQUAL(clock.told, 200);
    oc_save_clock_measured(&clock, &(oc_save_cost){5, 2.42});
    CU_ASSERT_DOUBLE_EQUAL(clock.interval, 220, 1e-9);
    CU_ASSERT_EQUAL(clock.told, 200); /* hardly new */
    oc_save_clock_measured(&clock, &(oc_save_cost){5, 50});
    CU_ASSERT_EQUAL(clock.told, 1000);
}

int main(void)
{
    static const oc_case cases[] = {
        {"Young and Daly", the_interval_is_young_and_dalys},
        {"no other costs less", no_other_interval_costs_less},
        {"off", off_is_never},
        {"a time", a_time_counts_from_the_last_one},
        {"auto", auto_goes_by_what_was_measured},
    };
    return OC_RUN_CASES("save clock", cases);
}
