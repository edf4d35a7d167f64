/* recipe_fields.c - the one table of the recipe's keys, and looking keys up in it. No
 * reading and no checking of values. */
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

static const char *const average_names[] = {[OC_AVERAGE_NONE] = "none",
                                            [OC_AVERAGE_EMA] = "ema",
                                            [OC_AVERAGE_LOOKAHEAD] = "lookahead",
                                            [OC_AVERAGE_SWA] = "swa",
                                            NULL};

static const char *const conv_names[] = {
#define OC_CONV(algorithm, name) name,
#include "kernels/conv/conv.def"
#undef OC_CONV
    NULL};

/* A short list of words stands in its row. */
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define AT(member) offsetof(oc_recipe, member)
#define MODEL(kind) (1U << MODEL_##kind)
#define OPTIMIZER(kind) (1U << OPTIMIZER_##kind)
#define SCHEDULE(kind) (1U << OC_SCHEDULE_##kind)
#define AVERAGE(kind) (1U << OC_AVERAGE_##kind)
#define PEAKED (SCHEDULE(ONECYCLE) | SCHEDULE(CYCLICAL) | SCHEDULE(FINE_TUNE))

/* The rows of a section stand together, its choosing name first. */
const oc_field oc_fields[] = {
/* clang-format off */
#include "recipe/keys/model.def"
#include "recipe/keys/data.def"
#include "recipe/keys/batch.def"
#include "recipe/keys/train.def"
#include "recipe/keys/compute.def"
#include "recipe/keys/reduce.def"
#include "recipe/keys/optimizer.def"
#include "recipe/keys/schedule.def"
#include "recipe/keys/average.def"
#include "recipe/keys/batch_norm.def"
#include "recipe/keys/loss.def"
#include "recipe/keys/augment.def"
#include "recipe/keys/early_stopping.def"
#include "recipe/keys/guard.def"
#include "recipe/keys/checkpoint.def"
    /* clang-format on */
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
    [OC_BY_AVERAGE] = {"average", AT(average.kind), average_names},
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

const char *oc_recipe_long_key(const char *name, size_t length)
{
    for (size_t i = 0; i < oc_field_count; i++) {
        const char *const known = oc_fields[i].short_name;
        if (known && strlen(known) == length && strncmp(known, name, length) == 0)
            return oc_fields[i].path;
    }
    return NULL;
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
    size_t left = but ? all - ours : ours;
    const char *before = but ? " other than " : " ";
    for (size_t kind = 0; kind < all && length < size; kind++)
        if ((field->kinds >> kind & 1U) != (unsigned)but) {
            length += (size_t)snprintf(out + length, size - length, "%s%s", before, names[kind]);
            before = --left == 1 ? " or " : ", ";
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
