/* predictor.c - see predictor.h. */
#include "train/predictor.h"

#include "losses/loss.h"
#include "recipe/recipe.h"
#include "train/tensor_list.h"

#include <stdlib.h>
#include <string.h>

static oc_status build(oc_predictor *p, const char *path)
{
    oc_checkpoint_info info;
    oc_recipe recipe;
    char *text = NULL;
    oc_status status = oc_checkpoint_read_info(path, &info, &text);
    if (status == OC_OK)
        status = oc_recipe_parse(&recipe, text, strlen(text), path, "/", NULL, 0);
    if (status == OC_OK)
        status = oc_checkpoint_read_schema(path, &p->schema);
    if (status == OC_OK)
        status = oc_model_build(&p->network, &recipe.model, &recipe.compute.network,
                                oc_shape3(p->schema.channels, p->schema.height, p->schema.width),
                                p->schema.classes);
    free(text);
    return status;
}

static oc_status plan_memory(oc_predictor *p)
{
    oc_arena *arena = &p->arena;
    const size_t parameters_at = oc_arena_reserve(arena, p->network->parameter_count);
    const size_t state_at = oc_arena_reserve(arena, p->network->state_count);
    const size_t numbers_at =
        oc_arena_reserve_bytes(arena, oc_schema_values(&p->schema) * sizeof *p->numbers);
    const size_t image_at = oc_arena_reserve(arena, oc_shape_count(p->network->input));
    const size_t probabilities_at = oc_arena_reserve(arena, (size_t)p->schema.classes);
    const oc_status status = oc_arena_commit(arena, "weights");
    if (status != OC_OK)
        return status;
    p->parameters = oc_arena_floats(arena, parameters_at);
    p->state = oc_arena_floats(arena, state_at);
    p->numbers = oc_arena_at(arena, numbers_at);
    p->image = oc_arena_floats(arena, image_at);
    p->probabilities = oc_arena_floats(arena, probabilities_at);
    return oc_workspace_create(&p->workspace, p->network, 1, OC_FOR_EVALUATION);
}

static oc_status read_weights(oc_predictor *p, const char *path)
{
    oc_tensor_list list = {0};
    oc_status status = oc_tensor_list_create(&list, p->network, p->parameters, p->state, -1, NULL);
    if (status == OC_OK)
        status = oc_checkpoint_read_tensors(path, list.tensor, list.count);
    oc_tensor_list_free(&list);
    return status;
}

oc_status oc_predictor_open(oc_predictor *predictor, const char *checkpoint)
{
    *predictor = (oc_predictor){0};
    oc_status status = build(predictor, checkpoint);
    if (status == OC_OK)
        status = plan_memory(predictor);
    if (status == OC_OK)
        status = read_weights(predictor, checkpoint);
    if (status != OC_OK)
        oc_predictor_close(predictor);
    return status;
}

void oc_predictor_close(oc_predictor *predictor)
{
    oc_workspace_destroy(&predictor->workspace);
    oc_arena_free(&predictor->arena);
    oc_network_destroy(predictor->network);
    oc_schema_free(&predictor->schema);
    *predictor = (oc_predictor){0};
}

/* Outputs -> what they say. */
static void say(const oc_schema *schema, const float *outputs, float *to)
{
    switch (schema->kind) {
    case OC_TARGETS_REGRESSION:
        for (int c = 0; c < schema->classes; c++)
            to[c] =
                (float)(schema->target_mean[c] + schema->target_deviation[c] * (double)outputs[c]);
        return;
    case OC_TARGETS_MULTI_LABEL:
        oc_sigmoid(schema->classes, outputs, to);
        return;
    default:
        oc_softmax(schema->classes, outputs, to);
        return;
    }
}

void oc_predictor_run_normalised(oc_predictor *predictor)
{
    const oc_shard shard = {.n = 1, .images = predictor->image};
    const float *outputs = oc_network_forward(predictor->network, &predictor->workspace, &shard,
                                              predictor->parameters, predictor->state, NULL);
    say(&predictor->schema, outputs, predictor->probabilities);
}

void oc_predictor_run(oc_predictor *predictor)
{
    const oc_schema *schema = &predictor->schema;
    const size_t plane = (size_t)schema->height * (size_t)schema->width;
    for (size_t c = 0, i = 0; c < (size_t)schema->channels; c++)
        for (size_t p = 0; p < plane; p++, i++)
            predictor->image[i] =
                (float)((predictor->numbers[i] - schema->mean[c]) / schema->deviation[c]);
    oc_predictor_run_normalised(predictor);
}
