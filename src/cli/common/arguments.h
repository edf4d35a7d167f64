/* arguments.h - what the argp parsers of several commands have in common, besides
 * base/argument.h: the recipe with its changes. What is wrong goes to argp_error; oc_cli_parse then
 * fails. */
#ifndef OC_CLI_COMMON_ARGUMENTS_H
#define OC_CLI_COMMON_ARGUMENTS_H

#include "base/argument.h"

#include <stddef.h>

/* RECIPE and --set KEY=VALUE, as given; nothing is owned. */
enum { OC_ARGUMENT_SETS = 64 };
typedef struct oc_recipe_arguments {
    const char *path;
    const char *set[OC_ARGUMENT_SETS];
    size_t sets;
} oc_recipe_arguments;

/* Local. Takes 's' (--set), the one argument, and complains when there is none.
 * ARGP_ERR_UNKNOWN for any other key. */
error_t oc_argument_recipe(oc_recipe_arguments *a, int key, char *argument,
                           struct argp_state *state);

/* Local. --set alone. */
void oc_argument_set(oc_recipe_arguments *a, const char *argument, struct argp_state *state);

/* What commands that bring data to a trained network have in common: --unknown-level error|ignore.
 * Local. 1 when unknown levels of a category become zeros. */
enum { OC_OPTION_UNKNOWN_LEVEL = 900 };
#define OC_UNKNOWN_LEVEL_OPTION                                                                    \
    {                                                                                              \
        "unknown-level", OC_OPTION_UNKNOWN_LEVEL, "WHAT", 0,                                       \
            "What to do with a category level unknown to the network: error (default), or "        \
            "ignore to encode it as zeros",                                                        \
            0                                                                                      \
    }
int oc_argument_unknown_level(struct argp_state *state, const char *text);

#endif
