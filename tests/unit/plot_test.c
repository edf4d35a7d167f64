/* plot_test.c - pictures of a run and of a schedule. Cases that draw need the program gnuplot;
 * without it they say so and check the message instead. */
#include "base/file.h"
#include "rundir/metrics.h"
#include "rundir/plot.h"
#include "tests/harness.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int have_gnuplot;

/* A folder with a run's tables; epochs of 10 steps. */
static const char *make_run_of(const char *name, uint64_t steps, double loss_scale, int groups)
{
    static const double rates[] = {0.001, 0.003, 0.01};
    const char *folder = oc_scratch_path(name);
    oc_metrics *metrics = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(folder), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_metrics_open(&metrics, folder, 0, groups), OC_OK);
    for (uint64_t step = 1; step <= steps; step++) {
        const oc_step_row row = {.step = step,
                                 .epoch = 1 + (step - 1) / 10,
                                 .lr = 0.01,
                                 .group_lr = rates,
                                 .momentum = 0.9,
                                 .loss = loss_scale / (double)step,
                                 .accuracy = 1 - 1 / (double)step,
                                 .images_per_second = 1000};
        oc_metrics_step(metrics, &row);
        if (step % 10 == 0) {
            const oc_epoch_row done = {.epoch = step / 10,
                                       .step = step,
                                       .train_loss = 0.1,
                                       .train_accuracy = 0.9,
                                       .test_loss = loss_scale / (double)step,
                                       .test_accuracy = 0.9,
                                       .lr = 0.01,
                                       .seconds = 1,
                                       .images_per_second = 1000};
            oc_metrics_epoch(metrics, &done);
        }
    }
    CU_ASSERT_EQUAL(oc_metrics_close(metrics), OC_OK);
    return folder;
}

static const char *make_run(const char *name, uint64_t steps, double loss_scale)
{
    return make_run_of(name, steps, loss_scale, 1);
}

static void write_text(const char *path, const char *text)
{
    CU_ASSERT_EQUAL_FATAL(oc_file_write(path, text, strlen(text)), OC_OK);
}

/* Is it a PNG of 1200 x 800 (signature, then the header chunk's sizes)? */
static int is_picture(const char *path)
{
    static const unsigned char want[24] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',
                                           0,    0,   0,   13,  'I',  'H',  'D',  'R',
                                           0,    0,   4,   176, 0,    0,    3,    32};
    unsigned char head[24] = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    const size_t got = fread(head, 1, sizeof head, file);
    fclose(file);
    return got == sizeof head && memcmp(head, want, sizeof head) == 0;
}

static void check_run_pictures(const char *folder)
{
    static const char *const names[] = {"plots/loss.png", "plots/accuracy.png",
                                        "plots/schedule.png", "plots/training.png"};
    const oc_status status = oc_plot_run(folder);
    if (!have_gnuplot) {
        CU_ASSERT_EQUAL(status, OC_ERR_IO);
        return;
    }
    CU_ASSERT_EQUAL(status, OC_OK);
    if (status != OC_OK)
        printf("%s\n", oc_message());
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[OC_PATH_BYTES];
        CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, names[i]), OC_OK);
        CU_ASSERT_TRUE(is_picture(path));
    }
}

static void test_run_pictures(void)
{
    check_run_pictures(make_run("run", 35, 2.3));
}

static void test_groups_of_parameters_have_columns_of_their_own(void)
{
    check_run_pictures(make_run_of("groups", 35, 2.3, 3));
}

static void test_odd_paths_are_only_names(void)
{
    check_run_pictures(make_run("it's \"a\" <run> | $HOME `x`\n#2", 20, 2.3));
}

static void test_short_and_extreme_runs(void)
{
    check_run_pictures(make_run("one step", 1, 2.3));
    check_run_pictures(make_run("no epoch", 5, 2.3));
    check_run_pictures(make_run("huge", 30, 1e30));
    check_run_pictures(make_run("zero", 30, 0.0));
}

static void test_diverged_run_shows_what_was_finite(void)
{
    const char *folder = make_run("diverged", 12, 2.3);
    char path[OC_PATH_BYTES];
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, "steps.csv"), OC_OK);
    FILE *file = fopen(path, "a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("13,2,0.01,0.9,nan,0.1,100,0\n14,2,0.01,0.9,inf,0.1,100,0\n15,2,0.0",
          file); /* and torn */
    fclose(file);
    check_run_pictures(folder);
}

static void test_nothing_to_plot(void)
{
    const char *folder = make_run("empty", 0, 1);
    CU_ASSERT_EQUAL(oc_plot_run(folder), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "steps.csv"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "nothing to plot"));
    folder = make_run("all nan", 3, NAN);
    CU_ASSERT_EQUAL(oc_plot_run(folder), OC_ERR_DATA);
    CU_ASSERT_EQUAL(oc_plot_run(oc_scratch_path("no folder")), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "steps.csv"));
}

static void test_schedule_pictures(void)
{
    const char *csv = oc_scratch_path("schedule.csv"), *png = oc_scratch_path("|it's.png");
    const char *svg = oc_scratch_path("schedule.svg"), *gif = oc_scratch_path("schedule.gif");
    write_text(csv, "step,lr,momentum\n0,0.002,0.95\n1,0.05,0.85\n2,0.001,0.95\n");
    CU_ASSERT_EQUAL(oc_plot_schedule(csv, gif, "title"), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), ".png"));
    CU_ASSERT_FALSE(oc_file_exists(gif));
    if (have_gnuplot) {
        CU_ASSERT_EQUAL(oc_plot_schedule(csv, png, "it's\n\"{x}_2\" 50%d"), OC_OK);
        CU_ASSERT_TRUE(is_picture(png));
        CU_ASSERT_EQUAL(oc_plot_schedule(csv, svg, NULL), OC_OK);
        char *text = NULL;
        size_t count = 0;
        CU_ASSERT_EQUAL_FATAL(oc_file_read(svg, 1 << 20, &text, &count), OC_OK);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "<svg"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "</svg>")); /* complete */
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "learning rate"));
        free(text);
    }
    write_text(csv, "step,lr,momentum\n");
    CU_ASSERT_EQUAL(oc_plot_schedule(csv, png, "title"), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "schedule.csv"));
}

/* With a program of ours in gnuplot's place; NULL: with none. Returns the run's status. */
static oc_status plot_with_program(const char *folder, const char *program)
{
    char bin[OC_PATH_BYTES], path[OC_PATH_BYTES]; /* the caller's folder lies in the ring */
    CU_ASSERT_EQUAL_FATAL(oc_path_join(bin, oc_scratch(), "bin"), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, bin, "gnuplot"), OC_OK);
    char *before = strdup(getenv("PATH"));
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(bin), OC_OK);
    remove(path);
    if (program) {
        write_text(path, program);
        CU_ASSERT_EQUAL_FATAL(chmod(path, 0755), 0);
    }
    setenv("PATH", bin, 1);
    const oc_status status = oc_plot_run(folder);
    setenv("PATH", before, 1);
    free(before);
    return status;
}

static void test_missing_and_failing_gnuplot(void)
{
    const char *folder = make_run("no program", 10, 2.3);
    CU_ASSERT_EQUAL(plot_with_program(folder, NULL), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "gnuplot-nox"));
    CU_ASSERT_EQUAL(plot_with_program(folder, "#!/bin/sh\necho x; echo broken >&2; exit 3\n"),
                    OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "exit code 3"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "broken"));
    CU_ASSERT_EQUAL(plot_with_program(folder, "#!/bin/sh\nkill -9 $$\n"), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "signal 9"));
    CU_ASSERT_EQUAL(plot_with_program(folder, "#!/bin/sh\nexit 0\n"), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "drew nothing"));
    char plots[OC_PATH_BYTES];
    CU_ASSERT_EQUAL(oc_path_join(plots, folder, "plots"), OC_OK);
    CU_ASSERT_EQUAL(rmdir(plots), 0); /* empty: no half picture is left */
}

/* The child's own report: signals blocked or ignored by the trainer must not be so for it. */
static void test_signals_of_the_child_are_default(void)
{
    const char *folder = make_run("signals", 10, 2.3);
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    signal(SIGPIPE, SIG_IGN);
    const oc_status status = plot_with_program(
        folder, "#!/bin/sh\nwhile read -r key value; do case $key in SigBlk:|SigIgn:) "
                "echo \"$key $value\";; esac; done < /proc/self/status\n");
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    CU_ASSERT_EQUAL_FATAL(status, OC_OK);
    char *text = NULL, path[OC_PATH_BYTES];
    size_t count = 0;
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, "plots/loss.png"), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_file_read(path, 4096, &text, &count), OC_OK);
    unsigned long long blocked = 1, ignored = 1;
    CU_ASSERT_EQUAL(sscanf(text, "SigBlk: %llx SigIgn: %llx", &blocked, &ignored), 2);
    CU_ASSERT_EQUAL(blocked, 0);
    CU_ASSERT_EQUAL(ignored & 0x7fffffff, 0); /* above: the C library's own signals */
    free(text);
}

int main(void)
{
    static const oc_case cases[] = {
        {"pictures of a run", test_run_pictures},
        {"groups of parameters", test_groups_of_parameters_have_columns_of_their_own},
        {"odd paths are only names", test_odd_paths_are_only_names},
        {"short and extreme runs", test_short_and_extreme_runs},
        {"a diverged run", test_diverged_run_shows_what_was_finite},
        {"nothing to plot", test_nothing_to_plot},
        {"pictures of a schedule", test_schedule_pictures},
        {"missing and failing gnuplot", test_missing_and_failing_gnuplot},
        {"the child's signals are default", test_signals_of_the_child_are_default},
    };
    have_gnuplot = system("gnuplot --version >/dev/null 2>&1") == 0;
    if (!have_gnuplot)
        printf("plot: gnuplot is not installed: pictures are not drawn, only errors checked\n");
    return OC_RUN_CASES("plot", cases);
}
