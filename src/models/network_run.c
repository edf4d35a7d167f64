/* network_run.c - shards through a network: forward, backward, and what is measured of them. */
#include "kernels/blocks.h"
#include "models/network.h"

#include <stdint.h>
#include <string.h>

oc_status oc_network_reserve(const oc_network *network, int threads)
{
    for (int i = 0; i < network->layers; i++)
        if (network->layer[i].multiplies)
            return oc_kernels_reserve(threads);
    return OC_OK;
}

/* Floats from what a shard has to the same of the one beside it; `floats` of a sample. */
static size_t apart(const oc_workspace *workspace, size_t floats)
{
    const size_t line = OC_ALIGNMENT / sizeof(float);
    return ((size_t)workspace->max_n * floats + line - 1) / line * line;
}

static size_t outputs_apart(const oc_workspace *workspace, const oc_layer *layer)
{
    return apart(workspace, oc_shape_floats(layer->out));
}

static size_t saved_apart(const oc_workspace *workspace, const oc_layer *layer)
{
    const size_t line = OC_ALIGNMENT / sizeof(float);
    const size_t floats = (size_t)workspace->max_n * layer->saved_per_sample + layer->saved_fixed;
    return (floats + line - 1) / line * line;
}

static float *behind(float *first, size_t floats)
{
    return first ? first + floats : NULL;
}

/* Input k of layer i, of shard s. `output`: where outputs lie by then. */
static const float *input_of(const oc_network *network, const oc_workspace *workspace,
                             const oc_shard *shard, float *const *output, int i, int k, size_t s)
{
    const int from = network->from[i][k];
    const oc_shape *shape = &network->layer[i].ins[k];
    if (from != OC_NETWORK_INPUT)
        return behind(output[from], s * outputs_apart(workspace, &network->layer[from]));
    return shape->blocked ? workspace->input + s * apart(workspace, oc_shape_floats(*shape))
                          : shard->images;
}

/* What forward and backward have in common for layer i and shard s, which is shards[s]. */
static oc_pass pass_of(const oc_network *network, const oc_workspace *workspace,
                       const oc_shard *shards, size_t s, const float *parameters,
                       float *const *output, int i)
{
    const oc_shard *shard = &shards[s];
    const oc_layer *layer = &network->layer[i];
    oc_pass pass = {
        .training = shard->training,
        .held = shard->mode && (shard->mode[i] & OC_LAYER_HELD),
        .n = shard->n,
        .shards = 1,
        .y = behind(output[i], s * outputs_apart(workspace, layer)),
        .parameter = parameters + network->parameter_offset[i],
        .prepared = workspace->prepared + network->prepared_offset[i],
        .saved = behind(workspace->saved[i], s * saved_apart(workspace, layer)),
        .scratch = workspace->scratch,
        .sums = shard->sums,
        .joined = shard->joined,
        .joined_n = shard->joined_n,
        .seed = shard->seed,
        .epoch = shard->epoch,
        .sample = shard->sample,
    };
    for (int k = 0; k < layer->inputs; k++)
        pass.xs[k] = input_of(network, workspace, shard, output, i, k, s);
    return pass;
}

/* Does layer i read the images as they are, not in blocks? */
static int reads_images(const oc_network *network, int i)
{
    return network->from[i][0] == OC_NETWORK_INPUT && !network->layer[i].in.blocked;
}

/* Bytes from a shard's images to those of the one behind it. */
static uintptr_t images_apart(const oc_shard *shards)
{
    return (uintptr_t)shards[1].images - (uintptr_t)shards[0].images;
}

/* Can layer i take all shards in one pass? */
static int goes_together(const oc_network *network, const oc_workspace *workspace,
                         const oc_shard *shards, int count, int i)
{
    if (count == 1)
        return 1;
    if (workspace->one_by_one || count > oc_layer_side_by_side(&network->layer[i], shards[0].n))
        return 0;
    const uintptr_t first = (uintptr_t)shards[0].images, next = images_apart(shards);
    const int images = reads_images(network, i);
    for (int s = 1; s < count; s++)
        if (shards[s].n != shards[0].n ||
            (images && (uintptr_t)shards[s].images != first + (uintptr_t)s * next))
            return 0;
    return !images || next <= SIZE_MAX / 2;
}

/* A pass of the first shard takes all of them, which go together. */
static void take_all(const oc_network *network, const oc_workspace *workspace,
                     const oc_shard *shards, int count, int i, oc_pass *pass)
{
    const oc_layer *layer = &network->layer[i];
    pass->shards = count;
    pass->x_next = reads_images(network, i) ? images_apart(shards) / sizeof(float)
                                            : apart(workspace, oc_shape_floats(layer->in));
    pass->y_next = outputs_apart(workspace, layer);
}

void oc_network_prepare_part(const oc_network *network, oc_workspace *workspace, int training,
                             const float *parameters, int part, int parts)
{
    const size_t total = network->prepared_count;
    const size_t first = total * (size_t)part / (size_t)parts;
    const size_t last = total * ((size_t)part + 1) / (size_t)parts;
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        const size_t at = network->prepared_offset[i];
        if (layer->ops->prepare && layer->prepared && at >= first && at < last)
            layer->ops->prepare(layer, training && workspace->gradient[i][0].dx != NULL,
                                parameters + network->parameter_offset[i],
                                workspace->prepared + at);
    }
}

void oc_network_prepare(const oc_network *network, oc_workspace *workspace, int training,
                        const float *parameters)
{
    oc_network_prepare_part(network, workspace, training, parameters, 0, 1);
}

/* The images in blocks, of all shards, if a layer reads them so. */
static void images_to_blocks(const oc_network *network, const oc_workspace *workspace,
                             const oc_shard *shards, int count)
{
    const oc_shape blocks =
        oc_shape_blocked(network->input.dim[0], network->input.dim[1], network->input.dim[2]);
    for (int s = 0; workspace->input && s < count; s++)
        oc_to_blocks(shards[s].n, network->input.dim[0],
                     (size_t)network->input.dim[1] * (size_t)network->input.dim[2],
                     shards[s].images,
                     workspace->input + (size_t)s * apart(workspace, oc_shape_floats(blocks)));
}

static void forward_layer(const oc_network *network, const oc_workspace *workspace,
                          const oc_shard *shards, int count, const float *parameters,
                          const float *state, float *const *statistics, int i)
{
    const oc_layer *layer = &network->layer[i];
    const int taken = goes_together(network, workspace, shards, count, i) ? count : 1;
    for (int s = 0; s < count; s += taken) {
        oc_pass pass =
            pass_of(network, workspace, shards, (size_t)s, parameters, workspace->output, i);
        if (layer->is_view && pass.y == pass.x)
            return;
        if (state)
            pass.state = state + network->state_offset[i];
        if (statistics && statistics[s])
            pass.statistics = statistics[s] + network->state_offset[i];
        if (taken > 1)
            take_all(network, workspace, shards, taken, i, &pass);
        layer->ops->forward(layer, &pass);
    }
}

void oc_network_forward_part(const oc_network *network, oc_workspace *workspace,
                             const oc_shard *shards, int count, const float *parameters,
                             const float *state, float *const *statistics, oc_layer_range part)
{
    double since = oc_profile_start(workspace->profile);
    if (part.first == 0)
        images_to_blocks(network, workspace, shards, count);
    for (int i = part.first; i < part.last; i++) {
        forward_layer(network, workspace, shards, count, parameters, state, statistics, i);
        since = oc_profile_lap(workspace->profile, 2 * (size_t)i, since);
    }
}

void oc_network_forward_shards(const oc_network *network, oc_workspace *workspace,
                               const oc_shard *shards, int count, const float *parameters,
                               const float *state, float *const *statistics)
{
    const oc_layer_range all = {0, network->layers};
    if (!shards[0].prepared)
        oc_network_prepare(network, workspace, shards[0].training, parameters);
    oc_network_forward_part(network, workspace, shards, count, parameters, state, statistics, all);
}

const float *oc_network_forward(const oc_network *network, oc_workspace *workspace,
                                const oc_shard *shard, const float *parameters, const float *state,
                                float *statistics)
{
    oc_network_forward_shards(network, workspace, shard, 1, parameters, state, &statistics);
    return oc_network_outputs(network, workspace, 0);
}

const float *oc_network_outputs(const oc_network *network, const oc_workspace *workspace, int shard)
{
    const int last = network->layers - 1;
    return workspace->output[last] +
           (size_t)shard * outputs_apart(workspace, &network->layer[last]);
}

float *oc_network_output_gradient(const oc_network *network, const oc_workspace *workspace,
                                  int shard)
{
    const int last = network->layers - 1;
    return workspace->dy[last] + (size_t)shard * outputs_apart(workspace, &network->layer[last]);
}

/* Does backward skip a layer, so that nobody needs the gradient of its outputs? */
static int is_idle(const oc_network *network, const oc_shard *shards, int layer)
{
    return layer == OC_NETWORK_INPUT || !network->learns[layer] ||
           (shards[0].mode && (shards[0].mode[layer] & OC_LAYER_IDLE));
}

/* An output that several layers read: their gradients are added as backward meets them, last
 * layer first, so the order is the network's alone. */
static void add_up(const oc_network *network, const oc_workspace *workspace, const oc_shard *shards,
                   int i, size_t s)
{
    const oc_layer *layer = &network->layer[i];
    const oc_gradient_step *steps = workspace->gradient[i];
    const int n = shards[s].n;
    for (int k = 0; k < layer->inputs; k++) {
        const size_t floats = oc_shape_floats(layer->ins[k]), at = s * apart(workspace, floats);
        if (steps[k].added && !is_idle(network, shards, network->from[i][k]))
            oc_layer_sum((size_t)n * floats, steps[k].added + at, steps[k].fresh + at,
                         steps[k].sum + at);
    }
}

/* What backward of layer i looks at and forward did not keep. */
static void compute_again(const oc_network *network, const oc_workspace *workspace,
                          const oc_shard *shards, size_t s, const float *parameters, int i)
{
    for (int before = 0; before < i; before++) {
        if (workspace->anew[before] != i)
            continue;
        oc_pass pass = pass_of(network, workspace, shards, s, parameters, workspace->again, before);
        pass.again = 1;
        network->layer[before].ops->forward(&network->layer[before], &pass);
    }
}

/* Backward of layer i for `taken` shards from s on: one, or all of them, which go together.
 * `place`: of the layer's gradients. */
static void backward_layer(const oc_network *network, const oc_workspace *workspace,
                           const oc_shard *shards, int s, int taken, const float *parameters, int i,
                           oc_gradient_place place)
{
    const oc_layer *layer = &network->layer[i];
    const oc_gradient_step *steps = workspace->gradient[i];
    oc_pass pass = pass_of(network, workspace, shards, (size_t)s, parameters, workspace->again, i);
    if (taken > 1)
        take_all(network, workspace, shards, taken, i, &pass);
    const int end = s + taken;
    for (int t = s; network->options.low_memory && t < end; t++)
        compute_again(network, workspace, shards, (size_t)t, parameters, i);
    if (!layer->passes_gradient) {
        pass.gradient = place.gradients;
        pass.left = place.left;
        pass.dy = workspace->dy[i] + (size_t)s * outputs_apart(workspace, layer);
        for (int k = 0; k < layer->inputs; k++) {
            const size_t floats = oc_shape_floats(layer->ins[k]);
            if (!is_idle(network, shards, network->from[i][k]))
                pass.dxs[k] = behind(steps[k].dx, (size_t)s * apart(workspace, floats));
        }
        layer->ops->backward(layer, &pass);
    }
    for (int t = s; t < end; t++)
        add_up(network, workspace, shards, i, (size_t)t);
}

/* A layer's part of the gradients at `place`, to be written or added to. */
static oc_gradient_place part_of(const oc_gradient_place *place, const oc_layer *layer, size_t at,
                                 int adds, int writes)
{
    if (!writes) /* cleared here it stays in cache */
        memset(place->gradients + at, 0, layer->parameter_count * sizeof *place->gradients);
    return (oc_gradient_place){place->gradients + at, adds ? place->left + at : NULL};
}

void oc_network_backward_part(const oc_network *network, oc_workspace *workspace,
                              const oc_shard *shards, int count, const float *parameters,
                              const oc_gradient_sum *sum, oc_layer_range part)
{
    double since = oc_profile_start(workspace->profile);
    for (int i = part.last - 1; i >= part.first; i--) {
        const oc_layer *layer = &network->layer[i];
        const size_t at = network->parameter_offset[i], floats = layer->parameter_count;
        const int runs = workspace->dy[i] && !is_idle(network, shards, i);
        const int together = runs ? goes_together(network, workspace, shards, count, i)
                                  : count == 1 || !workspace->one_by_one;
        const int taken = together ? count : 1;
        for (int s = 0; s < count; s += taken) {
            const oc_gradient_place *place = together ? &sum->all : &sum->shard[s];
            const int adds = runs && place->left && shards[s].n <= layer->adds_up_to;
            const oc_gradient_place own =
                part_of(place, layer, at, adds, runs && layer->ops->writes_gradient);
            if (runs) {
                backward_layer(network, workspace, shards, s, taken, parameters, i, own);
                since = oc_profile_lap(workspace->profile, 2 * (size_t)i + 1, since);
            }
            if (sum->ready && floats > 0) {
                sum->ready(sum->data, together ? OC_ALL_SHARDS : s, at, floats, adds);
                since = oc_profile_start(workspace->profile);
            }
        }
    }
}

void oc_network_backward_shards(const oc_network *network, oc_workspace *workspace,
                                const oc_shard *shards, int count, const float *parameters,
                                const oc_gradient_sum *sum)
{
    const oc_layer_range all = {0, network->layers};
    oc_network_backward_part(network, workspace, shards, count, parameters, sum, all);
}

void oc_network_backward(const oc_network *network, oc_workspace *workspace, const oc_shard *shard,
                         const float *parameters, float *gradients)
{
    const oc_gradient_place place = {gradients, NULL};
    const oc_gradient_sum sum = {.shard = &place, .all = place};
    oc_network_backward_shards(network, workspace, shard, 1, parameters, &sum);
}

int oc_network_measures(const oc_network *network, const unsigned char *mode, int layer, int back)
{
    const int not_now = OC_LAYER_HELD | (back ? OC_LAYER_IDLE : 0);
    return network->layer[layer].sums > 0 && !(mode && (mode[layer] & not_now));
}

void oc_network_measure(const oc_network *network, oc_workspace *workspace, const oc_shard *shards,
                        int count, const float *parameters, int layer, int back)
{
    const oc_layer *measured = &network->layer[layer];
    const double since = oc_profile_start(workspace->profile);
    for (int s = 0; s < count; s++) {
        oc_pass pass = pass_of(network, workspace, shards, (size_t)s, parameters,
                               back ? workspace->again : workspace->output, layer);
        if (back) {
            if (network->options.low_memory)
                compute_again(network, workspace, shards, (size_t)s, parameters, layer);
            pass.dy = workspace->dy[layer] + (size_t)s * outputs_apart(workspace, measured);
        }
        measured->ops->measure(measured, &pass, back);
    }
    oc_profile_lap(workspace->profile, 2 * (size_t)layer + (size_t)back, since);
}
