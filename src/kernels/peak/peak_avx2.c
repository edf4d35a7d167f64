/* peak_avx2.c - the peak of AVX2. */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx2.h"

#include "kernels/peak/peak_body.h"

const oc_peak_ops oc_peak_avx2 = OC_PEAK_OPS("avx2");

#endif
