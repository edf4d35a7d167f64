/* model.c - the list of models by name, and helpers to write one down as a table. */
#include "models/model_private.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    oc_model_builder *build;
    int depth;
    oc_shape input;
    int classes;
} models[OC_MODEL_COUNT] = {
#define OC_MODEL(kind, name, build, depth, channels, side, classes)                                \
    {name, build, depth, {3, {channels, side, side}, 0}, classes},
#include "models/models.def"
#undef OC_MODEL
};

oc_status oc_network_add_rows(oc_network *network, const oc_layer_row *rows, size_t count)
{
    oc_status status = OC_OK;
    for (size_t i = 0; i < count && status == OC_OK; i++)
        if (!rows[i].skip)
            status = oc_network_add(network, rows[i].kind, rows[i].name, &rows[i].config);
    return status;
}

oc_status oc_network_add_branch(oc_network *network, int from, const char *prefix,
                                const oc_layer_row *rows, size_t count)
{
    oc_status status = OC_OK;
    for (size_t i = 0; i < count && status == OC_OK; i++) {
        char name[2 * OC_LAYER_NAME];
        if (rows[i].skip)
            continue;
        snprintf(name, sizeof name, "%s%s", prefix, rows[i].name);
        status = oc_network_add_from(network, rows[i].kind, name, &rows[i].config, &from, 1);
        from = oc_network_last(network);
    }
    return status;
}

oc_status oc_network_add_sum(oc_network *network, const char *prefix, int body, int shortcut)
{
    const int from[] = {body, shortcut};
    char name[2 * OC_LAYER_NAME];
    snprintf(name, sizeof name, "%sadd", prefix);
    return oc_network_add_from(network, OC_LAYER_ADD, name, NULL, from, 2);
}

oc_layer_config oc_conv_config(int channels, int kernel, int stride)
{
    return (oc_layer_config){.channels = channels,
                             .kernel = {kernel, kernel},
                             .stride = {stride, stride},
                             .pad = {kernel / 2, kernel / 2},
                             .no_bias = 1,
                             .initial = OC_INITIAL_HE};
}

oc_layer_config oc_batch_norm_config(void)
{
    return (oc_layer_config){.epsilon = 1e-5, .rate = 0.1};
}

oc_layer_config oc_last_batch_norm_config(int zero_gamma)
{
    oc_layer_config config = oc_batch_norm_config();
    config.zero_weight = zero_gamma;
    return config;
}

static oc_status check_output(oc_shape output, int classes)
{
    char text[OC_SHAPE_TEXT];
    if (oc_shape_equal(output, oc_shape1(classes)))
        return OC_OK;
    return oc_fail(OC_ERR_USAGE,
                   "model: the last layer outputs %s; expected %d, the number of classes",
                   oc_shape_text(output, text), classes);
}

oc_status oc_model_build(oc_network **network, const oc_model_config *config,
                         const oc_network_options *options, oc_shape input, int classes)
{
    *network = NULL;
    if (config->classes && config->classes != classes)
        return oc_fail(OC_ERR_USAGE, "model.classes: the recipe says %lld, the data set has %d",
                       (long long)config->classes, classes);
    oc_status status = oc_network_create(network, input);
    if (status == OC_OK && options)
        (*network)->options = *options;
    if (status == OC_OK)
        status = models[config->kind].build(*network, config, models[config->kind].depth, classes);
    if (status == OC_OK)
        status = oc_network_check(*network);
    if (status == OC_OK)
        status = check_output(oc_network_output(*network), classes);
    if (status == OC_OK) {
        oc_network_fuse(*network);
    } else {
        oc_network_destroy(*network);
        *network = NULL;
    }
    return status;
}

const char *oc_model_name(int kind)
{
    return models[kind].name;
}

oc_shape oc_model_usual_input(int kind)
{
    return models[kind].input;
}

int oc_model_usual_classes(int kind)
{
    return models[kind].classes;
}

int oc_model_find(const char *name)
{
    for (int kind = 0; kind < OC_MODEL_COUNT; kind++)
        if (strcmp(models[kind].name, name) == 0)
            return kind;
    return -1;
}
