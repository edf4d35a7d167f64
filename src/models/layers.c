/* layers.c - the network that a recipe writes down layer by layer. */
#include "models/model_private.h"

oc_status oc_model_layers(oc_network *network, const oc_model_config *config, int depth,
                          int classes)
{
    (void)depth;
    oc_status status = OC_OK;
    for (int i = 0; i < config->layers && status == OC_OK; i++) {
        const oc_layer_spec *spec = &config->layer[i];
        oc_layer_config own = spec->config;
        if (spec->kind == OC_LAYER_LINEAR && own.channels == 0)
            own.channels = classes;
        status = oc_network_add_from(network, (oc_layer_kind)spec->kind, spec->name, &own,
                                     spec->from, spec->inputs);
    }
    return status;
}
