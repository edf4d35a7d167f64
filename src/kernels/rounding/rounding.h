/* rounding.h - the tables of base/rounding.h, one a vector unit. */
#ifndef OC_KERNELS_ROUNDING_ROUNDING_H
#define OC_KERNELS_ROUNDING_ROUNDING_H

#include "base/rounding.h"

/* Which random bits belong to a float: those of a counter decide on 8, which are 16 apart. */
enum {
    OC_ROUNDING_LINE = 16,                    /* floats, and counters at a time */
    OC_ROUNDING_BLOCK = 8 * OC_ROUNDING_LINE, /* floats that 16 counters are for */
    OC_ROUNDING_PARTS = 65536                 /* of a unit */
};

extern const oc_rounding_ops oc_rounding_reference, oc_rounding_generic;
#if defined(__x86_64__)
extern const oc_rounding_ops oc_rounding_avx2, oc_rounding_avx512;
#endif

#endif
