/* airbench.c - the network of airbench94 (Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single
 * GPU"): 1,971,640 parameters and 118,147,360 multiply-adds on 3x32x32 images with 10 classes. The
 * first layer whitens patches of 2x2 pixels; to freeze its weights, and later its bias, is the
 * recipe's (optimizer.freeze and freeze_late). Convolutions begin as identities, batch-norm has no
 * scale, the last layer has no bias, and the outputs are scaled by 1/9. */
#include "models/model_private.h"

enum { PATCH = 2 /* pixels, of a side */ };

static oc_layer_config identity(int channels)
{
    oc_layer_config config = oc_conv_config(channels, 3, 1);
    config.initial = OC_INITIAL_DIRAC;
    return config;
}

static oc_status add_block(oc_network *network, const char *prefix, int channels)
{
    const oc_layer_config norm = {.epsilon = 1e-12, .rate = 0.4, .no_scale = 1};
    const oc_layer_row rows[] = {
        {OC_LAYER_CONV2D, "_conv1", identity(channels), 0},
        {OC_LAYER_MAX_POOL, "_pool", {.kernel = {2, 2}, .stride = {2, 2}}, 0},
        {OC_LAYER_BATCH_NORM, "_norm1", norm, 0},
        {OC_LAYER_GELU, "_gelu1", {0}, 0},
        {OC_LAYER_CONV2D, "_conv2", identity(channels), 0},
        {OC_LAYER_BATCH_NORM, "_norm2", norm, 0},
        {OC_LAYER_GELU, "_gelu2", {0}, 0},
    };
    return oc_network_add_branch(network, oc_network_last(network), prefix, rows,
                                 sizeof rows / sizeof rows[0]);
}

oc_status oc_model_airbench(oc_network *network, const oc_model_config *config, int depth,
                            int classes)
{
    (void)config;
    (void)depth;
    const oc_layer_row first[] = {
        {OC_LAYER_CONV2D,
         "whiten",
         {.channels = 2 * network->input.dim[0] * PATCH * PATCH,
          .kernel = {PATCH, PATCH},
          .stride = {1, 1},
          .initial = OC_INITIAL_WHITEN,
          .epsilon = 5e-4},
         0},
        {OC_LAYER_GELU, "gelu", {0}, 0},
    };
    const oc_layer_row last[] = {
        {OC_LAYER_MAX_POOL, "pool", {.kernel = {3, 3}, .stride = {3, 3}}, 0},
        {OC_LAYER_FLATTEN, "flatten", {0}, 0},
        {OC_LAYER_LINEAR, "fc", {.channels = classes, .no_bias = 1}, 0},
        {OC_LAYER_SCALE, "scale", {.factor = 1.0 / 9}, 0},
    };
    oc_status status = oc_network_add_rows(network, first, sizeof first / sizeof first[0]);
    if (status == OC_OK)
        status = add_block(network, "block1", 64);
    if (status == OC_OK)
        status = add_block(network, "block2", 256);
    if (status == OC_OK)
        status = add_block(network, "block3", 256);
    return status == OC_OK ? oc_network_add_rows(network, last, sizeof last / sizeof last[0])
                           : status;
}
