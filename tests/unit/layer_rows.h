/* layer_rows.h - the layers, shapes and configurations that layers_test.c checks. */
#ifndef OC_TESTS_LAYER_ROWS_H
#define OC_TESTS_LAYER_ROWS_H

#include "layers/layer.h"

typedef enum values {
    NORMAL, /* standard normal */
    SPACED  /* all different by far more than the step, none near 0: no kink is crossed */
} values;

typedef struct check {
    oc_layer_kind kind;
    int n;
    oc_shape in;
    oc_layer_config config;
    values x;
    double step, tolerance; /* tolerance: relative to the largest gradient of the tensor */
    oc_shape more[2];       /* further inputs; rank 0: none */
} check;

#define LINEAR_STEP .step = 0.25, .tolerance = 2e-4
#define WINOGRAD_STEP .step = 0.25, .tolerance = 1e-3 /* F(4x4, 3x3) keeps a digit less */
#define CURVED_STEP .step = 0.02, .tolerance = 3e-3
#define KINK_STEP .step = 0.02, .tolerance = 2e-4

/* clang-format off */
static const check rows[] = {
    {OC_LAYER_CONV2D, 2, {3, {1, 5, 5}, 0}, {.channels = 1, .kernel = {5, 5}, .stride = {1, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONV2D, 3, {3, {3, 7, 6}, 0}, {.channels = 4, .kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONV2D, 2, {3, {2, 9, 8}, 0}, {.channels = 5, .kernel = {3, 2}, .stride = {2, 3}, .pad = {0, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONV2D, 2, {3, {2, 4, 5}, 0}, {.channels = 3, .kernel = {5, 1}, .stride = {1, 2}, .pad = {2, 0}, .no_bias = 1}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONV2D, 3, {3, {5, 3, 4}, 0}, {.channels = 7, .kernel = {1, 1}, .stride = {1, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONV2D, 9, {3, {3, 8, 8}, 0}, {.channels = 2, .kernel = {5, 5}, .stride = {1, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONV2D, 1, {3, {2, 3, 3}, 0}, {.channels = 3, .kernel = {1, 1}, .stride = {2, 2}, .pad = {1, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONV2D, 3, {3, {3, 7, 6}, 0}, {.channels = 4, .kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1}, .algorithm = OC_CONV_WINOGRAD}, NORMAL, WINOGRAD_STEP},
    {OC_LAYER_CONV2D, 2, {3, {17, 5, 9}, 0}, {.channels = 9, .kernel = {3, 3}, .stride = {1, 1}, .algorithm = OC_CONV_WINOGRAD}, NORMAL, WINOGRAD_STEP},
    {OC_LAYER_CONV2D, 2, {3, {20, 3, 4}, 0}, {.channels = 17, .kernel = {2, 2}, .stride = {1, 1}, .pad = {1, 0}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONV2D, 2, {3, {17, 2, 3}, 0}, {.channels = 33, .kernel = {1, 1}, .stride = {1, 2}, .no_bias = 1}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONV2D, 1, {3, {33, 4, 3}, 0}, {.channels = 20, .kernel = {3, 3}, .stride = {2, 1}, .pad = {1, 1}, .algorithm = OC_CONV_IM2COL}, NORMAL, LINEAR_STEP},
    {OC_LAYER_LINEAR, 3, {1, {7}, 0}, {.channels = 5}, NORMAL, LINEAR_STEP},
    {OC_LAYER_LINEAR, 1, {1, {1}, 0}, {.channels = 1}, NORMAL, LINEAR_STEP},
    {OC_LAYER_LINEAR, 5, {1, {19}, 0}, {.channels = 11, .no_bias = 1}, NORMAL, LINEAR_STEP},
    {OC_LAYER_BATCH_NORM, 5, {1, {3}, 0}, {.epsilon = 1e-5, .rate = 0.1}, NORMAL, CURVED_STEP},
    {OC_LAYER_BATCH_NORM, 3, {3, {4, 3, 5}, 0}, {.epsilon = 1e-5, .rate = 0.1}, NORMAL, CURVED_STEP},
    {OC_LAYER_BATCH_NORM, 7, {3, {1, 1, 1}, 0}, {.epsilon = 0.5, .rate = 1}, NORMAL, CURVED_STEP},
    {OC_LAYER_BATCH_NORM, 2, {3, {20, 2, 3}, 0}, {.epsilon = 1e-5, .rate = 0.1}, NORMAL, CURVED_STEP},
    {OC_LAYER_BATCH_NORM, 3, {3, {33, 1, 3}, 0}, {.epsilon = 0.1, .rate = 0.1}, NORMAL, CURVED_STEP},
    {OC_LAYER_BATCH_NORM, 3, {1, {17}, 0}, {.epsilon = 0.1, .rate = 0.1}, NORMAL, CURVED_STEP},
    {OC_LAYER_RELU, 3, {1, {13}, 0}, {0}, SPACED, KINK_STEP},
    {OC_LAYER_RELU, 2, {3, {2, 3, 5}, 0}, {0}, SPACED, KINK_STEP},
    {OC_LAYER_RELU, 2, {3, {17, 2, 3}, 0}, {0}, SPACED, KINK_STEP},
    {OC_LAYER_MAX_POOL, 2, {3, {20, 4, 3}, 0}, {.kernel = {2, 2}, .stride = {2, 1}, .pad = {0, 1}}, SPACED, KINK_STEP},
    {OC_LAYER_MAX_POOL, 1, {3, {33, 3, 3}, 0}, {.kernel = {3, 2}, .stride = {2, 2}, .ceil_mode = 1}, SPACED, KINK_STEP},
    {OC_LAYER_MAX_POOL, 2, {3, {2, 6, 8}, 0}, {.kernel = {2, 2}, .stride = {2, 2}}, SPACED, KINK_STEP},
    {OC_LAYER_MAX_POOL, 2, {3, {2, 7, 5}, 0}, {.kernel = {2, 2}, .stride = {2, 2}}, SPACED, KINK_STEP},
    {OC_LAYER_MAX_POOL, 2, {3, {2, 7, 6}, 0}, {.kernel = {3, 2}, .stride = {1, 2}, .pad = {1, 1}}, SPACED, KINK_STEP},
    {OC_LAYER_MAX_POOL, 1, {3, {3, 5, 5}, 0}, {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}}, SPACED, KINK_STEP},
    {OC_LAYER_AVG_POOL, 2, {3, {17, 3, 4}, 0}, {.kernel = {2, 2}, .stride = {1, 2}, .pad = {1, 0}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_AVG_POOL, 1, {3, {33, 4, 4}, 0}, {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = 1}, NORMAL, LINEAR_STEP},
    {OC_LAYER_AVG_POOL, 2, {3, {2, 6, 4}, 0}, {.kernel = {2, 2}, .stride = {2, 2}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_AVG_POOL, 2, {3, {3, 5, 7}, 0}, {.kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_AVG_POOL, 2, {3, {3, 4, 3}, 0}, {.kernel = {4, 3}, .stride = {1, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_FLATTEN, 3, {3, {2, 3, 4}, 0}, {0}, NORMAL, LINEAR_STEP},
    {OC_LAYER_FLATTEN, 2, {3, {20, 2, 3}, 0}, {0}, NORMAL, LINEAR_STEP},
    {OC_LAYER_FLATTEN, 2, {3, {33, 1, 1}, 0}, {0}, NORMAL, LINEAR_STEP},
    {OC_LAYER_FLATTEN, 2, {3, {32, 1, 1}, 0}, {0}, NORMAL, LINEAR_STEP},
    {OC_LAYER_DROPOUT, 2, {3, {33, 2, 3}, 0}, {.probability = 0.4}, NORMAL, LINEAR_STEP},
    {OC_LAYER_DROPOUT, 3, {1, {21}, 0}, {.probability = 0.4}, NORMAL, LINEAR_STEP},
    {OC_LAYER_DROPOUT, 2, {3, {2, 3, 3}, 0}, {0}, NORMAL, LINEAR_STEP},
    {OC_LAYER_ADD, 2, {3, {2, 3, 5}, 0}, {0}, NORMAL, LINEAR_STEP, .more = {{3, {2, 3, 5}, 0}}},
    {OC_LAYER_ADD, 2, {3, {17, 2, 3}, 0}, {0}, NORMAL, LINEAR_STEP, .more = {{3, {17, 2, 3}, 0}, {3, {17, 2, 3}, 0}}},
    {OC_LAYER_ADD, 3, {1, {7}, 0}, {0}, NORMAL, LINEAR_STEP, .more = {{1, {7}, 0}, {1, {7}, 0}}},
    {OC_LAYER_MAX_POOL, 2, {3, {2, 7, 5}, 0}, {.kernel = {2, 2}, .stride = {2, 2}, .ceil_mode = 1}, SPACED, KINK_STEP},
    {OC_LAYER_MAX_POOL, 2, {3, {2, 8, 6}, 0}, {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = 1}, SPACED, KINK_STEP},
    {OC_LAYER_AVG_POOL, 2, {3, {2, 8, 7}, 0}, {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = 1}, NORMAL, LINEAR_STEP},
    {OC_LAYER_AVG_POOL, 2, {3, {2, 6, 5}, 0}, {.kernel = {3, 2}, .stride = {2, 3}, .pad = {1, 1}, .ceil_mode = 1}, NORMAL, LINEAR_STEP},
    {OC_LAYER_CONCAT, 2, {3, {2, 3, 5}, 0}, {0}, NORMAL, LINEAR_STEP, .more = {{3, {1, 3, 5}, 0}, {3, {4, 3, 5}, 0}}},
    {OC_LAYER_CONCAT, 2, {3, {17, 2, 3}, 0}, {0}, NORMAL, LINEAR_STEP, .more = {{3, {20, 2, 3}, 0}, {3, {33, 2, 3}, 0}}},
    {OC_LAYER_CONCAT, 2, {3, {32, 3, 1}, 0}, {0}, NORMAL, LINEAR_STEP, .more = {{3, {20, 3, 1}, 0}, {3, {16, 3, 1}, 0}}},
    {OC_LAYER_CONCAT, 2, {3, {8, 2, 3}, 0}, {0}, NORMAL, LINEAR_STEP, .more = {{3, {24, 2, 3}, 0}}},
    {OC_LAYER_CONCAT, 3, {1, {5}, 0}, {0}, NORMAL, LINEAR_STEP, .more = {{1, {2}, 0}}},
    {OC_LAYER_PAD_CHANNELS, 2, {3, {3, 6, 5}, 0}, {.channels = 8, .stride = {2, 2}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_PAD_CHANNELS, 2, {3, {2, 3, 7}, 0}, {.channels = 2, .stride = {1, 3}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_PAD_CHANNELS, 2, {3, {16, 3, 4}, 0}, {.channels = 32, .stride = {2, 2}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_PAD_CHANNELS, 2, {3, {20, 3, 2}, 0}, {.channels = 33, .stride = {1, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_PAD_CHANNELS, 1, {3, {17, 3, 3}, 0}, {.channels = 49, .stride = {2, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_PAD_CHANNELS, 1, {3, {33, 2, 2}, 0}, {.channels = 97, .stride = {1, 1}}, NORMAL, LINEAR_STEP},
    {OC_LAYER_SCALE, 2, {3, {20, 3, 2}, 0}, {.factor = 2}, NORMAL, LINEAR_STEP},
    {OC_LAYER_SCALE, 3, {1, {11}, 0}, {.factor = 0.125}, NORMAL, LINEAR_STEP},
    {OC_LAYER_SCALE, 2, {3, {2, 3, 2}, 0}, {.factor = -3}, NORMAL, LINEAR_STEP},
    {OC_LAYER_GLOBAL_AVG_POOL, 3, {3, {4, 3, 5}, 0}, {0}, NORMAL, LINEAR_STEP},
    {OC_LAYER_GLOBAL_AVG_POOL, 3, {3, {33, 2, 2}, 0}, {0}, NORMAL, LINEAR_STEP},
    {OC_LAYER_GLOBAL_MAX_POOL, 2, {3, {20, 2, 3}, 0}, {0}, SPACED, KINK_STEP},
    {OC_LAYER_GLOBAL_MAX_POOL, 3, {3, {4, 3, 5}, 0}, {0}, SPACED, KINK_STEP},
    {OC_LAYER_LOCAL_RESPONSE_NORM, 2, {3, {7, 3, 2}, 0}, {.size = 5, .alpha = 2, .beta = 0.75, .k = 1}, NORMAL, CURVED_STEP},
    {OC_LAYER_LOCAL_RESPONSE_NORM, 2, {3, {3, 4, 5}, 0}, {.size = 3, .alpha = 1.5, .beta = 0.75, .k = 2, .within_channel = 1}, NORMAL, CURVED_STEP},
    {OC_LAYER_LOCAL_RESPONSE_NORM, 1, {3, {2, 2, 3}, 0}, {.size = 7, .alpha = 3, .beta = 1.25, .k = 1}, NORMAL, CURVED_STEP},
    {OC_LAYER_LOCAL_RESPONSE_NORM, 1, {3, {33, 2, 2}, 0}, {.size = 5, .alpha = 2, .beta = 0.75, .k = 1}, NORMAL, CURVED_STEP},
    {OC_LAYER_LOCAL_RESPONSE_NORM, 1, {3, {20, 3, 2}, 0}, {.size = 41, .alpha = 2, .beta = 0.5, .k = 1}, NORMAL, CURVED_STEP},
    {OC_LAYER_LOCAL_RESPONSE_NORM, 1, {3, {17, 4, 5}, 0}, {.size = 3, .alpha = 1.5, .beta = 0.75, .k = 1, .within_channel = 1}, NORMAL, CURVED_STEP},
    {OC_LAYER_LOCAL_RESPONSE_NORM, 1, {3, {20, 3, 2}, 0}, {.size = 7, .alpha = 1.5, .beta = 1, .k = 1, .within_channel = 1}, NORMAL, CURVED_STEP},
    {OC_LAYER_GROUP_NORM, 2, {3, {33, 2, 3}, 0}, {.groups = 3, .epsilon = 1e-5}, NORMAL, CURVED_STEP},
    {OC_LAYER_GROUP_NORM, 2, {3, {20, 2, 3}, 0}, {.groups = 5, .epsilon = 1e-5}, NORMAL, CURVED_STEP},
    {OC_LAYER_GROUP_NORM, 2, {3, {17, 3, 3}, 0}, {.groups = 1, .epsilon = 1e-5}, NORMAL, CURVED_STEP},
    {OC_LAYER_GROUP_NORM, 3, {1, {33}, 0}, {.groups = 11, .epsilon = 0.1}, NORMAL, CURVED_STEP},
    {OC_LAYER_GROUP_NORM, 3, {3, {6, 3, 4}, 0}, {.groups = 3, .epsilon = 1e-5}, NORMAL, CURVED_STEP},
    {OC_LAYER_GROUP_NORM, 2, {1, {12}, 0}, {.groups = 2, .epsilon = 1e-5}, NORMAL, CURVED_STEP},
    {OC_LAYER_GROUP_NORM, 2, {3, {4, 3, 3}, 0}, {.groups = 4, .epsilon = 0.1}, NORMAL, CURVED_STEP},
    {OC_LAYER_LEAKY_RELU, 2, {3, {2, 3, 5}, 0}, {.factor = 0.1}, SPACED, KINK_STEP},
    {OC_LAYER_LEAKY_RELU, 2, {3, {17, 3, 2}, 0}, {.factor = 0.25}, SPACED, KINK_STEP},
    {OC_LAYER_LEAKY_RELU, 2, {1, {9}, 0}, {.factor = 0}, SPACED, KINK_STEP},
    {OC_LAYER_GELU, 3, {1, {17}, 0}, {0}, NORMAL, CURVED_STEP},
    {OC_LAYER_GELU, 2, {3, {20, 2, 3}, 0}, {0}, NORMAL, CURVED_STEP},
    {OC_LAYER_SILU, 2, {3, {33, 2, 2}, 0}, {0}, NORMAL, CURVED_STEP},
    {OC_LAYER_SILU, 3, {1, {17}, 0}, {0}, NORMAL, CURVED_STEP},
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof rows[0], MOST_SAMPLES = 9 };

#endif
