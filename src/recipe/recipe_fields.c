/* recipe_fields.c - the one table of the recipe's keys, and looking keys up in it. No
 * reading and no checking of values. */
#include "base/suggest.h"
#include "recipe/recipe_private.h"

#include <assert.h>
#include <string.h>

enum {
#define OC_MODEL(kind, name, build, depth, channels, side, classes) MODEL_##kind,
#include "models/models.def"
#undef OC_MODEL
    MODEL_COUNT
};
enum {
#define OC_OPTIMIZER(kind, name, slots) OPTIMIZER_##kind,
#include "optimizers/optimizers.def"
#undef OC_OPTIMIZER
    OPTIMIZER_COUNT
};

static const char *const model_names[] = {
#define OC_MODEL(kind, name, build, depth, channels, side, classes) name,
#include "models/models.def"
#undef OC_MODEL
    NULL};
static const char *const optimizer_names[] = {
#define OC_OPTIMIZER(kind, name, slots) name,
#include "optimizers/optimizers.def"
#undef OC_OPTIMIZER
    NULL};
static const char *const schedule_names[] = {
#define OC_SCHEDULE(kind, name, operations) name,
#include "schedules/schedules.def"
#undef OC_SCHEDULE
    NULL};
static const char *const loss_names[] = {
#define OC_LOSS(kind, name) name,
#include "losses/losses.def"
#undef OC_LOSS
    [OC_LOSS_AUTO] = "auto", NULL};
static const char *const padding_names[] = {
#define OC_PADDING(kind, name) name,
#include "data/augment/choices.def"
#undef OC_PADDING
    NULL};
static const char *const flip_names[] = {
#define OC_FLIP(kind, name) name,
#include "data/augment/choices.def"
#undef OC_FLIP
    NULL};

static const char *const conv_names[] = {
#define OC_CONV(algorithm, name) name,
#include "kernels/conv/conv.def"
#undef OC_CONV
    NULL};
static const char *const memory_names[] = {"normal", "low", NULL}; /* low_memory */

static const char *const time_names[] = {"allocation", NULL};

static const char *const channel_names[] = {[OC_CHANNELS_UNSAID] = "auto",
                                            [OC_CHANNELS_FIRST] = "false",
                                            [OC_CHANNELS_LAST] = "true",
                                            NULL};
static const char *const normalise_names[] = {
    [OC_NORMALISE_CHANNELS] = "channels", [OC_NORMALISE_NONE] = "none", NULL};

static const char *const init_name_names[] = {[OC_INIT_NAMES_AUTO] = "auto",
                                              [OC_INIT_NAMES_ONECYCLE] = "onecycle",
                                              [OC_INIT_NAMES_TORCHVISION] = "torchvision",
                                              NULL};
static const char *const init_head_names[] = {
    [OC_INIT_HEAD_AUTO] = "auto", [OC_INIT_HEAD_NEW] = "new", [OC_INIT_HEAD_KEEP] = "keep", NULL};

static const char *const frozen_names[] = {"fixed", "moving", NULL};

#define AT(member) offsetof(oc_recipe, member)
#define MODEL(kind) (1U << MODEL_##kind)
#define OPTIMIZER(kind) (1U << OPTIMIZER_##kind)
#define SCHEDULE(kind) (1U << OC_SCHEDULE_##kind)
#define PEAKED (SCHEDULE(ONECYCLE) | SCHEDULE(CYCLICAL) | SCHEDULE(FINE_TUNE))

/* The rows of a section stand together, its choosing name first. */
const oc_field oc_fields[] = {
#include "recipe/model_fields.def"

#include "recipe/data_fields.def"

    {.path = "batch.size",
     .type = OC_FIELD_WHOLE,
     .offset = AT(batch.size),
     .initial = "128",
     .min = 1,
     .max = 1 << 24,
     .meaning = "samples a step, all ranks together"},
    {.path = "batch.shards",
     .type = OC_FIELD_WHOLE,
     .offset = AT(batch.shards),
     .initial = "auto",
     .min = 1,
     .max = 1 << 24,
     .may_be_auto = 1,
     .meaning = "parts the batch is cut into, at least one for each rank; part of the "
                "result, unlike the number of ranks; auto: size / 32 rounded up"},

    {.path = "train.epochs",
     .type = OC_FIELD_WHOLE,
     .offset = AT(train.epochs),
     .initial = "0",
     .max = 1000000,
     .meaning = "length of the run; must be given unless max_steps or fit_time is"},
    {.path = "train.max_steps",
     .type = OC_FIELD_WHOLE,
     .offset = AT(train.max_steps),
     .initial = "0",
     .max = 1e12,
     .meaning = "the run ends after so many steps at the latest; 0: epochs decide"},
    {.path = "train.fit_time",
     .type = OC_FIELD_TIME,
     .offset = AT(train.fit_time),
     .initial = "0",
     .max = 1e8,
     .names = time_names,
     .meaning = "the run ends within this time of the wall clock, its schedule run through: it has "
                "fewer steps if there is no time for all, and without epochs and max_steps as many "
                "as there is time for; allocation: up to 3 minutes before the Slurm job's end; "
                "0: no limit"},
    {.path = "train.seed",
     .type = OC_FIELD_SEED,
     .offset = AT(train.seed),
     .initial = "1",
     .meaning = "of initial weights, order of samples and dropout"},
    {.path = "train.check_replicas",
     .type = OC_FIELD_WHOLE,
     .offset = AT(train.check_replicas),
     .initial = "100",
     .max = 1e9,
     .meaning = "compare the weights of all ranks every so many steps; 0: never"},
    {.path = "train.peer_timeout",
     .type = OC_FIELD_REAL,
     .offset = AT(train.peer_timeout),
     .initial = "auto",
     .max = 1e6,
     .may_be_auto = 1,
     .automatic = OC_AUTO,
     .meaning = "seconds to wait for another rank before the job ends with code 71; auto: 30 times "
                "the slowest step so far, at least 60, and at least 600 before the first step and "
                "while rank 0 saves or draws; 0: for ever"},

#include "recipe/init_fields.def"

    {.path = "compute.threads",
     .type = OC_FIELD_WHOLE,
     .offset = AT(compute.threads),
     .initial = "1",
     .min = 1,
     .max = 4096,
     .meaning = "threads of each rank, which share out its shards; no part of the result"},
    {.path = "compute.memory",
     .type = OC_FIELD_NAME,
     .offset = AT(compute.network.low_memory),
     .initial = "normal",
     .names = memory_names,
     .meaning = "low: outputs of batch_norm are not kept for backward but computed again there; "
                "no part of the result"},
    {.path = "compute.conv",
     .type = OC_FIELD_NAME,
     .offset = AT(compute.network.conv),
     .initial = "auto",
     .names = conv_names,
     .meaning = "how convolutions are computed, where it can do their shape; auto: what suits the "
                "shape. The last bits differ"},

#include "recipe/optimizer_fields.def"
#include "recipe/schedule_fields.def"
    {.path = "batch_norm.momentum",
     .type = OC_FIELD_REAL,
     .offset = AT(batch_norm.momentum),
     .initial = "layer",
     .above_min = 1,
     .max = 1,
     .below_max = 1,
     .may_be_auto = 1,
     .automatic = OC_AUTO,
     .zero = "layer",
     .meaning = "how much of the running averages stays each step; auto: by the length of half a "
                "cycle, as Smith had it; layer: what each layer says (0.9)"},

#include "recipe/frozen_fields.def"

    {.path = "loss.name",
     .type = OC_FIELD_NAME,
     .offset = AT(loss.kind),
     .initial = "auto",
     .names = loss_names,
     .meaning = "what is made small; auto: softmax_cross_entropy for classes, mse for regression, "
                "binary_cross_entropy for a data set with several labels a sample"},
    {.path = "loss.smoothing",
     .type = OC_FIELD_REAL,
     .offset = AT(loss.smoothing),
     .initial = "0",
     .max = 1,
     .below_max = 1,
     .meaning = "part of a label that is spread over all classes, in training only"},

#include "recipe/augment_fields.def"

    {.path = "early_stopping.patience",
     .type = OC_FIELD_WHOLE,
     .offset = AT(early_stopping.patience),
     .initial = "0",
     .max = 1000000,
     .meaning = "the run ends, as done, when so many evaluations in a row were no progress; 0: "
                "never"},
    {.path = "early_stopping.monitor",
     .type = OC_FIELD_NAME,
     .offset = AT(early_stopping.monitor),
     .initial = "test_loss",
     .names = oc_monitor_names,
     .meaning = "what must become smaller (test_loss) or larger (test_accuracy; of regression R2)"},
    {.path = "early_stopping.min_delta",
     .type = OC_FIELD_REAL,
     .offset = AT(early_stopping.min_delta),
     .initial = "0",
     .max = 1e6,
     .meaning = "what is not better than the best by more than this is no progress"},

    {.path = "checkpoint.every_steps",
     .type = OC_FIELD_WHOLE,
     .offset = AT(checkpoint.every_steps),
     .initial = "0",
     .max = 1e12,
     .meaning = "save every so many steps; 0: not by steps"},
    {.path = "checkpoint.every_epochs",
     .type = OC_FIELD_WHOLE,
     .offset = AT(checkpoint.every_epochs),
     .initial = "1",
     .max = 1000000,
     .meaning = "save every so many epochs; 0: not by epochs. The end of the run and a stop "
                "are saved in any case"},
    {.path = "checkpoint.keep",
     .type = OC_FIELD_WHOLE,
     .offset = AT(checkpoint.keep),
     .initial = "3",
     .min = 1,
     .max = 1000000,
     .meaning = "how many of the last stay"},
    {.path = "checkpoint.best",
     .type = OC_FIELD_SWITCH,
     .offset = AT(checkpoint.best),
     .initial = "true",
     .meaning = "also keep the one with the best test accuracy, of regression the best R2"},
};
const size_t oc_field_count = sizeof oc_fields / sizeof oc_fields[0];
static_assert(sizeof oc_fields / sizeof oc_fields[0] <= OC_MAX_FIELDS, "raise OC_MAX_FIELDS");

static const struct {
    const char *what;
    size_t offset;
    const char *const *names;
} choosers[] = {
    [OC_BY_MODEL] = {"model", AT(model.kind), model_names},
    [OC_BY_OPTIMIZER] = {"optimizer", AT(optimizer.kind), optimizer_names},
    [OC_BY_SCHEDULE] = {"schedule", AT(schedule.kind), schedule_names},
};

static int chosen(oc_chooser chooser, const oc_recipe *recipe)
{
    return *(const int *)(const void *)((const char *)recipe + choosers[chooser].offset);
}

int oc_field_applies(const oc_field *field, const oc_recipe *recipe)
{
    return field->chooser == OC_ALWAYS ||
           (field->kinds >> (unsigned)chosen(field->chooser, recipe) & 1U) != 0;
}

int oc_field_find(const char *path)
{
    for (size_t i = 0; i < oc_field_count; i++)
        if (strcmp(oc_fields[i].path, path) == 0)
            return (int)i;
    return -1;
}

void oc_field_owners(const oc_field *field, char *out, size_t size)
{
    out[0] = '\0';
    if (field->chooser == OC_ALWAYS)
        return;
    const char *const *names = choosers[field->chooser].names;
    size_t length = (size_t)snprintf(out, size, "%s", choosers[field->chooser].what);
    size_t all = 0, ours = 0;
    for (; names[all]; all++)
        ours += field->kinds >> all & 1U;
    const int but = 2 * ours > all && ours < all; /* told by those that are not */
    const char *before = but ? " other than " : " ";
    for (size_t kind = 0; kind < all && length < size; kind++)
        if ((field->kinds >> kind & 1U) != (unsigned)but) {
            length += (size_t)snprintf(out + length, size - length, "%s%s", before, names[kind]);
            before = " or ";
        }
}

oc_status oc_field_misplaced(const oc_source *source, const oc_value *value, const oc_field *field,
                             const oc_recipe *recipe)
{
    char owners[OC_OWNERS_BYTES];
    oc_field_owners(field, owners, sizeof owners);
    return oc_value_fail(source, value, "%s: does not apply to %s %s, only to %s", field->path,
                         choosers[field->chooser].what,
                         choosers[field->chooser].names[chosen(field->chooser, recipe)], owners);
}

/* The nearest key by its part behind the dot: in `section` only, or anywhere (NULL). */
static const char *nearest_key(const char *typed, const char *section)
{
    const char *found = NULL;
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < oc_field_count; i++) {
        const char *const key = strchr(oc_fields[i].path, '.') + 1;
        if (section && strncmp(oc_fields[i].path, section, (size_t)(key - oc_fields[i].path)) != 0)
            continue;
        const size_t distance = oc_edit_distance(typed, key);
        if (distance < shortest && oc_is_near(typed, distance)) {
            shortest = distance;
            found = oc_fields[i].path;
        }
    }
    return found;
}

/* The keys of a section ("train." with its dot), or the sections (""), as "a, b, c". */
static void list_keys(const char *section, char *out, size_t size)
{
    const size_t prefix = strlen(section);
    const char *last = "";
    size_t last_length = 0, length = 0;
    for (size_t i = 0; i < oc_field_count && length < size; i++) {
        if (strncmp(oc_fields[i].path, section, prefix) != 0)
            continue;
        const char *const key = oc_fields[i].path + prefix;
        const size_t bytes = strcspn(key, ".");
        if (bytes == last_length && strncmp(key, last, bytes) == 0)
            continue;
        length += (size_t)snprintf(out + length, size - length, "%s%.*s", length ? ", " : "",
                                   (int)bytes, key);
        last = key;
        last_length = bytes;
    }
}

/* A section that is none: another section was meant, or a key without its section. */
static oc_status unknown_section(const oc_source *source, const oc_value *value, const char *typed)
{
    char clean[OC_CLEAN_BYTES], sections[256] = "";
    oc_clean(typed, clean);
    const char *meant = NULL;
    size_t shortest = SIZE_MAX, length = 0;
    for (size_t i = 0; i < oc_field_count; i++) {
        char section[32];
        const size_t bytes = strcspn(oc_fields[i].path, ".");
        snprintf(section, sizeof section, "%.*s", (int)bytes, oc_fields[i].path);
        const size_t distance = oc_edit_distance(typed, section);
        if (distance < shortest && oc_is_near(typed, distance)) {
            shortest = distance;
            meant = oc_fields[i].path;
            length = bytes;
        }
    }
    if (!meant && (meant = nearest_key(typed, NULL)) != NULL)
        length = strlen(meant);
    if (meant)
        return oc_value_fail(source, value, "%s: unknown section; did you mean %.*s?", clean,
                             (int)length, meant);
    list_keys("", sections, sizeof sections);
    return oc_value_fail(source, value, "%s: unknown section; there are %s", clean, sections);
}

oc_status oc_field_unknown(const oc_source *source, const oc_value *value, const char *path)
{
    char clean[OC_CLEAN_BYTES], section[OC_CLEAN_BYTES], keys[512] = "";
    const char *const dot = strchr(path, '.');
    if (!dot || (size_t)(dot - path) + 2 > sizeof section)
        return unknown_section(source, value, path);
    snprintf(section, sizeof section, "%.*s", (int)(dot - path + 1), path);
    list_keys(section, keys, sizeof keys);
    if (!keys[0]) {
        section[dot - path] = '\0';
        return unknown_section(source, value, section);
    }
    oc_clean(path, clean);
    const char *meant = nearest_key(dot + 1, section);
    if (!meant)
        meant = nearest_key(dot + 1, NULL);
    if (meant)
        return oc_value_fail(source, value, "%s: unknown key; did you mean %s?", clean, meant);
    return oc_value_fail(source, value, "%s: unknown key; %.*s has %s", clean, (int)(dot - path),
                         path, keys);
}
