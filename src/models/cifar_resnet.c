/* cifar_resnet.c - the residual networks for CIFAR of He et al. 2015, section 4.2: three stages of
 * n = (depth - 2) / 6 blocks of two 3x3 convolutions with 16, 32 and 64 channels. Shortcuts have
 * no parameters (option A). On 3x32x32 images with 10 classes depth 20 has 269,722 parameters
 * and 40,551,040 multiply-adds, depth 56 has 853,018 and 125,485,696. */
#include "models/model_private.h"

#include <stdio.h>

static oc_status add_block(oc_network *network, const char *prefix, int channels, int stride,
                           int zero_gamma)
{
    const int input = oc_network_last(network);
    const oc_layer_row body[] = {
        {OC_LAYER_CONV2D, "conv1", oc_conv_config(channels, 3, stride), 0},
        {OC_LAYER_BATCH_NORM, "bn1", oc_batch_norm_config(), 0},
        {OC_LAYER_RELU, "relu1", {0}, 0},
        {OC_LAYER_CONV2D, "conv2", oc_conv_config(channels, 3, 1), 0},
        {OC_LAYER_BATCH_NORM, "bn2", oc_last_batch_norm_config(zero_gamma), 0},
    };
    const oc_layer_config pad = {.channels = channels, .stride = {stride, stride}};
    const oc_layer_row shortcut = {OC_LAYER_PAD_CHANNELS, "pad", pad,
                                   channels == network->layer[input].out.dim[0]};
    const oc_layer_row relu = {OC_LAYER_RELU, "relu2", {0}, 0};
    oc_status status =
        oc_network_add_branch(network, input, prefix, body, sizeof body / sizeof body[0]);
    const int body_end = oc_network_last(network);
    if (status == OC_OK)
        status = oc_network_add_branch(network, input, prefix, &shortcut, 1);
    const int shortcut_end = shortcut.skip ? input : oc_network_last(network);
    if (status == OC_OK)
        status = oc_network_add_sum(network, prefix, body_end, shortcut_end);
    return status == OC_OK
               ? oc_network_add_branch(network, oc_network_last(network), prefix, &relu, 1)
               : status;
}

oc_status oc_model_cifar_resnet(oc_network *network, const oc_model_config *config, int depth,
                                int classes)
{
    const int blocks = (depth - 2) / 6;
    const oc_layer_row first[] = {
        {OC_LAYER_CONV2D, "conv", oc_conv_config(16, 3, 1), 0},
        {OC_LAYER_BATCH_NORM, "bn", oc_batch_norm_config(), 0},
        {OC_LAYER_RELU, "relu", {0}, 0},
    };
    const oc_layer_row last[] = {
        {OC_LAYER_GLOBAL_AVG_POOL, "pool", {0}, 0},
        {OC_LAYER_LINEAR, "fc", {.channels = classes, .initial = OC_INITIAL_HE}, 0},
    };
    oc_status status = oc_network_add_rows(network, first, sizeof first / sizeof first[0]);
    for (int stage = 0; stage < 3; stage++)
        for (int block = 0; block < blocks && status == OC_OK; block++) {
            char prefix[OC_LAYER_NAME];
            snprintf(prefix, sizeof prefix, "s%db%d_", stage + 1, block + 1);
            status = add_block(network, prefix, 16 << stage, stage > 0 && block == 0 ? 2 : 1,
                               config->zero_gamma);
        }
    return status == OC_OK ? oc_network_add_rows(network, last, sizeof last / sizeof last[0])
                           : status;
}
