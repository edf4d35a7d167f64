/* predictor.c - see predictor.h. */
#include "run/predictor.h"

#include "losses/loss.h"
#include "run/average.h"
#include "run/tensor_list.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Samples of a chunk in evaluate.c: those of the largest shard. */
static int chunk_of(const oc_recipe *recipe)
{
    return (int)((recipe->batch.size + recipe->batch.shards - 1) / recipe->batch.shards);
}

/* For samples of p->schema. */
static oc_status build(oc_predictor *p, const oc_recipe *recipe)
{
    p->most = chunk_of(recipe);
    return oc_model_build(&p->network, &recipe->model, &recipe->compute.network,
                          oc_shape3(p->schema.channels, p->schema.height, p->schema.width),
                          p->schema.classes);
}

static oc_status build_from(oc_predictor *p, const char *path)
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
        status = build(p, &recipe);
    free(text);
    return status;
}

/* Where the memory of a whole chunk is not to be had, that of fewer samples. */
static oc_status make_workspace(oc_predictor *p)
{
    for (;; p->most /= 2) {
        const oc_status status =
            oc_workspace_create(&p->workspace, p->network, p->most, OC_FOR_EVALUATION);
        if (status == OC_OK || p->most == 1)
            return status;
        oc_workspace_destroy(&p->workspace);
    }
}

static oc_status plan_memory(oc_predictor *p)
{
    oc_arena *arena = &p->arena;
    oc_status status = make_workspace(p);
    if (status != OC_OK)
        return status;
    const size_t most = (size_t)p->most;
    const size_t parameters_at = oc_arena_reserve(arena, p->network->parameter_count);
    const size_t state_at = oc_arena_reserve(arena, p->network->state_count);
    const size_t numbers_at =
        oc_arena_reserve_bytes(arena, oc_schema_values(&p->schema) * sizeof *p->numbers);
    const size_t images_at = oc_arena_reserve(arena, most * oc_shape_count(p->network->input));
    const size_t outputs_at = oc_arena_reserve(arena, most * (size_t)p->schema.classes);
    status = oc_arena_commit(arena, "weights");
    if (status != OC_OK)
        return status;
    p->parameters = oc_arena_floats(arena, parameters_at);
    p->state = oc_arena_floats(arena, state_at);
    p->numbers = oc_arena_at(arena, numbers_at);
    p->images = oc_arena_floats(arena, images_at);
    p->outputs = oc_arena_floats(arena, outputs_at);
    return oc_network_reserve(p->network, 1);
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
    oc_status status = build_from(predictor, checkpoint);
    if (status == OC_OK)
        status = plan_memory(predictor);
    if (status == OC_OK)
        status = read_weights(predictor, checkpoint);
    if (status == OC_OK)
        oc_network_prepare(predictor->network, &predictor->workspace, 0, predictor->parameters);
    else
        oc_predictor_close(predictor);
    return status;
}

oc_status oc_predictor_of_run(oc_predictor *predictor, const oc_run *run)
{
    oc_predictor *const p = predictor;
    *p = (oc_predictor){0};
    oc_status status = oc_schema_copy(&p->schema, &oc_dataset_describe(run->dataset)->schema);
    if (status == OC_OK)
        status = build(p, &run->recipe);
    if (status == OC_OK)
        status = plan_memory(p);
    if (status != OC_OK) {
        oc_predictor_close(p);
        return status;
    }
    memcpy(p->parameters, oc_run_parameters(run),
           p->network->parameter_count * sizeof *p->parameters);
    memcpy(p->state, oc_run_state(run), p->network->state_count * sizeof *p->state);
    oc_network_prepare(p->network, &p->workspace, 0, p->parameters);
    return OC_OK;
}

oc_status oc_predictor_set_views(oc_predictor *predictor, oc_views views)
{
    oc_predictor *const p = predictor;
    oc_arena *const arena = &p->views_arena;
    oc_status status = oc_views_check(views, &p->schema, "the network's inputs");
    if (status != OC_OK || views == OC_VIEWS_ONE)
        return status;
    const size_t most = (size_t)p->most;
    const size_t seen = oc_arena_reserve(arena, most * oc_schema_values(&p->schema));
    const size_t mean = oc_arena_reserve(arena, most * (size_t)p->schema.classes);
    status = oc_arena_commit(arena, "views");
    if (status != OC_OK)
        return status;
    p->views = views;
    p->seen = oc_arena_floats(arena, seen);
    p->mean = oc_arena_floats(arena, mean);
    return OC_OK;
}

void oc_predictor_close(oc_predictor *predictor)
{
    oc_arena_free(&predictor->views_arena);
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

oc_status oc_predictor_take(oc_predictor *predictor, int at, const char *name, uint64_t sample)
{
    const oc_schema *schema = &predictor->schema;
    const size_t plane = (size_t)schema->height * (size_t)schema->width;
    float *const image = predictor->images + (size_t)at * oc_schema_values(schema);
    for (size_t c = 0, i = 0; c < (size_t)schema->channels; c++)
        for (size_t p = 0; p < plane; p++, i++) {
            image[i] = (float)((predictor->numbers[i] - schema->mean[c]) / schema->deviation[c]);
            if (!isfinite(image[i]))
                return oc_fail(OC_ERR_DATA,
                               "%s: sample %" PRIu64 ": value %zu is %g, expected a finite number",
                               name, sample, i, predictor->numbers[i]);
        }
    return OC_OK;
}

void oc_predictor_run(oc_predictor *predictor, int n)
{
    const size_t classes = (size_t)predictor->schema.classes;
    const oc_shard shard = {.n = n, .images = predictor->images, .prepared = 1};
    const float *outputs =
        oc_views_forward(predictor->views, predictor->network, &predictor->workspace, &shard,
                         predictor->parameters, predictor->state, predictor->seen, predictor->mean);
    for (size_t i = 0; i < (size_t)n; i++)
        say(&predictor->schema, outputs + i * classes, predictor->outputs + i * classes);
}
