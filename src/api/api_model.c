/* api_model.c - trained networks: loading, saving, predicting, parameters. */
#include "api/api.h"
#include "base/suggest.h"
#include "storage/find_checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static oc_status list_tensors(onecycle_model *model)
{
    oc_predictor *const p = &model->predictor;
    return oc_tensor_list_create(&model->list, p->network, p->parameters, p->state, -1, NULL);
}

static oc_status new_model(onecycle_model **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? OC_OK : oc_fail(OC_ERR_MEMORY, "model: no memory");
}

static oc_status keep_or_free(onecycle_model **model, oc_status status)
{
    if (status != OC_OK) {
        onecycle_model_free(*model);
        *model = NULL;
    }
    return status;
}

oc_status oc_api_model_of_run(onecycle_model **out, const oc_run *run)
{
    oc_status status = new_model(out);
    if (status != OC_OK)
        return status;
    onecycle_model *const model = *out;
    model->info = run->info;
    status = oc_predictor_of_run(&model->predictor, run);
    if (status == OC_OK)
        status = oc_run_weights_hash(run, &model->info.weights_hash);
    if (status == OC_OK)
        status = oc_recipe_format(&run->recipe, &model->recipe);
    if (status == OC_OK)
        status = list_tensors(model);
    return keep_or_free(out, status);
}

static oc_status load(onecycle_model **out, const char *given)
{
    char path[OC_PATH_BYTES];
    oc_status status = new_model(out);
    if (status != OC_OK)
        return status;
    onecycle_model *const model = *out;
    status = oc_find_checkpoint(path, given);
    if (status == OC_OK)
        status = oc_checkpoint_read_info(path, &model->info, &model->recipe);
    if (status == OC_OK)
        status = oc_predictor_open(&model->predictor, path);
    if (status == OC_OK)
        status = list_tensors(model);
    return keep_or_free(out, status);
}

onecycle_status onecycle_model_load(onecycle_model **model, const char *path)
{
    oc_status status = oc_api_need(model, "onecycle_model_load", "model");
    if (status != OC_OK)
        return oc_api_status(status);
    *model = NULL;
    status = oc_api_need(path, "onecycle_model_load", "path");
    return oc_api_status(status == OC_OK ? load(model, path) : status);
}

onecycle_status onecycle_model_save(const onecycle_model *model, const char *path)
{
    oc_status status = oc_api_need(model, "onecycle_model_save", "model");
    if (status == OC_OK)
        status = oc_api_need(path, "onecycle_model_save", "path");
    if (status == OC_OK)
        status = oc_checkpoint_save(path, &model->info, model->recipe, &model->predictor.schema,
                                    model->list.tensor, model->list.count);
    return oc_api_status(status);
}

void onecycle_model_free(onecycle_model *model)
{
    if (!model)
        return;
    oc_tensor_list_free(&model->list);
    oc_predictor_close(&model->predictor);
    free(model->recipe);
    free(model);
}

onecycle_status onecycle_model_describe(const onecycle_model *model, onecycle_model_info *info)
{
    char hash[OC_DIGEST_TEXT];
    oc_status status = oc_api_need(model, "onecycle_model_describe", "model");
    if (status == OC_OK)
        status = oc_api_need(info, "onecycle_model_describe", "info");
    if (status != OC_OK)
        return oc_api_status(status);
    const oc_schema *const schema = &model->predictor.schema;
    *info = (onecycle_model_info){.shape = {schema->channels, schema->height, schema->width},
                                  .outputs = schema->classes,
                                  .steps = model->info.step,
                                  .test_loss = model->info.test_loss,
                                  .test_accuracy = model->info.test_accuracy,
                                  .best_accuracy = model->info.best_accuracy};
    oc_digest_text(model->info.weights_hash, hash);
    _Static_assert(sizeof info->weights_hash >= OC_DIGEST_TEXT, "the hash fits");
    memcpy(info->weights_hash, hash, sizeof hash);
    return ONECYCLE_OK;
}

static oc_status predict(oc_predictor *p, size_t n, const float *inputs, float *outputs)
{
    const size_t values = oc_schema_values(&p->schema), wide = (size_t)p->schema.classes;
    oc_status status = OC_OK;
    for (size_t done = 0; done < n && status == OC_OK;) {
        const size_t left = n - done, some = left < (size_t)p->most ? left : (size_t)p->most;
        for (size_t i = 0; i < some && status == OC_OK; i++, inputs += values) {
            for (size_t v = 0; v < values; v++)
                p->numbers[v] = (double)inputs[v];
            status = oc_predictor_take(p, (int)i, "onecycle_predict: inputs", done + i);
        }
        if (status != OC_OK)
            return status;
        oc_predictor_run(p, (int)some);
        memcpy(outputs + done * wide, p->outputs, some * wide * sizeof *outputs);
        done += some;
    }
    return status;
}

onecycle_status onecycle_predict(onecycle_model *model, size_t n, const float *inputs,
                                 float *outputs)
{
    oc_status status = oc_api_need(model, "onecycle_predict", "model");
    if (status == OC_OK && n > 0)
        status = oc_api_need(inputs, "onecycle_predict", "inputs");
    if (status == OC_OK && n > 0)
        status = oc_api_need(outputs, "onecycle_predict", "outputs");
    return oc_api_status(status == OC_OK ? predict(&model->predictor, n, inputs, outputs) : status);
}

static oc_status unknown_name(const onecycle_model *model, const char *name)
{
    const char **const names = calloc(model->list.count + 1, sizeof *names);
    for (size_t i = 0; names && i < model->list.count; i++)
        names[i] = model->list.tensor[i].name;
    const char *const meant = names ? oc_nearest(name, names, model->list.count) : NULL;
    const oc_status status =
        meant
            ? oc_fail(OC_ERR_USAGE, "%.60s: no parameter of this network; did you mean %s?", name,
                      meant)
            : oc_fail(OC_ERR_USAGE,
                      "%.60s: no parameter of this network (`onecycle inspect` lists them)", name);
    free(names);
    return status;
}

onecycle_status onecycle_model_parameter(const onecycle_model *model, const char *name,
                                         onecycle_tensor *tensor)
{
    oc_status status = oc_api_need(model, "onecycle_model_parameter", "model");
    if (status == OC_OK)
        status = oc_api_need(name, "onecycle_model_parameter", "name");
    if (status == OC_OK)
        status = oc_api_need(tensor, "onecycle_model_parameter", "tensor");
    if (status != OC_OK)
        return oc_api_status(status);
    *tensor = (onecycle_tensor){0};
    for (size_t i = 0; i < model->list.count; i++) {
        const oc_named_tensor *const t = &model->list.tensor[i];
        if (strcmp(t->name, name) != 0)
            continue;
        tensor->values = t->tensor.data;
        tensor->dimensions = t->tensor.shape.rank;
        for (int d = 0; d < t->tensor.shape.rank; d++)
            tensor->extent[d] = (size_t)t->tensor.shape.dim[d];
        return ONECYCLE_OK;
    }
    return oc_api_status(unknown_name(model, name));
}
