/* sampler_test.c - every epoch is a permutation, a fair one, and the same one for ever. */
#include "harness.h"

#include "data/loader/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int is_permutation(uint64_t seed, uint32_t epoch, uint32_t count)
{
    unsigned char *seen = calloc(count, 1);
    int good = seen != NULL;
    for (uint32_t i = 0; good && i < count; i++) {
        const uint32_t sample = oc_sampler_at(seed, epoch, count, i);
        good = sample < count && !seen[sample];
        if (good)
            seen[sample] = 1;
    }
    free(seen);
    return good;
}

static void each_epoch_is_a_permutation(void)
{
    static const uint32_t larger[] = {255,  256,  257,  1000,  1023, 1024,
                                      1025, 4097, 9999, 60000, 65536};
    for (uint32_t count = 1; count <= 70; count++)
        for (uint32_t epoch = 0; epoch < 5; epoch++)
            CU_ASSERT(is_permutation(count * 17u, epoch, count));
    for (size_t i = 0; i < sizeof larger / sizeof larger[0]; i++)
        CU_ASSERT(is_permutation(3, (uint32_t)i, larger[i]));
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The whole permutation would take minutes: 50000 positions must be in range and differ. */
static void the_largest_count(void)
{
    enum { N = 50000 };
    const uint32_t count = UINT32_MAX;
    uint32_t *samples = malloc(N * sizeof *samples);
    CU_ASSERT_PTR_NOT_NULL_FATAL(samples);
    int in_range = 1, distinct = 1;
    for (uint32_t i = 0; i < N; i++) {
        samples[i] = oc_sampler_at(5, 0, count, i % 2 ? count - 1 - i : i);
        in_range &= samples[i] < count;
    }
    qsort(samples, N, sizeof *samples, compare);
    for (uint32_t i = 1; i < N; i++)
        distinct &= samples[i] != samples[i - 1];
    CU_ASSERT(in_range);
    CU_ASSERT(distinct);
    CU_ASSERT(samples[0] < count / 100 && samples[N - 1] > count / 100 * 99);
    free(samples);
}

/* How many of 1000 positions map alike; two random permutations share about one. */
static int alike(uint64_t seed_a, uint32_t epoch_a, uint64_t seed_b, uint32_t epoch_b)
{
    int same = 0;
    for (uint32_t i = 0; i < 1000; i++)
        same += oc_sampler_at(seed_a, epoch_a, 1000, i) == oc_sampler_at(seed_b, epoch_b, 1000, i);
    return same;
}

static void seeds_and_epochs_differ(void)
{
    CU_ASSERT_EQUAL(alike(1, 0, 1, 0), 1000);
    for (uint32_t epoch = 1; epoch < 20; epoch++) {
        CU_ASSERT(alike(1, 0, 1, epoch) < 12);
        CU_ASSERT(alike(1, epoch, 2, epoch) < 12);
        CU_ASSERT(alike(1, 1, 1 + ((uint64_t)epoch << 32), 1) < 12);
    }
}

/* Chi-square of where a position lands, over epochs; 99.9999 % bound of a normal
 * approximation. */
static void each_position_is_fair(void)
{
    static const uint32_t counts[] = {10, 37, 100};
    for (size_t k = 0; k < 3; k++) {
        const uint32_t count = counts[k], epochs = 400 * count;
        for (uint32_t position = 0; position < count; position += 9) {
            double landed[100] = {0}, chi_square = 0;
            for (uint32_t epoch = 0; epoch < epochs; epoch++)
                landed[oc_sampler_at(1, epoch, count, position)]++;
            for (uint32_t i = 0; i < count; i++)
                chi_square += (landed[i] - 400) * (landed[i] - 400) / 400;
            const double freedom = count - 1;
            CU_ASSERT(chi_square < freedom + 5 * sqrt(2 * freedom) + 10);
            CU_ASSERT(chi_square > freedom - 5 * sqrt(2 * freedom));
        }
    }
}

/* Neighbours in an epoch are as far apart as by chance: mean distance is a third of the range. */
static void neighbours_are_unrelated(void)
{
    enum { COUNT = 60000 };
    double distance = 0;
    for (uint32_t i = 1; i < COUNT; i++)
        distance +=
            fabs((double)oc_sampler_at(1, 0, COUNT, i) - (double)oc_sampler_at(1, 0, COUNT, i - 1));
    CU_ASSERT_DOUBLE_EQUAL(distance / (COUNT - 1) / COUNT, 1.0 / 3, 0.006);
}

/* A resumed run needs the order of the version that started it. */
static void the_order_is_for_ever(void)
{
    static const uint32_t expected[] = {48826, 48120, 41865, 26384, 32217, 8071, 24085, 49280};
    for (uint32_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        CU_ASSERT_EQUAL(oc_sampler_at(42, 3, 60000, i), expected[i]);
}

int main(void)
{
    const oc_case cases[] = {
        {"each epoch is a permutation", each_epoch_is_a_permutation},
        {"the largest count", the_largest_count},
        {"seeds and epochs differ", seeds_and_epochs_differ},
        {"each position is fair", each_position_is_fair},
        {"neighbours are unrelated", neighbours_are_unrelated},
        {"the order is for ever", the_order_is_for_ever},
    };
    return OC_RUN_CASES("sampler", cases);
}
