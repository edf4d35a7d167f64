/* layer.c - what all layers share. */
#include "layers/layer.h"

#include "base/arena.h"

#include <math.h>
#include <stdio.h>

#define OC_LAYER(kind, name) extern const oc_layer_ops oc_layer_##name;
#include "layers/layers.def"
#undef OC_LAYER

static const oc_layer_ops *const all_ops[OC_LAYER_COUNT] = {
#define OC_LAYER(kind, name) [OC_LAYER_##kind] = &oc_layer_##name,
#include "layers/layers.def"
#undef OC_LAYER
};

static size_t aligned(size_t count)
{
    const size_t unit = OC_ALIGNMENT / sizeof(float);
    return (count + unit - 1) / unit * unit;
}

/* 1 to 2^30 values a sample: int may index them. `what`: "input", "output". */
static oc_status check_size(const oc_layer *layer, const char *what, oc_shape shape)
{
    char text[OC_SHAPE_TEXT];
    double floats = 1;
    int positive = 1;
    for (int i = 0; i < shape.rank; i++) {
        floats *= shape.dim[i];
        positive = positive && shape.dim[i] > 0;
    }
    if (!positive || floats > 0x1p30)
        return oc_fail(OC_ERR_USAGE, "model: %s: %s %s; expected 1 to 2^30 values", layer->name,
                       what, oc_shape_text(shape, text));
    return OC_OK;
}

oc_status oc_layer_plan(oc_layer *layer, oc_layer_kind kind, const char *name, oc_shape in,
                        const oc_layer_config *config)
{
    const uint32_t index = layer->index;
    *layer = (oc_layer){.ops = all_ops[kind], .config = *config, .index = index, .in = in};
    snprintf(layer->name, sizeof layer->name, "%s", name);
    oc_status status = check_size(layer, "input", in);
    if (status == OC_OK)
        status = layer->ops->plan(layer);
    if (status == OC_OK)
        status = check_size(layer, "output", layer->out);
    return status;
}

static void add_tensor(oc_layer_tensor *list, int *length, size_t *total, const char *name,
                       oc_shape shape, int is_weight)
{
    list[(*length)++] = (oc_layer_tensor){name, shape, is_weight, *total};
    *total += aligned(oc_shape_count(shape));
}

void oc_layer_add_parameter(oc_layer *layer, const char *name, oc_shape shape, int is_weight)
{
    add_tensor(layer->parameter, &layer->parameters, &layer->parameter_count, name, shape,
               is_weight);
}

void oc_layer_add_state(oc_layer *layer, const char *name, oc_shape shape)
{
    add_tensor(layer->state, &layer->states, &layer->state_count, name, shape, 0);
}

oc_status oc_layer_fit_window(oc_layer *layer)
{
    const oc_layer_config *config = &layer->config;
    char text[OC_SHAPE_TEXT];
    if (layer->in.rank != 3)
        return oc_fail(OC_ERR_USAGE, "model: %s: input %s; expected channels x height x width",
                       layer->name, oc_shape_text(layer->in, text));
    layer->window = (oc_window){
        .channels = layer->in.dim[0],
        .height = layer->in.dim[1],
        .width = layer->in.dim[2],
        .kernel_h = config->kernel[0],
        .kernel_w = config->kernel[1],
        .stride_h = config->stride[0],
        .stride_w = config->stride[1],
        .pad_h = config->pad[0],
        .pad_w = config->pad[1],
    };
    char what[OC_LAYER_NAME + 16];
    snprintf(what, sizeof what, "model: %s", layer->name);
    return oc_window_fit(&layer->window, what);
}

void oc_layer_fill_uniform(const oc_layer *layer, oc_random_key key, int slot, size_t fan_in,
                           float *parameter)
{
    const oc_layer_tensor *tensor = &layer->parameter[slot];
    const double bound = 1.0 / sqrt((double)fan_in);
    const size_t count = oc_shape_count(tensor->shape);
    float *out = parameter + tensor->offset;
    for (size_t i = 0; i < count; i++) {
        const uint64_t block = i / 4;
        const oc_random4 draw =
            oc_random_at(key, (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)slot, 0);
        const double u = (double)oc_random_uniform(draw.word[i % 4]);
        out[i] = (float)((2.0 * u - 1.0) * bound);
    }
}
