/* peak.h - as many fused multiply-adds a second as a vector unit can do, from registers alone:
 * what the roofline of `onecycle bench` is measured against. Computes nothing of use. */
#ifndef OC_KERNELS_PEAK_PEAK_H
#define OC_KERNELS_PEAK_PEAK_H

#include <stddef.h>

typedef struct oc_peak_ops {
    const char *name;
    double operations; /* floating point operations of one round: two per multiply-add and lane */
    /* Do so many rounds; returns a number that depends on all of them. */
    float (*multiply_add)(size_t rounds);
} oc_peak_ops;

extern const oc_peak_ops oc_peak_generic;
#if defined(__x86_64__)
extern const oc_peak_ops oc_peak_avx2, oc_peak_avx512;
#endif

#endif
