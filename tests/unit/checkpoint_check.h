/* checkpoint_check.h - a small model, and all else that is in a checkpoint, for the tests of
 * checkpoint files and of their folder. */
#ifndef OC_TESTS_CHECKPOINT_CHECK_H
#define OC_TESTS_CHECKPOINT_CHECK_H

#include "harness.h"

#include "storage/checkpoint.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const char recipe[] = "model: lenet\n# \xc3\xa4\n";

/* A small model: four tensors of ranks 4, 1, 1 and 0. */
typedef struct model {
    float weight[2 * 3 * 2 * 2], bias[2], running[2], scalar[1];
    oc_named_tensor tensors[4];
} model;

static void fill_model(model *of, float start)
{
    float *blocks[] = {of->weight, of->bias, of->running, of->scalar};
    const size_t counts[] = {24, 2, 2, 1};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < counts[i]; k++)
            blocks[i][k] = start += 0.37f;
    of->tensors[0] =
        (oc_named_tensor){"parameters", "conv1.weight", {of->weight, oc_shape4(2, 3, 2, 2)}};
    of->tensors[1] = (oc_named_tensor){"parameters", "conv1.bias", {of->bias, oc_shape1(2)}};
    of->tensors[2] = (oc_named_tensor){"state", "norm1.mean", {of->running, oc_shape1(2)}};
    of->tensors[3] = (oc_named_tensor){"optimizer/momentum", "conv1.weight", {of->scalar, {0}}};
}

static int same_model(const model *a, const model *b)
{
    return memcmp(a->weight, b->weight, sizeof a->weight) == 0 &&
           memcmp(a->bias, b->bias, sizeof a->bias) == 0 &&
           memcmp(a->running, b->running, sizeof a->running) == 0 && a->scalar[0] == b->scalar[0];
}

static double means[2] = {1 / 3.0, 1.7e9}, deviations[2] = {0.1, 2.0};
static char cat[] = "cat", longer[] = "a longer name", nothing[] = "";
static char *class_names[3] = {cat, longer, nothing};

static oc_schema some_schema(void)
{
    return (oc_schema){.channels = 2,
                       .height = 28,
                       .width = 31,
                       .classes = 3,
                       .mean = means,
                       .deviation = deviations,
                       .values = OC_VALUES_NUMBERS,
                       .class_names = class_names};
}

static oc_checkpoint_info some_info(uint64_t step)
{
    return (oc_checkpoint_info){
        .step = step,
        .planned_steps = 100000,
        .decision = {step / 2, 99999, 6.5, 0.25},
        .learning_rate = 0.125,
        .steps_per_epoch = 468,
        .seed = UINT64_MAX,
        .ranks = 3,
        .shards = 24,
        .data_digest = {0x0123456789abcdefu, 0x00000000000000f0u},
        .weights_hash = {1, UINT64_MAX},
        .seconds = 1.0 / 3,
        .best_accuracy = -1,
        .test_accuracy = 0.99,
        .test_loss = NAN, /* on the way to diverging, and still saved */
        .epoch_loss_sum = 1e300,
        .epoch_correct = 12,
        .epoch_count = 96,
        .evaluated_step = UINT64_MAX,
        .wall_seconds = 7.25,
        .plateau_best = 0.5,
        .early_best = NAN,
        .plateau_bad = 3,
        .plateau_cooldown = 2,
        .early_bad = 1,
    };
}

#endif
