/* numbers.c - see numbers.h. Each type's loop is compiled for itself; what is read most (bytes,
 * little-endian floats) becomes vector code. */
#include "storage/numbers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int is_swapped(oc_number_type type)
{
    const int host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    return type.bytes > 1 && (type.big_endian != 0) != host_is_big;
}

int oc_number_type_is_valid(oc_number_type type)
{
    const int b = type.bytes;
    if (b != 1 && b != 2 && b != 4 && b != 8)
        return 0;
    switch (type.kind) {
    case OC_NUMBER_BOOL:
        return b == 1;
    case OC_NUMBER_SIGNED:
    case OC_NUMBER_UNSIGNED:
        return 1;
    case OC_NUMBER_FLOAT:
        return b > 1;
    default:
        return 0;
    }
}

int oc_number_type_equal(oc_number_type a, oc_number_type b)
{
    return a.kind == b.kind && a.bytes == b.bytes && is_swapped(a) == is_swapped(b);
}

const char *oc_number_type_name(oc_number_type type, char text[OC_NUMBER_NAME_BYTES])
{
    static const char *const names[] = {"nothing", "bool", "int", "uint", "float"};
    if (type.kind == OC_NUMBER_BOOL || type.kind == OC_NUMBER_NONE)
        snprintf(text, OC_NUMBER_NAME_BYTES, "%s", names[type.kind]);
    else
        snprintf(text, OC_NUMBER_NAME_BYTES, "%s%d%s", names[type.kind], 8 * type.bytes,
                 type.big_endian && type.bytes > 1 ? " (big-endian)" : "");
    return text;
}

int oc_numbers_exact_in_float(oc_number_type type)
{
    return type.bytes < (type.kind == OC_NUMBER_FLOAT ? 8 : 4);
}

int oc_numbers_exact_in_double(oc_number_type type)
{
    return type.kind == OC_NUMBER_FLOAT || type.bytes < 8;
}

/* ---- one element ---- */

static inline uint64_t load(const unsigned char *from, int bytes, int swapped)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (bytes) {
    case 1:
        return *from;
    case 2:
        memcpy(&two, from, sizeof two);
        return swapped ? __builtin_bswap16(two) : two;
    case 4:
        memcpy(&four, from, sizeof four);
        return swapped ? __builtin_bswap32(four) : four;
    default:
        memcpy(&eight, from, sizeof eight);
        return swapped ? __builtin_bswap64(eight) : eight;
    }
}

/* IEEE half precision: 1 bit of sign, 5 of exponent (bias 15), 10 of fraction. */
static double half_to_double(uint32_t bits)
{
    const uint32_t sign = bits >> 15 & 1, exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    const uint32_t single =
        sign << 31 | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13;
    float value;
    if (exponent == 0) {
        const double size = (double)fraction / 16777216.0; /* 2^-24 */
        return sign ? -size : size;
    }
    memcpy(&value, &single, sizeof value);
    return (double)value;
}

static inline double float_to_double(uint64_t bits, int bytes)
{
    const uint32_t low = (uint32_t)bits;
    float single;
    double number;
    if (bytes == 2)
        return half_to_double(low);
    memcpy(&single, &low, sizeof single);
    memcpy(&number, &bits, sizeof number);
    return bytes == 4 ? (double)single : number;
}

static inline double signed_to_double(uint64_t bits, int bytes)
{
    switch (bytes) {
    case 1:
        return (double)(int8_t)bits;
    case 2:
        return (double)(int16_t)bits;
    case 4:
        return (double)(int32_t)bits;
    default:
        return (double)(int64_t)bits;
    }
}

static inline double to_double(oc_number_kind kind, uint64_t bits, int bytes)
{
    switch (kind) {
    case OC_NUMBER_BOOL:
        return bits != 0;
    case OC_NUMBER_SIGNED:
        return signed_to_double(bits, bytes);
    case OC_NUMBER_UNSIGNED: /* 4 bytes and less fit a signed number, which vectors convert */
        return bytes < 8 ? (double)(int64_t)bits : (double)bits;
    default:
        return float_to_double(bits, bytes);
    }
}

/* ---- many ---- */

/* Called with constants, so that each call becomes a loop of its own. */
__attribute__((always_inline)) static inline void convert(oc_number_kind kind, int bytes,
                                                          int swapped, const unsigned char *from,
                                                          size_t n, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = to_double(kind, load(from + i * (size_t)bytes, bytes, swapped), bytes);
}

static void convert_floats(oc_number_type type, const unsigned char *from, size_t n, double *to)
{
    const int swapped = is_swapped(type);
    if (type.bytes == 2)
        convert(OC_NUMBER_FLOAT, 2, swapped, from, n, to);
    else if (swapped)
        convert(OC_NUMBER_FLOAT, type.bytes, 1, from, n, to);
    else if (type.bytes == 4)
        convert(OC_NUMBER_FLOAT, 4, 0, from, n, to);
    else
        memcpy(to, from, n * sizeof *to);
}

static void convert_whole(oc_number_type type, const unsigned char *from, size_t n, double *to)
{
    const int is_signed = type.kind == OC_NUMBER_SIGNED;
    if (is_swapped(type))
        convert(type.kind, type.bytes, 1, from, n, to);
    else if (type.bytes == 1 && is_signed)
        convert(OC_NUMBER_SIGNED, 1, 0, from, n, to);
    else if (type.bytes == 1)
        convert(OC_NUMBER_UNSIGNED, 1, 0, from, n, to);
    else if (type.bytes == 2 && is_signed)
        convert(OC_NUMBER_SIGNED, 2, 0, from, n, to);
    else if (type.bytes == 2)
        convert(OC_NUMBER_UNSIGNED, 2, 0, from, n, to);
    else if (type.bytes == 4 && is_signed)
        convert(OC_NUMBER_SIGNED, 4, 0, from, n, to);
    else if (type.bytes == 4)
        convert(OC_NUMBER_UNSIGNED, 4, 0, from, n, to);
    else
        convert(type.kind, 8, 0, from, n, to);
}

void oc_numbers_to_double(oc_number_type type, const void *from, size_t n, double *to)
{
    if (type.kind == OC_NUMBER_FLOAT)
        convert_floats(type, from, n, to);
    else if (type.kind == OC_NUMBER_BOOL)
        convert(OC_NUMBER_BOOL, 1, 0, from, n, to);
    else
        convert_whole(type, from, n, to);
}

size_t oc_numbers_first_not_finite(oc_number_type type, const void *from, size_t n)
{
    enum { BLOCK = 64 };
    double block[BLOCK];
    if (type.kind != OC_NUMBER_FLOAT)
        return n;
    for (size_t i = 0; i < n; i += BLOCK) {
        const size_t count = n - i < BLOCK ? n - i : BLOCK;
        double sum = 0; /* of zeros, unless a number is not finite */
        convert_floats(type, (const unsigned char *)from + i * (size_t)type.bytes, count, block);
        for (size_t k = 0; k < count; k++)
            sum += block[k] * 0.0;
        for (size_t k = 0; sum != 0 && k < count; k++) /* not a number is not 0 either */
            if (!isfinite(block[k]))
                return i + k;
    }
    return n;
}

/* Rounded, a whole number of 64 bits is another number or 2^63 or 2^64, which none is. */
static int is_exact(uint64_t bits, int is_signed)
{
    if (is_signed) {
        const int64_t value = (int64_t)bits;
        const double rounded = (double)value;
        return rounded < 9223372036854775808.0 && (int64_t)rounded == value;
    }
    const double rounded = (double)bits;
    return rounded < 18446744073709551616.0 && (uint64_t)rounded == bits;
}

size_t oc_numbers_first_inexact(oc_number_type type, const void *from, size_t n)
{
    if (oc_numbers_exact_in_double(type))
        return n;
    for (size_t i = 0; i < n; i++)
        if (!is_exact(load((const unsigned char *)from + 8 * i, 8, is_swapped(type)),
                      type.kind == OC_NUMBER_SIGNED))
            return i;
    return n;
}

const char *oc_number_text(oc_number_type type, const void *from, char text[OC_NUMBER_TEXT_BYTES])
{
    double value;
    if (oc_numbers_exact_in_double(type)) {
        oc_numbers_to_double(type, from, 1, &value);
        snprintf(text, OC_NUMBER_TEXT_BYTES, "%.10g", value);
    } else if (type.kind == OC_NUMBER_SIGNED) {
        snprintf(text, OC_NUMBER_TEXT_BYTES, "%" PRId64, (int64_t)load(from, 8, is_swapped(type)));
    } else {
        snprintf(text, OC_NUMBER_TEXT_BYTES, "%" PRIu64, load(from, 8, is_swapped(type)));
    }
    return text;
}
