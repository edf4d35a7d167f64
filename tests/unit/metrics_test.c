/* metrics_test.c - the run's files of numbers: formats, exact values, resuming them, errors. */
#include "base/file.h"
#include "base/log.h"
#include "faults.h"
#include "harness.h"
#include "rundir/metrics.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char steps_header[] =
    "step,epoch,lr,momentum,loss,accuracy,images_per_second,data_wait\n";
static const char epochs_header[] = "epoch,step,train_loss,train_accuracy,test_loss,test_accuracy,"
                                    "lr,seconds,images_per_second\n";

static oc_step_row step_row(uint64_t step)
{
    return (oc_step_row){.step = step,
                         .epoch = 1 + (step - 1) / 10,
                         .lr = 0.05 / (double)step,
                         .momentum = 0.95,
                         .loss = 2.302585092994046 / (double)step,
                         .accuracy = 1.0 / 3.0,
                         .images_per_second = 5210.5};
}

static oc_epoch_row epoch_row(uint64_t epoch)
{
    return (oc_epoch_row){.epoch = epoch,
                          .step = epoch * 10,
                          .train_loss = 0.1 / (double)epoch,
                          .train_accuracy = 0.97,
                          .test_loss = 0.05,
                          .test_accuracy = 0.98,
                          .lr = 0.01,
                          .seconds = 12.5,
                          .images_per_second = 5000};
}

/* A new folder with the rows of steps 1..steps and the epochs of 10 steps in them. */
static const char *folder_with(const char *name, uint64_t steps)
{
    const char *folder = oc_scratch_path(name);
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(folder), OC_OK);
    oc_metrics *metrics = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_metrics_open(&metrics, folder, 0, 1), OC_OK);
    for (uint64_t step = 1; step <= steps; step++) {
        const oc_step_row row = step_row(step);
        oc_metrics_step(metrics, &row);
        if (step % 10 == 0) {
            const oc_epoch_row done = epoch_row(step / 10);
            oc_metrics_epoch(metrics, &done);
        }
    }
    CU_ASSERT_EQUAL(oc_metrics_close(metrics), OC_OK);
    return folder;
}

static char *read_text(const char *folder, const char *name)
{
    char path[OC_PATH_BYTES];
    char *text = NULL;
    size_t count = 0;
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, name), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_read(path, 1 << 24, &text, &count), OC_OK);
    return text;
}

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[OC_PATH_BYTES];
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, name), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, text, strlen(text)), OC_OK);
}

static void check_same_file(const char *folder_a, const char *folder_b, const char *name)
{
    char *a = read_text(folder_a, name), *b = read_text(folder_b, name);
    CU_ASSERT_STRING_EQUAL(a, b);
    free(a);
    free(b);
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void test_rows_read_back_exactly(void)
{
    const char *folder = folder_with("exact", 20);
    char *text = read_text(folder, "steps.csv");
    CU_ASSERT_EQUAL(strncmp(text, steps_header, strlen(steps_header)), 0);
    CU_ASSERT_EQUAL(count_lines(text), 21);
    const char *line = text;
    for (uint64_t step = 1; step <= 20; step++) {
        line = strchr(line, '\n') + 1;
        const oc_step_row want = step_row(step);
        unsigned long long at = 0, epoch = 0;
        double lr, momentum, loss, accuracy, speed;
        CU_ASSERT_EQUAL_FATAL(sscanf(line, "%llu,%llu,%lf,%lf,%lf,%lf,%lf", &at, &epoch, &lr,
                                     &momentum, &loss, &accuracy, &speed),
                              7);
        CU_ASSERT(at == step && epoch == want.epoch && lr == want.lr && loss == want.loss);
        CU_ASSERT(momentum == 0.95 && accuracy == want.accuracy && speed == 5210.5);
    }
    free(text);
    text = read_text(folder, "epochs.csv");
    CU_ASSERT_EQUAL(strncmp(text, epochs_header, strlen(epochs_header)), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n2,20,0.05,0.97,0.05,0.98,0.01,12.5,5000\n"));
    free(text);
}

static void test_a_new_run_starts_new_files(void)
{
    const char *folder = folder_with("anew", 20);
    folder_with("anew", 0);
    char *text = read_text(folder, "steps.csv");
    CU_ASSERT_STRING_EQUAL(text, steps_header);
    free(text);
    text = read_text(folder, "epochs.csv");
    CU_ASSERT_STRING_EQUAL(text, epochs_header);
    free(text);
}

static void test_resumed_files_equal_the_uninterrupted(void)
{
    const char *whole = folder_with("whole", 35);
    const char *parts = folder_with("parts", 27); /* died at 27, the checkpoint is at 13 */
    oc_metrics *metrics = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_metrics_open(&metrics, parts, 13, 1), OC_OK);
    for (uint64_t step = 14; step <= 35; step++) {
        const oc_step_row row = step_row(step);
        oc_metrics_step(metrics, &row);
        if (step % 10 == 0) {
            const oc_epoch_row done = epoch_row(step / 10);
            oc_metrics_epoch(metrics, &done);
        }
    }
    CU_ASSERT_EQUAL(oc_metrics_close(metrics), OC_OK);
    check_same_file(whole, parts, "steps.csv");
    check_same_file(whole, parts, "epochs.csv");
}

/* Open at a step and close again. */
static void reopen(const char *folder, uint64_t from_step)
{
    oc_metrics *metrics = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_metrics_open(&metrics, folder, from_step, 1), OC_OK);
    CU_ASSERT_EQUAL(oc_metrics_close(metrics), OC_OK);
}

static void test_damaged_rows_alone_are_left_out(void)
{
    static const struct {
        const char *rows, *kept;
        int damaged; /* and so a copy is kept */
    } cases[] = {
#define ROW(n) #n ",1,1,1,1,1,1,1\n"
        {ROW(1) "2,1,1,1,1,1,1,1", ROW(1), 0},                   /* torn */
        {ROW(1) "2,1,1,1\n" ROW(3), ROW(1) ROW(3), 1},           /* short */
        {ROW(1) "2,1,1,1,1,1,1,1,9\n" ROW(3), ROW(1) ROW(3), 1}, /* long */
        {ROW(1) "2,1,x,1,1,1,1,1\n" ROW(3), ROW(1) ROW(3), 1},   /* text */
        {ROW(1) "2,1,,1,1,1,1,1\n" ROW(3), ROW(1) ROW(3), 1},    /* empty */
        {ROW(1) "\n" ROW(2), ROW(1) ROW(2), 1},                  /* no row */
        {ROW(2) ROW(2), ROW(2), 1},                              /* twice */
        {ROW(1) ROW(8) ROW(3) ROW(4), ROW(1) ROW(3) ROW(4), 1},  /* one step too high */
        {ROW(3) ROW(4) ROW(1) ROW(5), ROW(3) ROW(4) ROW(5), 1},  /* one too low */
        {ROW(1) ROW(800) ROW(3), ROW(1) ROW(3), 1},              /* beyond, but not what follows */
        {ROW(1) ROW(inf) ROW(nan) ROW(-1) ROW(2.5) ROW(3), ROW(1) ROW(3), 1},
        {"1,1,1,1,nan,1,1,1\n2,1,1,1,inf,1,1,1\n", "1,1,1,1,nan,1,1,1\n2,1,1,1,inf,1,1,1\n", 0},
        {ROW(9) ROW(10) ROW(11), ROW(9), 0}, /* beyond step 9 */
#undef ROW
    };
    oc_log_configure(1, OC_LOG_ERROR); /* warnings are expected */
    int copies = 0;
    const char *folder = folder_with("damaged", 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024], want[1024];
        snprintf(text, sizeof text, "%s%s", steps_header, cases[i].rows);
        snprintf(want, sizeof want, "%s%s", steps_header, cases[i].kept);
        write_text(folder, "steps.csv", text);
        reopen(folder, 9);
        char *got = read_text(folder, "steps.csv");
        CU_ASSERT_STRING_EQUAL(got, want);
        free(got);
        copies += cases[i].damaged;
        CU_ASSERT_EQUAL(count_entries(folder, "steps.csv.damaged-"), copies);
        if (!cases[i].damaged)
            continue;
        char name[64];
        snprintf(name, sizeof name, "steps.csv.damaged-%d", copies);
        got = read_text(folder, name);
        CU_ASSERT_STRING_EQUAL(got, text);
        free(got);
    }
    oc_log_configure(0, OC_LOG_INFO);
}

static char *log_text;

static void catch_log(FILE **file)
{
    static size_t size;
    *file = open_memstream(&log_text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(*file);
    oc_log_terminal(OC_LOG_ERROR);
    oc_log_to_file(*file);
}

/* A header with a flipped bit: the rows stay. And what is warned of has its file and line. */
static void test_a_damaged_header_costs_no_row(void)
{
    const char *folder = folder_with("header", 30);
    char *before = read_text(folder, "steps.csv"), *after;
    FILE *file;
    before[2] ^= 1;
    write_text(folder, "steps.csv", before);
    before[2] ^= 1;
    catch_log(&file);
    reopen(folder, 30);
    after = read_text(folder, "steps.csv");
    CU_ASSERT_STRING_EQUAL(before, after);
    free(after);
    CU_ASSERT_EQUAL(count_entries(folder, "steps.csv.damaged-1"), 1);
    strchr(strstr(before, "\n10,"), ',')[0] = ';'; /* step 10 is in line 11 */
    write_text(folder, "steps.csv", before);
    reopen(folder, 30);
    oc_log_to_file(NULL);
    oc_log_terminal(OC_LOG_DEBUG);
    fclose(file);
    after = read_text(folder, "steps.csv");
    CU_ASSERT_EQUAL(count_lines(after), 30);
    CU_ASSERT_PTR_NOT_NULL(strstr(after, "\n9,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(after, "\n11,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(log_text, "steps.csv:1: damaged header"));
    CU_ASSERT_PTR_NOT_NULL(strstr(log_text, "steps.csv:11: damaged row"));
    CU_ASSERT_PTR_NOT_NULL(strstr(log_text, "steps.csv.damaged-2"));
    free(log_text);
    free(after);
    free(before);
}

/* Whoever may write in the folder can guess the name; what the link leads to is not ours. */
static void test_a_link_at_the_temporary_name_is_not_followed(void)
{
    char temporary[OC_PATH_BYTES], path[OC_PATH_BYTES];
    const char *folder = folder_with("link", 3);
    write_text(folder, "target", "mine\n");
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, "steps.csv"), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_temporary(temporary, path), OC_OK);
    CU_ASSERT_EQUAL_FATAL(symlink("target", temporary), 0);
    reopen(folder, 3);
    char *text = read_text(folder, "target");
    CU_ASSERT_STRING_EQUAL(text, "mine\n");
    free(text);
    text = read_text(folder, "steps.csv");
    CU_ASSERT_EQUAL(count_lines(text), 4);
    free(text);
    CU_ASSERT_EQUAL(count_entries(folder, ".tmp-"), 0);
}

static void test_foreign_and_missing_files_are_started_anew(void)
{
    oc_log_configure(1, OC_LOG_ERROR); /* the warning is expected */
    const char *folder = folder_with("foreign", 20);
    write_text(folder, "steps.csv", "something,else\n1,2\n");
    char path[OC_PATH_BYTES];
    CU_ASSERT_EQUAL(oc_path_join(path, folder, "epochs.csv"), OC_OK);
    CU_ASSERT_EQUAL(remove(path), 0);
    reopen(folder, 15);
    char *text = read_text(folder, "steps.csv");
    CU_ASSERT_STRING_EQUAL(text, steps_header);
    free(text);
    text = read_text(folder, "epochs.csv");
    CU_ASSERT_STRING_EQUAL(text, epochs_header);
    free(text);
    oc_log_configure(0, OC_LOG_INFO);
}

static void test_flush_makes_rows_visible(void)
{
    const char *folder = folder_with("flush", 0);
    oc_metrics *metrics = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_metrics_open(&metrics, folder, 0, 1), OC_OK);
    const oc_step_row row = step_row(1);
    oc_metrics_step(metrics, &row);
    CU_ASSERT_EQUAL(oc_metrics_flush(metrics), OC_OK);
    char *text = read_text(folder, "steps.csv");
    CU_ASSERT_EQUAL(count_lines(text), 2);
    free(text);
    CU_ASSERT_EQUAL(oc_metrics_close(metrics), OC_OK);
}

static void test_failed_writes_are_reported(void)
{
    const char *folder = folder_with("full", 0);
    oc_metrics *metrics = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_metrics_open(&metrics, folder, 0, 1), OC_OK);
    struct rlimit before, small;
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 200; /* as a full disk: the header and little more */
    signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (uint64_t step = 1; step <= 5000; step++) { /* beyond the buffer, too */
        const oc_step_row row = step_row(step);
        oc_metrics_step(metrics, &row);
    }
    const oc_status flushed = oc_metrics_flush(metrics);
    const int named = strstr(oc_message(), "steps.csv") != NULL;
    char *text = read_text(folder, "steps.csv");
    CU_ASSERT_STRING_EQUAL(text, steps_header); /* no piece of a row */
    free(text);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    const oc_step_row last = step_row(5002);
    oc_metrics_step(metrics, &last);
    CU_ASSERT_EQUAL(oc_metrics_flush(metrics), OC_OK); /* now there is room */
    CU_ASSERT_EQUAL(oc_metrics_sync(metrics), OC_OK);
    text = read_text(folder, "steps.csv");
    CU_ASSERT_EQUAL(count_lines(text), 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n5002,"));
    free(text);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (uint64_t step = 5003; step <= 6000; step++) {
        const oc_step_row row = step_row(step);
        oc_metrics_step(metrics, &row);
    }
    const oc_status closed = oc_metrics_close(metrics);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    CU_ASSERT_EQUAL(flushed, OC_ERR_IO);
    CU_ASSERT_EQUAL(closed, OC_ERR_IO);
    CU_ASSERT_TRUE(named);
}

static void test_missing_folder(void)
{
    oc_metrics *metrics = NULL;
    CU_ASSERT_EQUAL(oc_metrics_open(&metrics, oc_scratch_path("nowhere"), 0, 1), OC_ERR_IO);
    CU_ASSERT_PTR_NULL(metrics);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "nowhere"));
    CU_ASSERT_EQUAL(oc_metrics_close(NULL), OC_OK);
}

/* The address sanitizer has its own malloc, for which mallinfo2 tells nothing. */
static void test_a_step_allocates_nothing(void)
{
    const char *folder = folder_with("heap", 0);
    oc_metrics *metrics = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_metrics_open(&metrics, folder, 0, 1), OC_OK);
    const size_t before = mallinfo2().uordblks;
    for (uint64_t step = 1; step <= 5000; step++) {
        const oc_step_row row = step_row(step);
        oc_metrics_step(metrics, &row);
    }
    CU_ASSERT_EQUAL(mallinfo2().uordblks, before);
    CU_ASSERT_EQUAL(oc_metrics_close(metrics), OC_OK);
}

int main(void)
{
    static const oc_case cases[] = {
        {"rows read back exactly", test_rows_read_back_exactly},
        {"a new run starts new files", test_a_new_run_starts_new_files},
        {"resumed files equal the uninterrupted", test_resumed_files_equal_the_uninterrupted},
        {"damaged rows alone are left out", test_damaged_rows_alone_are_left_out},
        {"a damaged header costs no row", test_a_damaged_header_costs_no_row},
        {"a link at the temporary name", test_a_link_at_the_temporary_name_is_not_followed},
        {"foreign and missing files", test_foreign_and_missing_files_are_started_anew},
        {"flush makes rows visible", test_flush_makes_rows_visible},
        {"failed writes are reported", test_failed_writes_are_reported},
        {"missing folder", test_missing_folder},
        {"a step allocates nothing", test_a_step_allocates_nothing},
    };
    return OC_RUN_CASES("metrics", cases);
}
