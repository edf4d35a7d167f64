/* tables_test.c - what is written into a run's tables and summary is what is read from them: every
 * column under its name, for all kinds of targets. */
#include "rundir/tables.h"

#include "base/file.h"
#include "harness.h"
#include "rundir/metrics.h"
#include "rundir/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double group_lr[2] = {0.25, 0.5};

static const char *folder_of(oc_targets_kind kind)
{
    static const char *const names[OC_TARGETS_KINDS] = {"classes", "regression", "labels"};
    const char *const folder = oc_scratch_path(names[kind]);
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(folder), OC_OK);
    return folder;
}

/* Two steps, the second of them not finite, and an epoch. */
static void write_tables(const char *folder, oc_targets_kind kind)
{
    oc_metrics *metrics;
    CU_ASSERT_EQUAL_FATAL(oc_metrics_open_for(&metrics, folder, 0, 2, kind), OC_OK);
    oc_step_row step = {.step = 1,
                        .epoch = 2,
                        .lr = 3.5,
                        .momentum = 4.5,
                        .groups = 2,
                        .group_lr = group_lr,
                        .loss = 5.5,
                        .accuracy = 6.5,
                        .images_per_second = 7.5,
                        .data_wait = 8.5};
    oc_metrics_step(metrics, &step);
    step.step = 2;
    step.loss = NAN;
    oc_metrics_step(metrics, &step);
    const oc_epoch_row epoch = {
        .epoch = 1,
        .step = 2,
        .train_loss = 3.5,
        .train_accuracy = 4.5,
        .test_loss = 5.5,
        .test_accuracy = 6.5,
        .lr = 7.5,
        .seconds = 8.5,
        .images_per_second = 9.5,
        .scores = {.rmse = 10.5, .mae = 11.5, .label_accuracy = 12.5, .f1 = 13.5},
    };
    oc_metrics_epoch(metrics, &epoch);
    CU_ASSERT_EQUAL(oc_metrics_close(metrics), OC_OK);
}

static void check_steps(const char *folder)
{
    static const double expected[OC_STEP_COLUMNS] = {1, 2, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5};
    oc_table_rows rows;
    CU_ASSERT_EQUAL_FATAL(oc_table_read(&rows, folder, &oc_steps_table), OC_OK);
    CU_ASSERT_EQUAL_FATAL(rows.count, 2);
    for (size_t c = 0; c < OC_STEP_COLUMNS; c++)
        CU_ASSERT_EQUAL(oc_table_row(&rows, 0)[c], expected[c]);
    CU_ASSERT_EQUAL(oc_table_last(&rows)[OC_STEP_STEP], 2);
    CU_ASSERT_TRUE(isnan(oc_table_last(&rows)[OC_STEP_LOSS]));
    oc_table_free(&rows);
}

static void check_epochs(const char *folder, oc_targets_kind kind)
{
    static const double expected[] = {1, 2, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5};
    static const double scores[OC_TARGETS_KINDS][2] = {
        {(double)NAN, (double)NAN}, {10.5, 11.5}, {12.5, 13.5}};
    oc_table_rows rows;
    CU_ASSERT_EQUAL_FATAL(oc_table_read(&rows, folder, &oc_epochs_table), OC_OK);
    CU_ASSERT_EQUAL_FATAL(rows.count, 1);
    CU_ASSERT_EQUAL(rows.kind, kind);
    const double *const row = oc_table_last(&rows);
    for (size_t c = 0; c < OC_EPOCH_SCORE_1; c++)
        CU_ASSERT_EQUAL(row[c], expected[c]);
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT(kind == OC_TARGETS_CLASSES ? isnan(row[OC_EPOCH_SCORE_1 + i])
                                             : row[OC_EPOCH_SCORE_1 + i] == scores[kind][i]);
    oc_table_free(&rows);
}

static void written_is_read(void)
{
    for (int kind = 0; kind < OC_TARGETS_KINDS; kind++) {
        const char *const folder = folder_of((oc_targets_kind)kind);
        write_tables(folder, (oc_targets_kind)kind);
        check_steps(folder);
        check_epochs(folder, (oc_targets_kind)kind);
    }
}

/* As runs of earlier versions and those who read the tables know them. */
static void headers(void)
{
    static const struct {
        const oc_table *table;
        oc_targets_kind kind;
        size_t groups;
        const char *header;
    } cases[] = {
        {&oc_steps_table, OC_TARGETS_CLASSES, 0,
         "step,epoch,lr,momentum,loss,accuracy,images_per_second,data_wait\n"},
        {&oc_steps_table, OC_TARGETS_REGRESSION, 2,
         "step,epoch,lr,momentum,loss,r2,images_per_second,data_wait,lr_1,lr_2\n"},
        {&oc_epochs_table, OC_TARGETS_CLASSES, 0,
         "epoch,step,train_loss,train_accuracy,test_loss,test_accuracy,lr,seconds,"
         "images_per_second\n"},
        {&oc_epochs_table, OC_TARGETS_REGRESSION, 0,
         "epoch,step,train_loss,train_r2,test_loss,test_r2,lr,seconds,images_per_second,"
         "test_rmse,test_mae\n"},
        {&oc_epochs_table, OC_TARGETS_MULTI_LABEL, 0,
         "epoch,step,train_loss,train_accuracy,test_loss,test_accuracy,lr,seconds,"
         "images_per_second,test_label_accuracy,test_f1\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char header[OC_TABLE_HEADER];
        oc_table_header(cases[i].table, cases[i].kind, cases[i].groups, header);
        CU_ASSERT_STRING_EQUAL(header, cases[i].header);
        CU_ASSERT_EQUAL(oc_table_kind(cases[i].table, header), (int)cases[i].kind);
    }
    CU_ASSERT_EQUAL(oc_table_kind(&oc_steps_table, "step,epoch,lr\n"), -1);
    CU_ASSERT_EQUAL(oc_table_kind(&oc_steps_table, ""), -1);
    CU_ASSERT_EQUAL(oc_table_kind(&oc_epochs_table, cases[0].header), -1);
}

/* Trust ratios stand behind the rates of groups; readers of the other columns pass over them. */
static void trusts(void)
{
    static const double ratios[2][2] = {{0.125, 0.25}, {1, INFINITY}};
    const char *const folder = oc_scratch_path("trusts");
    char path[OC_PATH_BYTES], *text = NULL;
    size_t bytes;
    static oc_step_extras extras = {.groups = 2, .trusts = 2, .trust = {"conv1.weight", "fc.bias"}};
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(folder), OC_OK);
    for (uint64_t s = 1; s <= 2; s++) { /* the second goes on with the table */
        oc_metrics *metrics;
        CU_ASSERT_EQUAL_FATAL(
            oc_metrics_take_over(&metrics, folder, s - 1, 0, &extras, OC_TARGETS_CLASSES), OC_OK);
        const oc_step_row step = {.step = s,
                                  .epoch = 1,
                                  .groups = 2,
                                  .group_lr = group_lr,
                                  .trusts = 2,
                                  .trust = ratios[s - 1]};
        oc_metrics_step(metrics, &step);
        CU_ASSERT_EQUAL(oc_metrics_close(metrics), OC_OK);
    }
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, "steps.csv"), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_read(path, 4096, &text, &bytes), OC_OK);
    CU_ASSERT_STRING_EQUAL(text, "step,epoch,lr,momentum,loss,accuracy,images_per_second,data_wait,"
                                 "lr_1,lr_2,trust_conv1.weight,trust_fc.bias\n"
                                 "1,1,0,0,0,0,0,0,0.25,0.5,0.125,0.25\n"
                                 "2,1,0,0,0,0,0,0,0.25,0.5,1,inf\n");
    free(text);
    oc_table_rows rows;
    CU_ASSERT_EQUAL_FATAL(oc_table_read(&rows, folder, &oc_steps_table), OC_OK);
    CU_ASSERT_EQUAL(rows.count, 2);
    oc_table_free(&rows);
}

/* As many columns, with names as long, as there may be. */
static void many_trusts(void)
{
    static oc_step_extras extras = {.groups = OC_MAX_GROUPS, .trusts = OC_MOST_TRUSTS};
    static double rates[OC_MAX_GROUPS], ratios[OC_MOST_TRUSTS];
    const char *const folder = oc_scratch_path("many");
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(folder), OC_OK);
    for (int i = 0; i < OC_MOST_TRUSTS; i++) {
        memset(extras.trust[i], 'a', sizeof extras.trust[i] - 1);
        ratios[i] = -1.2345678901234567e-300;
    }
    for (int i = 0; i < OC_MAX_GROUPS; i++)
        rates[i] = 1.2345678901234567e-300;
    for (uint64_t s = 1; s <= 3; s++) {
        oc_metrics *metrics;
        CU_ASSERT_EQUAL_FATAL(
            oc_metrics_take_over(&metrics, folder, s - 1, 0, &extras, OC_TARGETS_CLASSES), OC_OK);
        const oc_step_row step = {.step = s,
                                  .epoch = 1,
                                  .groups = OC_MAX_GROUPS,
                                  .group_lr = rates,
                                  .trusts = OC_MOST_TRUSTS,
                                  .trust = ratios};
        oc_metrics_step(metrics, &step);
        CU_ASSERT_EQUAL(oc_metrics_close(metrics), OC_OK);
    }
    oc_table_rows rows;
    CU_ASSERT_EQUAL_FATAL(oc_table_read(&rows, folder, &oc_steps_table), OC_OK);
    CU_ASSERT_EQUAL(rows.count, 3);
    oc_table_free(&rows);
}

static void summary(void)
{
    const char *const folder = oc_scratch_path("summary");
    oc_summary_view view;
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(folder), OC_OK);
    CU_ASSERT_EQUAL(oc_summary_read(&view, folder), OC_OK); /* none yet */
    CU_ASSERT_STRING_EQUAL(view.status, "");
    CU_ASSERT_TRUE(isnan(view.score));
    for (int kind = 0; kind < OC_TARGETS_KINDS; kind++) {
        const oc_summary made = {.test_accuracy = 0.75,
                                 .test_loss = 1.0 / 3,
                                 .train_loss = NAN,
                                 .steps = 42,
                                 .seconds = 1.5,
                                 .status = "done",
                                 .model = "lenet",
                                 .weights_hash = {1, 2},
                                 .kind = (oc_targets_kind)kind};
        CU_ASSERT_EQUAL(oc_summary_write(folder, &made), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_summary_read(&view, folder), OC_OK);
        CU_ASSERT_STRING_EQUAL(view.status, "done");
        CU_ASSERT_EQUAL(view.is_r2, kind == OC_TARGETS_REGRESSION);
        CU_ASSERT(view.score == 0.75 && view.test_loss == 1.0 / 3 && view.seconds == 1.5);
        CU_ASSERT(isnan(view.train_loss) && view.steps == 42);
        CU_ASSERT_STRING_EQUAL(view.weights_hash, "00000000000000010000000000000002");
    }
}

static void no_summary(void)
{
    static const char *const texts[] = {"", "[]", "{}", "{\"status\": 3}", "{\"status\": \"done\""};
    const char *const folder = oc_scratch_path("none");
    char path[OC_PATH_BYTES];
    oc_summary_view view;
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(folder), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, OC_SUMMARY_FILE), OC_OK);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CU_ASSERT_EQUAL_FATAL(oc_file_write(path, texts[i], strlen(texts[i])), OC_OK);
        CU_ASSERT_EQUAL(oc_summary_read(&view, folder), OC_ERR_DATA);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), OC_SUMMARY_FILE));
        CU_ASSERT_STRING_EQUAL(view.status, "");
    }
}

int main(void)
{
    static const oc_case cases[] = {
        {"written is read", written_is_read}, {"headers", headers}, {"trust ratios", trusts},
        {"many trust ratios", many_trusts},   {"summary", summary}, {"no summary", no_summary},
    };
    return OC_RUN_CASES("tables", cases);
}
