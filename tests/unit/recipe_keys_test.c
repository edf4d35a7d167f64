/* recipe_keys_test.c - what the table of keys says of each: its effect on the result, which a
 * resume goes by, and its short name. */
#include "recipe/recipe_private.h"
#include "tests/harness.h"
#include "tests/unit/recipe_check.h"

#include <stdlib.h>
#include <string.h>

static void rows_are_whole(void)
{
    for (size_t i = 0; i < oc_field_count; i++) {
        const oc_field *const field = &oc_fields[i];
        char expects[320] = "";
        if (field->effect == OC_EFFECT_UNSAID)
            printf("\n%s: has no effect in its row\n", field->path);
        CU_ASSERT_NOT_EQUAL(field->effect, OC_EFFECT_UNSAID);
        CU_ASSERT_EQUAL(field->effect == OC_EFFECT_CONTENT && field->type != OC_FIELD_FILE, 0);
        CU_ASSERT(field->meaning && field->meaning[0]);
        oc_field_expects(field, expects, sizeof expects);
        CU_ASSERT(expects[0] != '\0' && strlen(expects) + 1 < sizeof expects);
        /* Rows of one key agree on what is the key's. */
        CU_ASSERT_EQUAL(field->effect, oc_fields[oc_field_find(field->path)].effect);
        CU_ASSERT(!field->short_name || oc_field_find(field->path) == (int)i);
        CU_ASSERT(!field->needs || oc_field_find(field->needs) >= 0);
        CU_ASSERT(!field->needs || oc_field_find(field->path) == (int)i);
    }
}

static void short_names(void)
{
    static const char *const rows[][2] = {{"weight_decay", "optimizer.weight_decay"},
                                          {"momentum", "schedule.momentum"},
                                          {"batch_size", "batch.size"},
                                          {"epochs", "train.epochs"},
                                          {"smoothing", "loss.smoothing"},
                                          {"lr", "schedule.lr"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *const key = oc_recipe_long_key(rows[i][0], strlen(rows[i][0]));
        CU_ASSERT_PTR_NOT_NULL_FATAL(key);
        CU_ASSERT_STRING_EQUAL(key, rows[i][1]);
    }
    CU_ASSERT_PTR_NULL(oc_recipe_long_key("weight_decay", 6));
    CU_ASSERT_PTR_NULL(oc_recipe_long_key("optimizer.weight_decay", 22));
    for (size_t i = 0; i < oc_field_count; i++) {
        const char *const name = oc_fields[i].short_name;
        if (name) /* no two keys have one */
            CU_ASSERT_STRING_EQUAL(oc_recipe_long_key(name, strlen(name)), oc_fields[i].path);
    }
}

/* A key that needs another one is refused alone, whatever its value, and taken beside it, even if
 * that one is off: as a run's own recipe has them. */
static void needs(void)
{
    int count = 0;
    for (size_t i = 0; i < oc_field_count; i++) {
        const oc_field *const field = &oc_fields[i];
        if (!field->needs)
            continue;
        char set[2][100], says[200];
        oc_recipe recipe;
        snprintf(set[0], sizeof set[0], "%s=%s", field->path, field->initial);
        snprintf(set[1], sizeof set[1], "%s=%s", field->needs,
                 oc_fields[oc_field_find(field->needs)].initial);
        snprintf(says, sizeof says, "--set %s: %s: has no effect without %s, which is not given",
                 set[0], field->path, field->needs);
        refused_with(small, set[0], says);
        const char *const sets[] = {set[0], set[1]};
        CU_ASSERT_EQUAL(oc_recipe_parse(&recipe, small, strlen(small), "r.yaml", "/tmp", sets, 2),
                        OC_OK);
        count++;
    }
    CU_ASSERT(count >= 14);
}

/* A run that began with `small` and `then` and goes on with `small` and `now`. */
static const struct {
    const char *then, *now, *key; /* NULL: may go on */
    int is_length;
} resumed[] = {
    {"train.seed=1", "train.seed=1", NULL, 0},
    {"data.file=/a/one.h5", "data.file=/b/two.h5", NULL, 0},
    {"train.init=/a/one.npz", "train.init=/b/two.npz", NULL, 0},
    {"train.init=", "train.init=/b/two.npz", "train.init", 0},
    {"data.memory=1GiB", "data.memory=2GiB", NULL, 0},
    {"compute.threads=1", "compute.threads=8", NULL, 0},
    {"compute.memory=normal", "compute.memory=low", NULL, 0},
    {"compute.side_by_side=auto", "compute.side_by_side=8", NULL, 0},
    {"checkpoint.keep=1", "checkpoint.keep=9", NULL, 0},
    {"checkpoint.every_steps=0", "checkpoint.every_steps=9", NULL, 0},
    {"checkpoint.every_time=0", "checkpoint.every_time=auto", NULL, 0},
    {"checkpoint.every_kept=0", "checkpoint.every_kept=9", NULL, 0},
    {"guard.on_divergence=stop", "guard.on_divergence=skip", NULL, 0},
    {"early_stopping.patience=0", "early_stopping.patience=9", NULL, 0},
    {"train.fit_time=1h", "train.fit_time=2h", NULL, 0},
    {"train.peer_timeout=1", "train.peer_timeout=2", NULL, 0},
    {"train.check_replicas=1", "train.check_replicas=2", NULL, 0},
    {"train.epochs=3", "train.epochs=4", "train.epochs", 1},
    {"train.max_steps=0", "train.max_steps=4", "train.max_steps", 1},
    {"train.seed=1", "train.seed=2", "train.seed", 0},
    {"batch.shards=4", "batch.shards=2", "batch.shards", 0},
    {"compute.conv=auto", "compute.conv=direct", "compute.conv", 0},
    {"data.window=1GiB", "data.window=2GiB", "data.window", 0},
    {"schedule.max_lr=0.1", "schedule.max_lr=0.2", "schedule.max_lr", 0},
    {"model=lenet", "model=resnet20", "model.name", 0},
    {"optimizer=sgd", "optimizer=adam", "optimizer.name", 0},
    {"augment.mixup=0", "augment.mixup=0.2", "augment.mixup", 0},
};

static void resumes(void)
{
    for (size_t i = 0; i < sizeof resumed / sizeof resumed[0]; i++) {
        oc_recipe then, now;
        oc_recipe_differences found;
        CU_ASSERT_EQUAL_FATAL(parse(&then, small, resumed[i].then), OC_OK);
        CU_ASSERT_EQUAL_FATAL(parse(&now, small, resumed[i].now), OC_OK);
        CU_ASSERT_EQUAL_FATAL(oc_recipe_compare(&then, &now, &found), OC_OK);
        const int good = found.count == (resumed[i].key != NULL) &&
                         (!resumed[i].key || strcmp(found.first[0].key, resumed[i].key) == 0) &&
                         found.lengths == (size_t)resumed[i].is_length;
        if (!good)
            printf("\n%s, then %s: found %s\n", resumed[i].then, resumed[i].now,
                   found.count ? found.first[0].key : "no difference");
        CU_ASSERT(good);
    }
    oc_recipe then, now;
    oc_recipe_differences found;
    CU_ASSERT_EQUAL_FATAL(parse(&then, small, "schedule.momentum=[0.9, 0.8]"), OC_OK);
    CU_ASSERT_EQUAL_FATAL(parse(&now, small, NULL), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_recipe_compare(&then, &now, &found), OC_OK);
    CU_ASSERT_STRING_EQUAL(found.first[0].was, "[0.9, 0.8]");
    CU_ASSERT_STRING_EQUAL(found.first[0].is, "[0.95, 0.85]");
    then = now;
    then.checkpoint.mtbf *= 2;
    CU_ASSERT_EQUAL_FATAL(oc_recipe_compare(&then, &now, &found), OC_OK);
    CU_ASSERT_EQUAL(found.count, 0);
    then.schedule.momentum[0] = 0.9;
    then.schedule.momentum[1] = 0.8;
    now.train.seed++; /* all of them, in the order of keys */
    now.train.max_steps++;
    CU_ASSERT_EQUAL_FATAL(oc_recipe_compare(&then, &now, &found), OC_OK);
    CU_ASSERT_EQUAL(found.count, 3);
    CU_ASSERT_EQUAL(found.lengths, 1);
    CU_ASSERT_STRING_EQUAL(found.first[0].key, "train.max_steps");
    CU_ASSERT_STRING_EQUAL(found.first[1].key, "train.seed");
    CU_ASSERT_STRING_EQUAL(found.first[2].key, "schedule.momentum");
}

int main(void)
{
    static const oc_case cases[] = {
        {"rows are whole", rows_are_whole},
        {"short names", short_names},
        {"keys that need others", needs},
        {"resumes", resumes},
    };
    return OC_RUN_CASES("recipe keys", cases);
}
