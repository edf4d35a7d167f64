/* recipe_errors_test.c - every kind of mistake in a recipe and what its message says, and
 * random damage. */
#include "tests/unit/recipe_check.h"

#include "base/random.h"

#include <stdint.h>
#include <stdlib.h>

static void refused(const char *text, const char *says)
{
    refused_with(text, NULL, says);
}

static void unknown_keys(void)
{
    refused("model: lenet\n\ntrain:\n  epoch: 3\n",
            "r.yaml:4: train.epoch: unknown key; did you mean train.epochs?");
    refused("schedule:\n  mxa_lr: 3\n", "r.yaml:2: schedule.mxa_lr: unknown key; did you mean "
                                        "schedule.max_lr?");
    refused("train: {lr: 3}\n", "did you mean schedule.lr?"); /* in another section */
    refused("train:\n  zzzzzzzz: 3\n", "train.zzzzzzzz: unknown key; train has epochs, max_steps, "
                                       "fit_time, seed, check_replicas, peer_timeout");
    refused("modle: lenet\n", "r.yaml:1: modle: unknown section; did you mean model?");
    refused("epochs: 3\n", "epochs: unknown section; did you mean train.epochs?");
    refused("zzzzzzzz: 3\n",
            "zzzzzzzz: unknown section; there are model, data, batch, train, "
            "compute, reduce, optimizer, schedule, average, batch_norm, loss, augment, "
            "early_stopping, guard, checkpoint");
    refused("<<: {a: b}\n", "unknown section");
    refused("train.epochs: 3\n", "did you mean train: {epochs: ...}?"); /* as --set writes it */
    refused("loss:\n  label_smoothing: 0.1\n", "loss.label_smoothing: unknown key; loss has name");
}

static const struct {
    const char *set, *says;
} mistyped[] = {
    {"train.epochs=3.0", "found \"3.0\""},
    {"train.epochs=1e3", "found \"1e3\""},
    {"train.epochs=0x10", "found \"0x10\""},
    {"train.epochs=-1", "found \"-1\""},
    {"train.epochs=1000001", "from 0 to 1000000"},
    {"train.epochs=99999999999999999999999", "found \"9999"},
    {"train.epochs=[1]", ""},
    {"train.epochs=0", "train.epochs: is missing or 0"},
    {"train.fit_time=90", "0 or a number with a unit: s, m, h or d, found \"90\"; a unit"},
    {"train.fit_time=-90s", "found \"-90s\""},
    {"train.fit_time=2w", "allocation or 0 or a number with a unit"},
    {"train.fit_time=1e9s", "found \"1e9s\""},
    {"train.fit_time=h", "found \"h\""},
    {"train.fit_time=allocatoin", "found \"allocatoin\""},
    {"early_stopping.monitor=loss", "expected test_loss or test_accuracy"},
    {"train.seed=-1", "found \"-1\""},
    {"train.seed=18446744073709551616", "found \"18446744073709551616\""},
    {"schedule.max_lr=nan", "found \"nan\""},
    {"schedule.max_lr=.inf", "found \".inf\""},
    {"schedule.max_lr=1e999", "found \"1e999\""},
    {"schedule.max_lr=0", "a number above 0 and up to 1000, found \"0\""},
    {"schedule.max_lr=1e-999", "above 0"},
    {"schedule.max_lr=0,5", "found \"0,5\""},
    {"schedule.max_lr=0x1p3", "found \"0x1p3\""},
    {"schedule.max_lr='0.1 '", "found \"0.1 \""},
    {"schedule.max_lr=--1", "found \"--1\""},
    {"schedule.max_lr={a: b}", "found a mapping"},
    {"schedule.pct_start=30", "from 0 to 1, found \"30\""},
    {"schedule.final_div=0.5", "auto or a number from 1"},
    {"schedule.warmup=3 days", "found \"3 days\""},
    {"schedule.warmup=-1 epochs", "found \"-1 epochs\""},
    {"schedule.max_lr=slice(1,)", "found \"slice(1,)\""},
    {"schedule.max_lr=slice", "slice(a, b), slice(b) or a number"},
    {"optimizer.freeze=[\"\"]", "a list of up to 16 patterns"},
    {"optimizer.groups=[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]", "a list of 17 values"},
    {"batch_norm.ghost=0", "auto or a whole number from 1"},
    {"batch.accumulate=0", "a whole number from 1"},
    {"batch.accumulate=524288", "batch.accumulate: found 524288, which makes"},
    {"batch_norm.momentum=1", "auto or layer or a number above 0 and below 1"},
    {"schedule.momentum=1", "below 1, found \"1\""},
    {"schedule.momentum=[0.9, 0.8, 0.7]", "found a list of 3 values"},
    {"schedule.momentum=[]", "found a list of 0 values"},
    {"schedule.momentum=[0.9, [0.8]]", "found a list"},
    {"schedule.momentum=[0.8, 0.9]", "higher one first"},
    {"schedule.name=cosin", "did you mean cosine?"},
    {"schedule=onecylce", "did you mean onecycle?"},
    {"model.dropout=1", "below 1"},
    {"model.batch_norm=yes", "true or false, found \"yes\"; write true"},
    {"model.batch_norm=Off", "write false"},
    {"model.batch_norm=2", "true or false, found \"2\""},
    {"batch.size=0", "from 1 to"},
    {"batch.shards=129", "found 129 shards for a batch.size of 128"},
    {"batch.shards=0", "auto or a whole number from 1"},
    {"checkpoint.keep=0", "from 1 to"},
    {"checkpoint.every_time=soon", "auto or 0 or a number with a unit: s, m, h or d"},
    {"checkpoint.every_time=10", "a unit is missing"},
    {"checkpoint.mtbf=0", "expected a number with a unit: s, m, h or d"},
    {"compute.conv=winogard", "found \"winogard\"; did you mean winograd?"},
    {"compute.memory=high", "expected normal or low, found \"high\""},
    {"data.file=", "found nothing"},
    {"train.epochs=", "has no value"},
    {"train.epochs=~", "found \"~\""},
    {"train.epochs=''", "found nothing"},
};

static void wrong_types(void)
{
    refused("train: {epochs: ten}\n", "is missing"); /* names come first */
    refused_with(small, "train.epochs=ten",
                 "train.epochs: expected a whole number from 0 to "
                 "1000000, found \"ten\"");
    for (size_t i = 0; i < sizeof mistyped / sizeof mistyped[0]; i++) {
        char place[100];
        if (!mistyped[i].says[0]) {
            oc_recipe r; /* a list of one is that one */
            CU_ASSERT_EQUAL(parse(&r, small, mistyped[i].set), OC_OK);
            continue;
        }
        refused_with(small, mistyped[i].set, mistyped[i].says);
        snprintf(place, sizeof place, "--set %s: ", mistyped[i].set);
        if (!strstr(mistyped[i].says, "missing or 0") && !strstr(mistyped[i].says, "higher one"))
            refused_with(small, mistyped[i].set, place);
    }
    refused("model: {name: mlp, hidden: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}\n",
            "found a list of 17 values");
    refused("model: {name: mlp, hidden: [10, 0]}\ndata: {file: x}\n", "found \"0\"");
}

static void keys_of_another_choice(void)
{
    refused_with("model: lenet\ndata: {file: x}\ntrain: {epochs: 1}\n"
                 "schedule:\n  name: constant\n  lr: 1\n  pct_start: 0.3\n",
                 NULL,
                 "r.yaml:7: schedule.pct_start: does not apply to schedule constant, only to "
                 "schedule onecycle");
    refused_with(small, "schedule.name=constant", "r.yaml:4: schedule.max_lr: does not apply");
    refused_with(small, "schedule.lr=1", "does not apply to schedule onecycle");
    refused_with(small, "model.hidden=3", "does not apply to model lenet, only to model mlp");
}

static void missing_keys(void)
{
    refused("data: {file: x}\n", "r.yaml: model.name: is missing, expected mlp, lenet");
    refused("model: lenet\n", "r.yaml: data.file: is missing");
    refused("model: lenet\ndata: {file: x}\ntrain: {epochs: 1}\n", "schedule.max_lr: is missing");
    refused("model: lenet\ndata: {file: x}\ntrain: {epochs: 1}\nschedule: constant\n",
            "schedule.lr: is missing");
    refused("model: lenet\ndata: {file: x}\nschedule: {max_lr: 1}\n", "train.epochs: is missing");
    refused("model:\n", "model: expected keys below it, found nothing");
    refused("model: lenet\ndata: x.h5\n", "data: expected keys below it, found a single value");
    refused("train: [1, 2]\n", "train: expected keys below it, found a list");
    refused("train: {epochs: }\nmodel: lenet\ndata: {file: x}\n", "found nothing");
}

static void given_twice(void)
{
    refused("train:\n  epochs: 1\n  seed: 2\n  epochs: 3\n",
            "r.yaml:4: train.epochs: given twice, first on line 2");
    refused("train: {epochs: 1}\nmodel: lenet\ntrain: {seed: 1}\n",
            "r.yaml:3: train: given twice, first on line 1");
    refused("model: lenet\nmodel: {name: mlp}\n", "given twice");
}

static void not_yaml(void)
{
    refused("", "r.yaml: is empty");
    refused("# nothing\n\n", "is empty");
    refused("just words\n", "r.yaml:1: expected sections such as \"model:\", found a single value");
    refused("- a\n- b\n", "found a list");
    refused("model: lenet\n  data: [\n", "r.yaml:2: column ");
    refused("model: {name: lenet\n", "not valid YAML");
    refused("train:\n\tepochs: 3\n", "tabs may not indent in YAML: use spaces");
    refused("model: \"lenet\n", "not valid YAML");
    refused("model: &a lenet\n", "r.yaml:1: YAML anchors (&name) are not supported");
    refused("train: {epochs: 1}\nmodel: *a\n", "r.yaml:2: YAML aliases (*name) are not supported");
    refused("a: &a [x,x]\nb: &b [*a,*a]\n", "unknown section");
    refused("model: !!python/object lenet\n", "YAML tags (!name) are not supported");
    refused("model: lenet\n---\nmodel: mlp\n", "a second YAML document");
    refused("model: lenet\nloss: \"a\\0b\"\n", "NUL");
    refused("model: lenet # \xff\xfe\n", "r.yaml:1: column 16: not UTF-8");
    refused("model: lenet\n# ok\ntrain: \x80\n", "r.yaml:3: column 8: not UTF-8");
    refused("\xff\xfem\0o\0d\0e\0l\0",
            "r.yaml: found text in UTF-16, little-endian, expected UTF-8");
    refused("\xfe\xff\0m", "UTF-16, big-endian");
    /* A byte order mark changes neither lines nor columns. */
    refused("\xef\xbb\xbfmodel: lenet # \xff\n", "r.yaml:1: column 16: not UTF-8");
    refused("\xef\xbb\xbftrain:\n\tepochs: 3\n", "r.yaml:2: ");
    refused("[model, lenet]: 3\n", "found a list");
    refused("model: {[a]: 3}\n", "expected a key");
    refused("? {a: b}\n: c\n", "expected the name of a section");
    oc_recipe r;
    CU_ASSERT_EQUAL(oc_recipe_parse(&r, "mod\0el: lenet\n", 14, "r.yaml", "/tmp", NULL, 0),
                    OC_ERR_USAGE);
}

/* Nesting as deep as the file allows must not exhaust the stack. */
static void deep_nesting(void)
{
    enum { DEPTH = 100000 };
    char *text = malloc(DEPTH + 20);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    const int start = sprintf(text, "train: {epochs: ");
    memset(text + start, '[', DEPTH);
    text[start + DEPTH] = '\0';
    refused(text, "");
    free(text);
}

/* Any damage gives a recipe or an error, never a crash; errors are 64. */
static void random_damage(void)
{
    static const char alphabet[] = "\n\t :{}[],#&*!|>'\"%@`-?~0\xff\xc3\x00x";
    const oc_random_key key = oc_random_make_key(1, OC_PURPOSE_TEST, 1);
    int refusals = 0, acceptances = 0;
    for (uint32_t i = 0; i < 4000; i++) {
        char text[sizeof small];
        oc_recipe r;
        memcpy(text, small, sizeof small);
        for (uint32_t j = 0; j <= i % 3; j++) {
            const oc_random4 random = oc_random_at(key, i, j, 0, 0);
            text[random.word[0] % (sizeof small - 1)] =
                alphabet[random.word[1] % (sizeof alphabet - 1)];
        }
        const oc_status status =
            oc_recipe_parse(&r, text, sizeof small - 1, "r.yaml", "/tmp", NULL, 0);
        refusals += status == OC_ERR_USAGE && oc_message()[0];
        acceptances += status == OC_OK;
    }
    CU_ASSERT_EQUAL(refusals + acceptances, 4000);
    CU_ASSERT(refusals > 1000 && acceptances > 0);
}

int main(void)
{
    static const oc_case cases[] = {
        {"unknown keys", unknown_keys},
        {"wrong types", wrong_types},
        {"keys of another choice", keys_of_another_choice},
        {"missing keys", missing_keys},
        {"given twice", given_twice},
        {"not YAML", not_yaml},
        {"deep nesting", deep_nesting},
        {"random damage", random_damage},
    };
    return OC_RUN_CASES("recipe_errors", cases);
}
