/* rounding_test.c - floats to whole numbers of a unit: every vector unit against the reference, and
 * the promises of base/rounding.h. What sums of them do: tests/mpi/rounded_sum_test.c. */
#include "harness.h"

#include "base/random.h"
#include "kernels/unit.h"

#include <math.h>
#include <string.h>

enum { COUNT = 16 * 77, FIRST = 16 * 5 }; /* neither of them whole blocks of random numbers */

static const oc_rounding rounding = {
    .unit = 0x1p-10f, .most = 500, .key = {7, 8}, .counter = {1, 2, 3}};

/* A quarter of them beyond what there is room for. */
static void fill(float *x, size_t count)
{
    const oc_random_key key = oc_random_make_key(3, OC_PURPOSE_TEST, 0);
    for (size_t i = 0; i < count; i++) {
        const uint32_t word = oc_random_at(key, (uint32_t)i, 0, 0, 0).word[0];
        x[i] = (oc_random_uniform(word) - 0.5f) * 1.3f;
    }
    x[0] = -0.0f;
    x[1] = -1e-9f;
    x[2] = 0x1p-10f;
    x[3] = -500 * 0x1p-10f;
    x[4] = 1e30f;
}

static int select_unit(const char *name)
{
    return oc_unit_select(name) == OC_OK;
}

static const char *const names[] = {"generic", "avx2", "avx512"};
enum { NAMES = sizeof names / sizeof names[0] };

static void every_unit_has_the_bits_of_the_reference(void)
{
    static float x[COUNT], expected[COUNT], found[COUNT];
    static int16_t packed[2][COUNT];
    for (int n = 0; n < NAMES; n++) {
        if (!select_unit(names[n]))
            continue;
        const oc_rounding_ops *ops = oc_unit_get()->rounding, *plain = &oc_rounding_reference;
        fill(x, COUNT);
        memcpy(expected, x, sizeof x);
        memcpy(found, x, sizeof x);
        CU_ASSERT_EQUAL(plain->largest(COUNT, x), ops->largest(COUNT, x));
        CU_ASSERT_EQUAL(plain->round(&rounding, FIRST, COUNT, expected), 1e30f);
        CU_ASSERT_EQUAL(ops->round(&rounding, FIRST, COUNT, found), 1e30f);
        CU_ASSERT_EQUAL(memcmp(found, expected, sizeof found), 0);
        plain->pack(COUNT, expected, packed[0]);
        ops->pack(COUNT, found, packed[1]);
        CU_ASSERT_EQUAL(memcmp(packed[0], packed[1], sizeof packed[0]), 0);
    }
    select_unit(NULL);
}

/* Unpacked from where the floats end. */
static void numbers_come_back_in_place(void)
{
    static float x[COUNT], expected[COUNT];
    char *const end = (char *)x + sizeof x - COUNT * sizeof(int16_t);
    for (size_t i = 0; i < COUNT; i++)
        expected[i] = i == 0 ? 32767 : i == 1 ? -32767 : (float)((int)(i * 9973 % 65535) - 32767);
    for (int n = -1; n < NAMES; n++) {
        if (!select_unit(n < 0 ? "reference" : names[n]))
            continue;
        memset(x, 0, sizeof x);
        oc_unit_get()->rounding->pack(COUNT, expected, end);
        oc_unit_get()->rounding->unpack(COUNT, end, x);
        CU_ASSERT_EQUAL(memcmp(x, expected, sizeof x), 0);
    }
    select_unit(NULL);
}

/* Of any range the same numbers, whole, within the limits and next to what they were. */
static void a_number_is_one_of_its_neighbours(void)
{
    static float x[COUNT], whole[COUNT], parts[COUNT];
    const oc_rounding_ops *ops = oc_unit_get()->rounding;
    fill(x, COUNT);
    memcpy(whole, x, sizeof x);
    memcpy(parts, x, sizeof x);
    ops->round(&rounding, FIRST, COUNT, whole);
    for (size_t first = 0; first < COUNT; first += 48)
        ops->round(&rounding, FIRST + first, COUNT - first < 48 ? COUNT - first : 48,
                   parts + first);
    CU_ASSERT_EQUAL(memcmp(whole, parts, sizeof whole), 0);
    int beyond = 0;
    for (size_t i = 0; i < COUNT; i++) {
        const double y = (double)x[i] / (double)rounding.unit;
        const double cut = fmin(fmax(y, -500), 500);
        beyond += cut != y;
        CU_ASSERT_EQUAL(whole[i], floorf(whole[i]));
        CU_ASSERT(fabs((double)whole[i] - cut) < 1);
        CU_ASSERT(cut != floor(cut) || (double)whole[i] == cut);
    }
    CU_ASSERT(beyond > COUNT / 8 && beyond < COUNT / 2);
}

/* Upwards as often as the fraction says: within six standard errors, for each step another draw. */
static void the_mean_stays(void)
{
    enum { STEPS = 400, LINE = 128 };
    const oc_rounding_ops *ops = oc_unit_get()->rounding;
    const double fractions[] = {0.5, 0.1, 0.75, 0.0039};
    for (size_t f = 0; f < sizeof fractions / sizeof fractions[0]; f++) {
        oc_rounding one = rounding;
        double sum = 0, squares = 0;
        for (uint32_t step = 0; step < STEPS; step++) {
            float x[LINE];
            double of_step = 0;
            for (int i = 0; i < LINE; i++)
                x[i] = (float)((-3 + fractions[f]) * (double)one.unit);
            one.counter[0] = step;
            ops->round(&one, 0, LINE, x);
            for (int i = 0; i < LINE; i++)
                of_step += (double)x[i] + 3;
            sum += of_step;
            squares += of_step * of_step;
        }
        const double n = (double)STEPS * LINE, p = fractions[f];
        CU_ASSERT_DOUBLE_EQUAL(sum / n, p, 6 * sqrt(p * (1 - p) / n));
        /* Floats of a step are independent of one another: so varies the sum of a step. */
        const double mean = sum / STEPS, variance = squares / STEPS - mean * mean;
        CU_ASSERT_DOUBLE_EQUAL(variance / (LINE * p * (1 - p)), 1, 6 * sqrt(2.0 / STEPS) + 0.1);
    }
}

static void what_is_not_finite_shows(void)
{
    for (int n = -1; n < NAMES; n++) {
        if (!select_unit(n < 0 ? "reference" : names[n]))
            continue;
        const oc_rounding_ops *ops = oc_unit_get()->rounding;
        float x[32];
        fill(x, 32);
        x[4] = 0;
        x[17] = -INFINITY;
        CU_ASSERT(isinf(ops->largest(32, x)));
        x[9] = NAN;
        CU_ASSERT(isnan(ops->largest(32, x)));
        CU_ASSERT(isnan(ops->round(&rounding, 0, 32, x)));
        for (int i = 0; i < 32; i++)
            CU_ASSERT(fabsf(x[i]) <= rounding.most);
    }
    select_unit(NULL);
}

int main(void)
{
    const oc_case cases[] = {
        {"every unit has the bits of the reference", every_unit_has_the_bits_of_the_reference},
        {"numbers come back in place", numbers_come_back_in_place},
        {"a number is one of its neighbours", a_number_is_one_of_its_neighbours},
        {"the mean stays", the_mean_stays},
        {"what is not finite shows", what_is_not_finite_shows},
    };
    return OC_RUN_CASES("rounding", cases);
}
