/* memory_plan.c - see memory_plan.h. First which buffers there are and when each lives, then
 * where they lie: largest first, each at the lowest place that is free all its life ("greedy by
 * size", Pisarchyk and Lee 2020). */
#include "models/memory_plan.h"

#include <limits.h>
#include <stdlib.h>

static int backward_time(const oc_memory_plan *plan, int i)
{
    return 2 * plan->network->layers - i;
}

static int later(int a, int b)
{
    return a > b ? a : b;
}

static int add_buffer(oc_memory_plan *plan, size_t *part, size_t floats, int begin, int end)
{
    const size_t unit = OC_ALIGNMENT / sizeof(float);
    const size_t line = (floats + unit - 1) / unit * OC_ALIGNMENT; /* at most 2^56 */
    const size_t bytes = part == &plan->memory.scratch ? line : line * (size_t)plan->shards;
    plan->buffer[plan->buffers] =
        (oc_buffer){.bytes = bytes, .begin = begin, .end = end, .holders = 1, .counted = part};
    return plan->buffers++;
}

/* The last time at which layer i's output must still be what i wrote. */
static void find_last_uses(const oc_memory_plan *plan, int *last)
{
    const oc_network *network = plan->network;
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        const int again = plan->use == OC_FOR_TRAINING && network->learns[i];
        last[i] = again && (layer->backward_reads & OC_READS_OUTPUT) ? backward_time(plan, i) : i;
        for (int k = 0; k < layer->inputs; k++) {
            const int from = network->from[i][k];
            if (from != OC_NETWORK_INPUT)
                last[from] = later(last[from], again && (layer->backward_reads & OC_READS_INPUT)
                                                   ? backward_time(plan, i)
                                                   : i);
        }
    }
    last[network->layers - 1] = later(last[network->layers - 1], network->layers);
}

/* The images in blocks of channels, until the last layer has read them that wants them so. */
static void plan_input(oc_memory_plan *plan)
{
    const oc_network *network = plan->network;
    size_t floats = 0;
    int end = 0;
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        const int again = plan->use == OC_FOR_TRAINING && network->learns[i] &&
                          (layer->backward_reads & OC_READS_INPUT);
        for (int k = 0; k < layer->inputs; k++)
            if (network->from[i][k] == OC_NETWORK_INPUT && layer->ins[k].blocked) {
                floats = plan->n * oc_shape_floats(layer->ins[k]);
                end = later(end, again ? backward_time(plan, i) : i);
            }
    }
    plan->input = floats ? add_buffer(plan, &plan->memory.outputs, floats, 0, end) : OC_NO_BUFFER;
}

/* May layer i write over its first input, or leave it where it is? */
static int may_share(const oc_memory_plan *plan, int i)
{
    const oc_layer *layer = &plan->network->layer[i];
    const int *from = plan->network->from[i];
    if (from[0] == OC_NETWORK_INPUT) /* the caller's images */
        return 0;
    if (layer->is_view)
        return 1;
    const int shared = plan->output[from[0]];
    int may = layer->in_place && plan->buffer[shared].end <= i;
    for (int k = 1; k < layer->inputs; k++)
        may = may && (from[k] == OC_NETWORK_INPUT || plan->output[from[k]] != shared);
    return may;
}

static void plan_forward(oc_memory_plan *plan, const int *last)
{
    const oc_network *network = plan->network;
    for (int i = 0; i < network->layers; i++) {
        const oc_layer *layer = &network->layer[i];
        if (may_share(plan, i)) {
            plan->output[i] = plan->output[network->from[i][0]];
            oc_buffer *buffer = &plan->buffer[plan->output[i]];
            buffer->end = later(buffer->end, last[i]);
        } else {
            plan->output[i] = add_buffer(plan, &plan->memory.outputs,
                                         plan->n * oc_shape_floats(layer->out), i, last[i]);
        }
        const size_t saved = plan->n * layer->saved_per_sample + layer->saved_fixed;
        const int again = plan->use == OC_FOR_TRAINING && network->learns[i];
        plan->saved[i] = saved ? add_buffer(plan, &plan->memory.saved, saved, i,
                                            again ? backward_time(plan, i) : i)
                               : OC_NO_BUFFER;
    }
}

/* Layer i's output, and views of it, in backward: when it is looked at first and last. */
typedef struct second_life {
    int forward_end, begin, end; /* begin > end: never */
} second_life;

static void use_in_backward(second_life *life, int time)
{
    life->begin = time < life->begin ? time : life->begin;
    life->end = later(life->end, time);
}

/* Returns 0 if some layer writes over the buffer: then it is not this output that backward reads.
 */
static int find_second_life(const oc_memory_plan *plan, int i, second_life *life)
{
    const oc_network *network = plan->network;
    const int buffer = plan->output[i], last = network->layers - 1;
    *life = (second_life){.forward_end = i, .begin = INT_MAX, .end = 0};
    for (int j = i; j <= last; j++) {
        const oc_layer *layer = &network->layer[j];
        if (plan->output[j] == buffer) {
            if (j != i && !layer->is_view)
                return 0;
            life->forward_end = later(life->forward_end, j == last ? network->layers : j);
            if (layer->backward_reads & OC_READS_OUTPUT)
                use_in_backward(life, backward_time(plan, j));
        }
        for (int k = 0; k < layer->inputs; k++) {
            const int from = network->from[j][k];
            if (from == OC_NETWORK_INPUT || plan->output[from] != buffer)
                continue;
            life->forward_end = later(life->forward_end, j);
            if (layer->backward_reads & OC_READS_INPUT)
                use_in_backward(life, backward_time(plan, j));
            if (plan->anew[j] != OC_NETWORK_NONE)
                use_in_backward(life, backward_time(plan, plan->anew[j]));
        }
    }
    return 1;
}

/* Low memory: outputs that layers can make a second time give theirs back in between. From the
 * last layer on, so that one which reads another such output finds it made. */
static void plan_again(oc_memory_plan *plan)
{
    const oc_network *network = plan->network;
    for (int i = network->layers - 1; i >= 0; i--) {
        const oc_layer *layer = &network->layer[i];
        second_life life;
        plan->again[i] = plan->output[i];
        if (plan->use != OC_FOR_TRAINING || !network->options.low_memory || !layer->ops->repeats ||
            !network->learns[i] || !find_second_life(plan, i, &life) || life.begin > life.end)
            continue;
        const int made = add_buffer(plan, &plan->memory.anew, plan->n * oc_shape_floats(layer->out),
                                    life.begin, life.end);
        const int first = plan->output[i];
        plan->buffer[first].end = life.forward_end;
        plan->anew[i] = backward_time(plan, life.begin); /* its own inverse */
        for (int j = i; j < network->layers; j++)
            if (plan->output[j] == first)
                plan->again[j] = made;
    }
}

static void release(oc_memory_plan *plan, int buffer, int time)
{
    plan->buffer[buffer].end = later(plan->buffer[buffer].end, time);
    plan->buffer[buffer].holders--;
}

/* What becomes of the gradient of input k of layer i, whose own gradient lies in plan->dy[i]. */
static void plan_gradient(oc_memory_plan *plan, int i, int k)
{
    const oc_layer *layer = &plan->network->layer[i];
    const int from = plan->network->from[i][k], time = backward_time(plan, i), dy = plan->dy[i];
    oc_gradient_plan *step = &plan->gradient[i][k];
    if (from == OC_NETWORK_INPUT || !plan->network->learns[from])
        return;
    const size_t floats = plan->n * oc_shape_floats(layer->ins[k]);
    step->fresh = dy;
    if (!layer->passes_gradient) {
        const int in_place = layer->in_place && layer->inputs == 1 && plan->buffer[dy].holders == 1;
        step->dx = in_place ? dy : add_buffer(plan, &plan->memory.gradients, floats, time, time);
        step->fresh = step->dx;
    }
    const int before = plan->dy[from];
    if (before == OC_NO_BUFFER) { /* the first reader, counted from behind */
        plan->dy[from] = step->fresh;
        plan->buffer[step->fresh].holders += step->fresh == dy;
        return;
    }
    step->added = before;
    if (plan->buffer[before].holders == 1) { /* nobody else has his gradient there */
        step->sum = before;
        if (step->fresh != dy)
            release(plan, step->fresh, time);
    } else if (step->fresh != dy) {
        step->sum = step->fresh;
        release(plan, before, time);
    } else {
        step->sum = add_buffer(plan, &plan->memory.gradients, floats, time, time);
        release(plan, before, time);
    }
    plan->dy[from] = step->sum;
}

static void plan_backward(oc_memory_plan *plan)
{
    const oc_network *network = plan->network;
    const int last = network->layers - 1;
    if (plan->use != OC_FOR_TRAINING)
        return;
    plan->dy[last] = add_buffer(plan, &plan->memory.gradients,
                                plan->n * oc_shape_floats(network->layer[last].out),
                                network->layers, network->layers);
    for (int i = last; i >= 0; i--) {
        if (plan->dy[i] == OC_NO_BUFFER)
            continue;
        for (int k = 0; k < network->layer[i].inputs; k++)
            plan_gradient(plan, i, k);
        release(plan, plan->dy[i], backward_time(plan, i));
    }
}

typedef struct ranked {
    size_t bytes;
    int index;
} ranked;

static int larger_first(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x->index - y->index;
}

/* `placed`: indices of buffers with a place, lowest first. */
static void place(oc_memory_plan *plan, int index, int *placed, int count)
{
    oc_buffer *mine = &plan->buffer[index];
    size_t offset = 0;
    for (int p = 0; p < count; p++) {
        const oc_buffer *other = &plan->buffer[placed[p]];
        if (other->end < mine->begin || other->begin > mine->end)
            continue;
        if (offset + mine->bytes <= other->offset)
            break;
        if (other->offset + other->bytes > offset)
            offset = other->offset + other->bytes;
    }
    mine->offset = offset;
    if (offset + mine->bytes > plan->memory.total)
        plan->memory.total = offset + mine->bytes;
    int at = count;
    for (; at > 0 && plan->buffer[placed[at - 1]].offset > offset; at--)
        placed[at] = placed[at - 1];
    placed[at] = index;
}

static oc_status place_all(oc_memory_plan *plan)
{
    const size_t count = plan->buffers > 0 ? (size_t)plan->buffers : 0;
    double sum = 0;
    for (int b = 0; b < plan->buffers; b++)
        sum += (double)plan->buffer[b].bytes;
    if (sum > 0x1p60)
        return oc_fail(OC_ERR_USAGE,
                       "model: %.3g bytes for %zu samples at once; expected at most 2^60", sum,
                       plan->n);
    ranked *order = calloc(count, sizeof *order);
    int *placed = calloc(count, sizeof *placed);
    if (order && placed) {
        for (int b = 0; b < plan->buffers; b++) {
            order[b] = (ranked){plan->buffer[b].bytes, b};
            *plan->buffer[b].counted += plan->buffer[b].bytes;
        }
        qsort(order, count, sizeof *order, larger_first);
        for (int b = 0; b < plan->buffers; b++)
            place(plan, order[b].index, placed, b);
    }
    const oc_status status = order && placed ? OC_OK : oc_fail(OC_ERR_MEMORY, "model: no memory");
    free(order);
    free(placed);
    return status;
}

/* No more buffers than: outputs, saved blocks, gradients and sums of each input, those computed
 * again, and three. */
static int allocate(oc_memory_plan *plan, size_t layers)
{
    size_t inputs = 0;
    for (int i = 0; i < plan->network->layers; i++)
        inputs += (size_t)plan->network->layer[i].inputs;
    plan->buffer = calloc(3 * layers + inputs + 3, sizeof *plan->buffer);
    plan->output = calloc(layers, sizeof *plan->output);
    plan->again = calloc(layers, sizeof *plan->again);
    plan->anew = calloc(layers, sizeof *plan->anew);
    plan->saved = calloc(layers, sizeof *plan->saved);
    plan->dy = calloc(layers, sizeof *plan->dy);
    plan->gradient = calloc(layers, sizeof *plan->gradient);
    return plan->buffer && plan->output && plan->again && plan->anew && plan->saved && plan->dy &&
           plan->gradient;
}

oc_status oc_memory_plan_create(oc_memory_plan *plan, const oc_network *network, int shards,
                                int max_n, oc_workspace_use use)
{
    const oc_gradient_plan nothing = {OC_NO_BUFFER, OC_NO_BUFFER, OC_NO_BUFFER, OC_NO_BUFFER};
    *plan = (oc_memory_plan){.network = network, .n = (size_t)max_n, .shards = shards, .use = use};
    int *last = calloc((size_t)network->layers, sizeof *last);
    oc_status status = OC_ERR_INTERNAL;
    if (last && allocate(plan, (size_t)network->layers)) {
        size_t scratch = 0;
        for (int i = 0; i < network->layers; i++) {
            plan->dy[i] = OC_NO_BUFFER;
            plan->anew[i] = OC_NETWORK_NONE;
            for (int k = 0; k < OC_LAYER_INPUTS; k++)
                plan->gradient[i][k] = nothing;
            if (network->layer[i].scratch > scratch)
                scratch = network->layer[i].scratch;
        }
        plan->scratch = add_buffer(plan, &plan->memory.scratch, scratch, 0, 2 * network->layers);
        plan_input(plan);
        find_last_uses(plan, last);
        plan_forward(plan, last);
        plan_again(plan);
        plan_backward(plan);
        status = place_all(plan);
    } else {
        oc_fail(status, "model: no memory");
    }
    free(last);
    if (status != OC_OK)
        oc_memory_plan_destroy(plan);
    return status;
}

void oc_memory_plan_destroy(oc_memory_plan *plan)
{
    free(plan->buffer);
    free(plan->output);
    free(plan->again);
    free(plan->anew);
    free(plan->saved);
    free(plan->dy);
    free(plan->gradient);
    *plan = (oc_memory_plan){0};
}

oc_status oc_workspace_measure(const oc_network *network, int max_n, oc_workspace_use use,
                               oc_memory_use *memory)
{
    oc_memory_plan plan;
    const oc_status status = oc_memory_plan_create(&plan, network, 1, max_n, use);
    *memory = status == OC_OK ? plan.memory : (oc_memory_use){0};
    if (status == OC_OK)
        oc_memory_plan_destroy(&plan);
    return status;
}
