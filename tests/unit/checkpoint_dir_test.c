/* checkpoint_dir_test.c - the folder of checkpoints: a verified checkpoint is never lost. */
#include "checkpoint_check.h"

#include "base/file.h"
#include "faults.h"
#include "storage/checkpoint_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *new_folder(const char *name)
{
    static char path[OC_PATH_BYTES];
    snprintf(path, sizeof path, "%s", oc_scratch_path(name));
    CU_ASSERT_EQUAL_FATAL(oc_folder_create(path), OC_OK);
    return path;
}

static const char *in(const char *folder, const char *name)
{
    static char path[OC_PATH_BYTES];
    CU_ASSERT_EQUAL_FATAL(oc_path_join(path, folder, name), OC_OK);
    return path;
}

/* Checkpoint `number` of the run, every `every`-th of which stays. */
static oc_status save_nth(const char *folder, uint64_t step, uint64_t number,
                          oc_checkpoint_keep keep, int best)
{
    model made;
    oc_checkpoint_info info = some_info(step);
    info.checkpoints = number;
    const oc_schema schema = some_schema();
    fill_model(&made, (float)step);
    const oc_checkpoint_content content = {&info, recipe, &schema, made.tensors, 4};
    oc_checkpoint_job job;
    oc_status status = oc_checkpoint_dir_build(&job, folder, &content, &keep, best, NULL, 1);
    if (!status)
        status = oc_checkpoint_dir_write(&job);
    oc_checkpoint_job_tell(&job);
    oc_checkpoint_job_free(&job);
    return status;
}

static oc_status save_in(const char *folder, uint64_t step, int64_t keep, int best)
{
    return save_nth(folder, step, 0, (oc_checkpoint_keep){keep, 0}, best);
}

/* The step that a resume would start from; -1 for none, -2 when there are some but none good. */
static long latest_step(const char *folder, int *skipped)
{
    char path[OC_PATH_BYTES], *text;
    oc_checkpoint_info info;
    model expected, found;
    const oc_status status = oc_checkpoint_dir_latest(folder, path, skipped);
    CU_ASSERT_EQUAL(status != OC_OK && path[0] != '\0', 0);
    if (status)
        return -2;
    if (path[0] == '\0')
        return -1;
    CU_ASSERT_EQUAL_FATAL(oc_checkpoint_read_info(path, &info, &text), OC_OK);
    free(text);
    fill_model(&expected, (float)info.step);
    fill_model(&found, -50);
    CU_ASSERT_EQUAL(oc_checkpoint_read_tensors(path, found.tensors, 4), OC_OK);
    CU_ASSERT(same_model(&expected, &found));
    return (long)info.step;
}

static void rotation_keeps_the_newest(void)
{
    const char *folder = new_folder("rotate/checkpoints");
    char *hint;
    size_t count;
    int skipped;
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), -1);
    CU_ASSERT_EQUAL(latest_step(oc_scratch_path("rotate/absent"), &skipped), -1);
    for (uint64_t step = 100; step <= 500; step += 100) {
        CU_ASSERT_EQUAL(save_in(folder, step, 3, step == 200), OC_OK);
        CU_ASSERT_EQUAL(latest_step(folder, &skipped), (long)step);
        CU_ASSERT_EQUAL(skipped, 0);
    }
    CU_ASSERT_EQUAL(count_entries(folder, "step-"), 3);
    CU_ASSERT(oc_file_exists(in(folder, "step-000000300.h5")));
    CU_ASSERT(oc_file_exists(in(folder, "best.h5")));
    CU_ASSERT_EQUAL(oc_file_read(in(folder, "latest"), 100, &hint, &count), OC_OK);
    CU_ASSERT_STRING_EQUAL(hint, "step-000000500.h5\n");
    free(hint);
    CU_ASSERT_EQUAL(save_in(folder, 600, 1, 0), OC_OK);
    CU_ASSERT_EQUAL(count_entries(folder, ""), 3); /* one step, best, latest */
    CU_ASSERT_EQUAL(save_in(folder, 700, 0, 0), OC_OK);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), 700);
}

/* The steps of the checkpoints there are: "1 2 30 ". */
static const char *steps_in(const char *folder, uint64_t last)
{
    static char text[256];
    char name[64];
    text[0] = '\0';
    for (uint64_t step = 0; step <= last; step++) {
        snprintf(name, sizeof name, "step-%09llu.h5", (unsigned long long)step);
        if (oc_file_exists(in(folder, name)))
            snprintf(text + strlen(text), sizeof text - strlen(text), "%llu ",
                     (unsigned long long)step);
    }
    return text;
}

static void each_third_stays(void)
{
    const oc_checkpoint_keep keep = {2, 3};
    const char *folder = new_folder("third");
    for (uint64_t n = 1; n <= 10; n++)
        CU_ASSERT_EQUAL(save_nth(folder, 10 * n, n, keep, 0), OC_OK);
    CU_ASSERT_STRING_EQUAL(steps_in(folder, 100), "30 60 90 100 ");
    CU_ASSERT_EQUAL(save_nth(folder, 110, 11, (oc_checkpoint_keep){1, 0}, 0), OC_OK);
    CU_ASSERT_STRING_EQUAL(steps_in(folder, 110), "110 "); /* the recipe changed its mind */
}

/* The sixth, which would stay, could not be saved: the next one stays instead. */
static void a_third_that_is_missing_has_a_substitute(void)
{
    const oc_checkpoint_keep keep = {1, 3};
    const char *folder = new_folder("substitute");
    for (uint64_t n = 1; n <= 10; n++)
        if (n != 6)
            CU_ASSERT_EQUAL(save_nth(folder, 10 * n, n, keep, 0), OC_OK);
    CU_ASSERT_STRING_EQUAL(steps_in(folder, 100), "30 70 90 100 ");
}

/* Resumed after the fourth of seven: what came later goes, also what would stay. */
static void each_third_of_a_run_that_went_back(void)
{
    const oc_checkpoint_keep keep = {2, 3};
    const char *folder = new_folder("third_back");
    for (uint64_t n = 1; n <= 7; n++)
        CU_ASSERT_EQUAL(save_nth(folder, 10 * n, n, keep, 0), OC_OK);
    CU_ASSERT_STRING_EQUAL(steps_in(folder, 100), "30 60 70 ");
    CU_ASSERT_EQUAL(save_nth(folder, 45, 5, keep, 0), OC_OK);
    CU_ASSERT_STRING_EQUAL(steps_in(folder, 100), "30 45 ");
}

static void the_best_is_a_whole_checkpoint(void)
{
    const char *folder = new_folder("best");
    oc_checkpoint_info info;
    char *text;
    CU_ASSERT_EQUAL(save_in(folder, 1, 1, 1), OC_OK);
    CU_ASSERT_EQUAL(save_in(folder, 2, 1, 0), OC_OK);
    CU_ASSERT_EQUAL(oc_checkpoint_read_info(in(folder, "best.h5"), &info, &text), OC_OK);
    CU_ASSERT_EQUAL(info.step, 1);
    free(text);
    CU_ASSERT_EQUAL(save_in(folder, 3, 1, 1), OC_OK);
    CU_ASSERT_EQUAL(oc_checkpoint_read_info(in(folder, "best.h5"), &info, &text), OC_OK);
    CU_ASSERT_EQUAL(info.step, 3);
    free(text);
}

static void damaged_ones_are_skipped(void)
{
    const char *folder = new_folder("skip");
    int skipped;
    for (uint64_t step = 1; step <= 4; step++)
        CU_ASSERT_EQUAL(save_in(folder, step, 10, 0), OC_OK);
    oc_flip_bit(in(folder, "step-000000004.h5"), 3000, 2);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), 3);
    CU_ASSERT_EQUAL(skipped, 1);
    oc_truncate(in(folder, "step-000000003.h5"), 0);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), 2);
    CU_ASSERT_EQUAL(skipped, 2);
    oc_truncate(in(folder, "step-000000001.h5"), 600);
    oc_truncate(in(folder, "step-000000002.h5"), 100);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), -2);
    CU_ASSERT_EQUAL(skipped, 4);
    char path[OC_PATH_BYTES];
    CU_ASSERT_EQUAL(oc_checkpoint_dir_latest(folder, path, &skipped), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), folder));
}

static void the_hint_may_say_anything(void)
{
    const char *folder = new_folder("hint");
    static const char *const hints[] = {
        "", "step-000000001.h5\n", "step-999999999.h5\n", "../../../etc/passwd",
        "a line that is longer than any name of a checkpoint in the folder"};
    int skipped;
    CU_ASSERT_EQUAL(save_in(folder, 1, 5, 0), OC_OK);
    CU_ASSERT_EQUAL(save_in(folder, 2, 5, 0), OC_OK);
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        CU_ASSERT_EQUAL(oc_file_write(in(folder, "latest"), hints[i], strlen(hints[i])), OC_OK);
        CU_ASSERT_EQUAL(latest_step(folder, &skipped), 2);
        CU_ASSERT_EQUAL(skipped, 0);
    }
    unlink(in(folder, "latest"));
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), 2);
}

/* Saving step 3 in a folder that has step 9: 9 is of a continuation that was given up, and the
 * one just written stays whatever `keep` says. */
static void a_later_step_of_an_abandoned_run_goes(void)
{
    const char *folder = new_folder("abandoned");
    int skipped;
    CU_ASSERT_EQUAL(save_in(folder, 2, 5, 0), OC_OK);
    CU_ASSERT_EQUAL(save_in(folder, 9, 5, 0), OC_OK);
    CU_ASSERT_EQUAL(save_in(folder, 3, 1, 0), OC_OK);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), 3);
    CU_ASSERT_EQUAL(count_entries(folder, "step-"), 1);
}

static void other_names_are_left_alone(void)
{
    const char *folder = new_folder("others");
    static const char *const others[] = {"step-1.h5", "step-000000005.h5.bak",
                                         "step-x.h5", "notes.txt",
                                         ".hidden",   "step-0000000005.h5"};
    int skipped;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CU_ASSERT_EQUAL(oc_file_write(in(folder, others[i]), "x", 1), OC_OK);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), -1);
    CU_ASSERT_EQUAL(save_in(folder, 1, 1, 0), OC_OK);
    CU_ASSERT_EQUAL(save_in(folder, 2000000000, 1, 0), OC_ERR_INTERNAL); /* beyond total_steps */
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CU_ASSERT(oc_file_exists(in(folder, others[i])));
}

static void save_step_two(void *folder)
{
    save_in(folder, 2, 1, 1);
}

static void killed_while_saving(void)
{
    static char folder[OC_PATH_BYTES];
    int skipped;
    snprintf(folder, sizeof folder, "%s", new_folder("killed"));
    CU_ASSERT_EQUAL(save_in(folder, 1, 1, 1), OC_OK);
    CU_ASSERT(killed_while_writing(1500, save_step_two, folder));
    CU_ASSERT_EQUAL(count_entries(folder, ".tmp-"), 1);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), 1);
    CU_ASSERT_EQUAL(skipped, 0);
    CU_ASSERT_EQUAL(save_in(folder, 2, 1, 0), OC_OK);
    CU_ASSERT_EQUAL(count_entries(folder, ".tmp-"), 0);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), 2);
}

static void a_full_disk_loses_nothing(void)
{
    const char *folder = new_folder("full");
    int skipped;
    CU_ASSERT_EQUAL(save_in(folder, 1, 1, 1), OC_OK);
    const int entries = count_entries(folder, "");
    for (rlim_t room = 0; room < 2000; room += 500) {
        limit_files(room);
        const oc_status status = save_in(folder, 2, 1, 1);
        limit_files(RLIM_INFINITY);
        CU_ASSERT_EQUAL(status, OC_ERR_IO);
        CU_ASSERT_EQUAL(count_entries(folder, ""), entries);
        CU_ASSERT_EQUAL(latest_step(folder, &skipped), 1);
    }
    CU_ASSERT_EQUAL(save_in(folder, 2, 1, 0), OC_OK);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), 2);
}

static void a_read_only_folder_loses_nothing(void)
{
    const char *folder = new_folder("locked");
    int skipped;
    CU_ASSERT_EQUAL(save_in(folder, 1, 1, 0), OC_OK);
    lock_folder(folder);
    const oc_status status = save_in(folder, 2, 1, 0);
    unlock_folder(folder);
    CU_ASSERT_EQUAL(status, OC_ERR_IO);
    CU_ASSERT_EQUAL(latest_step(folder, &skipped), 1);
    CU_ASSERT_EQUAL(oc_file_write(oc_scratch_path("plain"), "x", 1), OC_OK);
    CU_ASSERT_EQUAL(save_in(oc_scratch_path("plain"), 1, 1, 0), OC_ERR_IO);
}

int main(void)
{
    const oc_case cases[] = {
        {"rotation keeps the newest", rotation_keeps_the_newest},
        {"each third stays", each_third_stays},
        {"a substitute", a_third_that_is_missing_has_a_substitute},
        {"each third, gone back", each_third_of_a_run_that_went_back},
        {"the best is a whole checkpoint", the_best_is_a_whole_checkpoint},
        {"damaged ones are skipped", damaged_ones_are_skipped},
        {"the hint may say anything", the_hint_may_say_anything},
        {"a later step of an abandoned run", a_later_step_of_an_abandoned_run_goes},
        {"other names are left alone", other_names_are_left_alone},
        {"killed while saving", killed_while_saving},
        {"a full disk loses nothing", a_full_disk_loses_nothing},
        {"a read-only folder loses nothing", a_read_only_folder_loses_nothing},
    };
    return OC_RUN_CASES("checkpoint_dir", cases);
}
