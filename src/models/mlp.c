/* mlp.c - multi-layer perceptron: (linear, batch-norm if asked, relu) for each hidden width,
 * then a linear layer to the classes. */
#include "models/model_private.h"

#include <stdio.h>

oc_status oc_model_mlp(oc_network *network, const oc_model_config *config, int depth, int classes)
{
    (void)depth;
    oc_status status = oc_network_add(network, OC_LAYER_FLATTEN, "flatten", NULL);
    for (int i = 0; i < config->hidden_count && status == OC_OK; i++) {
        char linear[OC_LAYER_NAME], norm[OC_LAYER_NAME], relu[OC_LAYER_NAME];
        snprintf(linear, sizeof linear, "fc%d", i + 1);
        snprintf(norm, sizeof norm, "bn%d", i + 1);
        snprintf(relu, sizeof relu, "relu%d", i + 1);
        const oc_layer_row rows[] = {
            {OC_LAYER_LINEAR, linear, {.channels = config->hidden[i]}, 0},
            {OC_LAYER_BATCH_NORM, norm, oc_batch_norm_config(), !config->batch_norm},
            {OC_LAYER_RELU, relu, {0}, 0},
        };
        status = oc_network_add_rows(network, rows, sizeof rows / sizeof rows[0]);
    }
    char last[OC_LAYER_NAME];
    snprintf(last, sizeof last, "fc%d", config->hidden_count + 1);
    const oc_layer_row rows[] = {
        {OC_LAYER_DROPOUT, "dropout", {.probability = config->dropout}, config->dropout == 0},
        {OC_LAYER_LINEAR, last, {.channels = classes}, 0},
    };
    return status == OC_OK ? oc_network_add_rows(network, rows, sizeof rows / sizeof rows[0])
                           : status;
}
