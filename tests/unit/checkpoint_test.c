/* checkpoint_test.c - checkpoint files and their folder: what is saved is read, damage is seen,
 * and a verified checkpoint is never lost. */
#include "harness.h"

#include "base/file.h"
#include "faults.h"
#include "storage/checkpoint.h"
#include "storage/checkpoint_dir.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char recipe[] = "model: lenet\n# \xc3\xa4\n";

/* A small model: four tensors of ranks 4, 1, 1 and 0. */
typedef struct model {
    float weight[2 * 3 * 2 * 2], bias[2], running[2], scalar[1];
    oc_named_tensor tensors[4];
} model;

static void fill_model(model *of, float start)
{
    float *blocks[] = {of->weight, of->bias, of->running, of->scalar};
    const size_t counts[] = {24, 2, 2, 1};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < counts[i]; k++)
            blocks[i][k] = start += 0.37f;
    of->tensors[0] =
        (oc_named_tensor){"parameters", "conv1.weight", {of->weight, oc_shape4(2, 3, 2, 2)}};
    of->tensors[1] = (oc_named_tensor){"parameters", "conv1.bias", {of->bias, oc_shape1(2)}};
    of->tensors[2] = (oc_named_tensor){"state", "norm1.mean", {of->running, oc_shape1(2)}};
    of->tensors[3] = (oc_named_tensor){"optimizer/momentum", "conv1.weight", {of->scalar, {0}}};
}

static int same_model(const model *a, const model *b)
{
    return memcmp(a->weight, b->weight, sizeof a->weight) == 0 &&
           memcmp(a->bias, b->bias, sizeof a->bias) == 0 &&
           memcmp(a->running, b->running, sizeof a->running) == 0 && a->scalar[0] == b->scalar[0];
}

static const float means[2] = {0.25f, 0.5f}, deviations[2] = {0.125f, 2.0f};
static const char *const class_names[3] = {"cat", "a longer name", ""};

static oc_checkpoint_input some_input(void)
{
    return (oc_checkpoint_input){.channels = 2,
                                 .height = 28,
                                 .width = 31,
                                 .classes = 3,
                                 .mean = means,
                                 .deviation = deviations,
                                 .is_float = 1,
                                 .class_names = class_names};
}

static oc_checkpoint_info some_info(uint64_t step)
{
    return (oc_checkpoint_info){
        .step = step,
        .planned_steps = 100000,
        .decision = {step / 2, 99999, 6.5, 0.25},
        .learning_rate = 0.125,
        .steps_per_epoch = 468,
        .seed = UINT64_MAX,
        .ranks = 3,
        .shards = 24,
        .data_digest = {0x0123456789abcdefu, 0x00000000000000f0u},
        .weights_hash = {1, UINT64_MAX},
        .seconds = 1.0 / 3,
        .best_accuracy = -1,
        .test_accuracy = 0.99,
        .test_loss = NAN, /* on the way to diverging, and still saved */
        .epoch_loss_sum = 1e300,
        .epoch_correct = 12,
        .epoch_count = 96,
        .evaluated_step = UINT64_MAX,
        .wall_seconds = 7.25,
        .plateau_best = 0.5,
        .early_best = NAN,
        .plateau_bad = 3,
        .plateau_cooldown = 2,
        .early_bad = 1,
    };
}

static oc_status save(const char *path, uint64_t step, float start)
{
    model made;
    const oc_checkpoint_info info = some_info(step);
    const oc_checkpoint_input input = some_input();
    fill_model(&made, start);
    return oc_checkpoint_save(path, &info, recipe, &input, made.tensors, 4);
}

static void all_comes_back(void)
{
    const char *path = oc_scratch_path("all.h5");
    model expected, found;
    oc_checkpoint_info info;
    oc_checkpoint_input *input;
    char *text;
    CU_ASSERT_EQUAL_FATAL(save(path, 17, 1), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_checkpoint_read_info(path, &info, &text), OC_OK);
    const oc_checkpoint_info wanted = some_info(17);
    CU_ASSERT(info.step == 17 && info.planned_steps == 100000 && info.steps_per_epoch == 468);
    CU_ASSERT(info.seed == UINT64_MAX && info.ranks == 3 && info.shards == 24);
    CU_ASSERT(oc_digest_equal(info.data_digest, wanted.data_digest));
    CU_ASSERT(oc_digest_equal(info.weights_hash, wanted.weights_hash));
    CU_ASSERT(info.seconds == wanted.seconds && info.best_accuracy == -1);
    CU_ASSERT(info.test_accuracy == 0.99 && isnan(info.test_loss));
    CU_ASSERT(info.epoch_loss_sum == 1e300 && info.epoch_correct == 12);
    CU_ASSERT(info.epoch_count == 96 && info.evaluated_step == UINT64_MAX);
    CU_ASSERT(info.decision.step == 8 && info.decision.end == 99999);
    CU_ASSERT(info.decision.place == 6.5 && info.decision.scale == 0.25);
    CU_ASSERT(info.learning_rate == 0.125 && info.wall_seconds == 7.25);
    CU_ASSERT(info.plateau_best == 0.5 && info.plateau_bad == 3 && info.plateau_cooldown == 2);
    CU_ASSERT(isnan(info.early_best) && info.early_bad == 1);
    CU_ASSERT_STRING_EQUAL(text, recipe);
    free(text);

    fill_model(&expected, 1);
    fill_model(&found, -50);
    CU_ASSERT_EQUAL(oc_checkpoint_read_tensors(path, found.tensors, 4), OC_OK);
    CU_ASSERT(same_model(&expected, &found));

    CU_ASSERT_EQUAL_FATAL(oc_checkpoint_read_input(path, &input), OC_OK);
    CU_ASSERT(input->channels == 2 && input->height == 28 && input->width == 31);
    CU_ASSERT(input->classes == 3 && input->is_float == 1);
    CU_ASSERT_EQUAL(memcmp(input->mean, means, sizeof means), 0);
    CU_ASSERT_EQUAL(memcmp(input->deviation, deviations, sizeof deviations), 0);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_STRING_EQUAL(input->class_names[i], class_names[i]);
    free(input);
}

static void decisions_that_fit_nothing(void)
{
    static const oc_decision wrong[] = {{7, 100001, 6.5, 1}, /* longer than planned */
                                        {18, 99999, 6.5, 1}, /* for a step to come */
                                        {7, 16, 6.5, 1},     /* ended before this step */
                                        {7, 99999, -1, 1},
                                        {7, 99999, 6.5, 0}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        model made;
        oc_checkpoint_info info = some_info(17);
        const oc_checkpoint_input input = some_input();
        info.decision = wrong[i];
        fill_model(&made, 1);
        CU_ASSERT_EQUAL(
            oc_checkpoint_save(oc_scratch_path("wrong.h5"), &info, recipe, &input, made.tensors, 4),
            OC_ERR_INTERNAL);
    }
}

static void a_subset_of_tensors(void)
{
    const char *path = oc_scratch_path("subset.h5");
    model expected, found;
    CU_ASSERT_EQUAL_FATAL(save(path, 1, 1), OC_OK);
    fill_model(&expected, 1);
    fill_model(&found, -50);
    CU_ASSERT_EQUAL(oc_checkpoint_read_tensors(path, &found.tensors[1], 2), OC_OK);
    CU_ASSERT_EQUAL(memcmp(found.bias, expected.bias, sizeof found.bias), 0);
    CU_ASSERT(found.weight[0] != expected.weight[0]);
    CU_ASSERT_EQUAL(oc_checkpoint_read_tensors(path, NULL, 0), OC_OK);
}

static void wrong_shapes_and_names(void)
{
    const char *path = oc_scratch_path("shapes.h5");
    model found;
    CU_ASSERT_EQUAL_FATAL(save(path, 1, 1), OC_OK);
    fill_model(&found, 0);
    found.tensors[0].tensor.shape = oc_shape4(2, 3, 2, 1);
    CU_ASSERT_EQUAL(oc_checkpoint_read_tensors(path, found.tensors, 1), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "parameters/conv1.weight"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "2x3x2x2"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "2x3x2x1"));
    found.tensors[0].tensor.shape = oc_shape2(4, 6);
    CU_ASSERT_EQUAL(oc_checkpoint_read_tensors(path, found.tensors, 1), OC_ERR_DATA);
    found.tensors[1].name = "conv2.bias";
    CU_ASSERT_EQUAL(oc_checkpoint_read_tensors(path, &found.tensors[1], 1), OC_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "conv2.bias"));
}

typedef struct listing {
    int count;
    char text[512];
} listing;

static void note(const char *name, oc_shape shape, void *user)
{
    listing *all = user;
    char shape_text[OC_SHAPE_TEXT];
    const size_t used = strlen(all->text);
    snprintf(all->text + used, sizeof all->text - used, "%s %s;", name,
             oc_shape_text(shape, shape_text));
    all->count++;
}

static void listing_has_each_tensor_once(void)
{
    const char *path = oc_scratch_path("list.h5");
    listing all = {0};
    CU_ASSERT_EQUAL_FATAL(save(path, 1, 1), OC_OK);
    CU_ASSERT_EQUAL(oc_checkpoint_list(path, note, &all), OC_OK);
    CU_ASSERT_STRING_EQUAL(all.text, "optimizer/momentum/conv1.weight ;"
                                     "parameters/conv1.bias 2;"
                                     "parameters/conv1.weight 2x3x2x2;"
                                     "state/norm1.mean 2;");
}

/* What could not be read back is not written. */
static void impossible_positions_are_not_saved(void)
{
    const char *path = oc_scratch_path("impossible.h5");
    model made;
    const oc_checkpoint_input input = some_input();
    oc_checkpoint_info info = some_info(100001);
    fill_model(&made, 1);
    CU_ASSERT_EQUAL(oc_checkpoint_save(path, &info, recipe, &input, made.tensors, 4),
                    OC_ERR_INTERNAL);
    info = some_info(1);
    info.seconds = NAN;
    CU_ASSERT_EQUAL(oc_checkpoint_save(path, &info, recipe, &input, made.tensors, 4),
                    OC_ERR_INTERNAL);
    CU_ASSERT(!oc_file_exists(path));
}

static void a_save_syncs_file_and_folder(void)
{
    const uint64_t before = oc_file_sync_count();
    CU_ASSERT_EQUAL(save(oc_scratch_path("synced.h5"), 1, 1), OC_OK);
    CU_ASSERT(oc_file_sync_count() - before >= 2);
}

static void the_same_state_gives_the_same_bytes(void)
{
    const char *first = oc_scratch_path("first.h5"), *second = oc_scratch_path("second.h5");
    const time_t begun = time(NULL);
    const struct timespec nap = {0, 50000000};
    oc_digest a, b;
    CU_ASSERT_EQUAL_FATAL(save(first, 5, 1), OC_OK);
    while (time(NULL) == begun)
        nanosleep(&nap, NULL);
    CU_ASSERT_EQUAL_FATAL(save(second, 5, 1), OC_OK);
    CU_ASSERT_EQUAL(oc_hash_file(first, 0, &a), OC_OK);
    CU_ASSERT_EQUAL(oc_hash_file(second, 0, &b), OC_OK);
    CU_ASSERT(oc_digest_equal(a, b));
}

/* ---- damage ---- */

/* Every way of reading must see it. Returns how many did not. */
static int misses(const char *path)
{
    model found;
    oc_checkpoint_info info;
    oc_checkpoint_input *input;
    listing all = {0};
    char *text;
    fill_model(&found, -50);
    const float before = found.weight[0];
    int count = oc_checkpoint_read_info(path, &info, &text) != OC_ERR_DATA;
    count += text != NULL;
    free(text);
    count += oc_checkpoint_read_tensors(path, found.tensors, 4) != OC_ERR_DATA;
    count += found.weight[0] != before;
    count += oc_checkpoint_read_input(path, &input) != OC_ERR_DATA;
    free(input);
    count += oc_checkpoint_list(path, note, &all) != OC_ERR_DATA || all.count != 0;
    return count;
}

static void every_truncation_is_seen(void)
{
    const char *whole = oc_scratch_path("whole.h5"), *cut = oc_scratch_path("cut.h5");
    int missed = 0;
    CU_ASSERT_EQUAL_FATAL(save(whole, 1, 1), OC_OK);
    const long bytes = oc_file_bytes(whole);
    for (long length = 0; length < bytes; length += length < 600 ? 7 : 131) {
        oc_copy(whole, cut);
        oc_truncate(cut, length);
        missed += misses(cut);
    }
    oc_copy(whole, cut);
    oc_truncate(cut, bytes - 1);
    missed += misses(cut);
    CU_ASSERT_EQUAL(missed, 0);
}

static void every_flipped_bit_is_seen(void)
{
    const char *path = oc_scratch_path("flipped.h5");
    int missed = 0;
    CU_ASSERT_EQUAL_FATAL(save(path, 1, 1), OC_OK);
    const long bytes = oc_file_bytes(path);
    for (long offset = 0; offset < bytes; offset += offset < 512 ? 3 : 29) {
        oc_flip_bit(path, offset, (int)(offset % 8));
        missed += misses(path);
        oc_flip_bit(path, offset, (int)(offset % 8));
    }
    CU_ASSERT_EQUAL(missed, 0);
    CU_ASSERT_EQUAL(misses(path) > 0, 1); /* whole again, so none of them fails */
}

static void missing_file_is_an_io_error(void)
{
    oc_checkpoint_info info;
    char *text;
    CU_ASSERT_EQUAL(oc_checkpoint_read_info(oc_scratch_path("absent.h5"), &info, &text), OC_ERR_IO);
    CU_ASSERT_PTR_NULL(text);
}

/* ---- the folder ---- */

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

static oc_status save_in(const char *folder, uint64_t step, int64_t keep, int best)
{
    model made;
    const oc_checkpoint_info info = some_info(step);
    const oc_checkpoint_input input = some_input();
    fill_model(&made, (float)step);
    return oc_checkpoint_dir_save(folder, &info, recipe, &input, made.tensors, 4, keep, best);
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
        {"all comes back", all_comes_back},
        {"a subset of tensors", a_subset_of_tensors},
        {"decisions that fit nothing", decisions_that_fit_nothing},
        {"wrong shapes and names", wrong_shapes_and_names},
        {"listing", listing_has_each_tensor_once},
        {"impossible positions", impossible_positions_are_not_saved},
        {"a save syncs file and folder", a_save_syncs_file_and_folder},
        {"the same state gives the same bytes", the_same_state_gives_the_same_bytes},
        {"every truncation is seen", every_truncation_is_seen},
        {"every flipped bit is seen", every_flipped_bit_is_seen},
        {"missing file", missing_file_is_an_io_error},
        {"rotation keeps the newest", rotation_keeps_the_newest},
        {"the best is a whole checkpoint", the_best_is_a_whole_checkpoint},
        {"damaged ones are skipped", damaged_ones_are_skipped},
        {"the hint may say anything", the_hint_may_say_anything},
        {"a later step of an abandoned run", a_later_step_of_an_abandoned_run_goes},
        {"other names are left alone", other_names_are_left_alone},
        {"killed while saving", killed_while_saving},
        {"a full disk loses nothing", a_full_disk_loses_nothing},
        {"a read-only folder loses nothing", a_read_only_folder_loses_nothing},
    };
    return OC_RUN_CASES("checkpoint", cases);
}
