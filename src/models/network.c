/* network.c - building a network and knowing its tensors. Running it is in network_run.c. */
#include "models/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

oc_status oc_network_create(oc_network **network, oc_shape input)
{
    oc_network *made = calloc(1, sizeof *made);
    *network = made;
    if (!made)
        return oc_fail(OC_ERR_MEMORY, "model: no memory");
    made->input = input;
    made->layer = calloc(OC_MAX_LAYERS, sizeof *made->layer);
    made->from = calloc(OC_MAX_LAYERS, sizeof *made->from);
    made->learns = calloc(OC_MAX_LAYERS, sizeof *made->learns);
    made->parameter_offset = calloc(OC_MAX_LAYERS, sizeof *made->parameter_offset);
    made->state_offset = calloc(OC_MAX_LAYERS, sizeof *made->state_offset);
    made->prepared_offset = calloc(OC_MAX_LAYERS, sizeof *made->prepared_offset);
    if (!made->layer || !made->from || !made->learns || !made->parameter_offset ||
        !made->state_offset || !made->prepared_offset) {
        oc_network_destroy(made);
        *network = NULL;
        return oc_fail(OC_ERR_MEMORY, "model: no memory");
    }
    return OC_OK;
}

void oc_network_destroy(oc_network *network)
{
    if (!network)
        return;
    free(network->layer);
    free(network->from);
    free(network->learns);
    free(network->parameter_offset);
    free(network->state_offset);
    free(network->prepared_offset);
    free(network);
}

static oc_status check_name(const oc_network *network, const char *name)
{
    if (!name[0] || strlen(name) >= OC_LAYER_NAME)
        return oc_fail(OC_ERR_USAGE,
                       "model: the layer name \"%.64s\" has %zu bytes; expected 1 to %d", name,
                       strlen(name), OC_LAYER_NAME - 1);
    if (oc_network_find(network, name) >= 0)
        return oc_fail(OC_ERR_USAGE, "model: %s: two layers have this name", name);
    return OC_OK;
}

/* Images come plain; a layer that cannot take them so gets them in blocks (network_run.c). */
static oc_shape shape_from(const oc_network *network, oc_layer_kind kind, int from)
{
    if (from != OC_NETWORK_INPUT)
        return network->layer[from].out;
    oc_shape shape = network->input;
    shape.blocked = shape.rank == 3 && !oc_layer_takes_plain(kind);
    return shape;
}

/* The next layer; a convolution by the algorithm wished for, if it can do this shape. */
static oc_status plan_layer(oc_network *network, oc_layer_kind kind, const char *name,
                            const oc_shape *in, int inputs, const oc_layer_config *config)
{
    oc_layer *layer = &network->layer[network->layers];
    oc_layer_config wished = *config;
    if (kind == OC_LAYER_CONV2D && config->algorithm == OC_CONV_AUTO) {
        wished.algorithm = (oc_conv_algorithm)network->options.conv;
        if (oc_layer_plan(layer, kind, name, in, inputs, &wished) == OC_OK)
            return OC_OK;
    }
    return oc_layer_plan(layer, kind, name, in, inputs, config);
}

oc_status oc_network_add_from(oc_network *network, oc_layer_kind kind, const char *name,
                              const oc_layer_config *config, const int *from, int inputs)
{
    const int i = network->layers;
    oc_shape in[OC_LAYER_INPUTS] = {{0}};
    if (i == OC_MAX_LAYERS)
        return oc_fail(OC_ERR_USAGE, "model: more than %d layers", OC_MAX_LAYERS);
    for (int k = 0; k < inputs && k < OC_LAYER_INPUTS; k++) {
        if (from[k] < OC_NETWORK_INPUT || from[k] >= i)
            return oc_fail(OC_ERR_USAGE, "model: %s: reads layer %d; expected one of the %d before",
                           name, from[k], i);
        network->from[i][k] = from[k];
        in[k] = shape_from(network, kind, from[k]);
    }
    oc_layer *layer = &network->layer[i];
    const oc_layer_config none = {0};
    layer->index = (uint32_t)i;
    oc_status status = check_name(network, name);
    if (status == OC_OK)
        status = plan_layer(network, kind, name, in, inputs, config ? config : &none);
    if (status != OC_OK)
        return status;
    network->learns[i] = layer->parameters > 0;
    for (int k = 0; k < inputs; k++)
        network->learns[i] |= from[k] != OC_NETWORK_INPUT && network->learns[from[k]];
    network->parameter_offset[i] = network->parameter_count;
    network->state_offset[i] = network->state_count;
    network->parameter_count += layer->parameter_count;
    network->state_count += layer->state_count;
    network->prepared_offset[network->layers] = network->prepared_count;
    network->prepared_count += layer->prepared;
    network->layers++;
    return OC_OK;
}

oc_status oc_network_add(oc_network *network, oc_layer_kind kind, const char *name,
                         const oc_layer_config *config)
{
    const int last = oc_network_last(network);
    return oc_network_add_from(network, kind, name, config, &last, 1);
}

int oc_network_last(const oc_network *network)
{
    return network->layers ? network->layers - 1 : OC_NETWORK_INPUT;
}

int oc_network_find(const oc_network *network, const char *name)
{
    for (int i = 0; i < network->layers; i++)
        if (strcmp(network->layer[i].name, name) == 0)
            return i;
    return OC_NETWORK_NONE;
}

static void count_readers(const oc_network *network, int readers[OC_MAX_LAYERS])
{
    for (int i = 0; i < network->layers; i++)
        readers[i] = 0;
    for (int i = 0; i < network->layers; i++)
        for (int k = 0; k < network->layer[i].inputs; k++)
            if (network->from[i][k] != OC_NETWORK_INPUT)
                readers[network->from[i][k]]++;
}

static int whitens(const oc_layer *layer)
{
    return oc_layer_kind_find(layer->ops->name) == OC_LAYER_CONV2D &&
           layer->config.initial == OC_INITIAL_WHITEN;
}

int oc_network_whitens(const oc_network *network, int layer)
{
    for (int i = layer; i < network->layers; i++)
        if (whitens(&network->layer[i]))
            return i;
    return OC_NETWORK_NONE;
}

oc_status oc_network_check(const oc_network *network)
{
    int readers[OC_MAX_LAYERS];
    if (network->layers == 0)
        return oc_fail(OC_ERR_USAGE, "model: no layers; expected at least one");
    for (int i = 0; i < network->layers; i++)
        if (whitens(&network->layer[i]) && network->from[i][0] != OC_NETWORK_INPUT)
            return oc_fail(OC_ERR_USAGE,
                           "model: %s: initial: whiten, but it reads another layer; expected the "
                           "images",
                           network->layer[i].name);
    count_readers(network, readers);
    for (int i = 0; i + 1 < network->layers; i++)
        if (readers[i] == 0)
            return oc_fail(OC_ERR_USAGE, "model: %s: no layer reads its output",
                           network->layer[i].name);
    return OC_OK;
}

static int is_relu(const oc_layer *layer)
{
    return oc_layer_kind_find(layer->ops->name) == OC_LAYER_RELU;
}

void oc_network_fuse(oc_network *network)
{
    int readers[OC_MAX_LAYERS];
    count_readers(network, readers);
    for (int i = 0; i < network->layers && !network->options.bare_relu; i++) {
        oc_layer *relu = &network->layer[i];
        const int from = network->from[i][0];
        if (!is_relu(relu) || from == OC_NETWORK_INPUT || readers[from] != 1)
            continue;
        oc_layer *before = &network->layer[from];
        if (!before->ops->fuses_relu)
            continue;
        before->config.relu = 1;
        relu->is_view = 1;
        if (!before->passes_gradient) {
            relu->passes_gradient = 1;
            relu->backward_reads = 0;
        }
    }
}

int oc_network_fused_into(const oc_network *network, int layer)
{
    const int fused = is_relu(&network->layer[layer]) && network->layer[layer].is_view;
    return fused ? network->from[layer][0] : OC_NETWORK_NONE;
}

oc_shape oc_network_output(const oc_network *network)
{
    return network->layers ? network->layer[network->layers - 1].out : network->input;
}

double oc_network_multiply_adds(const oc_network *network)
{
    double sum = 0;
    for (int i = 0; i < network->layers; i++)
        if (network->layer[i].ops->multiply_adds)
            sum += network->layer[i].ops->multiply_adds(&network->layer[i]);
    return sum;
}

int oc_network_parameters(const oc_network *network)
{
    int count = 0;
    for (int i = 0; i < network->layers; i++)
        count += network->layer[i].parameters;
    return count;
}

int oc_network_states(const oc_network *network)
{
    int count = 0;
    for (int i = 0; i < network->layers; i++)
        count += network->layer[i].states;
    return count;
}

static oc_network_tensor describe(const oc_layer *layer, const oc_layer_tensor *tensor,
                                  size_t block)
{
    oc_network_tensor found = {
        .shape = tensor->shape, .offset = block + tensor->offset, .is_weight = tensor->is_weight};
    snprintf(found.name, sizeof found.name, "%s.%s", layer->name, tensor->name);
    return found;
}

oc_network_tensor oc_network_parameter(const oc_network *network, int i)
{
    int at = 0;
    while (i >= network->layer[at].parameters)
        i -= network->layer[at++].parameters;
    return describe(&network->layer[at], &network->layer[at].parameter[i],
                    network->parameter_offset[at]);
}

oc_network_tensor oc_network_state(const oc_network *network, int i)
{
    int at = 0;
    while (i >= network->layer[at].states)
        i -= network->layer[at++].states;
    return describe(&network->layer[at], &network->layer[at].state[i], network->state_offset[at]);
}

size_t oc_network_size(const oc_network *network)
{
    size_t size = 0;
    for (int i = 0; i < oc_network_parameters(network); i++)
        size += oc_shape_count(oc_network_parameter(network, i).shape);
    return size;
}

void oc_network_initialise(const oc_network *network, uint64_t seed, float *parameters,
                           float *state)
{
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        if (layer->ops->initialise)
            layer->ops->initialise(layer, oc_random_make_key(seed, OC_PURPOSE_WEIGHTS, (uint32_t)i),
                                   parameters + network->parameter_offset[i],
                                   state + network->state_offset[i]);
    }
}

oc_status oc_network_hash(const oc_network *network, const float *parameters, const float *state,
                          oc_digest *digest)
{
    oc_hasher *hasher = oc_hasher_create();
    if (!hasher)
        return oc_fail(OC_ERR_MEMORY, "weights hash: no memory");
    for (int i = 0; i < oc_network_parameters(network); i++) {
        const oc_network_tensor tensor = oc_network_parameter(network, i);
        oc_hasher_update(hasher, parameters + tensor.offset,
                         oc_shape_count(tensor.shape) * sizeof *parameters);
    }
    for (int i = 0; i < oc_network_states(network); i++) {
        const oc_network_tensor tensor = oc_network_state(network, i);
        oc_hasher_update(hasher, state + tensor.offset,
                         oc_shape_count(tensor.shape) * sizeof *state);
    }
    *digest = oc_hasher_finish(hasher);
    return OC_OK;
}
