/* recipe_compare.c - may a run go on with this recipe? What the rows of keys say of their effect.
 */
#include "recipe/recipe_private.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* The value of a key as a recipe would write it, owned by the caller; of a file whose content
 * decides only whether there is one. */
static char *written(const oc_field *field, const oc_recipe *recipe)
{
    char *text = NULL;
    size_t length = 0;
    FILE *const out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    const char *const path = (const char *)recipe + field->offset;
    if (field->effect == OC_EFFECT_CONTENT)
        fputs(path[0] ? "a file" : "\"\"", out);
    else
        oc_value_print(out, field, recipe);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* Which rows apply is chosen by keys that stand before them. */
static oc_status compare(const oc_field *field, const oc_recipe *then, const oc_recipe *now,
                         oc_recipe_differences *found)
{
    if (field->effect == OC_EFFECT_COURSE || field->effect == OC_EFFECT_NONE ||
        !oc_field_applies(field, then) || !oc_field_applies(field, now))
        return OC_OK;
    char *const was = written(field, then), *const is = written(field, now);
    const oc_status status =
        was && is ? OC_OK : oc_fail(OC_ERR_MEMORY, "%s: out of memory", field->path);
    if (status == OC_OK && strcmp(was, is) != 0) {
        found->lengths += field->effect == OC_EFFECT_LENGTH;
        if (found->count < OC_MOST_DIFFERENCES) {
            oc_recipe_difference *const difference = &found->first[found->count];
            difference->key = field->path;
            snprintf(difference->was, sizeof difference->was, "%s", was);
            snprintf(difference->is, sizeof difference->is, "%s", is);
        }
        found->count++;
    }
    free(was);
    free(is);
    return status;
}

oc_status oc_recipe_compare(const oc_recipe *then, const oc_recipe *now,
                            oc_recipe_differences *found)
{
    oc_status status = OC_OK;
    *found = (oc_recipe_differences){0};
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plain)
        return oc_fail(OC_ERR_MEMORY, "comparing recipes: out of memory");
    const locale_t users = uselocale(plain);
    for (size_t i = 0; i < oc_field_count && status == OC_OK; i++)
        status = compare(&oc_fields[i], then, now, found);
    uselocale(users);
    freelocale(plain);
    return status;
}
