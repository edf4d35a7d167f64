/* recipe.c - the recipe as a whole: loading, defaults, what keys demand of each other,
 * writing it out. Types and bounds are recipe_value.c's. */
#include "recipe/recipe_private.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_A_SHARD = 32, LARGEST_BATCH = 1 << 24 };
#define DEFAULT_WARMUP_START 0.1

/* A key's value, or its default, into the recipe. */
static oc_status store_one(oc_source *source, const char *folder, const oc_field *field,
                           oc_recipe *recipe)
{
    const oc_value *const value = &source->values[oc_field_find(field->path)];
    if (value->given)
        return oc_value_store(source, value, field, folder, recipe);
    const char *const initially =
        source->rate_may_lack && field->type == OC_FIELD_RATE ? "1" : field->initial;
    if (!initially) {
        char expects[320];
        oc_field_expects(field, expects, sizeof expects);
        return oc_fail(OC_ERR_USAGE, "%s: %s: is missing, expected %s", source->name, field->path,
                       expects);
    }
    oc_value initial = {0};
    oc_status status = oc_recipe_read_value(source, initially, &initial);
    if (status == OC_OK)
        status = oc_value_store(source, &initial, field, folder, recipe);
    oc_value_clear(&initial);
    return status;
}

/* Each key given must belong to what was chosen. */
static oc_status check_applies(const oc_source *source, const oc_recipe *recipe)
{
    for (size_t i = 0; i < oc_field_count; i++) {
        int applies = 0;
        for (size_t j = i; j < oc_field_count; j++)
            applies |= strcmp(oc_fields[j].path, oc_fields[i].path) == 0 &&
                       oc_field_applies(&oc_fields[j], recipe);
        if (source->values[i].given && !applies)
            return oc_field_misplaced(source, &source->values[i], &oc_fields[i], recipe);
    }
    return OC_OK;
}

/* No key is given in vain. A recipe that says both, if only that the other is off, knows what it
 * does. */
static oc_status check_needs(const oc_source *source)
{
    for (size_t i = 0; i < oc_field_count; i++) {
        const oc_field *const field = &oc_fields[i];
        if (source->values[i].given && field->needs &&
            !source->values[oc_field_find(field->needs)].given)
            return oc_value_fail(source, &source->values[i],
                                 "%s: has no effect without %s, which is not given", field->path,
                                 field->needs);
    }
    return OC_OK;
}

/* A list of layers is a model of its own; a name given beside it is checked later. */
static oc_status name_layers(oc_source *source)
{
    const oc_value *const layers = &source->values[oc_field_find("model.layers")];
    oc_value *const name = &source->values[oc_field_find("model.name")];
    if (!layers->given || name->given)
        return OC_OK;
    *name = (oc_value){.given = 1, .line = layers->line, .set = layers->set, .count = 1};
    name->items[0] = strdup("layers");
    return name->items[0] ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: out of memory", source->name);
}

/* First the names, which choose what other keys there are; then all that applies. */
static oc_status store_all(oc_source *source, const char *folder, oc_recipe *recipe)
{
    oc_status status = OC_OK;
    for (size_t i = 0; i < oc_field_count && status == OC_OK; i++)
        if (oc_fields[i].type == OC_FIELD_NAME)
            status = store_one(source, folder, &oc_fields[i], recipe);
    if (status == OC_OK)
        status = check_applies(source, recipe);
    for (size_t i = 0; i < oc_field_count && status == OC_OK; i++)
        if (oc_fields[i].type != OC_FIELD_NAME && oc_field_applies(&oc_fields[i], recipe))
            status = store_one(source, folder, &oc_fields[i], recipe);
    return status == OC_OK ? check_needs(source) : status;
}

/* batch.accumulate is another way to say batch.size; afterwards it is not said any more. */
static oc_status multiply_batch(const oc_source *source, oc_recipe *recipe)
{
    const int64_t times = recipe->batch.accumulate;
    recipe->batch.size *= times;
    recipe->batch.shards *= times;
    recipe->batch.accumulate = 1;
    const oc_value *const value = &source->values[oc_field_find("batch.accumulate")];
    if (recipe->batch.size > LARGEST_BATCH)
        return oc_value_fail(source, value,
                             "batch.accumulate: found %lld, which makes %lld samples a step, "
                             "expected at most %d",
                             (long long)times, (long long)recipe->batch.size, LARGEST_BATCH);
    if (times > 1 && recipe->batch_norm.sync)
        return oc_value_fail(source, value,
                             "batch.accumulate: found %lld with batch_norm.sync, expected 1: "
                             "statistics of the whole batch take all of it at once",
                             (long long)times);
    return OC_OK;
}

/* What depends on other sections; afterwards the recipe says it itself. */
static void resolve(oc_recipe *recipe)
{
    oc_schedule_config *const schedule = &recipe->schedule;
    const int64_t ghost = recipe->batch_norm.ghost;
    const int64_t most = ghost > 0 && ghost < SAMPLES_A_SHARD ? ghost : SAMPLES_A_SHARD;
    if (recipe->batch.shards == 0)
        recipe->batch.shards = (recipe->batch.size + most - 1) / most;
    schedule->scale = oc_schedule_scale(schedule, recipe->batch.size);
    if (schedule->warmup_start == OC_AUTO)
        schedule->warmup_start = schedule->scale > 1 ? 1 / schedule->scale : DEFAULT_WARMUP_START;
}

/* Which arrays of other programs' files belong together. */
static oc_status check_files(const oc_source *source, const oc_recipe *recipe)
{
    const int inputs = recipe->data.inputs[0] != '\0', targets = recipe->data.targets[0] != '\0';
    const int test_inputs = recipe->data.test_inputs[0] != '\0';
    if (inputs != targets || test_inputs != (recipe->data.test_targets[0] != '\0') ||
        (test_inputs && !inputs))
        return oc_fail(
            OC_ERR_USAGE,
            "%s: data.inputs and data.targets belong together; so do data.test_inputs and "
            "data.test_targets, which also require the first two",
            source->name);
    const int others = recipe->data.targets_file[0] || recipe->data.test_file[0] ||
                       recipe->data.test_targets_file[0];
    if (others && (!inputs || (!test_inputs &&
                               (recipe->data.test_file[0] || recipe->data.test_targets_file[0]))))
        return oc_fail(OC_ERR_USAGE,
                       "%s: data.targets_file requires data.inputs; data.test_file and "
                       "data.test_targets_file require data.test_inputs",
                       source->name);
    if (inputs && !test_inputs && !(recipe->data.validation > 0))
        return oc_fail(OC_ERR_USAGE,
                       "%s: nothing to evaluate on: set data.test_inputs and data.test_targets, "
                       "or data.validation",
                       source->name);
    return OC_OK;
}

/* What no single key can tell. */
static oc_status check_together(const oc_source *source, oc_recipe *recipe)
{
    const int open = recipe->train.epochs == 0 && recipe->train.max_steps == 0;
    if (open && recipe->train.fit_time == 0)
        return oc_fail(OC_ERR_USAGE,
                       "%s: train.epochs: is missing or 0, expected a whole number from 1 to "
                       "1000000, or train.max_steps or train.fit_time",
                       source->name);
    oc_status status = check_files(source, recipe);
    if (status == OC_OK)
        status = multiply_batch(source, recipe);
    if (status != OC_OK)
        return status;
    resolve(recipe);
    if (recipe->batch.shards > recipe->batch.size)
        return oc_value_fail(source, &source->values[oc_field_find("batch.shards")],
                             "batch.shards: found %lld shards for a batch.size of %lld, expected "
                             "at least one sample per shard",
                             (long long)recipe->batch.shards, (long long)recipe->batch.size);
    if (recipe->batch_norm.sync && recipe->batch_norm.ghost > 0)
        return oc_value_fail(source, &source->values[oc_field_find("batch_norm.ghost")],
                             "batch_norm.ghost: found %lld with batch_norm.sync, expected one of "
                             "the two",
                             (long long)recipe->batch_norm.ghost);
    if (recipe->optimizer.nesterov && recipe->optimizer.dampening > 0)
        return oc_value_fail(source, &source->values[oc_field_find("optimizer.dampening")],
                             "optimizer.dampening: found %g with nesterov, expected 0",
                             recipe->optimizer.dampening);
    const int hard =
        recipe->loss.kind == OC_LOSS_MSE || recipe->loss.kind == OC_LOSS_BINARY_CROSS_ENTROPY;
    if (hard && recipe->loss.smoothing > 0)
        return oc_value_fail(
            source, &source->values[oc_field_find("loss.smoothing")],
            "loss.smoothing: found %g with %s, expected 0: only classes can be smoothed",
            recipe->loss.smoothing, oc_loss_name(recipe->loss.kind));
    if (hard && recipe->data.balance)
        return oc_value_fail(
            source, &source->values[oc_field_find("data.balance")],
            "data.balance: found true with %s, expected false: only classes can be balanced",
            oc_loss_name(recipe->loss.kind));
    status = oc_schedule_check(&recipe->schedule);
    if (status == OC_OK && open)
        status = oc_schedule_check_open(&recipe->schedule);
    return oc_value_place(source, status);
}

static oc_status parse(oc_source *source, oc_recipe *recipe, const char *text, size_t length,
                       const char *folder, const char *const *sets, size_t set_count)
{
    oc_status status = oc_recipe_read_yaml(source, text, length);
    for (size_t i = 0; i < set_count && status == OC_OK; i++)
        status = oc_recipe_read_set(source, sets[i]);
    if (status == OC_OK)
        status = name_layers(source);
    if (status == OC_OK)
        status = store_all(source, folder, recipe);
    if (status == OC_OK)
        status = check_together(source, recipe);
    return status;
}

static oc_status parse_text(oc_recipe *recipe, const char *text, size_t length, const char *name,
                            const char *folder, const char *const *sets, size_t set_count,
                            int rate_may_lack)
{
    memset(recipe, 0, sizeof *recipe); /* padding too: recipes are compared as bytes */
    char absolute[PATH_MAX];
    if (!realpath(folder, absolute))
        return oc_fail(OC_ERR_IO, "%s: the folder %s: %s", name, folder, strerror(errno));
    oc_source *source = calloc(1, sizeof *source);
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* 0.5, never 0,5 */
    oc_status status;
    if (source && plain) {
        const locale_t users = uselocale(plain);
        source->name = name;
        source->rate_may_lack = rate_may_lack;
        status = parse(source, recipe, text, length, absolute, sets, set_count);
        uselocale(users);
    } else {
        status = oc_fail(OC_ERR_MEMORY, "%s: out of memory", name);
    }
    for (size_t i = 0; source && i < oc_field_count; i++)
        oc_value_clear(&source->values[i]);
    if (source)
        oc_entries_clear(source);
    if (plain)
        freelocale(plain);
    free(source);
    return status;
}

oc_status oc_recipe_parse(oc_recipe *recipe, const char *text, size_t length, const char *name,
                          const char *folder, const char *const *sets, size_t set_count)
{
    return parse_text(recipe, text, length, name, folder, sets, set_count, 0);
}

static oc_status load(oc_recipe *recipe, const char *path, const char *const *sets,
                      size_t set_count, int rate_may_lack)
{
    char *text = NULL;
    size_t length = 0;
    oc_status status = oc_file_read(path, OC_RECIPE_BYTES, &text, &length);
    if (status != OC_OK)
        return status == OC_ERR_DATA ? OC_ERR_USAGE : status; /* larger than any recipe */

    char folder[OC_PATH_BYTES];
    const char *const slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    status = parse_text(recipe, text, length, path, folder, sets, set_count, rate_may_lack);
    free(text);
    return status;
}

oc_status oc_recipe_load(oc_recipe *recipe, const char *path, const char *const *sets,
                         size_t set_count)
{
    return load(recipe, path, sets, set_count, 0);
}

oc_status oc_recipe_load_any_rate(oc_recipe *recipe, const char *path, const char *const *sets,
                                  size_t set_count)
{
    return load(recipe, path, sets, set_count, 1);
}

uint64_t oc_recipe_steps_per_epoch(const oc_recipe *recipe, uint64_t train_samples)
{
    return train_samples / (uint64_t)recipe->batch.size;
}

uint64_t oc_recipe_steps(const oc_recipe *recipe, uint64_t train_samples)
{
    const uint64_t most = (uint64_t)recipe->train.max_steps;
    const uint64_t steps =
        oc_recipe_steps_per_epoch(recipe, train_samples) * (uint64_t)recipe->train.epochs;
    return most > 0 && (recipe->train.epochs == 0 || most < steps) ? most : steps;
}

oc_status oc_recipe_format(const oc_recipe *recipe, char **text)
{
    size_t length = 0;
    *text = NULL;
    FILE *out = open_memstream(text, &length);
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (out && plain) {
        const locale_t users = uselocale(plain);
        const char *last = "";
        fprintf(out, "# A recipe for onecycle %s with all its values.\n", ONECYCLE_VERSION);
        for (size_t i = 0; i < oc_field_count; i++) {
            const oc_field *const field = &oc_fields[i];
            const int section = (int)strcspn(field->path, ".");
            if (!oc_field_applies(field, recipe))
                continue;
            if (strncmp(field->path, last, (size_t)section + 1) != 0)
                fprintf(out, "%.*s:\n", section, field->path);
            last = field->path;
            fprintf(out, "  # %s\n  %s: ", field->meaning, field->path + section + 1);
            oc_value_print(out, field, recipe);
            fputc('\n', out);
        }
        uselocale(users);
    }
    if (plain)
        freelocale(plain);
    const int bad = !out || ferror(out) != 0 || !plain;
    if ((out && fclose(out) != 0) || bad) {
        free(*text);
        *text = NULL;
        return oc_fail(OC_ERR_MEMORY, "writing the recipe: out of memory");
    }
    return OC_OK;
}
