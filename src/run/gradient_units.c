/* gradient_units.c - see gradient_units.h. */
#include "run/gradient_units.h"

#include "kernels/unit.h"

#include <math.h>

_Static_assert((int)OC_UNITS >= (int)OC_MAX_LAYERS, "a unit for each layer");

/* How many times the mean of the shards' largest magnitudes a shard has room for. */
enum { ROOM = 4 };

int oc_gradients_are_rounded(const oc_recipe *recipe)
{
    return recipe->reduce.precision != OC_PRECISION_FLOAT;
}

/* The next layer with parameters, from i on. */
static int next_layer(const oc_network *network, int i)
{
    while (i < network->layers && network->layer[i].parameter_count == 0)
        i++;
    return i;
}

void oc_gradient_units_plan(const oc_run *run, oc_reduction_config *config,
                            oc_reduction_part part[OC_MAX_LAYERS])
{
    const oc_network *network = run->network;
    if (!oc_gradients_are_rounded(&run->recipe))
        return;
    config->rounding = oc_unit_get()->rounding;
    config->seed = run->recipe.train.seed;
    config->part = part;
    config->parts = 0;
    for (int i = next_layer(network, 0); i < network->layers; i = next_layer(network, i + 1))
        part[config->parts++] =
            (oc_reduction_part){network->parameter_offset[i], network->layer[i].parameter_count};
}

void oc_gradient_units_use(const oc_run *run, uint64_t step)
{
    const oc_unit_record *units = &run->info.units;
    float unit[OC_UNITS] = {0};
    if (!oc_gradients_are_rounded(&run->recipe))
        return;
    for (uint64_t i = 0; i < units->count; i++)
        if (units->exponent[i] != OC_NO_UNIT)
            unit[i] = ldexpf(1, units->exponent[i]);
    oc_reduction_round(run->reduction, step, unit);
}

/* The least power of two with which so much is units that the sum may reach. */
static int8_t exponent_of(double largest)
{
    int exponent;
    if (!(largest > 0))
        return OC_NO_UNIT;
    (void)frexp(largest / OC_REDUCTION_MOST_UNITS, &exponent);
    return (int8_t)(exponent < -100 ? -100 : exponent > 100 ? 100 : exponent);
}

void oc_gradient_units_follow(oc_run *run)
{
    oc_unit_record *units = &run->info.units;
    const float *const largest = oc_reduction_largest(run->reduction);
    units->count = 0;
    if (!largest)
        return;
    for (int i = next_layer(run->network, 0); i < run->network->layers;
         i = next_layer(run->network, i + 1)) {
        const double found = ROOM * (double)largest[units->count];
        units->exponent[units->count++] = exponent_of(found);
    }
}
