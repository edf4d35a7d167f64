/* rounding.h - floats that become whole numbers of a unit, so that less of them has to travel: what
 * the reduction asks for (mpi/reduction.h) and a family of kernels does (kernels/rounding). Sums of
 * whole numbers have no order, so they keep their bits on any ranks. */
#ifndef OC_BASE_ROUNDING_H
#define OC_BASE_ROUNDING_H

#include <stddef.h>
#include <stdint.h>

/* Of one vector of many: which unit, and which random numbers (Philox4x32-10, Salmon et al. 2011).
 * Counters begin with the number of a float in its vector, so those of any part of it are the same
 * whoever rounds it. */
typedef struct oc_rounding {
    float unit; /* a power of two, between 2^-120 and 2^120 */
    float most; /* a whole number below 2^24: what is beyond it becomes it */
    uint32_t key[2], counter[3];
} oc_rounding;

/* Counts are multiples of 16. The same bits from every table. */
/* The units of vectors, as exponents of two, in a run that rounds them: plain numbers that
 * checkpoints and runs share (run/gradient_units.h). */
enum { OC_UNITS = 1024, OC_NO_UNIT = INT8_MIN };
typedef struct oc_unit_record {
    uint64_t count;            /* 0: nothing is rounded */
    int8_t exponent[OC_UNITS]; /* [count] OC_NO_UNIT: not known yet */
} oc_unit_record;

typedef struct oc_rounding_ops {
    /* x[i] = x[i] / unit, cut to [-most, most] and rounded to one of the two next whole numbers,
     * the upper one as often as it is near, in 65536ths: so the mean stays (Mishchenko et al.,
     * IntSGD, ICLR 2022, section 3). `index`, a multiple of 16, is the first float's in its vector.
     * Returns the largest |x[i]|, before; NaN or infinite if one was, which becomes some number. */
    float (*round)(const oc_rounding *rounding, size_t index, size_t count, float *x);

    /* The largest |x[i]|, as above. */
    float (*largest)(size_t count, const float *x);

    /* Whole numbers of 16 bits, as floats, to int16_t, and back, for which the narrow ones may be
     * where the floats end. */
    void (*pack)(size_t count, const float *x, void *packed);
    void (*unpack)(size_t count, const void *packed, float *x);
} oc_rounding_ops;

#endif
