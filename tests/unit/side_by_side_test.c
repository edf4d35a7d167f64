/* side_by_side_test.c - shards that go through a network together, layer by layer, against one
 * after the other: outputs and the tree sum of their gradients, bit for bit, with as many samples
 * as make fully connected layers take them apart again. Under AddressSanitizer also that no scratch
 * memory is too small for them. */
#include "harness.h"

#include "base/random.h"
#include "models/network.h"

#include <stdlib.h>
#include <string.h>

enum { INPUTS = 40, CLASSES = 5, MOST = 32 };

static float *numbers(size_t count, uint32_t stream)
{
    float *made = aligned_alloc(64, (count + 15) / 16 * 64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    memset(made, 0, (count + 15) / 16 * 64);
    if (stream)
        oc_fill_normal(made, count, 1, stream);
    return made;
}

static oc_network *build(void)
{
    oc_network *network = NULL;
    const oc_layer_config hidden = {.channels = 17}, dropout = {.probability = 0.3},
                          last = {.channels = CLASSES};
    CU_ASSERT_EQUAL_FATAL(oc_network_create(&network, oc_shape3(1, 5, 8)), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_FLATTEN, "flatten", NULL), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_LINEAR, "fc1", &hidden), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_RELU, "relu", NULL), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_DROPOUT, "dropout", &dropout), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_network_add(network, OC_LAYER_LINEAR, "fc2", &last), OC_OK);
    return network;
}

/* Of shards side by side every gradient arrives once: of all, or of each in rising order, which are
 * then added as the reduction does. */
typedef struct tree {
    float *sum[MOST]; /* of each shard */
    int count, wrong;
    int next; /* shard whose part comes next */
} tree;

static void ready(void *data, int shard, size_t first, size_t count, int added)
{
    tree *t = data;
    t->wrong += added;
    if (shard == OC_ALL_SHARDS) {
        t->wrong += t->next != 0;
        return;
    }
    t->wrong += shard != t->next;
    t->next = (t->next + 1) % t->count;
    for (int step = 1; shard == t->count - 1 && step < t->count; step *= 2)
        for (int s = 0; s < t->count; s += 2 * step)
            for (size_t i = first; i < first + count; i++)
                t->sum[s][i] += t->sum[s + step][i];
}

/* Forward, a gradient of the outputs that is made up, backward of shards [first, first + count). */
static void pass(const oc_network *network, oc_workspace *w, const oc_shard *shards, int count,
                 const float *parameters, const float *dy, float *outputs, tree *t, int first)
{
    const size_t floats = (size_t)shards[0].n * CLASSES;
    oc_gradient_place place[MOST] = {{0}};
    for (int s = 0; s < count; s++)
        place[s] = (oc_gradient_place){t->sum[first + s], NULL};
    const oc_gradient_sum sum = {
        .shard = place, .all = place[0], .ready = count > 1 ? ready : NULL, .data = t};
    oc_network_forward_shards(network, w, shards + first, count, parameters, NULL, NULL);
    for (int s = 0; s < count; s++) {
        const size_t at = (size_t)(first + s) * floats;
        memcpy(outputs + at, oc_network_outputs(network, w, s), floats * sizeof *outputs);
        memcpy(oc_network_output_gradient(network, w, s), dy + at, floats * sizeof *dy);
    }
    oc_network_backward_shards(network, w, shards + first, count, parameters, &sum);
}

static void compare(int n, int count)
{
    oc_network *network = build();
    oc_workspace one, all;
    const size_t size = network->parameter_count, rows = (size_t)n * (size_t)count;
    CU_ASSERT_EQUAL_FATAL(oc_workspace_create(&one, network, n, OC_FOR_TRAINING), OC_OK);
    CU_ASSERT_EQUAL_FATAL(
        oc_workspace_create_beside(&all, network, count, n, OC_FOR_TRAINING, NULL), OC_OK);
    float *parameters = numbers(size, 1), *images = numbers(rows * INPUTS, 2);
    float *dy = numbers(rows * CLASSES, 3);
    float *y[2] = {numbers(rows * CLASSES, 0), numbers(rows * CLASSES, 0)};
    uint32_t *sample = calloc(rows, sizeof *sample);
    CU_ASSERT_PTR_NOT_NULL_FATAL(sample);
    oc_shard shards[MOST];
    tree trees[2] = {{.count = count}, {.count = count}};
    for (size_t i = 0; i < rows; i++)
        sample[i] = (uint32_t)(7 * i);
    for (int s = 0; s < count; s++) {
        const size_t row = (size_t)s * (size_t)n;
        shards[s] = (oc_shard){.n = n,
                               .images = images + row * INPUTS,
                               .sample = sample + row,
                               .seed = 4,
                               .epoch = 2,
                               .training = 1};
        trees[0].sum[s] = numbers(size, 0);
        trees[1].sum[s] = numbers(size, 0);
    }
    for (int s = 0; s < count; s++)
        pass(network, &one, shards, 1, parameters, dy, y[0], &trees[0], s);
    trees[0].next = 0;
    for (int s = 0; s < count; s++)
        ready(&trees[0], s, 0, size, 0);
    pass(network, &all, shards, count, parameters, dy, y[1], &trees[1], 0);
    CU_ASSERT(memcmp(y[0], y[1], rows * CLASSES * sizeof **y) == 0);
    CU_ASSERT(memcmp(trees[0].sum[0], trees[1].sum[0], size * sizeof(float)) == 0);
    CU_ASSERT_EQUAL(trees[0].wrong + trees[1].wrong, 0);
    for (int s = 0; s < count; s++) {
        free(trees[0].sum[s]);
        free(trees[1].sum[s]);
    }
    float *const made[] = {parameters, images, dy, y[0], y[1]};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        free(made[i]);
    free(sample);
    oc_workspace_destroy(&one);
    oc_workspace_destroy(&all);
    oc_network_destroy(network);
}

static void same_bits(void)
{
    static const int sizes[] = {1, 9, 32, 64, 128, 129};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int count = 2; count <= MOST; count *= 2)
            compare(sizes[i], count);
}

/* 1024 samples together at most, and no more than 128 of a shard. */
static void how_many(void)
{
    oc_network *network = build();
    const oc_layer *flatten = &network->layer[0], *fc1 = &network->layer[1];
    CU_ASSERT_EQUAL(oc_layer_side_by_side(flatten, 32), 1);
    if (fc1->dense) {
        CU_ASSERT_EQUAL(oc_layer_side_by_side(fc1, 1), 32);
        CU_ASSERT_EQUAL(oc_layer_side_by_side(fc1, 32), 32);
        CU_ASSERT_EQUAL(oc_layer_side_by_side(fc1, 33), 16);
        CU_ASSERT_EQUAL(oc_layer_side_by_side(fc1, 128), 8);
        CU_ASSERT_EQUAL(oc_layer_side_by_side(fc1, 129), 1);
    }
    oc_network_destroy(network);
}

static const oc_case cases[] = {
    {"the bits of one shard after the other", same_bits},
    {"how many at once", how_many},
};

int main(void)
{
    return OC_RUN_CASES("side_by_side", cases);
}
