/* peak_avx512.c - the peak of AVX-512. */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx512.h"

#include "kernels/peak/peak_body.h"

const oc_peak_ops oc_peak_avx512 = OC_PEAK_OPS("avx512");

#endif
