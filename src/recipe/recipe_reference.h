/* recipe_reference.h - the keys of recipes in words, row by row of their table: for the reference
 * and for completion. */
#ifndef OC_RECIPE_RECIPE_REFERENCE_H
#define OC_RECIPE_RECIPE_REFERENCE_H

#include <stddef.h>

enum { OC_KEY_TEXT = 320 };

typedef enum oc_at_resume {
    OC_RESUME_SAME,  /* it must have the same value */
    OC_RESUME_FILE,  /* the file may have moved, but not changed */
    OC_RESUME_CHANGE /* it may have another */
} oc_at_resume;

typedef struct oc_recipe_key {
    const char *path;         /* "section.key"; of layers the key alone */
    char takes[OC_KEY_TEXT];  /* "a whole number from 1 to 100" */
    char owners[OC_KEY_TEXT]; /* "schedule onecycle": what it applies to; "": always there */
    const char *initial;      /* the default as a recipe writes it; NULL: must be given */
    const char *short_name;   /* what sweeps may call it; NULL: none */
    const char *meaning;
    const char *const *words; /* all that it can be, NULL behind the last; NULL: no such list */
    oc_at_resume at_resume;
} oc_recipe_key;

/* Local. Row i of all keys, or of those that a layer of model.layers can have -> 1; behind the last
 * 0. Several rows have the same path where the choice of another key decides what it is. */
int oc_recipe_key_at(size_t i, oc_recipe_key *key);
int oc_layer_key_at(size_t i, oc_recipe_key *key);

/* Local. Section i and what it is about -> 1; behind the last 0. In the order of the keys. */
int oc_recipe_section_at(size_t i, const char **name, const char **summary);

#endif
