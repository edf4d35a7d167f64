/* rounding_avx2.c - rounding for AVX2. */
#if defined(__x86_64__)
#include "kernels/isa/vector_avx2.h"

#include "kernels/rounding/rounding_body.h"

const oc_rounding_ops oc_rounding_avx2 = OC_ROUNDING_OPS;

#endif
