/* progress_test.c - what a person sees, rendered into memory at fixed widths. */
#include "base/clock.h"
#include "rundir/progress.h"
#include "tests/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_PER_EPOCH = 50, TOTAL = 120 }; /* the third epoch is short */

static oc_step_row step_row(uint64_t step)
{
    return (oc_step_row){.step = step,
                         .epoch = 1 + (step - 1) / STEPS_PER_EPOCH,
                         .lr = 0.046,
                         .momentum = 0.9,
                         .loss = 2.0,
                         .accuracy = 0.75,
                         .images_per_second = 5210};
}

static oc_epoch_row epoch_row(uint64_t epoch, uint64_t step)
{
    return (oc_epoch_row){.epoch = epoch,
                          .step = step,
                          .train_loss = 0.1834,
                          .train_accuracy = 0.95,
                          .test_loss = 0.0543,
                          .test_accuracy = 0.9821,
                          .lr = 0.046,
                          .seconds = 71,
                          .images_per_second = 5210};
}

/* A whole run as text, freed by the caller; every step is due to be shown if `eager`. */
static char *render(int terminal, int width, int eager)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    oc_progress progress;
    oc_progress_begin(&progress, out, TOTAL, STEPS_PER_EPOCH, 0);
    CU_ASSERT_FALSE(progress.terminal); /* memory is none */
    progress.terminal = terminal;
    progress.width = width;
    for (uint64_t step = 1; step <= TOTAL; step++) {
        const oc_step_row row = step_row(step);
        progress.drawn = eager ? -1e9 : oc_seconds() + 1e6;
        oc_progress_step(&progress, &row);
        if (step % STEPS_PER_EPOCH == 0 || step == TOTAL) {
            const oc_epoch_row done = epoch_row(row.epoch, step);
            oc_progress_epoch(&progress, &done);
        }
    }
    oc_progress_end(&progress);
    fclose(out);
    return text;
}

/* The widest line as a terminal counts it; aborts the case on control it should not get. */
static int widest(const char *text)
{
    int column = 0, most = 0;
    for (; *text; text++) {
        if (*text == '\r' || *text == '\n') {
            column = 0;
        } else if (strncmp(text, "\033[K", 3) == 0) {
            text += 2;
        } else {
            CU_ASSERT_FATAL(*text >= ' ' && *text < 127);
            column++;
        }
        most = column > most ? column : most;
    }
    return most;
}

static int occurrences(const char *text, const char *what)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

static void test_never_wider_than_the_terminal(void)
{
    for (int width = 1; width <= 200; width++) {
        char *text = render(1, width, 1);
        CU_ASSERT(widest(text) <= width);
        CU_ASSERT_EQUAL(occurrences(text, "\n"), 4); /* header and three epochs */
        free(text);
    }
}

static void test_wide_bar_shows_everything(void)
{
    char *text = render(1, 120, 1);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "epoch 2/3  50% [###############---------------] eta 0:00"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "loss 2.0000  acc 75.0%  lr 4.6e-02  5210 img/s  run 0:00"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "epoch 3/3 100%")); /* 20 steps, not 50 */
    CU_ASSERT_EQUAL(occurrences(text, "train_loss"), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "    2      0.1834     0.0543    98.21%"));
    free(text);
}

static void test_narrow_bar_keeps_what_matters_most(void)
{
    char *text = render(1, 80, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "5210 img/s"));
    CU_ASSERT_PTR_NULL(strstr(text, "run"));
    free(text);
    text = render(1, 40, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "epoch 2/3  50% [###"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "eta 0:00"));
    CU_ASSERT_PTR_NULL(strstr(text, "img/s"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "0.0543"));
    free(text);
}

static void test_bar_is_redrawn_rarely_and_taken_away(void)
{
    char *text = render(1, 80, 0); /* never due: only the end of each epoch is shown */
    CU_ASSERT_EQUAL(occurrences(text, "100% ["), 3);
    CU_ASSERT_EQUAL(occurrences(text, "% ["), 3);
    const char *last = strrchr(text, '\n');
    CU_ASSERT_PTR_NOT_NULL_FATAL(last);
    CU_ASSERT_STRING_EQUAL(last, "\n"); /* no bar is left behind */
    free(text);
}

static void test_plain_lines_without_a_terminal(void)
{
    char *text = render(0, 80, 1);
    for (const char *c = text; *c; c++)
        CU_ASSERT_FATAL(*c == '\n' || (*c >= ' ' && *c < 127));
    CU_ASSERT_EQUAL(occurrences(text, "done"), 3);
    const int lines = occurrences(text, "\n");
    CU_ASSERT(lines > 3 + 9 && lines <= 3 + 10 + 10 + 4); /* one a tenth of an epoch at most */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "epoch 2/3  done  step 100/120  train_loss 0.1834  "
                                        "test_loss 0.0543  accuracy 98.21%  lr 4.60e-02  "
                                        "5210 img/s  time 1:11\n"));
    free(text);
    text = render(0, 80, 0); /* the last line was just now: the epochs alone */
    CU_ASSERT_EQUAL(occurrences(text, "\n"), 3);
    free(text);
}

/* The text after one drawn step whose batches had these losses. */
static char *render_losses(const double *losses, size_t count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    oc_progress progress;
    oc_progress_begin(&progress, out, TOTAL, STEPS_PER_EPOCH, 0);
    progress.terminal = 1;
    for (size_t i = 0; i < count; i++) {
        oc_step_row row = step_row(i + 1);
        row.loss = losses[i];
        progress.drawn = i + 1 < count ? oc_seconds() + 1e6 : -1e9;
        oc_progress_step(&progress, &row);
    }
    fclose(out);
    return text;
}

static void test_loss_is_smoothed(void)
{
    const double two[] = {1.0, 3.0}; /* (0.98*0.02*1 + 0.02*3) / (1 - 0.98^2) = 2.0101 */
    char *text = render_losses(two, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "loss 2.0101"));
    free(text);
    const double broken[] = {1.0, NAN, 5.0}; /* one bad batch is not for ever */
    text = render_losses(broken, 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "loss 5.0000"));
    free(text);
}

static void test_silent_ranks(void)
{
    oc_progress progress;
    const oc_step_row step = step_row(1);
    const oc_epoch_row epoch = epoch_row(1, 50);
    oc_progress_begin(&progress, NULL, TOTAL, STEPS_PER_EPOCH, 0);
    oc_progress_step(&progress, &step);
    oc_progress_epoch(&progress, &epoch);
    oc_progress_clear(&progress);
    oc_progress_end(&progress);
    CU_ASSERT_FALSE(progress.bar_shown);
}

static void test_clear_takes_the_bar_off(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    oc_progress progress;
    oc_progress_begin(&progress, out, TOTAL, STEPS_PER_EPOCH, 0);
    progress.terminal = 1;
    progress.drawn = -1e9;
    const oc_step_row row = step_row(1);
    oc_progress_step(&progress, &row);
    CU_ASSERT_TRUE(progress.bar_shown);
    oc_progress_clear(&progress);
    const size_t before = size;
    CU_ASSERT_STRING_EQUAL(text + size - 4, "\r\033[K");
    oc_progress_clear(&progress); /* nothing more to take */
    fflush(out);
    CU_ASSERT_EQUAL(size, before);
    fclose(out);
    free(text);
}

int main(void)
{
    static const oc_case cases[] = {
        {"never wider than the terminal", test_never_wider_than_the_terminal},
        {"a wide bar shows everything", test_wide_bar_shows_everything},
        {"a narrow bar keeps what matters", test_narrow_bar_keeps_what_matters_most},
        {"the bar is redrawn rarely", test_bar_is_redrawn_rarely_and_taken_away},
        {"plain lines without a terminal", test_plain_lines_without_a_terminal},
        {"the loss is smoothed", test_loss_is_smoothed},
        {"silent ranks", test_silent_ranks},
        {"clear takes the bar off", test_clear_takes_the_bar_off},
    };
    return OC_RUN_CASES("progress", cases);
}
