/* model_recipe.c - see model_recipe.h. */
#include "cli/common/model_recipe.h"

#include <stdio.h>
#include <string.h>

oc_status oc_cli_model_recipe(const oc_model_request *request, oc_recipe *recipe)
{
    static const char rest[] = "data: {file: none}\ntrain: {epochs: 1}\n"
                               "optimizer: {weight_decay: 5e-4}\n"
                               "schedule: {name: constant, lr: 0.01}\n";
    if (request->recipe)
        return oc_recipe_load(recipe, request->recipe, request->sets, request->set_count);
    char named[OC_LAYER_NAME + 8];
    const char *sets[OC_MODEL_SETS + 1] = {named};
    if (strlen(request->name) >= OC_LAYER_NAME)
        return oc_fail(OC_ERR_USAGE, "--model: no model has such a long name");
    snprintf(named, sizeof named, "model=%s", request->name);
    for (size_t i = 0; i < request->set_count; i++)
        sets[i + 1] = request->sets[i];
    return oc_recipe_parse(recipe, rest, sizeof rest - 1, "--model", "/", sets,
                           request->set_count + 1);
}

oc_shape oc_cli_model_input(const oc_model_request *request, const oc_recipe *recipe)
{
    return request->input.rank ? request->input : oc_model_usual_input(recipe->model.kind);
}

int oc_cli_model_classes(const oc_model_request *request, const oc_recipe *recipe)
{
    return request->classes        ? request->classes
           : recipe->model.classes ? (int)recipe->model.classes
                                   : oc_model_usual_classes(recipe->model.kind);
}

int oc_cli_read_shape(const char *text, oc_shape *shape)
{
    int length = 0;
    *shape = oc_shape3(0, 0, 0);
    return text[0] >= '0' && text[0] <= '9' &&
           sscanf(text, "%9dx%9dx%9d%n", &shape->dim[0], &shape->dim[1], &shape->dim[2], &length) ==
               3 &&
           text[length] == '\0';
}
