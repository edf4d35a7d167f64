/* order_test.c - the order of an epoch: every sample once, whatever the sizes; windows and blocks
 * hold together what they promise; small sets keep the sampler's order. And selections. */
#include "data/loader/order.h"
#include "data/loader/sampler.h"
#include "data/loader/selection.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Samples of the epoch that do not come exactly once. */
static uint32_t wrong_counts(const oc_order *order, uint32_t epoch)
{
    unsigned char *seen = calloc(order->count, 1);
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < order->count; i++) {
        const uint32_t sample = oc_order_at(order, epoch, i);
        if (sample < order->count)
            seen[sample] = seen[sample] ? 2 : 1;
    }
    for (uint32_t i = 0; i < order->count; i++)
        wrong += seen[i] != 1;
    free(seen);
    return wrong;
}

static void every_sample_once(void)
{
    static const struct {
        uint32_t count;
        size_t bytes;
        uint64_t window;
    } sizes[] = {
        {1, 1, 0},           {2, 1 << 20, 0},          {17, 1 << 20, 1 << 20},
        {17, 3 << 20, 1},    {1000, 300000, 1 << 22},  {1001, 300000, 1 << 22},
        {1000, 349526, 5e6}, {10007, 100000, 1 << 24}, {4096, 1 << 18, 1 << 25},
        {4097, 1 << 18, 3},  {50000, 3072, 32 << 20},  {341 * 7 + 1, 3072, 1 << 20},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (uint32_t epoch = 0; epoch < 5; epoch++) {
            const oc_order order =
                oc_order_make(42 + epoch, sizes[i].count, sizes[i].bytes, sizes[i].window);
            const uint32_t wrong = wrong_counts(&order, epoch);
            CU_ASSERT_EQUAL(wrong, 0);
            if (wrong)
                printf("size %zu, epoch %u: %u samples not once\n", i, epoch, wrong);
        }
}

static void a_small_set_keeps_the_samplers_order(void)
{
    const oc_order order = oc_order_make(5, 60000, 784, (uint64_t)60000 * 784);
    CU_ASSERT_EQUAL(order.blocks, 0);
    int differ = 0;
    for (uint32_t i = 0; i < 60000; i++)
        differ += oc_order_at(&order, 3, i) != oc_sampler_at(5, 3, 60000, i);
    CU_ASSERT_EQUAL(differ, 0);
    CU_ASSERT_NOT_EQUAL(oc_order_make(5, 60001, 784, (uint64_t)60000 * 784).blocks, 0);
}

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Any stretch a little shorter than a window touches at most two windows' blocks. */
static void a_window_needs_few_blocks(void)
{
    enum { COUNT = 40000, BYTES = 8192, BLOCK = 128, OF_WINDOW = 16, STRETCH = 14 * BLOCK };
    const oc_order order = oc_order_make(7, COUNT, BYTES, OF_WINDOW << 20);
    CU_ASSERT_EQUAL(order.block, BLOCK);
    uint32_t *blocks = malloc(STRETCH * sizeof *blocks);
    int differ_between_epochs = 0;
    for (uint32_t first = 0; first + STRETCH < COUNT; first += 1000) {
        size_t distinct = 0;
        for (uint32_t i = 0; i < STRETCH; i++) {
            blocks[i] = oc_order_at(&order, 1, first + i) / BLOCK;
            differ_between_epochs += blocks[i] != oc_order_at(&order, 2, first + i) / BLOCK;
        }
        qsort(blocks, STRETCH, sizeof *blocks, ascending);
        for (uint32_t i = 0; i < STRETCH; i++)
            distinct += i == 0 || blocks[i] != blocks[i - 1];
        CU_ASSERT(distinct > OF_WINDOW / 2);
        CU_ASSERT(distinct <= 2 * OF_WINDOW);
    }
    CU_ASSERT(differ_between_epochs > COUNT / 2);
    free(blocks);
}

/* Neighbours in the set do not stay neighbours: of a window of 16 blocks about 1 in 16 pairs of
 * neighbours in the order comes from one block. */
static void samples_of_a_window_are_mixed(void)
{
    const oc_order order = oc_order_make(11, 40000, 8192, 16 << 20);
    int same = 0;
    for (uint32_t i = 1; i < 40000; i++)
        same += oc_order_at(&order, 0, i) / 128 == oc_order_at(&order, 0, i - 1) / 128;
    CU_ASSERT(same > 40000 / 32);
    CU_ASSERT(same < 40000 / 8);
}

/* Known answers: these bits are part of every run's result. */
static void bits_stay(void)
{
    const oc_order order = oc_order_make(1, 50000, 3072, 32 << 20);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 50000; i++)
        sum = sum * 31 + oc_order_at(&order, 2, i);
    CU_ASSERT_EQUAL(sum, UINT64_C(17289728799504325684));
    if (sum != UINT64_C(17289728799504325684))
        printf("sum %llu\n", (unsigned long long)sum);
}

/* ---- selections ---- */

enum { SAMPLES = 1000, CLASSES = 5 };

/* Class c has few samples when c is small; class 3 has none. */
static void make_labels(int32_t *labels)
{
    for (int i = 0; i < SAMPLES; i++)
        labels[i] = i % 100 == 0 ? 0 : i % 10 == 1 ? 1 : i % 2 ? 2 : 4;
}

static void validation_and_training_are_a_whole(void)
{
    int32_t labels[SAMPLES];
    int seen[SAMPLES] = {0};
    make_labels(labels);
    oc_selection part[2];
    for (int p = 0; p < 2; p++) {
        const oc_selection_config config = {p ? OC_SUBSET_VALIDATION : OC_SUBSET_TRAINING, 0.2, 0,
                                            CLASSES};
        CU_ASSERT_EQUAL_FATAL(oc_selection_create(&part[p], &config, labels, SAMPLES), OC_OK);
        for (uint32_t i = 0; i < part[p].count; i++)
            seen[oc_selection_at(&part[p], 0, i)]++;
    }
    int wrong = 0;
    for (int i = 0; i < SAMPLES; i++)
        wrong += seen[i] != 1;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(part[0].count + part[1].count, SAMPLES);
    CU_ASSERT(part[1].count > 150 && part[1].count < 250);
    oc_selection_free(&part[0]);
    oc_selection_free(&part[1]);
    const oc_selection_config nothing = {OC_SUBSET_VALIDATION, 1e-9, 0, CLASSES};
    CU_ASSERT_EQUAL(oc_selection_create(&part[0], &nothing, labels, SAMPLES), OC_ERR_USAGE);
}

static void balance_brings_each_class_equally_often(void)
{
    int32_t labels[SAMPLES];
    make_labels(labels);
    const oc_selection_config config = {OC_SUBSET_ALL, 0, 1, CLASSES};
    oc_selection all;
    CU_ASSERT_EQUAL_FATAL(oc_selection_create(&all, &config, labels, SAMPLES), OC_OK);
    CU_ASSERT_EQUAL(all.classes, 4);
    int total[SAMPLES] = {0}, changed = 0;
    for (uint32_t epoch = 0; epoch < 3; epoch++) {
        int of_class[CLASSES] = {0}, of_sample[SAMPLES] = {0}, least[CLASSES], most[CLASSES] = {0};
        memset(least, 127, sizeof least);
        for (uint32_t i = 0; i < all.count; i++) {
            const uint32_t sample = oc_selection_at(&all, epoch, i);
            CU_ASSERT_FATAL(sample < SAMPLES);
            of_sample[sample]++;
            of_class[labels[sample]]++;
        }
        for (int i = 0; i < SAMPLES; i++) {
            const int32_t c = labels[i];
            least[c] = of_sample[i] < least[c] ? of_sample[i] : least[c];
            most[c] = of_sample[i] > most[c] ? of_sample[i] : most[c];
            changed += epoch > 0 && of_sample[i] * (int)epoch != total[i];
            total[i] += of_sample[i];
        }
        for (int c = 0; c < CLASSES; c++)
            if (c != 3) {
                CU_ASSERT_EQUAL(of_class[c], (int)(all.count / all.classes));
                CU_ASSERT(most[c] - least[c] <= 1);
            }
        CU_ASSERT_EQUAL(of_class[3], 0);
    }
    CU_ASSERT(changed > 0); /* the odd ones are others in each epoch */
    oc_selection_free(&all);
}

int main(void)
{
    const oc_case cases[] = {
        {"every sample once", every_sample_once},
        {"a small set keeps the sampler's order", a_small_set_keeps_the_samplers_order},
        {"a window needs few blocks", a_window_needs_few_blocks},
        {"samples of a window are mixed", samples_of_a_window_are_mixed},
        {"bits stay", bits_stay},
        {"validation and training are a whole", validation_and_training_are_a_whole},
        {"balance brings each class equally often", balance_brings_each_class_equally_often},
    };
    return OC_RUN_CASES("order", cases);
}
