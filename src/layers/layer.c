/* layer.c - what all layers share. */
#include "layers/layer.h"

#include "base/arena.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* 1 to 2^30 floats a sample: int may index them. `what`: "input", "output". */
static oc_status check_size(const oc_layer *layer, const char *what, oc_shape shape)
{
    char text[OC_SHAPE_TEXT];
    double floats = 1;
    int positive = 1;
    for (int i = 0; i < shape.rank; i++) {
        floats *= shape.blocked && i == 0 ? ceil(shape.dim[i] / (double)OC_BLOCK) * OC_BLOCK
                                          : shape.dim[i];
        positive = positive && shape.dim[i] > 0;
    }
    if (!positive || floats > 0x1p30)
        return oc_fail(OC_ERR_USAGE, "model: %s: %s %s; expected 1 to 2^30 values%s", layer->name,
                       what, oc_shape_text(shape, text),
                       shape.blocked ? ", channels counted in sixteens" : "");
    return OC_OK;
}

oc_status oc_layer_plan(oc_layer *layer, oc_layer_kind kind, const char *name, const oc_shape *in,
                        int inputs, const oc_layer_config *config)
{
    const uint32_t index = layer->index;
    const oc_layer_ops *ops = all_ops[kind];
    *layer = (oc_layer){.ops = ops, .config = *config, .index = index, .inputs = inputs};
    snprintf(layer->name, sizeof layer->name, "%s", name);
    const int least = ops->many_inputs ? 2 : 1, most = ops->many_inputs ? OC_LAYER_INPUTS : 1;
    if (inputs < least || inputs > most)
        return oc_fail(OC_ERR_USAGE, "model: %s: %d inputs; expected %d to %d for %s", layer->name,
                       inputs, least, most, ops->name);
    oc_status status = OC_OK;
    for (int i = 0; i < inputs && status == OC_OK; i++) {
        layer->ins[i] = in[i];
        status = check_size(layer, "input", in[i]);
        if (status == OC_OK && in[i].rank == 3 && !in[i].blocked && !ops->takes_plain)
            status = oc_fail(OC_ERR_INTERNAL, "model: %s: an input that is not in blocks", name);
    }
    if (status == OC_OK)
        status = ops->plan(layer);
    layer->out.blocked = layer->out.rank == 3;
    if (status == OC_OK)
        status = check_size(layer, "output", layer->out);
    return status;
}

int oc_layer_takes_plain(oc_layer_kind kind)
{
    return all_ops[kind]->takes_plain;
}

int oc_layer_kind_find(const char *name)
{
    for (int kind = 0; kind < OC_LAYER_COUNT; kind++)
        if (strcmp(all_ops[kind]->name, name) == 0)
            return kind;
    return -1;
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

/* 1 if some of the padded input is left after `out` windows, and one more begins before the
 * padding at the end (Caffe's rule, and PyTorch's ceil_mode). */
static int reaches_over(int in, int kernel, int stride, int pad, int out)
{
    return (out - 1) * stride + kernel < in + 2 * pad && out * stride < in + pad;
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
    const oc_status status = oc_window_fit(&layer->window, what);
    if (status == OC_OK && config->ceil_mode) {
        oc_window *w = &layer->window;
        w->out_h += reaches_over(w->height, w->kernel_h, w->stride_h, w->pad_h, w->out_h);
        w->out_w += reaches_over(w->width, w->kernel_w, w->stride_w, w->pad_w, w->out_w);
    }
    return status;
}

/* Uniform in [-1, 1] / sqrt(fan_in): kaiming_uniform with a = sqrt(5). */
static void fill_uniform(const oc_layer_tensor *tensor, oc_random_key key, int slot, size_t fan_in,
                         float *out)
{
    const double bound = 1.0 / sqrt((double)fan_in);
    const size_t count = oc_shape_count(tensor->shape);
    for (size_t i = 0; i < count; i++) {
        const uint64_t block = i / 4;
        const oc_random4 draw =
            oc_random_at(key, (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)slot, 0);
        const double u = (double)oc_random_uniform(draw.word[i % 4]);
        out[i] = (float)((2.0 * u - 1.0) * bound);
    }
}

static void fill_normal(const oc_layer_tensor *tensor, oc_random_key key, int slot,
                        double deviation, float *out)
{
    const size_t count = oc_shape_count(tensor->shape);
    for (size_t i = 0; i < count; i++) {
        const uint64_t block = i / 4;
        const oc_random4 draw =
            oc_random_at(key, (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)slot, 0);
        float pair[2];
        oc_random_normal(draw.word[i % 4 / 2 * 2], draw.word[i % 4 / 2 * 2 + 1], pair);
        out[i] = (float)(deviation * (double)pair[i % 2]);
    }
}

/* As torch.nn.init.dirac_: (outputs, inputs, ...). */
static void fill_identity(const oc_layer_tensor *tensor, float *out)
{
    const oc_shape *s = &tensor->shape;
    const size_t rows = (size_t)s->dim[0], inputs = (size_t)s->dim[1];
    const size_t height = s->rank == 4 ? (size_t)s->dim[2] : 1;
    const size_t width = s->rank == 4 ? (size_t)s->dim[3] : 1;
    const size_t row = inputs * height * width, centre = height / 2 * width + width / 2;
    for (size_t i = 0; i < rows && i < inputs; i++) {
        memset(out + i * row, 0, row * sizeof *out);
        out[i * row + i * height * width + centre] = 1.0f;
    }
}

/* Of a slot: its tensor, or only its weights. */
static int begins_uniform(const oc_layer *layer, const oc_layer_tensor *tensor)
{
    const int initial = layer->config.initial;
    return initial == OC_INITIAL_UNIFORM ||
           (tensor->is_weight && (initial == OC_INITIAL_DIRAC || initial == OC_INITIAL_WHITEN));
}

void oc_layer_fill(const oc_layer *layer, oc_random_key key, size_t fan_in, float *parameter)
{
    for (int slot = 0; slot < layer->parameters; slot++) {
        const oc_layer_tensor *tensor = &layer->parameter[slot];
        float *out = parameter + tensor->offset;
        const oc_layer_config *config = &layer->config;
        if (begins_uniform(layer, tensor))
            fill_uniform(tensor, key, slot, fan_in, out);
        else if (tensor->is_weight)
            fill_normal(tensor, key, slot,
                        config->initial == OC_INITIAL_HE ? sqrt(2.0 / (double)fan_in)
                                                         : config->deviation,
                        out);
        else
            memset(out, 0, oc_shape_count(tensor->shape) * sizeof *out);
        if (config->initial == OC_INITIAL_DIRAC && tensor->is_weight)
            fill_identity(tensor, out);
    }
}

int oc_layer_side_by_side(const oc_layer *layer, int n)
{
    int shards = 1;
    while (n <= layer->adds_up_to && 2 * shards <= OC_MOST_SIDE_BY_SIDE &&
           2 * shards <= layer->side_by_side / n)
        shards *= 2;
    return shards;
}

void oc_layer_sum(size_t count, const float *a, const float *b, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = a[i] + b[i];
}
