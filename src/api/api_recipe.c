/* api_recipe.c - recipes: a text that is kept, and checked anew with each change. */
#include "api/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What data.file is while samples come from elsewhere. */
static const char elsewhere[] = "data.file=/elsewhere";

static oc_status parse(oc_recipe *resolved, const onecycle_recipe *recipe, int is_elsewhere)
{
    const char **const set = calloc(recipe->sets + 1, sizeof *set);
    if (!set)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", recipe->name);
    for (size_t i = 0; i < recipe->sets; i++)
        set[i] = recipe->set[i];
    set[recipe->sets] = elsewhere;
    const oc_status status =
        oc_recipe_parse(resolved, recipe->text, recipe->length, recipe->name, recipe->folder, set,
                        recipe->sets + (is_elsewhere != 0));
    free(set);
    return status;
}

/* Nothing but whether data.file is there depends on the data. */
static oc_status check(const onecycle_recipe *recipe)
{
    oc_recipe *const resolved = malloc(sizeof *resolved);
    if (!resolved)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", recipe->name);
    const oc_status status = parse(resolved, recipe, 1);
    free(resolved);
    return status;
}

oc_status oc_api_resolve(oc_recipe *resolved, const onecycle_recipe *recipe,
                         const onecycle_data *data)
{
    const oc_status status = parse(resolved, recipe, data != NULL);
    if (status != OC_OK || !data)
        return status;
    if (!data->path && resolved->data.inputs[0])
        return oc_fail(OC_ERR_USAGE,
                       "%s: data.inputs: found \"%s\", but the samples come from arrays in memory",
                       recipe->name, resolved->data.inputs);
    const char *const path = data->path ? data->path : "/arrays in memory";
    const int length = snprintf(resolved->data.file, sizeof resolved->data.file, "%s", path);
    return length < (int)sizeof resolved->data.file ? OC_OK
                                                    : oc_fail(OC_ERR_IO, "%s: path too long", path);
}

/* The folder of a file, "." of none. */
static char *folder_of(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
}

/* Takes the text. */
static oc_status make(onecycle_recipe **out, char *text, const char *name, int is_file)
{
    onecycle_recipe *const recipe = calloc(1, sizeof *recipe);
    if (!recipe) {
        free(text);
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", name);
    }
    *recipe = (onecycle_recipe){.text = text,
                                .length = strlen(text),
                                .name = strdup(name),
                                .folder = is_file ? folder_of(name) : strdup("."),
                                .is_file = is_file};
    const oc_status status = recipe->name && recipe->folder
                                 ? check(recipe)
                                 : oc_fail(OC_ERR_MEMORY, "%s: no memory", name);
    if (status != OC_OK)
        onecycle_recipe_free(recipe);
    else
        *out = recipe;
    return status;
}

static oc_status load(onecycle_recipe **out, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    const oc_status status = oc_file_read(path, OC_RECIPE_BYTES, &text, &length);
    if (status != OC_OK)
        return status == OC_ERR_DATA ? OC_ERR_USAGE : status; /* larger than any recipe */
    if (strlen(text) == length)
        return make(out, text, path, 1);
    free(text);
    return oc_fail(OC_ERR_USAGE, "%s: found a byte 0, expected text", path);
}

onecycle_status onecycle_recipe_load(onecycle_recipe **recipe, const char *path)
{
    oc_status status = oc_api_need(recipe, "onecycle_recipe_load", "recipe");
    if (status != OC_OK)
        return oc_api_status(status);
    *recipe = NULL;
    status = oc_api_need(path, "onecycle_recipe_load", "path");
    return oc_api_status(status == OC_OK ? load(recipe, path) : status);
}

static oc_status parse_text(onecycle_recipe **out, const char *text)
{
    char *const copy = strdup(text);
    return copy ? make(out, copy, "recipe", 0) : oc_fail(OC_ERR_MEMORY, "recipe: no memory");
}

onecycle_status onecycle_recipe_parse(onecycle_recipe **recipe, const char *text)
{
    oc_status status = oc_api_need(recipe, "onecycle_recipe_parse", "recipe");
    if (status != OC_OK)
        return oc_api_status(status);
    *recipe = NULL;
    status = oc_api_need(text, "onecycle_recipe_parse", "text");
    return oc_api_status(status == OC_OK ? parse_text(recipe, text) : status);
}

static oc_status set(onecycle_recipe *recipe, const char *key_and_value)
{
    char *const copy = strdup(key_and_value);
    char **const more = copy ? realloc(recipe->set, (recipe->sets + 1) * sizeof *more) : NULL;
    if (!more) {
        free(copy);
        return oc_fail(OC_ERR_MEMORY, "%s: no memory", recipe->name);
    }
    recipe->set = more;
    recipe->set[recipe->sets++] = copy;
    const oc_status status = check(recipe);
    if (status != OC_OK)
        free(recipe->set[--recipe->sets]);
    return status;
}

onecycle_status onecycle_recipe_set(onecycle_recipe *recipe, const char *key_and_value)
{
    oc_status status = oc_api_need(recipe, "onecycle_recipe_set", "recipe");
    if (status == OC_OK)
        status = oc_api_need(key_and_value, "onecycle_recipe_set", "key_and_value");
    return oc_api_status(status == OC_OK ? set(recipe, key_and_value) : status);
}

void onecycle_recipe_free(onecycle_recipe *recipe)
{
    if (!recipe)
        return;
    for (size_t i = 0; i < recipe->sets; i++)
        free(recipe->set[i]);
    free(recipe->set);
    free(recipe->folder);
    free(recipe->name);
    free(recipe->text);
    free(recipe);
}
