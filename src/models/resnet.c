/* resnet.c - the residual networks for ImageNet of He et al. 2015, table 1, as torchvision has
 * them (shortcuts by projection, option B; in bottlenecks the 3x3 convolution has the stride).
 * On 3x224x224 images with 1000 classes depth 18 has 11,689,512 parameters and 1,814,073,344
 * multiply-adds. */
#include "models/model_private.h"

#include <stdio.h>

enum { STAGES = 4 };

static const struct family {
    int depth;
    int bottleneck; /* 1x1, 3x3 and 1x1 with four times the channels; else two of 3x3 */
    int blocks[STAGES];
} families[] = {
    {18, 0, {2, 2, 2, 2}},
    {34, 0, {3, 4, 6, 3}},
    {50, 1, {3, 4, 6, 3}},
};

/* The layers of a block up to where the shortcut is added. */
static oc_status add_body(oc_network *network, const char *prefix, int bottleneck, int channels,
                          int stride, int zero_gamma)
{
    const oc_layer_config norm = oc_batch_norm_config(), none = {0};
    const oc_layer_config last = oc_last_batch_norm_config(zero_gamma);
    const oc_layer_config first =
        bottleneck ? oc_conv_config(channels, 1, 1) : oc_conv_config(channels, 3, stride);
    const oc_layer_config second = oc_conv_config(channels, 3, bottleneck ? stride : 1);
    const oc_layer_row rows[] = {
        {OC_LAYER_CONV2D, "conv1", first, 0},
        {OC_LAYER_BATCH_NORM, "bn1", norm, 0},
        {OC_LAYER_RELU, "relu1", none, 0},
        {OC_LAYER_CONV2D, "conv2", second, 0},
        {OC_LAYER_BATCH_NORM, "bn2", bottleneck ? norm : last, 0},
        {OC_LAYER_RELU, "relu2", none, !bottleneck},
        {OC_LAYER_CONV2D, "conv3", oc_conv_config(4 * channels, 1, 1), !bottleneck},
        {OC_LAYER_BATCH_NORM, "bn3", last, !bottleneck},
    };
    return oc_network_add_branch(network, oc_network_last(network), prefix, rows,
                                 sizeof rows / sizeof rows[0]);
}

static oc_status add_block(oc_network *network, const char *prefix, int bottleneck, int channels,
                           int stride, int zero_gamma)
{
    const int input = oc_network_last(network);
    const int outputs = bottleneck ? 4 * channels : channels;
    const int same = stride == 1 && network->layer[input].out.dim[0] == outputs;
    const oc_layer_row projection[] = {
        {OC_LAYER_CONV2D, "project", oc_conv_config(outputs, 1, stride), same},
        {OC_LAYER_BATCH_NORM, "project_bn", oc_batch_norm_config(), same},
    };
    const oc_layer_row relu = {OC_LAYER_RELU, "relu", {0}, 0};
    oc_status status = add_body(network, prefix, bottleneck, channels, stride, zero_gamma);
    const int body_end = oc_network_last(network);
    if (status == OC_OK)
        status = oc_network_add_branch(network, input, prefix, projection, 2);
    const int shortcut_end = same ? input : oc_network_last(network);
    if (status == OC_OK)
        status = oc_network_add_sum(network, prefix, body_end, shortcut_end);
    return status == OC_OK
               ? oc_network_add_branch(network, oc_network_last(network), prefix, &relu, 1)
               : status;
}

oc_status oc_model_resnet(oc_network *network, const oc_model_config *config, int depth,
                          int classes)
{
    const struct family *family = families;
    while (family->depth != depth) /* models.def names no other */
        family++;
    const oc_layer_config pool = {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}};
    const oc_layer_row first[] = {
        {OC_LAYER_CONV2D, "conv", oc_conv_config(64, 7, 2), 0},
        {OC_LAYER_BATCH_NORM, "bn", oc_batch_norm_config(), 0},
        {OC_LAYER_RELU, "relu", {0}, 0},
        {OC_LAYER_MAX_POOL, "pool", pool, 0},
    };
    const oc_layer_row last[] = {
        {OC_LAYER_GLOBAL_AVG_POOL, "global_pool", {0}, 0},
        {OC_LAYER_LINEAR, "fc", {.channels = classes}, 0},
    };
    oc_status status = oc_network_add_rows(network, first, sizeof first / sizeof first[0]);
    for (int stage = 0; stage < STAGES; stage++)
        for (int block = 0; block < family->blocks[stage] && status == OC_OK; block++) {
            char prefix[OC_LAYER_NAME];
            snprintf(prefix, sizeof prefix, "s%db%d_", stage + 1, block + 1);
            status = add_block(network, prefix, family->bottleneck, 64 << stage,
                               stage > 0 && block == 0 ? 2 : 1, config->zero_gamma);
        }
    return status == OC_OK ? oc_network_add_rows(network, last, sizeof last / sizeof last[0])
                           : status;
}
