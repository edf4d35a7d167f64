/* schedule_golden_test.c - every schedule against tests/golden/schedules_table.txt (PyTorch's
 * schedules, fastai v2's formulas, Smith's logs), group rates against fastai v1's lr_range, and
 * the mistakes of other implementations that are not made here. */
#include "tests/unit/recipe_check.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static oc_status make(oc_schedule *s, const char *settings, uint64_t steps, uint64_t per_epoch)
{
    oc_schedule_config config;
    const oc_status status = parse_schedule(&config, settings);
    return status == OC_OK ? oc_schedule_create(s, &config, steps, per_epoch) : status;
}

static double rate_at(const oc_schedule *s, uint64_t step)
{
    oc_schedule_point point = {(double)NAN, (double)NAN};
    CU_ASSERT_EQUAL(oc_schedule_at(s, step, &point), OC_OK);
    return point.learning_rate;
}

static double momentum_at(const oc_schedule *s, uint64_t step)
{
    oc_schedule_point point = {(double)NAN, (double)NAN};
    CU_ASSERT_EQUAL(oc_schedule_at(s, step, &point), OC_OK);
    return point.momentum;
}

static int near(double found, double expected)
{
    return fabs(found - expected) <= 1e-7 * fabs(expected);
}

/* Rows of steps behind the end have NaN: there the schedule must refuse. */
static int matches(const oc_schedule *s, uint64_t step, double lr, double momentum)
{
    oc_schedule_point at = {0, 0};
    const oc_status status = oc_schedule_at(s, step, &at);
    if (isnan(lr))
        return status == OC_ERR_USAGE;
    return status == OC_OK && near(at.learning_rate, lr) && near(at.momentum, momentum);
}

/* Which schedules the table has at which lengths: of onecycle each dialect and of cyclical each
 * mode counts as one. fastai1 has a table of its own (schedule_test.c). */
enum { LENGTHS = 6, VARIANTS = 8 };
static const uint64_t lengths[LENGTHS] = {1, 2, 3, 10, 97, 1000};
typedef int table_coverage[OC_SCHEDULE_COUNT][VARIANTS][LENGTHS];

static int variant_of(const oc_schedule_config *c)
{
    return c->kind == OC_SCHEDULE_ONECYCLE   ? c->dialect
           : c->kind == OC_SCHEDULE_CYCLICAL ? c->mode
                                             : 0;
}

static void count_block(table_coverage seen, const oc_schedule *s)
{
    for (int i = 0; i < LENGTHS; i++)
        seen[s->config.kind][variant_of(&s->config)][i] += s->steps == lengths[i];
}

static void check_coverage(const int seen[][VARIANTS][LENGTHS])
{
    for (int kind = 0; kind < OC_SCHEDULE_COUNT; kind++) {
        if (kind == OC_SCHEDULE_REDUCE_ON_PLATEAU) /* no function of the step: plateau_test.c */
            continue;
        const int variants = kind == OC_SCHEDULE_ONECYCLE   ? OC_DIALECT_SMITH + 1
                             : kind == OC_SCHEDULE_CYCLICAL ? OC_CYCLE_EXP_RANGE + 1
                                                            : 1;
        for (int v = kind == OC_SCHEDULE_ONECYCLE ? OC_DIALECT_FASTAI2 : 0; v < variants; v++)
            for (int i = 0; i < LENGTHS; i++) {
                /* torch3 refuses runs in which the rate does not rise for a step. */
                const int none =
                    (kind == OC_SCHEDULE_ONECYCLE && v == OC_DIALECT_TORCH3 && i < 2) ||
                    (kind == OC_SCHEDULE_FINE_TUNE && i == 0); /* two cycles need two steps */
                if (!seen[kind][v][i] == !none)
                    printf("%s, variant %d, %" PRIu64 " steps: %d blocks\n", oc_schedule_name(kind),
                           v, lengths[i], seen[kind][v][i]);
                CU_ASSERT_EQUAL(!seen[kind][v][i], none);
            }
    }
}

static void table(void)
{
    const char *source = getenv("ONECYCLE_SOURCE");
    char path[4096], line[1024], settings[1024] = "";
    snprintf(path, sizeof path, "%s/tests/golden/schedules_table.txt", source ? source : ".");
    FILE *file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    oc_schedule s = {0};
    static table_coverage seen;
    int rows = 0, blocks = 0;
    while (fgets(line, sizeof line, file)) {
        uint64_t n, per_epoch, step;
        double lr, momentum;
        if (line[0] == '#')
            continue;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '@') {
            int used = 0;
            CU_ASSERT_EQUAL_FATAL(
                sscanf(line, "@ %" SCNu64 " %" SCNu64 " %n", &n, &per_epoch, &used), 2);
            snprintf(settings, sizeof settings, "%s", line + used);
            if (make(&s, settings, n, per_epoch) != OC_OK) {
                printf("%s: %s\n", line, oc_message());
                CU_FAIL_FATAL("a schedule of the table is refused");
            }
            count_block(seen, &s);
            blocks++;
            continue;
        }
        CU_ASSERT_EQUAL_FATAL(sscanf(line, "%" SCNu64 ",%lf,%lf", &step, &lr, &momentum), 3);
        if (!matches(&s, step, lr, momentum)) {
            printf("not %s in {%s}\n", line, settings);
            CU_FAIL("differs from the table");
        }
        rows++;
    }
    fclose(file);
    CU_ASSERT(rows > 14000);
    CU_ASSERT(blocks > 800);
    check_coverage((const int(*)[VARIANTS][LENGTHS])seen);
}

/* What Smith's Caffe printed for hyperParam1: base .1, max 1.2, stepsize 3417. */
static void smiths_logs(void)
{
    oc_schedule s;
    static const struct {
        uint64_t step;
        double lr, momentum;
    } printed[] = {
        {5700, 0.398244, 0.916813},  {5800, 0.363126, 0.91974},   {6000, 0.292889, 0.925593},
        {6400, 0.152414, 0.937299},  {6600, 0.0821773, 0.943152}, {6700, 0.0470588, 0.946078},
        {6800, 0.0119403, 0.949005}, {6900, 0.0001, 0.949034},    {7000, 0.0001, 0.947571}};
    CU_ASSERT_EQUAL_FATAL(
        make(&s, "dialect: smith, max_lr: 1.2, div_factor: 12, annihilation: 0.0348", 7080, 0),
        OC_OK);
    for (size_t i = 0; i < sizeof printed / sizeof printed[0]; i++) {
        CU_ASSERT_DOUBLE_EQUAL(rate_at(&s, printed[i].step), printed[i].lr, 6e-7);
        CU_ASSERT_DOUBLE_EQUAL(momentum_at(&s, printed[i].step), printed[i].momentum, 6e-7);
    }
    CU_ASSERT_DOUBLE_EQUAL(rate_at(&s, 100), 0.132192, 5e-7);
    CU_ASSERT_DOUBLE_EQUAL(rate_at(&s, 3800), 1.0655, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(rate_at(&s, 6834), 1e-4, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(rate_at(&s, 7079), 1e-4, 1e-12);
}

/* PyTorch lets a schedule be asked for one step too many: half a cosine goes up again, a straight
 * line goes below 0 (pytorch issue 91765). Here any step behind the end is an error. */
static void the_end_is_the_end(void)
{
    static const char *const all[] = {"dialect: torch, max_lr: 1, anneal: cos",
                                      "dialect: torch, max_lr: 1, anneal: linear",
                                      "dialect: torch3, max_lr: 1",
                                      "dialect: fastai1, max_lr: 1",
                                      "dialect: fastai2, max_lr: 1",
                                      "dialect: smith, max_lr: 1",
                                      "name: cyclical, max_lr: 1",
                                      "name: polynomial, lr: 1, power: 0.5",
                                      "name: cosine, lr: 1",
                                      "name: warm_restarts, lr: 1",
                                      "name: constant, lr: 1",
                                      "name: inverse, lr: 1, gamma: 3"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        oc_schedule s;
        oc_schedule_point point = {7, 7};
        CU_ASSERT_EQUAL_FATAL(make(&s, all[i], 50, 0), OC_OK);
        for (uint64_t k = 0; k < 50; k++)
            CU_ASSERT(rate_at(&s, k) > 0 || s.config.kind == OC_SCHEDULE_COSINE);
        for (uint64_t k = 50; k < 53; k++)
            CU_ASSERT_EQUAL(oc_schedule_at(&s, k, &point), OC_ERR_USAGE);
        CU_ASSERT_EQUAL(oc_schedule_at(&s, UINT64_MAX, &point), OC_ERR_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "of a run of 50 steps"));
        CU_ASSERT(point.learning_rate == 7 && point.momentum == 7);
    }
}

/* PyTorch's OneCycleLR divides by zero when pct_start * n is 1; fastai v1's even_mults for one
 * group; fastai v2's fit_sgdr when cycle_mult is 1. The shortest runs, and the ends of
 * pct_start: finite, above 0, never above the peak. */
static void no_division_by_zero(void)
{
    static const char *const dialects[] = {"fastai1", "fastai2", "torch", "torch3", "smith"};
    static const double parts[] = {0, 0.1, 0.2, 0.5, 1.0 / 3, 0.999, 1};
    for (size_t d = 0; d < 5; d++)
        for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++)
            for (uint64_t n = 1; n <= 30; n++)
                for (int div = 1; div <= 25; div += 24) {
                    char text[200];
                    oc_schedule s;
                    snprintf(text, sizeof text,
                             "dialect: %s, max_lr: 1, div_factor: %d, pct_start: %.17g",
                             dialects[d], div, parts[p]);
                    const oc_status status = make(&s, text, n, 0);
                    if (d == 3 && (parts[p] > 0.5 || parts[p] * (double)n < 1)) {
                        CU_ASSERT_EQUAL(status, OC_ERR_USAGE);
                        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "schedule.pct_start"));
                        continue;
                    }
                    CU_ASSERT_EQUAL_FATAL(status, OC_OK);
                    for (uint64_t k = 0; k < n; k++) {
                        CU_ASSERT(rate_at(&s, k) > 0 && rate_at(&s, k) <= 1 + 1e-12);
                        CU_ASSERT(momentum_at(&s, k) >= 0.85 - 1e-12);
                        CU_ASSERT(momentum_at(&s, k) <= 0.95 + 1e-12);
                    }
                }
    oc_schedule s;
    CU_ASSERT_EQUAL_FATAL(make(&s, "dialect: torch, max_lr: 1, pct_start: 0.1", 10, 0), OC_OK);
    CU_ASSERT(near(rate_at(&s, 0), 1)); /* where PyTorch has 0 / 0 */
    CU_ASSERT_EQUAL_FATAL(make(&s, "name: warm_restarts, lr: 1, cycles: 3", 30, 0), OC_OK);
    CU_ASSERT(rate_at(&s, 0) == 1 && near(rate_at(&s, 10), 1) && near(rate_at(&s, 25), 0.5));
}

/* DeepSpeed's OneCycle lets momentum grow past 1 and rates grow in its decay phase. */
static void momentum_stays_inside(void)
{
    oc_schedule s;
    CU_ASSERT_EQUAL_FATAL(
        make(&s, "dialect: smith, max_lr: 1, annihilation: 0.9, pct_start: 0.01", 1000, 0), OC_OK);
    for (uint64_t k = 0; k < 1000; k++) {
        CU_ASSERT(momentum_at(&s, k) >= 0.85 - 1e-12 && momentum_at(&s, k) <= 0.95 + 1e-12);
        CU_ASSERT(k < 100 || near(rate_at(&s, k), 4e-5));
    }
}

/* Cycles end the run where one ends; half a cycle is a range test. */
static void cycles_are_whole(void)
{
    static const struct {
        const char *settings;
        uint64_t n, per_epoch, steps;
    } rows[] = {
        {"name: cyclical, max_lr: 3, step_size: 10", 97, 0, 80},
        {"name: cyclical, max_lr: 3, step_size: 10, cycles: 2", 97, 0, 40},
        {"name: cyclical, max_lr: 3, step_size: 2 epochs", 100, 10, 80},
        {"name: cyclical, max_lr: 3, step_size: 1.5 epochs", 100, 10, 90},
        {"name: cyclical, max_lr: 3, step_size: 25%", 100, 0, 100},
        {"name: cyclical, max_lr: 3, cycles: 3", 100, 0, 100},
        {"name: cyclical, max_lr: 3, base_lr: 0, cycles: 0.5", 100, 0, 100},
        {"name: cyclical, max_lr: 3, base_lr: 0, cycles: 0.5, step_size: 30", 100, 0, 30},
        {"name: cyclical, max_lr: 3, step_size: 10, warmup: 20", 117, 0, 100},
        {"name: warm_restarts, lr: 3, cycle: 10, cycle_mult: 2", 100, 0, 70},
        {"name: warm_restarts, lr: 3, cycle: 10, cycle_mult: 2", 150, 0, 150},
        {"name: warm_restarts, lr: 3, cycle: 7", 1000000, 0, 999999},
        {"name: warm_restarts, lr: 3, cycles: 2, cycle_mult: 2", 100, 0, 100},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        oc_schedule s;
        CU_ASSERT_EQUAL_FATAL(make(&s, rows[i].settings, rows[i].n, rows[i].per_epoch), OC_OK);
        if (s.steps != rows[i].steps)
            printf("%s: %" PRIu64 "\n", rows[i].settings, s.steps);
        CU_ASSERT_EQUAL(s.steps, rows[i].steps);
        CU_ASSERT(rate_at(&s, s.steps - 1) >= 0);
    }
    oc_schedule s;
    CU_ASSERT_EQUAL_FATAL(make(&s, rows[6].settings, 100, 0), OC_OK);
    for (uint64_t k = 0; k < 100; k++) /* Smith's range test: a straight line from 0 */
        CU_ASSERT_DOUBLE_EQUAL(rate_at(&s, k), 0.03 * (double)k, 1e-12);
}

static void refuse(const char *settings, uint64_t steps, const char *what)
{
    oc_schedule s;
    CU_ASSERT_EQUAL(make(&s, settings, steps, 0), OC_ERR_USAGE);
    if (!strstr(oc_message(), what))
        printf("{%s}: found: %s\n", settings, oc_message());
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), what));
}

static void no_schedules(void)
{
    refuse("max_lr: 1, annihilation: 0.1", 10, "annihilation: found 0.1, expected 0");
    refuse("max_lr: 1, dialect: torch3, pct_start: 0.6", 10, "up to 0.5 in dialect torch3");
    refuse("max_lr: 1, dialect: fastai3", 10, "did you mean fastai1?");
    refuse("max_lr: 1, warmup: 10", 10, "leaves none of the run's 10");
    refuse("max_lr: 1, warmup: 1 epochs", 10, "is not known");
    refuse("max_lr: 1, warmup: 1 day", 10, "found \"1 day\"");
    refuse("max_lr: 1, warmup: -1", 10, "found \"-1\"");
    refuse("max_lr: 1, warmup: [1, 2]", 10, "found a list of 2 values");
    refuse("max_lr: \"slice(1, 2\"", 10, "slice(a, b), slice(b) or a number above 0");
    refuse("max_lr: \"slice(0, 2)\"", 10, "found \"slice(0, 2)\"");
    refuse("max_lr: \"slice()\"", 10, "found \"slice()\"");
    refuse("max_lr: \"slice(1, 2, 3)\"", 10, "found \"slice(1, 2, 3)\"");
    refuse("name: cyclical, max_lr: 1, step_size: 6", 10, "expected them to fit");
    refuse("name: cyclical, max_lr: 1, step_size: 5, cycles: 2", 10, "expected them to fit");
    refuse("name: cyclical, max_lr: 1, cycles: 11", 10, "at least one step");
    refuse("name: cyclical, max_lr: 1, base_lr: 2", 10, "base_lr: found 2");
    refuse("name: cyclical, max_lr: 1, mode: exp_range", 10, "below 1 in mode exp_range");
    refuse("name: cyclical, max_lr: 1, gamma: 0.5", 10, "1 in the others");
    refuse("name: step, lr: 1", 10, "schedule.every: is missing");
    refuse("name: step, lr: 1, every: 0", 10, "found \"0\"");
    refuse("name: multistep, lr: 1, milestones: []", 10, "found a list of 0 values");
    refuse("name: multistep, lr: 1, milestones: [3, 3]", 10, "expected increasing steps");
    refuse("name: piecewise, lr: 1, knots: [0, 5], factors: [1]", 10, "found 1 factors for 2");
    refuse("name: piecewise, lr: 1, knots: [5, 0], factors: [1, 1]", 10, "increasing steps");
    refuse("name: piecewise, lr: 1, knots: [0], factors: [-1]", 10, "found \"-1\"");
    refuse("name: cosine, lr: 1, min_lr: 2", 10, "min_lr: found 2");
    refuse("name: warm_restarts, lr: 1, cycle: 20", 10, "expected them to fit");
    refuse("name: warm_restarts, lr: 1, cycles: 1.5", 10, "a whole number");
    refuse("name: warm_restarts, lr: 1, cycles: 30, cycle_mult: 2", 10, "at least one step");
}

/* fastai v1: lr_range(slice(1e-4, 1e-2)) of 3 and 4 groups, lr_range(slice(1e-2)). */
static void shares_of_groups(void)
{
    static const oc_rate three = {0.01, 0.0001, OC_SPREAD_GEOMETRIC};
    static const double of_four[] = {1e-4, 0.00046415888336127773, 0.0021544346900318838, 0.01};
    CU_ASSERT(near(oc_rate_share(&three, 0, 3), 0.01));
    CU_ASSERT(near(oc_rate_share(&three, 1, 3), 0.1));
    for (int i = 0; i < 4; i++)
        CU_ASSERT(near(oc_rate_share(&three, i, 4) * 0.01, of_four[i]));
    CU_ASSERT(oc_rate_share(&three, 2, 3) == 1 && oc_rate_share(&three, 0, 1) == 1);
    static const oc_rate tenth = {0.01, 0, OC_SPREAD_TENTH}, plain = {0.01, 0, OC_SPREAD_NONE};
    CU_ASSERT(near(oc_rate_share(&tenth, 0, 3), 0.1) && near(oc_rate_share(&tenth, 1, 3), 0.1));
    CU_ASSERT(oc_rate_share(&tenth, 2, 3) == 1);
    CU_ASSERT(oc_rate_share(&plain, 0, 3) == 1);
}

/* Smith's x.sh, line by line, and between and beyond its lines. */
static void running_averages(void)
{
    static const double rows[][2] = {{10000, .97}, {7500, .96}, {5000, .95}, {4000, .93},
                                     {3000, .90},  {2000, .85}, {1000, .80}, {1, .80},
                                     {1500, .825}, {1e9, .97},  {6250, .955}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CU_ASSERT(near(oc_averages_kept(rows[i][0]), rows[i][1]));
    oc_schedule s;
    CU_ASSERT_EQUAL_FATAL(make(&s, "max_lr: 1", 10000, 0), OC_OK);
    CU_ASSERT(oc_schedule_half_cycle(&s) == 5000);
    CU_ASSERT_EQUAL_FATAL(make(&s, "name: cyclical, max_lr: 1, step_size: 1000", 10000, 0), OC_OK);
    CU_ASSERT(oc_schedule_half_cycle(&s) == 1000);
}

int main(void)
{
    static const oc_case cases[] = {
        {"table", table},
        {"Smith's logs", smiths_logs},
        {"the end is the end", the_end_is_the_end},
        {"no division by zero", no_division_by_zero},
        {"momentum stays inside", momentum_stays_inside},
        {"cycles are whole", cycles_are_whole},
        {"no schedules", no_schedules},
        {"shares of groups", shares_of_groups},
        {"running averages", running_averages},
    };
    return OC_RUN_CASES("schedule_golden", cases);
}
