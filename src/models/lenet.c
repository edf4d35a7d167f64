/* lenet.c - LeNet as Caffe ships it (examples/mnist/lenet_train_test.prototxt), the network
 * of Smith's papers: 431,080 parameters on 28x28 grey images with 10 classes. */
#include "models/model_private.h"

oc_status oc_model_lenet(oc_network *network, const oc_model_config *config, int depth, int classes)
{
    (void)depth;
    const oc_layer_config norm = oc_batch_norm_config();
    const oc_layer_config pool = {.kernel = {2, 2}, .stride = {2, 2}};
    const int bare = !config->batch_norm;
    const oc_layer_row rows[] = {
        {OC_LAYER_CONV2D, "conv1", {.channels = 20, .kernel = {5, 5}, .stride = {1, 1}}, 0},
        {OC_LAYER_BATCH_NORM, "bn1", norm, bare},
        {OC_LAYER_MAX_POOL, "pool1", pool, 0},
        {OC_LAYER_CONV2D, "conv2", {.channels = 50, .kernel = {5, 5}, .stride = {1, 1}}, 0},
        {OC_LAYER_BATCH_NORM, "bn2", norm, bare},
        {OC_LAYER_MAX_POOL, "pool2", pool, 0},
        {OC_LAYER_FLATTEN, "flatten", {0}, 0},
        {OC_LAYER_LINEAR, "fc1", {.channels = 500}, 0},
        {OC_LAYER_BATCH_NORM, "bn3", norm, bare},
        {OC_LAYER_RELU, "relu1", {0}, 0},
        {OC_LAYER_DROPOUT, "dropout", {.probability = config->dropout}, config->dropout == 0},
        {OC_LAYER_LINEAR, "fc2", {.channels = classes}, 0},
    };
    return oc_network_add_rows(network, rows, sizeof rows / sizeof rows[0]);
}
