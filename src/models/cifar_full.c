/* cifar_full.c - the network of Caffe's examples/cifar10/cifar10_full_train_test.prototxt, on
 * which Smith's papers show cyclical learning rates: 89,578 parameters on 3x32x32 images with 10
 * classes. Initial weights are PyTorch's; scripts/reproduce/recipes/clr-fixed.yaml has the
 * network with Caffe's. */
#include "models/model_private.h"

oc_status oc_model_cifar_full(oc_network *network, const oc_model_config *config, int depth,
                              int classes)
{
    (void)config;
    (void)depth;
    const oc_layer_config conv = {
        .channels = 32, .kernel = {5, 5}, .stride = {1, 1}, .pad = {2, 2}};
    const oc_layer_config wide = {
        .channels = 64, .kernel = {5, 5}, .stride = {1, 1}, .pad = {2, 2}};
    const oc_layer_config pool = {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = 1};
    const oc_layer_config norm = {
        .size = 3, .alpha = 5e-5, .beta = 0.75, .k = 1, .within_channel = 1};
    const oc_layer_row rows[] = {
        {OC_LAYER_CONV2D, "conv1", conv, 0},
        {OC_LAYER_MAX_POOL, "pool1", pool, 0},
        {OC_LAYER_RELU, "relu1", {0}, 0},
        {OC_LAYER_LOCAL_RESPONSE_NORM, "norm1", norm, 0},
        {OC_LAYER_CONV2D, "conv2", conv, 0},
        {OC_LAYER_RELU, "relu2", {0}, 0},
        {OC_LAYER_AVG_POOL, "pool2", pool, 0},
        {OC_LAYER_LOCAL_RESPONSE_NORM, "norm2", norm, 0},
        {OC_LAYER_CONV2D, "conv3", wide, 0},
        {OC_LAYER_RELU, "relu3", {0}, 0},
        {OC_LAYER_AVG_POOL, "pool3", pool, 0},
        {OC_LAYER_FLATTEN, "flatten", {0}, 0},
        {OC_LAYER_LINEAR, "ip1", {.channels = classes}, 0},
    };
    return oc_network_add_rows(network, rows, sizeof rows / sizeof rows[0]);
}
