/* resnet9.c - the small residual network of D. Page's DAWNBench entry for CIFAR-10 ("How to
 * train your ResNet", 2018): 6,573,120 parameters and 379,261,952 multiply-adds on 3x32x32 images
 * with 10 classes. Weights begin as PyTorch's, the last layer has no bias, and the outputs are
 * scaled by 1/8. */
#include "models/model_private.h"

/* Convolution, batch-norm, relu and a pool after some. */
static oc_status add_unit(oc_network *network, const char *prefix, int channels, int pooled)
{
    oc_layer_config conv = oc_conv_config(channels, 3, 1);
    conv.initial = OC_INITIAL_UNIFORM;
    const oc_layer_row rows[] = {
        {OC_LAYER_CONV2D, "_conv", conv, 0},
        {OC_LAYER_BATCH_NORM, "_bn", oc_batch_norm_config(), 0},
        {OC_LAYER_RELU, "_relu", {0}, 0},
        {OC_LAYER_MAX_POOL, "_pool", {.kernel = {2, 2}, .stride = {2, 2}}, !pooled},
    };
    return oc_network_add_branch(network, oc_network_last(network), prefix, rows,
                                 sizeof rows / sizeof rows[0]);
}

oc_status oc_model_resnet9(oc_network *network, const oc_model_config *config, int depth,
                           int classes)
{
    (void)config;
    (void)depth;
    static const struct {
        const char *prefix;
        int channels, pooled;
        const char *sum; /* here ends a branch that began two units before */
    } units[] = {
        {"prep", 64, 0, NULL},         {"layer1", 128, 1, NULL},      {"res1a", 128, 0, NULL},
        {"res1b", 128, 0, "res1_add"}, {"layer2", 256, 1, NULL},      {"layer3", 512, 1, NULL},
        {"res3a", 512, 0, NULL},       {"res3b", 512, 0, "res3_add"},
    };
    oc_status status = OC_OK;
    int ends[2] = {OC_NETWORK_INPUT, OC_NETWORK_INPUT}; /* of the two units before */
    for (size_t i = 0; i < sizeof units / sizeof units[0] && status == OC_OK; i++) {
        status = add_unit(network, units[i].prefix, units[i].channels, units[i].pooled);
        if (status == OC_OK && units[i].sum) {
            const int from[] = {oc_network_last(network), ends[0]};
            status = oc_network_add_from(network, OC_LAYER_ADD, units[i].sum, NULL, from, 2);
        }
        ends[0] = ends[1];
        ends[1] = oc_network_last(network);
    }
    const oc_layer_row rows[] = {
        {OC_LAYER_GLOBAL_MAX_POOL, "pool", {0}, 0},
        {OC_LAYER_LINEAR, "fc", {.channels = classes, .no_bias = 1}, 0},
        {OC_LAYER_SCALE, "scale", {.factor = 0.125}, 0},
    };
    return status == OC_OK ? oc_network_add_rows(network, rows, sizeof rows / sizeof rows[0])
                           : status;
}
