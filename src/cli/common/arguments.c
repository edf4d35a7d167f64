/* arguments.c - see arguments.h. */
#include "cli/common/arguments.h"

#include <string.h>

void oc_argument_set(oc_recipe_arguments *a, const char *argument, struct argp_state *state)
{
    if (a->sets == OC_ARGUMENT_SETS)
        argp_error(state, "--set is given more than %d times", OC_ARGUMENT_SETS);
    else
        a->set[a->sets++] = argument;
}

error_t oc_argument_recipe(oc_recipe_arguments *a, int key, char *argument,
                           struct argp_state *state)
{
    switch (key) {
    case 's':
        oc_argument_set(a, argument, state);
        return 0;
    case ARGP_KEY_ARG:
        if (a->path)
            argp_error(state, "%s: one recipe only", argument);
        a->path = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "the recipe is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int oc_argument_unknown_level(struct argp_state *state, const char *text)
{
    if (strcmp(text, "ignore") != 0 && strcmp(text, "error") != 0)
        argp_error(state, "--unknown-level %s: expected error or ignore", text);
    return strcmp(text, "ignore") == 0;
}
