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
        status = oc_checkpoint_read_input(path, &p->input);
    if (status == OC_OK)
        status = oc_model_build(&p->network, &recipe.model, &recipe.compute.network,
                                oc_shape3(p->input->channels, p->input->height, p->input->width),
                                p->input->classes);
    free(text);
    return status;
}

static oc_status plan_memory(oc_predictor *p)
{
    oc_arena *arena = &p->arena;
    const size_t parameters_at = oc_arena_reserve(arena, p->network->parameter_count);
    const size_t state_at = oc_arena_reserve(arena, p->network->state_count);
    const size_t image_at = oc_arena_reserve(arena, oc_shape_count(p->network->input));
    const size_t probabilities_at = oc_arena_reserve(arena, (size_t)p->input->classes);
    const oc_status status = oc_arena_commit(arena, "weights");
    if (status != OC_OK)
        return status;
    p->parameters = oc_arena_floats(arena, parameters_at);
    p->state = oc_arena_floats(arena, state_at);
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
    free(predictor->input);
    *predictor = (oc_predictor){0};
}

/* Outputs -> what they say. */
static void say(const oc_checkpoint_input *input, const float *outputs, float *to)
{
    switch (input->kind) {
    case OC_TARGETS_REGRESSION:
        for (int c = 0; c < input->classes; c++)
            to[c] = input->target_mean[c] + input->target_deviation[c] * outputs[c];
        return;
    case OC_TARGETS_MULTI_LABEL:
        oc_sigmoid(input->classes, outputs, to);
        return;
    default:
        oc_softmax(input->classes, outputs, to);
        return;
    }
}

void oc_predictor_run_normalised(oc_predictor *predictor)
{
    const oc_shard shard = {.n = 1, .images = predictor->image};
    const float *outputs = oc_network_forward(predictor->network, &predictor->workspace, &shard,
                                              predictor->parameters, predictor->state, NULL);
    say(predictor->input, outputs, predictor->probabilities);
}

void oc_predictor_run_values(oc_predictor *predictor)
{
    const oc_checkpoint_input *input = predictor->input;
    const size_t pixels = (size_t)input->height * (size_t)input->width;
    float *value = predictor->image;
    for (int c = 0; c < input->channels; c++)
        for (size_t i = 0; i < pixels; i++, value++)
            *value = (*value - input->mean[c]) / input->deviation[c];
    oc_predictor_run_normalised(predictor);
}

void oc_predictor_run(oc_predictor *predictor, int invert)
{
    const size_t count = oc_shape_count(predictor->network->input);
    for (size_t i = 0; i < count; i++)
        predictor->image[i] =
            (invert ? 255.0f - predictor->image[i] : predictor->image[i]) / 255.0f;
    oc_predictor_run_values(predictor);
}
