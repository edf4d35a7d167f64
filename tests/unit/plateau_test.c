/* plateau_test.c - reduce_on_plateau against PyTorch's ReduceLROnPlateau
 * (tests/golden/plateau_table.txt): the rate after each of a series of evaluations. */
#include "tests/unit/recipe_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static oc_status make(oc_schedule *schedule, const char *settings)
{
    oc_schedule_config config;
    const oc_status status = parse_schedule(&config, settings);
    return status == OC_OK ? oc_schedule_create(schedule, &config, 100, 10) : status;
}

/* The rate that a run has when its decision says so. */
static double rate_at(const oc_schedule *schedule, double scale)
{
    oc_schedule_point point = {0, 0};
    const oc_decision decision = {.step = 10, .end = 100, .place = 10, .scale = scale};
    CU_ASSERT_EQUAL(oc_schedule_decided(schedule, &decision, 20, &point), OC_OK);
    return point.learning_rate;
}

static void pytorchs_table(void)
{
    const char *const source = getenv("ONECYCLE_SOURCE");
    char path[4096], line[1024];
    snprintf(path, sizeof path, "%s/tests/golden/plateau_table.txt", source ? source : ".");
    FILE *const file = fopen(path, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    oc_schedule schedule;
    oc_plateau plateau;
    int rows = 0, blocks = 0, reductions = 0;
    double scale = 1;
    while (fgets(line, sizeof line, file)) {
        double value, lr;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        if (line[0] == '@') {
            CU_ASSERT_EQUAL_FATAL(make(&schedule, line + 2), OC_OK);
            plateau = (oc_plateau){.best = (double)NAN};
            scale = 1;
            blocks++;
            continue;
        }
        CU_ASSERT_EQUAL_FATAL(sscanf(line, "%lf,%lf", &value, &lr), 2);
        const double before = scale;
        scale = oc_plateau_next(&schedule.config, &plateau, value, scale);
        reductions += scale != before;
        const double found = rate_at(&schedule, scale);
        if (!(fabs(found - lr) <= 1e-12 * lr)) {
            printf("row %d of block %d: %s, found %.17g\n", rows, blocks, line, found);
            CU_FAIL_FATAL("differs from the table");
        }
        rows++;
    }
    fclose(file);
    CU_ASSERT_EQUAL(blocks, 41);
    CU_ASSERT_EQUAL(rows, 41 * 40);
    CU_ASSERT(reductions > 100);
}

static void nonsense_is_refused(void)
{
    static const struct {
        const char *settings, *message;
    } cases[] = {
        {"factor: 1", "schedule.factor"},
        {"factor: 0", "schedule.factor"},
        {"patience: -1", "schedule.patience"},
        {"threshold: -0.1", "schedule.threshold"},
        {"threshold_mode: relative", "expected rel or abs"},
        {"monitor: loss", "expected test_loss or test_accuracy"},
        {"min_lr: 0.5", "min_lr"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char settings[200];
        oc_schedule schedule;
        snprintf(settings, sizeof settings, "name: reduce_on_plateau, lr: 0.3, %s",
                 cases[i].settings);
        CU_ASSERT_EQUAL(make(&schedule, settings), OC_ERR_USAGE);
        if (!strstr(oc_message(), cases[i].message)) {
            printf("%s: %s\n", cases[i].settings, oc_message());
            CU_FAIL("another message");
        }
    }
}

int main(void)
{
    static const oc_case cases[] = {
        {"PyTorch's table", pytorchs_table},
        {"nonsense is refused", nonsense_is_refused},
    };
    return OC_RUN_CASES("plateau", cases);
}
