/* Unit tests of storage/numbers.h: every type in both orders of bytes, at odd addresses. */
#include "harness.h"
#include "storage/numbers.h"

#include <math.h>
#include <string.h>

/* What one element is as a double. `bits` is the number as the host has it. */
static double one(oc_number_kind kind, int bytes, int big_endian, uint64_t bits)
{
    unsigned char stored[1 + 8] = {0};
    double value = -1;
    for (int i = 0; i < bytes; i++)
        stored[1 + (big_endian ? bytes - 1 - i : i)] = (unsigned char)(bits >> 8 * i);
    oc_numbers_to_double((oc_number_type){kind, bytes, big_endian}, stored + 1, 1, &value);
    return value;
}

static void converts_every_type(void)
{
    static const struct {
        oc_number_kind kind;
        int bytes;
        uint64_t bits;
        double value;
    } rows[] = {
        {OC_NUMBER_BOOL, 1, 0, 0},
        {OC_NUMBER_BOOL, 1, 255, 1},
        {OC_NUMBER_SIGNED, 1, 0x80, -128},
        {OC_NUMBER_SIGNED, 2, 0x8001, -32767},
        {OC_NUMBER_SIGNED, 4, 0x80000000, -2147483648.0},
        {OC_NUMBER_SIGNED, 4, 16777217, 16777217},
        {OC_NUMBER_SIGNED, 8, 0x8000000000000000, -9223372036854775808.0},
        {OC_NUMBER_SIGNED, 8, 0xffffffffffffffff, -1},
        {OC_NUMBER_UNSIGNED, 1, 255, 255},
        {OC_NUMBER_UNSIGNED, 2, 0xfffe, 65534},
        {OC_NUMBER_UNSIGNED, 4, 0xffffffff, 4294967295.0},
        {OC_NUMBER_UNSIGNED, 8, 0xffffffffffffffff, 18446744073709551616.0},
        {OC_NUMBER_UNSIGNED, 8, 9007199254740991, 9007199254740991.0},
        {OC_NUMBER_FLOAT, 2, 0x3c00, 1},
        {OC_NUMBER_FLOAT, 2, 0x8001, -5.9604644775390625e-8},
        {OC_NUMBER_FLOAT, 2, 0x7bff, 65504},
        {OC_NUMBER_FLOAT, 4, 0x3dcccccd, (double)0.1f},
        {OC_NUMBER_FLOAT, 8, 0x3fb999999999999a, 0.1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int big = 0; big <= 1; big++) {
            const double value = one(rows[i].kind, rows[i].bytes, big, rows[i].bits);
            CU_ASSERT_DOUBLE_EQUAL(value, rows[i].value, 0.0);
        }
    CU_ASSERT(signbit(one(OC_NUMBER_FLOAT, 2, 0, 0x8000)) != 0);
    CU_ASSERT(isnan(one(OC_NUMBER_FLOAT, 2, 1, 0x7e00)));
    CU_ASSERT(isinf(one(OC_NUMBER_FLOAT, 2, 0, 0xfc00)) && one(OC_NUMBER_FLOAT, 2, 0, 0xfc00) < 0);
}

/* All 65536 halves, against what the sum of their parts is. */
static void converts_every_half(void)
{
    int wrong = 0;
    for (uint32_t bits = 0; bits < 65536; bits++) {
        const int exponent = (int)(bits >> 10 & 31);
        const double size = exponent == 0 ? ldexp((double)(bits & 1023), -24)
                                          : ldexp((double)(1024 + (bits & 1023)), exponent - 25);
        const double value = one(OC_NUMBER_FLOAT, 2, 0, bits);
        if (exponent == 31)
            wrong += isfinite(value) != 0;
        else
            wrong += value != (bits >> 15 ? -size : size);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void converts_long_rows_as_single_elements(void)
{
    enum { N = 131 };
    unsigned char stored[1 + N * 8];
    double all[N], single;
    int wrong = 0;
    for (size_t i = 0; i < sizeof stored; i++)
        stored[i] = (unsigned char)(i * 37 + i / 7);
    for (int kind = OC_NUMBER_BOOL; kind <= OC_NUMBER_FLOAT; kind++)
        for (int bytes = 1; bytes <= 8; bytes *= 2)
            for (int big = 0; big <= 1; big++) {
                const oc_number_type type = {(oc_number_kind)kind, bytes, big};
                if (!oc_number_type_is_valid(type))
                    continue;
                oc_numbers_to_double(type, stored + 1, N, all);
                for (int i = 0; i < N; i++) {
                    oc_numbers_to_double(type, stored + 1 + i * bytes, 1, &single);
                    wrong += memcmp(&single, &all[i], sizeof single) != 0;
                }
            }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void knows_what_stays_exact(void)
{
    const oc_number_type i16 = {OC_NUMBER_SIGNED, 2, 0}, u32 = {OC_NUMBER_UNSIGNED, 4, 0},
                         i64 = {OC_NUMBER_SIGNED, 8, 1}, f32 = {OC_NUMBER_FLOAT, 4, 0},
                         f64 = {OC_NUMBER_FLOAT, 8, 0}, b = {OC_NUMBER_BOOL, 1, 0};
    CU_ASSERT(oc_numbers_exact_in_float(i16) && oc_numbers_exact_in_float(f32));
    CU_ASSERT(oc_numbers_exact_in_float(b));
    CU_ASSERT(!oc_numbers_exact_in_float(u32) && !oc_numbers_exact_in_float(f64));
    CU_ASSERT(oc_numbers_exact_in_double(u32) && oc_numbers_exact_in_double(f64));
    CU_ASSERT(!oc_numbers_exact_in_double(i64));
}

static void names_types(void)
{
    char text[OC_NUMBER_NAME_BYTES];
    CU_ASSERT_STRING_EQUAL(oc_number_type_name((oc_number_type){OC_NUMBER_UNSIGNED, 2, 0}, text),
                           "uint16");
    CU_ASSERT_STRING_EQUAL(oc_number_type_name((oc_number_type){OC_NUMBER_FLOAT, 8, 1}, text),
                           "float64 (big-endian)");
    CU_ASSERT_STRING_EQUAL(oc_number_type_name((oc_number_type){OC_NUMBER_SIGNED, 1, 1}, text),
                           "int8");
    CU_ASSERT_STRING_EQUAL(oc_number_type_name((oc_number_type){OC_NUMBER_BOOL, 1, 0}, text),
                           "bool");
    CU_ASSERT(!oc_number_type_is_valid((oc_number_type){OC_NUMBER_FLOAT, 1, 0}));
    CU_ASSERT(!oc_number_type_is_valid((oc_number_type){OC_NUMBER_SIGNED, 16, 0}));
    CU_ASSERT(!oc_number_type_is_valid((oc_number_type){OC_NUMBER_BOOL, 2, 0}));
    CU_ASSERT(!oc_number_type_is_valid((oc_number_type){0}));
    CU_ASSERT(!oc_number_type_equal((oc_number_type){OC_NUMBER_SIGNED, 2, 0},
                                    (oc_number_type){OC_NUMBER_SIGNED, 2, 1}));
    CU_ASSERT(oc_number_type_equal((oc_number_type){OC_NUMBER_SIGNED, 1, 0},
                                   (oc_number_type){OC_NUMBER_SIGNED, 1, 1}));
}

static void finds_what_is_not_finite(void)
{
    enum { N = 200 };
    float values[N] = {0};
    const oc_number_type type = {OC_NUMBER_FLOAT, 4, 0};
    values[3] = 3.4e38f;
    CU_ASSERT_EQUAL(oc_numbers_first_not_finite(type, values, N), N);
    values[199] = NAN;
    CU_ASSERT_EQUAL(oc_numbers_first_not_finite(type, values, N), 199);
    values[64] = -INFINITY;
    CU_ASSERT_EQUAL(oc_numbers_first_not_finite(type, values, N), 64);
    CU_ASSERT_EQUAL(
        oc_numbers_first_not_finite((oc_number_type){OC_NUMBER_SIGNED, 4, 0}, values, N), N);
}

static void finds_what_a_double_would_round(void)
{
    const oc_number_type i64 = {OC_NUMBER_SIGNED, 8, 0}, u64 = {OC_NUMBER_UNSIGNED, 8, 0};
    char text[OC_NUMBER_TEXT_BYTES];
    const int64_t some[] = {-9007199254740992, 9007199254740994, 9007199254740993};
    const int64_t edges[] = {INT64_MIN, INT64_MAX};
    const uint64_t most[] = {UINT64_C(1) << 63, UINT64_MAX};
    CU_ASSERT_EQUAL(oc_numbers_first_inexact(i64, some, 3), 2);
    CU_ASSERT_EQUAL(oc_numbers_first_inexact(i64, edges, 2), 1);
    CU_ASSERT_EQUAL(oc_numbers_first_inexact(u64, most, 2), 1);
    CU_ASSERT_EQUAL(oc_numbers_first_inexact((oc_number_type){OC_NUMBER_UNSIGNED, 4, 0}, some, 6),
                    6);
    CU_ASSERT_STRING_EQUAL(oc_number_text(i64, &some[2], text), "9007199254740993");
    CU_ASSERT_STRING_EQUAL(oc_number_text(i64, &edges[0], text), "-9223372036854775808");
    CU_ASSERT_STRING_EQUAL(oc_number_text(u64, &most[1], text), "18446744073709551615");
    CU_ASSERT_STRING_EQUAL(oc_number_text((oc_number_type){OC_NUMBER_SIGNED, 1, 0}, "\xff", text),
                           "-1");
}

int main(void)
{
    const oc_case cases[] = {
        {"every type in both orders of bytes", converts_every_type},
        {"every half", converts_every_half},
        {"many at once as one by one", converts_long_rows_as_single_elements},
        {"what stays exact", knows_what_stays_exact},
        {"names", names_types},
        {"the first that is not finite", finds_what_is_not_finite},
        {"what a double would round", finds_what_a_double_would_round},
    };
    return OC_RUN_CASES("numbers", cases);
}
