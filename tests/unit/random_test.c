/* random_test.c - Philox against the published vectors, and what is made of its numbers. */
#include "harness.h"

#include "base/random.h"

#include <math.h>
#include <string.h>

/* philox 4x32 10: the known-answer vectors of Random123 (file kat_vectors). */
static void known_answers(void)
{
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const oc_random_key key = {{rows[i].key[0], rows[i].key[1]}};
        const uint32_t *c = rows[i].counter;
        const oc_random4 found = oc_random_at(key, c[0], c[1], c[2], c[3]);
        CU_ASSERT_EQUAL(memcmp(found.word, rows[i].expected, sizeof found.word), 0);
    }
}

static int same_key(oc_random_key a, oc_random_key b)
{
    return memcmp(a.word, b.word, sizeof a.word) == 0;
}

static void streams_have_their_own_keys(void)
{
    const oc_random_key key = oc_random_make_key(7, OC_PURPOSE_WEIGHTS, 3);
    CU_ASSERT(same_key(key, oc_random_make_key(7, OC_PURPOSE_WEIGHTS, 3)));
    CU_ASSERT(!same_key(key, oc_random_make_key(8, OC_PURPOSE_WEIGHTS, 3)));
    CU_ASSERT(!same_key(key, oc_random_make_key(7, OC_PURPOSE_DROPOUT, 3)));
    CU_ASSERT(!same_key(key, oc_random_make_key(7, OC_PURPOSE_WEIGHTS, 4)));
    CU_ASSERT(!same_key(key, oc_random_make_key(7 + (1ull << 32), OC_PURPOSE_WEIGHTS, 3)));
}

static void uniform_stays_below_one(void)
{
    CU_ASSERT_EQUAL(oc_random_uniform(0), 0.0f);
    CU_ASSERT(oc_random_uniform(UINT32_MAX) < 1.0f);
    CU_ASSERT_EQUAL(oc_random_uniform(0x80000000u), 0.5f);
}

/* Bounds are six standard errors: a right generator fails once in 10^8 seeds, and this seed is
 * fixed. */
static void uniform_moments(void)
{
    enum { N = 400000 };
    const oc_random_key key = oc_random_make_key(1, OC_PURPOSE_TEST, 0);
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < N / 4; i++) {
        const oc_random4 four = oc_random_at(key, i, 0, 0, 0);
        for (int k = 0; k < 4; k++) {
            const double u = (double)oc_random_uniform(four.word[k]);
            sum += u;
            squares += u * u;
        }
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / N, 1.0 / 2, 6 * sqrt(1.0 / 12 / N));
    CU_ASSERT_DOUBLE_EQUAL(squares / N, 1.0 / 3, 6 * sqrt(4.0 / 45 / N));
}

static void normal_moments(void)
{
    enum { N = 400000 };
    const oc_random_key key = oc_random_make_key(1, OC_PURPOSE_TEST, 1);
    double power[5] = {0}, product = 0;
    int beyond_two = 0;
    for (uint32_t i = 0; i < N / 2; i++) {
        const oc_random4 four = oc_random_at(key, i, 0, 0, 0);
        float pair[2];
        oc_random_normal(four.word[0], four.word[1], pair);
        product += (double)pair[0] * (double)pair[1];
        for (int k = 0; k < 2; k++) {
            const double x = (double)pair[k];
            for (int p = 1; p <= 4; p++)
                power[p] += pow(x, p);
            beyond_two += fabs(x) > 2;
        }
    }
    CU_ASSERT_DOUBLE_EQUAL(power[1] / N, 0, 6 * sqrt(1.0 / N));
    CU_ASSERT_DOUBLE_EQUAL(power[2] / N, 1, 6 * sqrt(2.0 / N));
    CU_ASSERT_DOUBLE_EQUAL(power[3] / N, 0, 6 * sqrt(15.0 / N));
    CU_ASSERT_DOUBLE_EQUAL(power[4] / N, 3, 6 * sqrt(96.0 / N));
    CU_ASSERT_DOUBLE_EQUAL(product / (N / 2), 0, 6 * sqrt(2.0 / N));
    CU_ASSERT_DOUBLE_EQUAL((double)beyond_two / N, 0.0455003, 6 * sqrt(0.0455 * 0.9545 / N));
}

static void normal_is_finite_at_the_corners(void)
{
    static const uint32_t corners[] = {0, 1, 0x7fffffff, 0x80000000u, UINT32_MAX};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++) {
            float pair[2];
            oc_random_normal(corners[i], corners[j], pair);
            CU_ASSERT(isfinite(pair[0]) && isfinite(pair[1]));
        }
}

int main(void)
{
    const oc_case cases[] = {
        {"known answers", known_answers},
        {"streams have their own keys", streams_have_their_own_keys},
        {"uniform stays below one", uniform_stays_below_one},
        {"uniform moments", uniform_moments},
        {"normal moments", normal_moments},
        {"normal is finite at the corners", normal_is_finite_at_the_corners},
    };
    return OC_RUN_CASES("random", cases);
}
