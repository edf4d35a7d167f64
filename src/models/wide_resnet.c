/* wide_resnet.c - wide residual networks for CIFAR (Zagoruyko and Komodakis 2016): three stages of
 * n = (depth - 4) / 6 blocks, batch-norm and relu before each convolution, `width` times 16, 32
 * and 64 channels. Where the channels change the shortcut is a 1x1 convolution of the first relu.
 * On 3x32x32 images with 10 classes depth 28, width 10 has 36,479,194 parameters. */
#include "models/model_private.h"

#include <stdio.h>

static oc_status add_block(oc_network *network, const char *prefix, int channels, int stride,
                           double dropout)
{
    const int input = oc_network_last(network);
    const int same = stride == 1 && network->layer[input].out.dim[0] == channels;
    const oc_layer_row first[] = {
        {OC_LAYER_BATCH_NORM, "bn1", oc_batch_norm_config(), 0},
        {OC_LAYER_RELU, "relu1", {0}, 0},
    };
    const oc_layer_row rest[] = {
        {OC_LAYER_CONV2D, "conv1", oc_conv_config(channels, 3, stride), 0},
        {OC_LAYER_BATCH_NORM, "bn2", oc_batch_norm_config(), 0},
        {OC_LAYER_RELU, "relu2", {0}, 0},
        {OC_LAYER_DROPOUT, "dropout", {.probability = dropout}, dropout == 0},
        {OC_LAYER_CONV2D, "conv2", oc_conv_config(channels, 3, 1), 0},
    };
    const oc_layer_row shortcut = {OC_LAYER_CONV2D, "project", oc_conv_config(channels, 1, stride),
                                   same};
    oc_status status = oc_network_add_branch(network, input, prefix, first, 2);
    const int activated = oc_network_last(network);
    if (status == OC_OK)
        status =
            oc_network_add_branch(network, activated, prefix, rest, sizeof rest / sizeof rest[0]);
    const int body_end = oc_network_last(network);
    if (status == OC_OK)
        status = oc_network_add_branch(network, activated, prefix, &shortcut, 1);
    const int shortcut_end = same ? input : oc_network_last(network);
    return status == OC_OK ? oc_network_add_sum(network, prefix, body_end, shortcut_end) : status;
}

oc_status oc_model_wide_resnet(oc_network *network, const oc_model_config *config, int depth,
                               int classes)
{
    (void)depth;
    const int blocks = (int)(config->depth - 4) / 6, width = (int)config->width;
    if (config->depth < 10 || (config->depth - 4) % 6 != 0 || config->width < 1)
        return oc_fail(OC_ERR_USAGE,
                       "model.depth: %lld with model.width %lld; expected a depth of 6 n + 4 (10, "
                       "16, 22, 28, 34, 40, ...)",
                       (long long)config->depth, (long long)config->width);
    const oc_layer_row last[] = {
        {OC_LAYER_BATCH_NORM, "bn", oc_batch_norm_config(), 0},
        {OC_LAYER_RELU, "relu", {0}, 0},
        {OC_LAYER_GLOBAL_AVG_POOL, "pool", {0}, 0},
        {OC_LAYER_LINEAR, "fc", {.channels = classes, .initial = OC_INITIAL_HE}, 0},
    };
    const oc_layer_config conv = oc_conv_config(16, 3, 1);
    oc_status status = oc_network_add(network, OC_LAYER_CONV2D, "conv", &conv);
    for (int stage = 0; stage < 3; stage++)
        for (int block = 0; block < blocks && status == OC_OK; block++) {
            char prefix[OC_LAYER_NAME];
            snprintf(prefix, sizeof prefix, "s%db%d_", stage + 1, block + 1);
            status = add_block(network, prefix, (16 << stage) * width,
                               stage > 0 && block == 0 ? 2 : 1, config->dropout);
        }
    return status == OC_OK ? oc_network_add_rows(network, last, sizeof last / sizeof last[0])
                           : status;
}
