/* recipe_reference.c - see recipe_reference.h. */
#include "recipe/recipe_reference.h"

#include "recipe/recipe_private.h"

int oc_recipe_section_at(size_t i, const char **name, const char **summary)
{
    static const struct {
        const char *name, *summary;
    } sections[] = {
#define OC_SECTION(name, summary) {#name, summary},
#include "recipe/keys/sections.def"
#undef OC_SECTION
    };
    if (i >= sizeof sections / sizeof sections[0])
        return 0;
    *name = sections[i].name;
    *summary = sections[i].summary;
    return 1;
}

static void describe(const oc_field *field, oc_recipe_key *key)
{
    static const char *const truth[] = {"true", "false", NULL};
    *key = (oc_recipe_key){.path = field->path,
                           .initial = field->initial,
                           .short_name = field->short_name,
                           .meaning = field->meaning,
                           .words = field->type == OC_FIELD_SWITCH ? truth : field->names,
                           .at_resume = field->effect == OC_EFFECT_CONTENT ? OC_RESUME_FILE
                                        : field->effect == OC_EFFECT_COURSE ||
                                                field->effect == OC_EFFECT_NONE
                                            ? OC_RESUME_CHANGE
                                            : OC_RESUME_SAME};
    oc_field_expects(field, key->takes, sizeof key->takes);
}

int oc_recipe_key_at(size_t i, oc_recipe_key *key)
{
    if (i >= oc_field_count)
        return 0;
    describe(&oc_fields[i], key);
    oc_field_owners(&oc_fields[i], key->owners, sizeof key->owners);
    return 1;
}

int oc_layer_key_at(size_t i, oc_recipe_key *key)
{
    const oc_field *const field = oc_layer_field(i);
    if (!field)
        return 0;
    describe(field, key);
    oc_layer_owners(field, key->owners, sizeof key->owners);
    return 1;
}
