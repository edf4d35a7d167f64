/* model_recipe.h - a recipe out of a network's name, for commands that need no data. */
#ifndef OC_CLI_COMMON_MODEL_RECIPE_H
#define OC_CLI_COMMON_MODEL_RECIPE_H

#include "recipe/recipe.h"

enum { OC_MODEL_SETS = 64 };

typedef struct oc_model_request {
    const char *name;   /* of a model, or */
    const char *recipe; /* a recipe's path; the other is NULL */
    const char *sets[OC_MODEL_SETS];
    size_t set_count;
    oc_shape input; /* of an image; rank 0: the usual one */
    int classes;    /* 0: as many as usual */
} oc_model_request;

/* Local. The recipe of a request. A named model goes through a recipe too: for its defaults, the
 * sets and the messages; it trains with a constant rate of 0.01, momentum 0.9 and weight decay
 * 5e-4 on data that is not there. OC_ERR_USAGE, OC_ERR_IO. */
oc_status oc_cli_model_recipe(const oc_model_request *request, oc_recipe *recipe);

/* Local. Image and classes: as the request says, or the recipe, or what is usual. */
oc_shape oc_cli_model_input(const oc_model_request *request, const oc_recipe *recipe);
int oc_cli_model_classes(const oc_model_request *request, const oc_recipe *recipe);

/* Local. "3x32x32". 0 if it is something else. */
int oc_cli_read_shape(const char *text, oc_shape *shape);

#endif
