/* elementwise_check.h - what elementwise_test.c and activations_test.c share: every vector unit
 * that runs here in turn, the plain kernels, and arrays of floats. No checks of kernels. */
#ifndef OC_TESTS_ELEMENTWISE_CHECK_H
#define OC_TESTS_ELEMENTWISE_CHECK_H

#include "harness.h"

#include "base/random.h"
#include "kernels/unit.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"reference", "generic", "avx2", "avx512"};
enum { NAMES = sizeof names / sizeof names[0], LONGEST = 77 /* around every vector width */ };
static const oc_elementwise_ops *const plain = &oc_elementwise_reference;

/* Call `check` with the kernels of every name that this processor runs; two always are. */
static void each(void (*check)(const oc_elementwise_ops *ops))
{
    int seen = 0;
    for (int i = 0; i < NAMES; i++)
        if (oc_kernels_select(names[i]) == OC_OK) {
            CU_ASSERT_STRING_EQUAL(oc_unit_get()->elementwise->name, names[i]);
            check(oc_unit_get()->elementwise);
            seen++;
        }
    CU_ASSERT(seen >= 2);
    oc_kernels_select(NULL);
}

static float *floats(size_t count)
{
    const size_t bytes = (count ? count : 1) * sizeof(float);
    float *made = malloc(bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    memset(made, 0xff, bytes); /* NaN: what is not written shows */
    return made;
}

/* Normal numbers, the same for the same stream. */
static float *normal(size_t count, uint32_t stream, float mean, float deviation)
{
    float *made = floats(count);
    oc_fill_normal(made, count, 3, stream);
    for (size_t i = 0; i < count; i++)
        made[i] = mean + deviation * made[i];
    return made;
}

static int same_bits(const float *a, const float *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) == 0;
}

#endif
