/* recipe_test.c - recipes: defaults, all values, --set, files, writing and reading back.
 * Mistakes are in recipe_errors_test.c, what the table says of keys in recipe_keys_test.c. */
#include "recipe/recipe.h"

#include "base/random.h"
#include "base/suggest.h"
#include "tests/harness.h"
#include "tests/unit/recipe_check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void defaults(void)
{
    oc_recipe r;
    CU_ASSERT_EQUAL_FATAL(parse(&r, small, NULL), OC_OK);
    CU_ASSERT_STRING_EQUAL(r.data.file, "/tmp/set.h5");
    CU_ASSERT(r.batch.size == 128 && r.batch.shards == 4);
    CU_ASSERT(r.train.epochs == 3 && r.train.max_steps == 0 && r.train.seed == 1);
    CU_ASSERT(r.train.check_replicas == 100 && r.train.peer_timeout == OC_AUTO);
    CU_ASSERT(r.compute.threads == 1 && r.compute.network.low_memory == 0);
    CU_ASSERT_EQUAL(r.compute.network.conv, OC_CONV_AUTO);
    CU_ASSERT(r.model.dropout == 0 && r.model.batch_norm == 0 && r.model.hidden_count == 0);
    CU_ASSERT(r.optimizer.nesterov == 0 && r.optimizer.weight_decay == 0);
    CU_ASSERT(r.optimizer.decay_bias_and_norm == 0);
    CU_ASSERT_EQUAL(r.schedule.kind, OC_SCHEDULE_ONECYCLE);
    CU_ASSERT(r.schedule.lr.last == 0.05 && r.schedule.div_factor == 25);
    CU_ASSERT(r.schedule.final_div == 0 && r.schedule.pct_start == OC_AUTO);
    CU_ASSERT(r.schedule.momentum[0] == 0.95 && r.schedule.momentum[1] == 0.85);
    CU_ASSERT(r.checkpoint.every_steps == 0 && r.checkpoint.every_epochs == 1);
    CU_ASSERT(r.checkpoint.keep == 3 && r.checkpoint.best == 1);
    CU_ASSERT_EQUAL(oc_recipe_steps_per_epoch(&r, 60000), 468);
    CU_ASSERT_EQUAL(oc_recipe_steps(&r, 60000), 1404);
}

/* Rates are given for one batch and used with another (schedule.scale_lr). */
static void rates_by_batch(void)
{
    static const struct {
        const char *scale;
        int64_t batch;
        double factor, start;
    } rows[] = {{"none", 1024, 1, 0.1},       {"linear", 1024, 4, 0.25}, {"linear", 64, 0.25, 0.1},
                {"linear", 256, 1, 0.1},      {"sqrt", 1024, 2, 0.5},    {"sqrt", 4096, 4, 0.25},
                {"linear", 8192, 32, 1 / 32.}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char scale[64], batch[64], *text;
        const char *const sets[] = {scale, batch, "schedule.warmup=5"};
        oc_recipe r, again;
        oc_schedule schedule;
        oc_schedule_point point;
        snprintf(scale, sizeof scale, "schedule.scale_lr=%s", rows[i].scale);
        snprintf(batch, sizeof batch, "batch.size=%lld", (long long)rows[i].batch);
        CU_ASSERT_EQUAL_FATAL(oc_recipe_parse(&r, small, strlen(small), "r.yaml", "/tmp", sets, 3),
                              OC_OK);
        CU_ASSERT_EQUAL(r.schedule.scale, rows[i].factor);
        CU_ASSERT_EQUAL(r.schedule.warmup_start, rows[i].start);
        CU_ASSERT_EQUAL_FATAL(oc_schedule_create(&schedule, &r.schedule, 100, 10), OC_OK);
        CU_ASSERT_EQUAL(oc_schedule_at(&schedule, 0, &point), OC_OK);
        CU_ASSERT_DOUBLE_EQUAL(point.learning_rate, 0.05 / 25 * rows[i].factor * rows[i].start,
                               1e-15);
        CU_ASSERT_EQUAL(oc_schedule_at(&schedule, 5, &point), OC_OK);
        CU_ASSERT_DOUBLE_EQUAL(point.learning_rate, 0.05 / 25 * rows[i].factor, 1e-15);
        CU_ASSERT_EQUAL_FATAL(oc_recipe_format(&r, &text), OC_OK);
        CU_ASSERT_EQUAL(parse(&again, text, NULL), OC_OK);
        CU_ASSERT(memcmp(&r, &again, sizeof r) == 0);
        free(text);
    }
}

/* Editors put a byte order mark before a text. */
static void byte_order_marks(void)
{
    static const char marked[] = "\xef\xbb\xbf# a recipe\nmodel: lenet\n";
    oc_recipe r;
    char text[1024];
    snprintf(text, sizeof text, "\xef\xbb\xbf%s", small);
    CU_ASSERT_EQUAL(parse(&r, text, NULL), OC_OK);
    CU_ASSERT(r.batch.size == 128 && r.train.epochs == 3);
    CU_ASSERT_EQUAL(parse(&r, marked, NULL), OC_ERR_USAGE); /* for what it lacks alone */
    CU_ASSERT_PTR_NULL(strstr(oc_message(), "YAML"));
}

static void all_values(void)
{
    oc_recipe r;
    CU_ASSERT_EQUAL_FATAL(parse(&r,
                                "# every key, in another order\n"
                                "schedule:\n  name: constant\n  lr: 1e-3\n  momentum: 0.5\n"
                                "model:\n  name: mlp\n  hidden: [300, 100]\n  dropout: 0.25\n"
                                "  batch_norm: true\n"
                                "data:\n  file: \"/a b/\\u00e9.h5\"\n"
                                "batch: {size: 100, shards: 7}\n"
                                "train: {max_steps: 50, seed: 18446744073709551615,\n"
                                "  check_replicas: 0, peer_timeout: 1.5}\n"
                                "compute: {conv: im2col, memory: low, threads: 3}\n"
                                "optimizer: {name: sgd, nesterov: true, weight_decay: 5.0e-4,\n"
                                "  decay_bias_and_norm: true}\n"
                                "loss: softmax_cross_entropy\n"
                                "checkpoint: {every_steps: 9, every_epochs: 0, keep: 1,\n"
                                "  best: false}\n",
                                NULL),
                          OC_OK);
    CU_ASSERT(r.schedule.kind == OC_SCHEDULE_CONSTANT && r.schedule.lr.last == 1e-3);
    CU_ASSERT(r.schedule.momentum[0] == 0.5);
    CU_ASSERT(r.model.hidden_count == 2 && r.model.hidden[0] == 300 && r.model.hidden[1] == 100);
    CU_ASSERT(r.model.dropout == 0.25 && r.model.batch_norm == 1);
    CU_ASSERT_STRING_EQUAL(r.data.file, "/a b/\xC3\xA9.h5");
    CU_ASSERT(r.batch.size == 100 && r.batch.shards == 7);
    CU_ASSERT(r.train.epochs == 0 && r.train.max_steps == 50 && r.train.seed == UINT64_MAX);
    CU_ASSERT(r.train.check_replicas == 0 && r.train.peer_timeout == 1.5);
    CU_ASSERT(r.compute.threads == 3 && r.compute.network.low_memory == 1);
    CU_ASSERT(r.compute.network.conv == OC_CONV_IM2COL && !r.compute.network.bare_relu);
    CU_ASSERT(r.optimizer.nesterov == 1 && r.optimizer.weight_decay == 5e-4);
    CU_ASSERT(r.optimizer.decay_bias_and_norm == 1 && r.checkpoint.every_steps == 9);
    CU_ASSERT(r.checkpoint.every_epochs == 0 && r.checkpoint.keep == 1 && !r.checkpoint.best);
    CU_ASSERT_EQUAL(oc_recipe_steps(&r, 60000), 50);
}

static void lengths_of_runs(void)
{
    oc_recipe r;
    CU_ASSERT_EQUAL_FATAL(parse(&r, small, "train.max_steps=1000"), OC_OK);
    CU_ASSERT_EQUAL(oc_recipe_steps(&r, 60000), 1000); /* max_steps first */
    CU_ASSERT_EQUAL(oc_recipe_steps(&r, 1280), 30);    /* epochs first */
}

static void times(void)
{
    static const struct {
        const char *set;
        double seconds;
    } rows[] = {{"train.fit_time=90s", 90},    {"train.fit_time=90 s", 90},
                {"train.fit_time=1.5h", 5400}, {"train.fit_time=2m", 120},
                {"train.fit_time=1d", 86400},  {"train.fit_time=0.25s", 0.25},
                {"train.fit_time=0", 0},       {"train.fit_time=allocation", OC_TIME_ALLOCATION},
                {"train.epochs=3", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        oc_recipe r;
        CU_ASSERT_EQUAL_FATAL(parse(&r, small, rows[i].set), OC_OK);
        CU_ASSERT_EQUAL(r.train.fit_time, rows[i].seconds);
    }
}

static void automatic_shards(void)
{
    static const struct {
        const char *set;
        int64_t shards;
    } rows[] = {{"batch.size=1", 1},   {"batch.size=32", 1},    {"batch.size=33", 2},
                {"batch.size=64", 2},  {"batch.size=96", 3},    {"batch.size=1000", 32},
                {"batch.size=128", 4}, {"batch.shards=auto", 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        oc_recipe r;
        CU_ASSERT_EQUAL_FATAL(parse(&r, small, rows[i].set), OC_OK);
        CU_ASSERT_EQUAL(r.batch.shards, rows[i].shards);
    }
}

static void scalars_for_lists(void)
{
    oc_recipe r;
    CU_ASSERT_EQUAL_FATAL(parse(&r, small, "schedule.momentum=0.9"), OC_OK);
    CU_ASSERT(r.schedule.momentum[0] == 0.9 && r.schedule.momentum[1] == 0.9);
    static const char mlp[] = "model: {name: mlp, hidden: 64}\ndata: {file: x}\n"
                              "train: {epochs: 1}\nschedule: {max_lr: 1}\n";
    CU_ASSERT_EQUAL_FATAL(parse(&r, mlp, NULL), OC_OK);
    CU_ASSERT(r.model.hidden_count == 1 && r.model.hidden[0] == 64);
    CU_ASSERT_EQUAL_FATAL(parse(&r, mlp, "model.hidden=[]"), OC_OK);
    CU_ASSERT_EQUAL(r.model.hidden_count, 0);
}

static void sets(void)
{
    oc_recipe r;
    static const char *const two[] = {"train.epochs=4", "train.epochs=5", "model=mlp",
                                      "model.hidden=[8, 9]"};
    CU_ASSERT_EQUAL_FATAL(oc_recipe_parse(&r, small, strlen(small), "r.yaml", "/tmp", two, 4),
                          OC_OK);
    CU_ASSERT(r.train.epochs == 5 && r.model.hidden_count == 2); /* the last one counts */
    refused_with(small, "train.epoch=4",
                 "--set train.epoch=4: train.epoch: unknown key; did you "
                 "mean train.epochs?");
    refused_with(small, "epochs", "--set epochs: expected KEY=VALUE");
    refused_with(small, "=3", "expected KEY=VALUE");
    refused_with(small, "", "expected KEY=VALUE");
    refused_with(small, "train=3", "--set train=3: train: is a section");
    refused_with(small, "train.epochs=1\n---\n2", "found more");
    refused_with(small, "train.epochs=[1", "--set train.epochs=[1: column");
    char here[OC_PATH_BYTES], expected[OC_PATH_BYTES + 16];
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(here, sizeof here));
    snprintf(expected, sizeof expected, "%s/[a]: b.h5", here);
    CU_ASSERT_EQUAL_FATAL(parse(&r, small, "data.file=[a]: b.h5"), OC_OK);
    CU_ASSERT_STRING_EQUAL(r.data.file, expected); /* a path is taken as it stands */
}

static void files(void)
{
    oc_recipe r;
    char link[OC_PATH_BYTES];
    const char *folder = oc_scratch_path("folder"), *path = oc_scratch_path("folder/r.yaml");
    CU_ASSERT_EQUAL(mkdir(folder, 0755), 0);
    CU_ASSERT_EQUAL(oc_recipe_load(&r, path, NULL, 0), OC_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), path));
    CU_ASSERT_EQUAL(oc_recipe_load(&r, folder, NULL, 0), OC_ERR_IO);
    CU_ASSERT_EQUAL(oc_file_write(path, small, strlen(small)), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_recipe_load(&r, path, NULL, 0), OC_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(realpath(folder, link));
    CU_ASSERT_NSTRING_EQUAL(r.data.file, link, strlen(link)); /* beside the recipe */
    CU_ASSERT_STRING_EQUAL(r.data.file + strlen(link), "/set.h5");

    const size_t large = (1 << 20) + 1;
    char *spaces = malloc(large);
    CU_ASSERT_PTR_NOT_NULL_FATAL(spaces);
    memset(spaces, ' ', large);
    CU_ASSERT_EQUAL(oc_file_write(path, spaces, large), OC_OK);
    CU_ASSERT_EQUAL(oc_recipe_load(&r, path, NULL, 0), OC_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "r.yaml"));
    free(spaces);

    char name[OC_PATH_BYTES + 40];
    memset(name, 'x', sizeof name);
    memcpy(name, "data.file=", 10);
    name[sizeof name - 1] = '\0';
    refused_with(small, name, "data.file: the path has");
    refused_with(small, "data.file=/\xff", "not UTF-8");
}

static int reads_back(const oc_recipe *recipe)
{
    char *text = NULL;
    oc_recipe again;
    CU_ASSERT_EQUAL_FATAL(oc_recipe_format(recipe, &text), OC_OK);
    const oc_status status = oc_recipe_parse(&again, text, strlen(text), "again", "/", NULL, 0);
    if (status != OC_OK)
        printf("\n%s\n%s\n", oc_message(), text);
    free(text);
    return status == OC_OK && memcmp(recipe, &again, sizeof again) == 0;
}

static const char *const kept_sets[] = {
    "train.seed=18446744073709551615",
    "schedule.max_lr=0.1",
    "schedule.max_lr=1e-300",
    "schedule.max_lr=0.30000000000000004",
    "schedule.final_div=300000.5",
    "schedule.momentum=[0.95, 0.1]",
    "train.peer_timeout=600.25",
    "batch.shards=128",
    "train.fit_time=5400s",
    "train.fit_time=0.1m",
    "train.fit_time=1d",
    "train.fit_time=allocation",
    "early_stopping.patience=3",
    "compute.conv=direct",
    "compute.memory=low",
    "optimizer.weight_decay=5e-324",
    "checkpoint.best=false",
    "train.max_steps=1000000000000",
    "data.file=/a \"b\" \\ # : {x} ' \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \x01\t\n.h5"};

static const char *const kept_sections[] = {
    "early_stopping: {patience: 3, monitor: test_accuracy, min_delta: 0.25}\n"
    "schedule: {max_lr: 1}\n",
    "schedule: {name: onecycle, dialect: smith, max_lr: \"slice(1e-3, 0.3)\", anneal: cos,\n"
    "  pct_start: 0, annihilation: 0.05, warmup: 2 epochs, warmup_start: 0}\n"
    "optimizer: {name: adamw, groups: [\"conv1*|a.b\", '*'], freeze: [conv1.bias],\n"
    "  decay_factors: [250, 0], rate_factors: [0.5, 1], beta2: 0.9}\n",
    "schedule: {name: cyclical, mode: exp_range, gamma: 0.999, max_lr: \"slice( 0.3 )\",\n"
    "  base_lr: 0, step_size: 1.5 epochs, cycles: 2.5}\n"
    "batch_norm: {momentum: auto}\n",
    "schedule: {name: reduce_on_plateau, lr: 1, min_lr: 1e-3, factor: 0.5, patience: 0,\n"
    "  cooldown: 2, threshold: 0.01, threshold_mode: abs, monitor: test_accuracy}\n",
    "schedule: {name: multistep, lr: 1, milestones: [10, 2.5 epochs, 90 %]}\n"
    "batch_norm: {momentum: 0.95}\noptimizer: {name: sgd, dampening: 0.5}\n",
    "schedule: {name: piecewise, lr: 0.4, knots: [0, 5 epochs, 100%], factors: [0, 1, 1e-3]}\n"
    "optimizer: {name: rmsprop, decay_mode: decoupled, epsilon: 1e-3, alpha: 0.5}\n",
    "schedule: {name: warm_restarts, lr: 1, cycle: 1 epoch, cycle_mult: 1.5, min_lr: 1e-9}\n",
    "schedule: {name: step, lr: 1, every: 30 epochs}\noptimizer: adadelta\n",
    "schedule: {name: inverse, lr: 0.01, gamma: 1e-4, power: 0.75}\noptimizer: adagrad\n"};

static void round_trips(void)
{
    oc_recipe r;
    for (size_t i = 0; i < sizeof kept_sets / sizeof kept_sets[0]; i++) {
        CU_ASSERT_EQUAL_FATAL(parse(&r, small, kept_sets[i]), OC_OK);
        CU_ASSERT(reads_back(&r));
    }
    CU_ASSERT_EQUAL_FATAL(parse(&r,
                                "model: {name: mlp, hidden: []}\ndata: {file: x}\n"
                                "train: {max_steps: 3}\nschedule: {name: constant, lr: 3}\n",
                                NULL),
                          OC_OK);
    CU_ASSERT(reads_back(&r));
    for (size_t i = 0; i < sizeof kept_sections / sizeof kept_sections[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text, "model: lenet\ndata: {file: x}\ntrain: {epochs: 3}\n%s",
                 kept_sections[i]);
        CU_ASSERT_EQUAL_FATAL(parse(&r, text, NULL), OC_OK);
        CU_ASSERT(reads_back(&r));
    }
    const oc_random_key key = oc_random_make_key(7, OC_PURPOSE_TEST, 0);
    for (uint32_t i = 0; i < 200; i++) { /* numbers of all magnitudes */
        char set[64];
        const oc_random4 random = oc_random_at(key, i, 0, 0, 0);
        snprintf(set, sizeof set, "optimizer.weight_decay=%.17ge-%u",
                 (double)random.word[0] / 0x1p32, random.word[1] % 300);
        CU_ASSERT_EQUAL_FATAL(parse(&r, small, set), OC_OK);
        CU_ASSERT(reads_back(&r));
    }
}

static void edit_distances(void)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } rows[] = {
        {"", "", 0},      {"", "abc", 3},    {"epochs", "epochs", 0},  {"epoch", "epochs", 1},
        {"lr", "rl", 1},  {"mxa", "max", 1}, {"kitten", "sitting", 3}, {"Seed", "seed", 0},
        {"ca", "abc", 3}, {"batch", "b", 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT_EQUAL(oc_edit_distance(rows[i].a, rows[i].b), rows[i].distance);
        CU_ASSERT_EQUAL(oc_edit_distance(rows[i].b, rows[i].a), rows[i].distance);
    }
    char word[65];
    memset(word, 'x', 64);
    word[64] = '\0';
    CU_ASSERT_EQUAL(oc_edit_distance(word, "x"), SIZE_MAX);
    static const char *const words[] = {"train", "eval"};
    CU_ASSERT_PTR_EQUAL(oc_nearest("tarin", words, 2), words[0]);
    CU_ASSERT_PTR_NULL(oc_nearest("schedule", words, 2));
    CU_ASSERT_PTR_NULL(oc_nearest("", words, 2));
}

int main(void)
{
    static const oc_case cases[] = {
        {"defaults", defaults},
        {"rates by batch", rates_by_batch},
        {"byte order marks", byte_order_marks},
        {"all values", all_values},
        {"lengths of runs", lengths_of_runs},
        {"times", times},
        {"automatic shards", automatic_shards},
        {"scalars for lists", scalars_for_lists},
        {"--set", sets},
        {"files", files},
        {"round trips", round_trips},
        {"edit distances", edit_distances},
    };
    return OC_RUN_CASES("recipe", cases);
}
