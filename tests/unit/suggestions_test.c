/* suggestions_test.c - do the suggestions of a range test agree with fastai's rules, computed by
 * tests/golden/suggestions_golden.py on 35 curves (20 of them recorded); and Smith's rule on
 * accuracies drawn by hand. */
#include "studies/suggestions.h"

#include "base/median.h"
#include "studies/lr_range.h"
#include "tests/golden.h"
#include "tests/harness.h"

#include <math.h>
#include <string.h>

enum { CURVES = 35, MOST_POINTS = 6000, POINT_COLUMNS = 4, RULES = 5 };

static double points[MOST_POINTS][POINT_COLUMNS]; /* curve, steps, lr, smoothed loss */
static double golden[CURVES][1 + RULES];

static void suggestions_are_fastais(void)
{
    static double lr[MOST_POINTS], loss[MOST_POINTS];
    const size_t rows =
        oc_golden_numbers("suggestions_curves.csv", POINT_COLUMNS, points[0], MOST_POINTS);
    CU_ASSERT_EQUAL(oc_golden_numbers("suggestions_golden.csv", 1 + RULES, golden[0], CURVES),
                    CURVES);
    size_t row = 0;
    int missing = 0;
    for (int c = 0; c < CURVES; c++) {
        oc_rate_curve curve = {.lr = lr, .loss = loss};
        for (; row < rows && points[row][0] == c + 1; row++, curve.count++) {
            curve.steps = (uint64_t)points[row][1];
            lr[curve.count] = points[row][2];
            loss[curve.count] = points[row][3];
        }
        CU_ASSERT(curve.count > 0 && golden[c][0] == c + 1);
        for (int k = 0; k < RULES; k++) {
            const double rate = oc_suggest(&curve, k), expected = golden[c][1 + k];
            missing += isnan(expected);
            if (isnan(expected) ? !isnan(rate) : !(rate == expected)) {
                fprintf(stderr, "curve %d, %s: %.17g, expected %.17g\n", c + 1,
                        oc_suggestion_name(k), rate, expected);
                CU_FAIL("another rate than fastai's");
            }
        }
    }
    CU_ASSERT_EQUAL(row, rows);
    CU_ASSERT_EQUAL(missing, 21); /* where fastai fails: short curves are among them */
}

static void names_lead_back_to_kinds(void)
{
    for (int k = 0; k < OC_SUGGESTIONS; k++) {
        CU_ASSERT_EQUAL(oc_suggestion_find(oc_suggestion_name(k)), k);
        CU_ASSERT(strlen(oc_suggestion_meaning(k)) > 0);
    }
    CU_ASSERT_EQUAL(oc_suggestion_find("valle"), -1);
}

/* Accuracy of `count` points at rates 0, 1, 2...: from 0.1 at `rise` up to 0.9 at `top`, then
 * level, then down to 0.1 within 8 points from `fall` on. */
static size_t draw(double *lr, double *accuracy, size_t count, double rise, double top, double fall)
{
    for (size_t i = 0; i < count; i++) {
        const double x = (double)i;
        lr[i] = x;
        const double up = x <= rise ? 0 : x >= top ? 1 : (x - rise) / (top - rise);
        const double down = x <= fall ? 0 : x >= fall + 8 ? 1 : (x - fall) / 8;
        accuracy[i] = 0.1 + 0.8 * (up - down);
    }
    return count;
}

static void smith_finds_where_accuracy_rises_and_falls(void)
{
    double lr[40], accuracy[40];
    oc_smith smith;
    CU_ASSERT(oc_smith_bounds(&smith, lr, accuracy, draw(lr, accuracy, 40, 10, 20, 20)));
    CU_ASSERT_EQUAL(smith.start, 11); /* a tenth of the way from 10 to 20 */
    CU_ASSERT_EQUAL(smith.max, 20);
    CU_ASSERT(!smith.is_open);
    /* It has not fallen yet. */
    CU_ASSERT(oc_smith_bounds(&smith, lr, accuracy, draw(lr, accuracy, 40, 10, 39, 100)));
    CU_ASSERT_EQUAL(smith.max, 39);
    CU_ASSERT(smith.is_open);
}

static void smith_stops_at_the_first_ragged_place(void)
{
    double lr[40], accuracy[40];
    oc_smith smith;
    draw(lr, accuracy, 40, 0, 39, 100);
    accuracy[10] -= 0.2;  /* it has only begun to rise */
    accuracy[30] -= 0.09; /* falls by 0.07, less than a tenth of the rise of 0.8 */
    CU_ASSERT(oc_smith_bounds(&smith, lr, accuracy, 40));
    CU_ASSERT_EQUAL(smith.max, 39);
    accuracy[30] -= 0.02;
    CU_ASSERT(oc_smith_bounds(&smith, lr, accuracy, 40));
    CU_ASSERT_EQUAL(smith.max, 29);
    CU_ASSERT(!smith.is_open);
}

static void smith_smooths_long_curves(void)
{
    static double lr[1000], accuracy[1000];
    oc_smith smith;
    draw(lr, accuracy, 1000, 0, 999, 2000);
    for (size_t i = 0; i < 1000; i += 7)
        accuracy[i] -= 0.15; /* single batches; the mean of 41 hardly moves */
    CU_ASSERT(oc_smith_bounds(&smith, lr, accuracy, 1000));
    CU_ASSERT(smith.max > 970);
    CU_ASSERT(smith.is_open);
}

static void smith_says_nothing_where_nothing_rises(void)
{
    const double lr[] = {0, 1, 2, 3}, level[] = {0.1, 0.1, 0.1, 0.1}, down[] = {0.4, 0.3, 0.2, 0.1};
    const double cut[] = {0.1, 0.5, NAN, 0.9};
    oc_smith smith;
    CU_ASSERT(!oc_smith_bounds(&smith, lr, level, 4));
    CU_ASSERT(isnan(smith.max) && isnan(smith.start));
    CU_ASSERT(!oc_smith_bounds(&smith, lr, down, 4));
    CU_ASSERT(!oc_smith_bounds(&smith, lr, cut, 4)); /* two points are no curve */
    CU_ASSERT(!oc_smith_bounds(&smith, lr, level, 0));
}

/* The loss blows up in the last two of 100 steps, whose few samples are classified well by chance.
 * Without a say of the loss smith would be the last rate. */
static void no_suggestion_where_the_loss_blew_up(void)
{
    oc_range_point point[100];
    oc_range_curve curve = {.point = point, .count = 100, .steps = 100, .end = OC_RANGE_DIVERGED};
    double rates[OC_SUGGESTIONS];
    oc_smith smith;
    for (int i = 0; i < 100; i++)
        point[i] = (oc_range_point){.lr = i,
                                    .loss = 2.3 - 0.01 * i,
                                    .smoothed = 2.3 - 0.005 * i,
                                    .accuracy = 0.1 + 0.002 * i,
                                    .evaluated = NAN};
    point[98].smoothed = 4e8;
    point[99].smoothed = 3.6e10;
    point[98].accuracy = point[99].accuracy = 0.9;
    CU_ASSERT_EQUAL(oc_range_suggest(&curve, rates, &smith), OC_OK);
    CU_ASSERT_EQUAL(smith.max, 96); /* the step at 97 is what ruined the loss of 98 */
    CU_ASSERT_EQUAL(rates[OC_SUGGEST_SMITH], 96);
    CU_ASSERT(!smith.is_open);
    for (int k = 0; k < OC_SUGGESTIONS; k++)
        CU_ASSERT(isnan(rates[k]) || oc_range_loss_at(&curve, rates[k]) <= point[0].smoothed);

    /* From the beginning: then there is nothing to say. */
    point[1].smoothed = 1e9;
    CU_ASSERT_EQUAL(oc_range_suggest(&curve, rates, &smith), OC_OK);
    CU_ASSERT(isnan(rates[OC_SUGGEST_SMITH]));

    /* A loss that was small and is less small is none that blew up; evaluations count alike. */
    for (int i = 0; i < 100; i++) {
        point[i].smoothed = i < 50 ? 2.3 : i < 75 ? 0.01 : 0.1;
        point[i].evaluated = i % 10 == 9 ? 0.1 + 0.008 * i : (double)NAN;
    }
    CU_ASSERT_EQUAL(oc_range_suggest(&curve, rates, &smith), OC_OK);
    CU_ASSERT_EQUAL(smith.max, 99);
    point[95].smoothed = 100;
    CU_ASSERT_EQUAL(oc_range_suggest(&curve, rates, &smith), OC_OK);
    CU_ASSERT_EQUAL(smith.max, 89);
}

static void median_of_even_and_odd(void)
{
    double odd[] = {3, 1, 2}, even[] = {4, 1, 3, 2}, one[] = {7};
    CU_ASSERT_EQUAL(oc_median(odd, 3), 2);
    CU_ASSERT_EQUAL(oc_median(even, 4), 2.5);
    CU_ASSERT_EQUAL(oc_median(one, 1), 7);
    CU_ASSERT(even[0] == 1 && even[3] == 4); /* sorted */
}

int main(void)
{
    static const oc_case cases[] = {
        {"fastai's rules", suggestions_are_fastais},
        {"names", names_lead_back_to_kinds},
        {"Smith's bounds", smith_finds_where_accuracy_rises_and_falls},
        {"Smith: ragged", smith_stops_at_the_first_ragged_place},
        {"Smith: smoothing", smith_smooths_long_curves},
        {"Smith: nothing rises", smith_says_nothing_where_nothing_rises},
        {"a loss that blew up", no_suggestion_where_the_loss_blew_up},
        {"median", median_of_even_and_odd},
    };
    return OC_RUN_CASES("suggestions", cases);
}
