/* numbers.h - numbers as files store them: whole numbers of 1 to 8 bytes, floats of 2 to 8 and
 * booleans, in either order of bytes. What they are as doubles, and whether they stay exact. */
#ifndef OC_STORAGE_NUMBERS_H
#define OC_STORAGE_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

typedef enum oc_number_kind {
    OC_NUMBER_NONE, /* a type that is not set */
    OC_NUMBER_BOOL, /* any byte but 0 is 1 */
    OC_NUMBER_SIGNED,
    OC_NUMBER_UNSIGNED,
    OC_NUMBER_FLOAT /* IEEE 754: half, single, double */
} oc_number_kind;

typedef struct oc_number_type {
    oc_number_kind kind;
    int bytes;      /* of an element: 1, 2, 4 or 8 */
    int big_endian; /* 0 for elements of one byte */
} oc_number_type;

enum { OC_NUMBER_NAME_BYTES = 24, OC_NUMBER_TEXT_BYTES = 32 };

/* Local. Is it one of the types above? (1 to 8 bytes signed and unsigned, 2 to 8 of floats, 1 of
 * booleans.) */
int oc_number_type_is_valid(oc_number_type type);

/* Local. The same type, order of bytes included? */
int oc_number_type_equal(oc_number_type a, oc_number_type b);

/* Local. "uint16", "float64", "bool", "float32 (big-endian)". Returns `text`. */
const char *oc_number_type_name(oc_number_type type, char text[OC_NUMBER_NAME_BYTES]);

/* Local. Is every number of the type a float, or a double, without rounding? */
int oc_numbers_exact_in_float(oc_number_type type);
int oc_numbers_exact_in_double(oc_number_type type);

/* Local, no allocation, any thread. `n` elements, at any address, as doubles. Whole numbers beyond
 * 2^53 are rounded; a number that is not finite stays so. The type must be valid. */
void oc_numbers_to_double(oc_number_type type, const void *from, size_t n, double *to);

/* Local, no allocation, any thread. The place of the first of `n` elements that is not finite; `n`
 * when all are. */
size_t oc_numbers_first_not_finite(oc_number_type type, const void *from, size_t n);

/* Local, no allocation, any thread. Likewise of the first that is no double: a whole number beyond
 * 2^53 that would be rounded. */
size_t oc_numbers_first_inexact(oc_number_type type, const void *from, size_t n);

/* Local. One element for people, every digit of a whole number: "18446744073709551615", "0.1".
 * Returns `text`. */
const char *oc_number_text(oc_number_type type, const void *from, char text[OC_NUMBER_TEXT_BYTES]);

#endif
