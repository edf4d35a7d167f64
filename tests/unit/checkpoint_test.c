/* checkpoint_test.c - checkpoint files: what is saved is read, damage is seen. Their folder:
 * checkpoint_dir_test.c. */
#include "checkpoint_check.h"

#include "base/file.h"
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static oc_status save(const char *path, uint64_t step, float start)
{
    model made;
    const oc_checkpoint_info info = some_info(step);
    const oc_schema schema = some_schema();
    fill_model(&made, start);
    return oc_checkpoint_save(path, &info, recipe, &schema, made.tensors, 4);
}

static void all_comes_back(void)
{
    const char *path = oc_scratch_path("all.h5");
    model expected, found;
    oc_checkpoint_info info;
    oc_schema schema;
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
    CU_ASSERT(info.guard.diverged == 0 && info.guard.losses == 0);
    CU_ASSERT_STRING_EQUAL(text, recipe);
    free(text);

    fill_model(&expected, 1);
    fill_model(&found, -50);
    CU_ASSERT_EQUAL(oc_checkpoint_read_tensors(path, found.tensors, 4), OC_OK);
    CU_ASSERT(same_model(&expected, &found));

    CU_ASSERT_EQUAL_FATAL(oc_checkpoint_read_schema(path, &schema), OC_OK);
    CU_ASSERT(schema.channels == 2 && schema.height == 28 && schema.width == 31);
    CU_ASSERT(schema.classes == 3 && schema.values == OC_VALUES_NUMBERS);
    CU_ASSERT_EQUAL(memcmp(schema.mean, means, sizeof means), 0);
    CU_ASSERT_EQUAL(memcmp(schema.deviation, deviations, sizeof deviations), 0);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_STRING_EQUAL(schema.class_names[i], class_names[i]);
    oc_schema_free(&schema);
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
        const oc_schema schema = some_schema();
        info.decision = wrong[i];
        fill_model(&made, 1);
        CU_ASSERT_EQUAL(oc_checkpoint_save(oc_scratch_path("wrong.h5"), &info, recipe, &schema,
                                           made.tensors, 4),
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

static oc_status save_with(const char *path, const oc_guard_record *guard)
{
    model made;
    const oc_schema schema = some_schema();
    oc_checkpoint_info info = some_info(90);
    info.guard = *guard;
    fill_model(&made, 1);
    return oc_checkpoint_save(path, &info, recipe, &schema, made.tensors, 4);
}

/* With lists that are not full, and with rings that have come round. */
static void what_the_guard_remembers_comes_back(void)
{
    static const oc_guard_place back = {80, 3, UINT64_MAX, 18, 19};
    const char *path = oc_scratch_path("guard.h5");
    for (int full = 0; full < 2; full++) {
        oc_guard_record guard = {.rollbacks = 1, .skipped = 30, .idle = 28, .back = back};
        guard.diverged = full ? 29 : 3;
        guard.losses = full ? 1000 : 5;
        for (uint64_t i = 0; i < oc_guard_record_steps(&guard); i++)
            guard.step[i] = 50 + i;
        for (uint64_t i = 0; i < oc_guard_record_losses(&guard); i++)
            guard.loss[i] = 1.0 / (double)(i + 3);
        oc_checkpoint_info info;
        char *text;
        CU_ASSERT_EQUAL_FATAL(save_with(path, &guard), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_checkpoint_read_info(path, &info, &text), OC_OK);
        free(text);
        CU_ASSERT_EQUAL(memcmp(&info.guard, &guard, sizeof guard), 0);
        guard.rollbacks = guard.diverged + 1;
        CU_ASSERT_EQUAL(save_with(path, &guard), OC_ERR_INTERNAL);
    }
}

/* What could not be read back is not written. */
static void impossible_positions_are_not_saved(void)
{
    const char *path = oc_scratch_path("impossible.h5");
    model made;
    const oc_schema schema = some_schema();
    oc_checkpoint_info info = some_info(100001);
    fill_model(&made, 1);
    CU_ASSERT_EQUAL(oc_checkpoint_save(path, &info, recipe, &schema, made.tensors, 4),
                    OC_ERR_INTERNAL);
    info = some_info(1);
    info.seconds = NAN;
    CU_ASSERT_EQUAL(oc_checkpoint_save(path, &info, recipe, &schema, made.tensors, 4),
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
    oc_schema schema;
    listing all = {0};
    char *text;
    fill_model(&found, -50);
    const float before = found.weight[0];
    int count = oc_checkpoint_read_info(path, &info, &text) != OC_ERR_DATA;
    count += text != NULL;
    free(text);
    count += oc_checkpoint_read_tensors(path, found.tensors, 4) != OC_ERR_DATA;
    count += found.weight[0] != before;
    count += oc_checkpoint_read_schema(path, &schema) != OC_ERR_DATA;
    oc_schema_free(&schema);
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

int main(void)
{
    const oc_case cases[] = {
        {"all comes back", all_comes_back},
        {"a subset of tensors", a_subset_of_tensors},
        {"decisions that fit nothing", decisions_that_fit_nothing},
        {"wrong shapes and names", wrong_shapes_and_names},
        {"listing", listing_has_each_tensor_once},
        {"what the guard remembers", what_the_guard_remembers_comes_back},
        {"impossible positions", impossible_positions_are_not_saved},
        {"a save syncs file and folder", a_save_syncs_file_and_folder},
        {"the same state gives the same bytes", the_same_state_gives_the_same_bytes},
        {"every truncation is seen", every_truncation_is_seen},
        {"every flipped bit is seen", every_flipped_bit_is_seen},
        {"missing file", missing_file_is_an_io_error},
    };
    return OC_RUN_CASES("checkpoint", cases);
}
