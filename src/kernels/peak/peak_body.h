/* peak_body.h - see peak.h; compiled once per vector unit, after its vector_UNIT.h. Twelve sums
 * that do not wait for each other: two multiply-adds per cycle with a latency of four to five keep
 * ten in flight. */
#ifndef OC_KERNELS_PEAK_PEAK_BODY_H
#define OC_KERNELS_PEAK_PEAK_BODY_H

#include "kernels/peak/peak.h"

/* Names, not an array: an array of the generic vectors stays in memory. */
#define EACH_SUM(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
enum { PEAK_SUMS = 12 };

static float multiply_add(size_t rounds)
{
    const vec by = vec_set(0.999f), plus = vec_set(1e-3f); /* the sums tend to 1: never subnormal */
    float out[PEAK_SUMS * LANES], total = 0;
#define BEGIN(i) vec sum##i = vec_set((float)(i + 1));
#define STEP(i) sum##i = vec_fma(sum##i, by, plus);
#define END(i) vec_store(out + i * LANES, sum##i);
    EACH_SUM(BEGIN)
    for (size_t round = 0; round < rounds; round++) {
        EACH_SUM(STEP)
    }
    EACH_SUM(END)
#undef BEGIN
#undef STEP
#undef END
    for (int i = 0; i < PEAK_SUMS * LANES; i++)
        total += out[i];
    return total;
}

#define OC_PEAK_OPS(unit)                                                                          \
    {                                                                                              \
        .name = unit, .operations = 2.0 * PEAK_SUMS * LANES, .multiply_add = multiply_add          \
    }

#endif
