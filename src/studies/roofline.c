/* roofline.c - see roofline.h. */
#include "studies/roofline.h"

#include <math.h>

static int needs_dx(const oc_network *network, int i, int input)
{
    const int from = network->from[i][input];
    return from != OC_NETWORK_INPUT && network->learns[from];
}

static double floats_forward(const oc_layer *layer)
{
    double sum = (double)oc_shape_count(layer->out) + (double)layer->saved_per_sample;
    for (int k = 0; k < layer->inputs; k++)
        sum += (double)oc_shape_count(layer->ins[k]);
    return layer->is_view ? 0 : sum;
}

static double floats_backward(const oc_network *network, int i)
{
    const oc_layer *const layer = &network->layer[i];
    double sum = (double)oc_shape_count(layer->out) + (double)layer->saved_per_sample; /* dy */
    for (int k = 0; k < layer->inputs; k++) {
        const double input = (double)oc_shape_count(layer->ins[k]);
        sum += (layer->backward_reads & OC_READS_INPUT ? input : 0) +
               (needs_dx(network, i, k) ? input : 0);
    }
    if (layer->backward_reads & OC_READS_OUTPUT)
        sum += (double)oc_shape_count(layer->out);
    const int idle = layer->passes_gradient || (layer->is_view && !layer->backward_reads);
    return idle ? 0 : sum;
}

static double multiply_adds(const oc_network *network, int i, int backward)
{
    const oc_layer *const layer = &network->layer[i];
    const int dx = needs_dx(network, i, 0);
    if (layer->ops->work)
        return layer->ops->work(layer, backward, dx);
    if (!layer->ops->multiply_adds)
        return 0;
    return layer->ops->multiply_adds(layer) * (backward ? 1 + dx : 1);
}

oc_roof oc_roofline(const oc_network *network, int i, int backward, int shard,
                    const oc_machine *machine)
{
    const oc_layer *const layer = &network->layer[i];
    const double of_sample = backward ? floats_backward(network, i) : floats_forward(layer);
    const int passes_over_weights = backward ? 3 : 1; /* read; their gradient read and written */
    oc_roof roof = {.operations = 2 * multiply_adds(network, i, backward)};
    if (of_sample == 0 || (backward && !network->learns[i]))
        return (oc_roof){0};
    roof.bytes =
        sizeof(float) * (of_sample + passes_over_weights * (double)layer->parameter_count / shard);
    const double by_operations = roof.operations / machine->busy;
    const double by_memory = roof.bytes / oc_machine_bandwidth(machine, roof.bytes * (double)shard);
    roof.seconds = fmax(by_operations, by_memory);
    roof.bound = by_operations > by_memory ? OC_BOUND_OPERATIONS : OC_BOUND_MEMORY;
    return roof;
}

const char *oc_bound_name(oc_bound bound)
{
    return bound == OC_BOUND_OPERATIONS ? "fma" : bound == OC_BOUND_MEMORY ? "memory" : "-";
}
